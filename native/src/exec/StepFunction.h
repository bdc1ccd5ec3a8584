#pragma once

#include <memory>
#include <utility>

#include "exec/ValueSteps.h"

namespace inferf {

// What the steps of values are written with.

/// A step that is a function of the frame.
template <class Function>
class FunctionStep final : public ProgramStep {
 public:
  explicit FunctionStep(Function function) : function_(std::move(function)) {}
  void run(ChunkFrame& frame) const override { function_(frame); }

 private:
  Function function_;
};

template <class Function>
std::unique_ptr<ProgramStep> makeStep(Function function) {
  return std::make_unique<FunctionStep<Function>>(std::move(function));
}

/// The rows of an argument.
template <typename T>
Matrix<const T> read(const ChunkFrame& frame, const StepOperand& operand) {
  const Matrix<T> matrix = frame.matrix<T>(operand.matrix, operand.width);
  return {matrix.data, matrix.stride, matrix.width};
}

/// The rows to write.
template <typename T>
Matrix<T> written(const ChunkFrame& frame, const StepOperand& operand) {
  return frame.matrix<T>(operand.matrix, operand.width);
}

/// Calls function(in, out, count) on runs of consecutive elements of two matrices of one width: once if both are dense, otherwise row by row.
template <typename From, typename To, class Function>
void forEachRun(Matrix<const From> in, Matrix<To> out, int64_t numRows, const Function& function) {
  if (in.stride == in.width && out.stride == out.width) {
    function(in.data, out.data, in.width * numRows);
    return;
  }
  for (int64_t i = 0; i < numRows; ++i) {
    function(in.row(i), out.row(i), in.width);
  }
}

/// What steps are made from besides their operands.
struct StepSource {
  const Plan& plan;
  TensorSet::State& tensors;

  const proto::Tensor& declared(uint32_t tensor) const { return plan.fragment().tensors(static_cast<int>(tensor)); }
  /// The elements of a tensor of T: float, double, int64_t or std::string_view.
  template <typename T>
  std::vector<T> vectorOf(uint32_t tensor) const {
    if constexpr (std::is_same_v<T, std::string_view>) {
      return tensors.strings(tensor);
    } else {
      const T* elements = tensors.elements<T>(tensor);
      const proto::Tensor& shape = declared(tensor);
      return std::vector<T>(elements, elements + static_cast<int64_t>(shape.rows()) * shape.columns());
    }
  }
};

// Makers of steps by kind. `arguments` in the order of the value's fields. Tensors whose contents the plan cannot vouch for are checked here: EngineError
// INVALID_DATA.

// ElementwiseSteps.cpp
std::unique_ptr<ProgramStep> makeUnaryStep(const proto::Unary& unary, StepOperand argument, StepOperand result);
std::unique_ptr<ProgramStep> makeBinaryStep(const proto::Binary& binary, StepOperand left, StepOperand right, StepOperand result);
std::unique_ptr<ProgramStep> makeConstantBinaryStep(const proto::ConstantBinary& binary, StepOperand argument, StepOperand result,
                                                    const StepSource& source);
std::unique_ptr<ProgramStep> makeWhereStep(const std::vector<StepOperand>& arguments, StepOperand result);
std::unique_ptr<ProgramStep> makeCastStep(const proto::Cast& cast, StepOperand argument, StepOperand result);
std::unique_ptr<ProgramStep> makeNarrowStep(const proto::Value& value, StepOperand argument, StepOperand result);
std::unique_ptr<ProgramStep> makeLabelEncodeStep(const proto::LabelEncode& encode, StepOperand argument, StepOperand result,
                                                 const StepSource& source);

// RowSteps.cpp
std::unique_ptr<ProgramStep> makeConstantStep(const proto::Constant& constant, StepOperand result, const StepSource& source);
std::unique_ptr<ProgramStep> makeSelectColumnsStep(const proto::SelectColumns& select, StepOperand argument, StepOperand result,
                                                   const StepSource& source);
std::unique_ptr<ProgramStep> makeSoftmaxStep(const proto::Softmax& softmax, StepOperand argument, StepOperand result);
std::unique_ptr<ProgramStep> makeReduceStep(const proto::Reduce& reduce, StepOperand argument, StepOperand result);
std::unique_ptr<ProgramStep> makeTopKStep(const proto::TopK& topK, StepOperand argument, StepOperand result);
std::unique_ptr<ProgramStep> makeMatrixProductStep(const proto::MatrixProduct& product, StepOperand left, StepOperand right, StepOperand result);
std::unique_ptr<ProgramStep> makeDistanceStep(const proto::Distance& distance, StepOperand argument, StepOperand result, const StepSource& source);
std::unique_ptr<ProgramStep> makeEmbeddingStep(const proto::Embedding& embedding, StepOperand argument, StepOperand result,
                                               const StepSource& source);

// OnnxSteps.cpp
std::unique_ptr<ProgramStep> makeOnnxRunStep(const proto::Value& value, const std::vector<StepOperand>& arguments, StepOperand result,
                                             const StepSource& source);
std::unique_ptr<ProgramStep> makeOnnxOutputStep(const proto::OnnxOutput& output, StepOperand argument, StepOperand result, const StepSource& source);

}  // namespace inferf
