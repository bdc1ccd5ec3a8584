#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace inferf::test {

/// Writes ONNX models as their wire format, so that tests need neither the ONNX schema nor files. Field numbers are those of onnx.proto.
class OnnxBytes {
 public:
  /// ONNX element types.
  static constexpr int kFloat = 1;
  static constexpr int kInt64 = 7;
  static constexpr int kString = 8;
  static constexpr int kDouble = 11;

  /// A named tensor; a dimension below 0 is symbolic.
  struct Port {
    std::string name;
    int element;
    std::vector<int64_t> dims;
  };

  OnnxBytes& input(const Port& port) {
    inputs_ += message(11, valueInfo(port));
    return *this;
  }
  OnnxBytes& output(const Port& port) {
    outputs_ += message(12, valueInfo(port));
    return *this;
  }
  OnnxBytes& initializer(const std::string& name, const std::vector<int64_t>& dims, const std::vector<float>& values) {
    return addInitializer(name, kFloat, dims, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
  }
  OnnxBytes& initializer(const std::string& name, const std::vector<int64_t>& dims, const std::vector<int64_t>& values) {
    return addInitializer(name, kInt64, dims, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(int64_t)});
  }
  OnnxBytes& node(const std::string& operation, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs,
                  const std::vector<std::string>& attributes = {}, const std::string& domain = "") {
    std::string bytes;
    for (const std::string& name : inputs) {
      bytes += message(1, name);
    }
    for (const std::string& name : outputs) {
      bytes += message(2, name);
    }
    bytes += message(4, operation);
    for (const std::string& attribute : attributes) {
      bytes += message(5, attribute);
    }
    bytes += domain.empty() ? "" : message(7, domain);
    nodes_ += message(1, bytes);
    return *this;
  }

  static std::string attribute(const std::string& name, int64_t value) { return message(1, name) + number(3, static_cast<uint64_t>(value)) + number(20, 2); }
  static std::string attribute(const std::string& name, const std::vector<int64_t>& values) {
    std::string bytes = message(1, name);
    for (const int64_t value : values) {
      bytes += number(8, static_cast<uint64_t>(value));
    }
    return bytes + number(20, 7);
  }
  static std::string attribute(const std::string& name, const std::vector<std::string>& values) {
    std::string bytes = message(1, name);
    for (const std::string& value : values) {
      bytes += message(9, value);
    }
    return bytes + number(20, 8);
  }

  /// The serialized model.
  std::string model() const {
    const std::string graph = nodes_ + message(2, "graph") + initializers_ + inputs_ + outputs_;
    return number(1, 8) + message(7, graph) + message(8, message(1, "") + number(2, 17)) + message(8, message(1, "ai.onnx.ml") + number(2, 3));
  }

 private:
  static std::string varint(uint64_t value) {
    std::string bytes;
    while (value >= 0x80) {
      bytes += static_cast<char>(value | 0x80);
      value >>= 7;
    }
    return bytes + static_cast<char>(value);
  }
  static std::string number(uint32_t field, uint64_t value) { return varint(field << 3) + varint(value); }
  static std::string message(uint32_t field, const std::string& bytes) { return varint(field << 3 | 2) + varint(bytes.size()) + bytes; }

  static std::string valueInfo(const Port& port) {
    std::string shape;
    for (const int64_t dim : port.dims) {
      shape += message(1, dim < 0 ? message(2, "N") : number(1, static_cast<uint64_t>(dim)));
    }
    const std::string tensor = number(1, static_cast<uint64_t>(port.element)) + message(2, shape);
    return message(1, port.name) + message(2, message(1, tensor));
  }
  OnnxBytes& addInitializer(const std::string& name, int element, const std::vector<int64_t>& dims, const std::string& raw) {
    std::string bytes;
    for (const int64_t dim : dims) {
      bytes += number(1, static_cast<uint64_t>(dim));
    }
    initializers_ += message(5, bytes + number(2, static_cast<uint64_t>(element)) + message(8, name) + message(9, raw));
    return *this;
  }

  std::string nodes_;
  std::string initializers_;
  std::string inputs_;
  std::string outputs_;
};

/// y = x + (1, 2, 3) for x [N, 3].
inline std::string addModel() {
  return OnnxBytes()
      .input({"x", OnnxBytes::kFloat, {-1, 3}})
      .output({"y", OnnxBytes::kFloat, {-1, 3}})
      .initializer("c", {3}, std::vector<float>{1, 2, 3})
      .node("Add", {"x", "c"}, {"y"})
      .model();
}

/// y [N, 1, 2, 2] = 2 x 2 box sums of x [N, 1, 3, 3].
inline std::string convolutionModel() {
  return OnnxBytes()
      .input({"x", OnnxBytes::kFloat, {-1, 1, 3, 3}})
      .output({"y", OnnxBytes::kFloat, {-1, 1, 2, 2}})
      .initializer("w", {1, 1, 2, 2}, std::vector<float>{1, 1, 1, 1})
      .node("Conv", {"x", "w"}, {"y"})
      .model();
}

/// y [3] = running sums of x [3]: mixes what would be the rows of a batch.
inline std::string runningSumModel() {
  return OnnxBytes()
      .input({"x", OnnxBytes::kDouble, {3}})
      .output({"y", OnnxBytes::kDouble, {3}})
      .initializer("axis", {}, std::vector<int64_t>{0})
      .node("CumSum", {"x", "axis"}, {"y"})
      .model();
}

/// y [N, 2] INT64 = the numbers of the words of s [N, 2], and z [N, 2] FLOAT the same as floats.
inline std::string wordModel() {
  return OnnxBytes()
      .input({"s", OnnxBytes::kString, {-1, 2}})
      .output({"y", OnnxBytes::kInt64, {-1, 2}})
      .output({"z", OnnxBytes::kFloat, {-1, 2}})
      .node("LabelEncoder", {"s"}, {"y"},
            {OnnxBytes::attribute("keys_strings", std::vector<std::string>{"one", std::string("t\0o", 3)}),
             OnnxBytes::attribute("values_int64s", std::vector<int64_t>{1, 2})},
            "ai.onnx.ml")
      .node("Cast", {"y"}, {"z"}, {OnnxBytes::attribute("to", int64_t{OnnxBytes::kFloat})})
      .model();
}

}  // namespace inferf::test
