#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace inferf {

/// Element types that cross between the engine and ONNX Runtime.
enum class OnnxElement : uint8_t { kFloat32, kFloat64, kInt64, kString };

/// An input or output of a model as the plan describes it.
struct OnnxPort {
  std::string name;
  OnnxElement element = OnnxElement::kFloat32;
  std::vector<int64_t> dims;  // of one row

  int64_t elementsPerRow() const {
    int64_t product = 1;
    for (const int64_t dim : dims) {
      product *= dim;
    }
    return product;
  }
};

/// A model in ONNX Runtime, for one thread per run: no threads of its own. Thread-safe.
class OnnxSession {
 public:
  struct Description {
    std::string name;  // for messages
    std::vector<OnnxPort> inputs;
    std::vector<OnnxPort> outputs;  // numbers only
    bool batched = false;           // dims have the number of rows in front
  };

  /// Loads a serialized model, which need not stay. Throws INVALID_PLAN if it is no model or not the one described, UNSUPPORTED for what ONNX Runtime
  /// does not implement.
  OnnxSession(std::span<const uint8_t> model, Description description);
  ~OnnxSession();
  OnnxSession(const OnnxSession&) = delete;
  OnnxSession& operator=(const OnnxSession&) = delete;

  const Description& description() const;

  /// Runs the model once on `numRows` rows (1 unless batched). inputs[i] are the elements of all rows, one after the other; std::string_view for text.
  /// `take(output, elements)` is called for each output with the elements of all rows. Throws INVALID_DATA with the message of ONNX Runtime if the run
  /// fails, TYPE_MISMATCH if an output has other dimensions than described.
  void run(std::span<const void* const> inputs, int64_t numRows, const std::function<void(size_t, const void*)>& take) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace inferf
