#include <span>

#include "exec/StepFunction.h"
#include "kernel/GatherRows.h"
#include "onnx/OnnxSession.h"

namespace inferf {

namespace {

OnnxElement elementOf(int elementType) {
  switch (elementType) {
    case proto::ELEMENT_TYPE_FLOAT32:
      return OnnxElement::kFloat32;
    case proto::ELEMENT_TYPE_FLOAT64:
      return OnnxElement::kFloat64;
    case proto::ELEMENT_TYPE_INT64:
      return OnnxElement::kInt64;
    default:
      INFERF_CHECK(elementType == proto::ELEMENT_TYPE_STRING);
      return OnnxElement::kString;
  }
}

OnnxSession::Description describe(const proto::OnnxRun& run, const std::vector<StepOperand>& arguments, const std::string& label) {
  OnnxSession::Description description{.name = label, .inputs = {}, .outputs = {}, .batched = run.batched()};
  for (int i = 0; i < run.inputs_size(); ++i) {
    const proto::OnnxRunInput& input = run.inputs(i);
    description.inputs.push_back({input.name(), elementOf(arguments[static_cast<size_t>(i)].elementType), {input.dims().begin(), input.dims().end()}});
  }
  for (const proto::OnnxRunOutput& output : run.outputs()) {
    description.outputs.push_back({output.name(), elementOf(output.type()), {output.dims().begin(), output.dims().end()}});
  }
  return description;
}

/// Runs a session on the rows of its arguments and writes all outputs of a row into a row of bytes.
class OnnxRunStep final : public ProgramStep {
 public:
  OnnxRunStep(const proto::OnnxRun& run, std::shared_ptr<const OnnxSession> session, std::vector<StepOperand> arguments, StepOperand result)
      : session_(std::move(session)), arguments_(std::move(arguments)), result_(result) {
    for (int i = 0; i < run.outputs_size(); ++i) {
      const int64_t bytes = session_->description().outputs[static_cast<size_t>(i)].elementsPerRow() * elementBytes(run.outputs(i).type());
      outputs_.push_back({run.outputs(i).offset(), bytes});
    }
  }

  void run(ChunkFrame& frame) const override {
    if (session_->description().batched) {
      runOn(frame, 0, frame.numRows, denseArguments(frame));
      return;
    }
    std::vector<const uint8_t*> rows(arguments_.size());
    for (int64_t i = 0; i < frame.numRows; ++i) {
      frame.cancellation.check();
      for (size_t a = 0; a < arguments_.size(); ++a) {
        const ChunkMatrix& in = frame.matrices[arguments_[a].matrix];
        rows[a] = in.data + i * in.strideBytes;
      }
      runOn(frame, i, 1, rows);
    }
  }

 private:
  struct Output {
    int64_t offset;
    int64_t bytes;  // of a row
  };

  int64_t rowBytes(const StepOperand& argument) const { return argument.width * elementBytes(argument.elementType); }

  /// Where the rows of each argument follow each other without gaps: where they are, or copies.
  std::vector<const uint8_t*> denseArguments(ChunkFrame& frame) const {
    constexpr int64_t kLine = 64;
    int64_t scratchBytes = 0;
    std::vector<int64_t> offsets(arguments_.size(), -1);  // of copies
    for (size_t a = 0; a < arguments_.size(); ++a) {
      if (frame.matrices[arguments_[a].matrix].strideBytes != rowBytes(arguments_[a])) {
        offsets[a] = scratchBytes;
        scratchBytes += (rowBytes(arguments_[a]) * frame.numRows + kLine - 1) / kLine * kLine;
      }
    }
    uint8_t* scratch = scratchBytes == 0 ? nullptr : frame.scratch.reserve(scratchBytes);
    std::vector<const uint8_t*> rows;
    for (size_t a = 0; a < arguments_.size(); ++a) {
      const ChunkMatrix& in = frame.matrices[arguments_[a].matrix];
      if (offsets[a] < 0) {
        rows.push_back(in.data);
        continue;
      }
      copyRows(in.data, in.strideBytes, frame.numRows, rowBytes(arguments_[a]), scratch + offsets[a], rowBytes(arguments_[a]));
      rows.push_back(scratch + offsets[a]);
    }
    return rows;
  }

  void runOn(ChunkFrame& frame, int64_t begin, int64_t numRows, const std::vector<const uint8_t*>& rows) const {
    const std::vector<const void*> inputs(rows.begin(), rows.end());
    const ChunkMatrix& out = frame.matrices[result_.matrix];
    session_->run(inputs, numRows, [&](size_t i, const void* elements) {
      copyRows(static_cast<const uint8_t*>(elements), outputs_[i].bytes, numRows, outputs_[i].bytes,
               out.data + begin * out.strideBytes + outputs_[i].offset, out.strideBytes);
    });
  }

  std::shared_ptr<const OnnxSession> session_;
  std::vector<StepOperand> arguments_;
  StepOperand result_;
  std::vector<Output> outputs_;
};

}  // namespace

std::unique_ptr<ProgramStep> makeOnnxRunStep(const proto::Value& value, const std::vector<StepOperand>& arguments, StepOperand result,
                                             const StepSource& source) {
  const proto::OnnxRun& run = value.onnx_run();
  const proto::Tensor& model = source.declared(run.model());
  auto session = std::make_shared<const OnnxSession>(std::span(source.tensors.elements<uint8_t>(run.model()), model.columns()),
                                                     describe(run, arguments, value.label().empty() ? model.name() : value.label()));
  return std::make_unique<OnnxRunStep>(run, std::move(session), arguments, result);
}

std::unique_ptr<ProgramStep> makeOnnxOutputStep(const proto::OnnxOutput& output, StepOperand argument, StepOperand result, const StepSource& source) {
  const proto::OnnxRun& run = source.plan.fragment().values(static_cast<int>(output.run())).onnx_run();
  const int64_t offset = run.outputs(static_cast<int>(output.output())).offset();
  return makeStep([offset, argument, result](ChunkFrame& frame) {
    const ChunkMatrix& in = frame.matrices[argument.matrix];
    const ChunkMatrix& out = frame.matrices[result.matrix];
    copyRows(in.data + offset, in.strideBytes, frame.numRows, result.width * elementBytes(result.elementType), out.data, out.strideBytes);
  });
}

}  // namespace inferf
