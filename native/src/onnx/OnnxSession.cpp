#include "onnx/OnnxSession.h"

#include <onnxruntime_c_api.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/Error.h"
#include "base/NearestName.h"
#include "onnx/OnnxLibrary.h"

namespace inferf {

namespace {

/// Releases what ONNX Runtime handed out.
template <typename T>
using Owned = std::unique_ptr<T, void(ORT_API_CALL*)(T*)>;

template <typename T>
Owned<T> own(T* object, void(ORT_API_CALL* release)(T*)) {
  return Owned<T>(object, release);
}

ONNXTensorElementDataType dataTypeOf(OnnxElement element) {
  switch (element) {
    case OnnxElement::kFloat32:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    case OnnxElement::kFloat64:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE;
    case OnnxElement::kInt64:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
    case OnnxElement::kString:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING;
  }
  return ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
}

const char* nameOf(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
      return "float";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
      return "double";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
      return "int64";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING:
      return "string";
    default:
      return "another type";
  }
}

size_t bytesOf(OnnxElement element) { return element == OnnxElement::kFloat32 ? sizeof(float) : sizeof(int64_t); }

std::string textOf(const std::vector<int64_t>& dims) {
  std::string text = "[";
  for (const int64_t dim : dims) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(dim);
  }
  return text + "]";
}

}  // namespace

struct OnnxSession::State {
  explicit State(Description described) : description(std::move(described)) {}

  void create(std::span<const uint8_t> model);
  /// The names of the session's inputs (or outputs).
  std::vector<std::string> names(bool ofInputs) const;
  void checkPorts(const std::vector<OnnxPort>& ports, bool ofInputs) const;
  ONNXTensorElementDataType declaredType(size_t index, bool ofInputs) const;
  std::vector<int64_t> dimsOf(const OnnxPort& port, int64_t numRows) const;
  Owned<OrtValue> makeInput(const OnnxPort& port, const void* elements, int64_t numRows) const;
  Owned<OrtValue> makeTexts(const OnnxPort& port, const std::string_view* texts, int64_t numRows) const;
  /// The elements of an output, which are of the type and dimensions described.
  const void* checkedElements(OrtValue* value, const OnnxPort& port, int64_t numRows) const;

  std::string failureTo(const char* what) const { return std::string("ONNX Runtime cannot ") + what + ". Part: '" + description.name + "'"; }

  const OnnxLibrary& library = OnnxLibrary::get();
  const OrtApi& api = library.api();
  Description description;
  Owned<OrtSession> session{nullptr, api.ReleaseSession};
  Owned<OrtRunOptions> runOptions{nullptr, api.ReleaseRunOptions};
  Owned<OrtMemoryInfo> memory{nullptr, api.ReleaseMemoryInfo};
  OrtAllocator* allocator = nullptr;  // the default one, which nobody owns
  std::vector<const char*> inputNames;
  std::vector<const char*> outputNames;
};

void OnnxSession::State::create(std::span<const uint8_t> model) {
  const auto check = [this](OrtStatus* status) { library.check(status, INFERF_ERROR_INVALID_PLAN, failureTo("load a part of the model")); };
  OrtSessionOptions* rawOptions = nullptr;
  check(api.CreateSessionOptions(&rawOptions));
  const Owned<OrtSessionOptions> options = own(rawOptions, api.ReleaseSessionOptions);
  // The engine's threads run sessions side by side.
  check(api.SetIntraOpNumThreads(options.get(), 1));
  check(api.SetInterOpNumThreads(options.get(), 1));
  check(api.SetSessionExecutionMode(options.get(), ORT_SEQUENTIAL));
  check(api.AddSessionConfigEntry(options.get(), "session.intra_op.allow_spinning", "0"));
  check(api.AddSessionConfigEntry(options.get(), "session.inter_op.allow_spinning", "0"));
  // The bytes may be hostile: only the format that is parsed with checks.
  check(api.AddSessionConfigEntry(options.get(), "session.load_model_format", "ONNX"));
  check(api.EnableMemPattern(options.get()));
  check(api.SetSessionLogSeverityLevel(options.get(), ORT_LOGGING_LEVEL_FATAL));
  OrtSession* rawSession = nullptr;
  check(api.CreateSessionFromArray(&library.environment(), model.data(), model.size(), options.get(), &rawSession));
  session.reset(rawSession);
  OrtRunOptions* rawRunOptions = nullptr;
  check(api.CreateRunOptions(&rawRunOptions));
  runOptions.reset(rawRunOptions);
  check(api.RunOptionsSetRunLogSeverityLevel(runOptions.get(), ORT_LOGGING_LEVEL_FATAL));
  OrtMemoryInfo* rawMemory = nullptr;
  check(api.CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &rawMemory));
  memory.reset(rawMemory);
  check(api.GetAllocatorWithDefaultOptions(&allocator));
}

std::vector<std::string> OnnxSession::State::names(bool ofInputs) const {
  const auto check = [this](OrtStatus* status) { library.check(status, INFERF_ERROR_INVALID_PLAN, failureTo("describe a part of the model")); };
  size_t count = 0;
  check(ofInputs ? api.SessionGetInputCount(session.get(), &count) : api.SessionGetOutputCount(session.get(), &count));
  std::vector<std::string> result;
  for (size_t i = 0; i < count; ++i) {
    char* name = nullptr;
    check(ofInputs ? api.SessionGetInputName(session.get(), i, allocator, &name) : api.SessionGetOutputName(session.get(), i, allocator, &name));
    result.emplace_back(name);
    check(api.AllocatorFree(allocator, name));
  }
  return result;
}

ONNXTensorElementDataType OnnxSession::State::declaredType(size_t index, bool ofInputs) const {
  const auto check = [this](OrtStatus* status) { library.check(status, INFERF_ERROR_INVALID_PLAN, failureTo("describe a part of the model")); };
  OrtTypeInfo* rawInfo = nullptr;
  check(ofInputs ? api.SessionGetInputTypeInfo(session.get(), index, &rawInfo) : api.SessionGetOutputTypeInfo(session.get(), index, &rawInfo));
  const Owned<OrtTypeInfo> info = own(rawInfo, api.ReleaseTypeInfo);
  const OrtTensorTypeAndShapeInfo* tensor = nullptr;
  check(api.CastTypeInfoToTensorInfo(info.get(), &tensor));
  ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  if (tensor != nullptr) {
    check(api.GetTensorElementType(tensor, &type));
  }
  return type;
}

void OnnxSession::State::checkPorts(const std::vector<OnnxPort>& ports, bool ofInputs) const {
  const char* kind = ofInputs ? "input" : "output";
  const std::vector<std::string> known = names(ofInputs);
  for (const OnnxPort& port : ports) {
    const auto found = std::find(known.begin(), known.end(), port.name);
    if (found == known.end()) {
      const std::string nearest = nearestName(port.name, {known.begin(), known.end()});
      throwUser(INFERF_ERROR_INVALID_PLAN, "A part of the model that ONNX Runtime runs has no such ", kind, ". Part: '", description.name,
                "', expected: '", port.name, "'", nearest.empty() ? "" : ", nearest name: '", nearest, nearest.empty() ? "" : "'");
    }
    const ONNXTensorElementDataType type = declaredType(static_cast<size_t>(found - known.begin()), ofInputs);
    INFERF_USER_CHECK(type == dataTypeOf(port.element), INFERF_ERROR_INVALID_PLAN, "A part of the model that ONNX Runtime runs has another type than the plan says. Part: '",
                      description.name, "', ", kind, ": '", port.name, "', expected: ", nameOf(dataTypeOf(port.element)), ", actual: ", nameOf(type));
  }
}

std::vector<int64_t> OnnxSession::State::dimsOf(const OnnxPort& port, int64_t numRows) const {
  std::vector<int64_t> dims;
  dims.reserve(port.dims.size() + 1);
  if (description.batched) {
    dims.push_back(numRows);
  }
  dims.insert(dims.end(), port.dims.begin(), port.dims.end());
  return dims;
}

Owned<OrtValue> OnnxSession::State::makeInput(const OnnxPort& port, const void* elements, int64_t numRows) const {
  const auto check = [this](OrtStatus* status) { library.check(status, INFERF_ERROR_INVALID_DATA, failureTo("read the input of a part of the model")); };
  if (port.element == OnnxElement::kString) {
    return makeTexts(port, static_cast<const std::string_view*>(elements), numRows);
  }
  const std::vector<int64_t> dims = dimsOf(port, numRows);
  const auto numBytes = static_cast<size_t>(numRows * port.elementsPerRow()) * bytesOf(port.element);
  OrtValue* value = nullptr;
  // ONNX Runtime does not write to its inputs.
  check(api.CreateTensorWithDataAsOrtValue(memory.get(), const_cast<void*>(elements), numBytes, dims.data(), dims.size(),
                                           dataTypeOf(port.element), &value));
  return own(value, api.ReleaseValue);
}

Owned<OrtValue> OnnxSession::State::makeTexts(const OnnxPort& port, const std::string_view* texts, int64_t numRows) const {
  const auto check = [this](OrtStatus* status) { library.check(status, INFERF_ERROR_INVALID_DATA, failureTo("read the input of a part of the model")); };
  const std::vector<int64_t> dims = dimsOf(port, numRows);
  OrtValue* raw = nullptr;
  check(api.CreateTensorAsOrtValue(allocator, dims.data(), dims.size(), ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING, &raw));
  Owned<OrtValue> value = own(raw, api.ReleaseValue);
  const auto count = static_cast<size_t>(numRows * port.elementsPerRow());
  for (size_t i = 0; i < count; ++i) {
    char* buffer = nullptr;
    check(api.GetResizedStringTensorElementBuffer(value.get(), i, texts[i].size(), &buffer));
    if (!texts[i].empty()) {
      std::memcpy(buffer, texts[i].data(), texts[i].size());
    }
  }
  return value;
}

const void* OnnxSession::State::checkedElements(OrtValue* value, const OnnxPort& port, int64_t numRows) const {
  const auto check = [this](OrtStatus* status) { library.check(status, INFERF_ERROR_TYPE_MISMATCH, failureTo("tell the result of a part of the model")); };
  int isTensor = 0;
  check(api.IsTensor(value, &isTensor));
  INFERF_USER_CHECK(isTensor != 0, INFERF_ERROR_TYPE_MISMATCH, "An output that ONNX Runtime computed is no tensor. Part: '", description.name,
                    "', output: '", port.name, "'");
  OrtTensorTypeAndShapeInfo* rawInfo = nullptr;
  check(api.GetTensorTypeAndShape(value, &rawInfo));
  const Owned<OrtTensorTypeAndShapeInfo> info = own(rawInfo, api.ReleaseTensorTypeAndShapeInfo);
  ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  check(api.GetTensorElementType(info.get(), &type));
  size_t numDims = 0;
  check(api.GetDimensionsCount(info.get(), &numDims));
  std::vector<int64_t> dims(numDims);
  check(api.GetDimensions(info.get(), dims.data(), numDims));
  const std::vector<int64_t> expected = dimsOf(port, numRows);
  INFERF_USER_CHECK(type == dataTypeOf(port.element) && dims == expected, INFERF_ERROR_TYPE_MISMATCH,
                    "An output that ONNX Runtime computed has another shape than the plan says. Part: '", description.name, "', output: '",
                    port.name, "', expected: ", nameOf(dataTypeOf(port.element)), " ", textOf(expected), ", actual: ", nameOf(type), " ", textOf(dims));
  void* elements = nullptr;
  check(api.GetTensorMutableData(value, &elements));
  return elements;
}

OnnxSession::OnnxSession(std::span<const uint8_t> model, Description description) : state_(std::make_unique<State>(std::move(description))) {
  state_->create(model);
  state_->checkPorts(state_->description.inputs, true);
  state_->checkPorts(state_->description.outputs, false);
  for (const OnnxPort& port : state_->description.inputs) {
    state_->inputNames.push_back(port.name.c_str());
  }
  for (const OnnxPort& port : state_->description.outputs) {
    INFERF_CHECK(port.element != OnnxElement::kString);
    state_->outputNames.push_back(port.name.c_str());
  }
}

OnnxSession::~OnnxSession() = default;

const OnnxSession::Description& OnnxSession::description() const { return state_->description; }

void OnnxSession::run(std::span<const void* const> inputs, int64_t numRows, const std::function<void(size_t, const void*)>& take) const {
  const State& state = *state_;
  const Description& description = state.description;
  INFERF_CHECK(inputs.size() == description.inputs.size() && (numRows == 1 || description.batched));
  std::vector<Owned<OrtValue>> values;
  std::vector<const OrtValue*> arguments;
  values.reserve(inputs.size() + description.outputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    arguments.push_back(values.emplace_back(state.makeInput(description.inputs[i], inputs[i], numRows)).get());
  }
  std::vector<OrtValue*> results(description.outputs.size(), nullptr);
  OrtStatus* status = state.api.Run(state.session.get(), state.runOptions.get(), state.inputNames.data(), arguments.data(), arguments.size(),
                                    state.outputNames.data(), results.size(), results.data());
  for (OrtValue* result : results) {
    values.push_back(own(result, state.api.ReleaseValue));
  }
  state.library.check(status, INFERF_ERROR_INVALID_DATA, state.failureTo("run a part of the model"));
  for (size_t i = 0; i < results.size(); ++i) {
    take(i, state.checkedElements(results[i], description.outputs[i], numRows));
  }
}

}  // namespace inferf
