#include "exec/ValueSteps.h"

#include <cmath>
#include <type_traits>

#include "exec/TreeSteps.h"
#include "kernel/Activation.h"
#include "kernel/GatherRows.h"
#include "kernel/Labels.h"
#include "kernel/RowFunctions.h"

namespace inferf {

namespace {

template <class Function>
class FunctionStep final : public ProgramStep {
 public:
  explicit FunctionStep(Function function) : function_(std::move(function)) {}
  void run(ChunkFrame& frame) const override { function_(frame); }

 private:
  Function function_;
};

template <class Function>
std::unique_ptr<ProgramStep> step(Function function) {
  return std::make_unique<FunctionStep<Function>>(std::move(function));
}

template <typename T>
Matrix<const T> read(const ChunkFrame& frame, const StepOperand& operand) {
  const Matrix<T> matrix = frame.matrix<T>(operand.matrix, operand.width);
  return {matrix.data, matrix.stride, matrix.width};
}

template <typename T>
Matrix<T> written(const ChunkFrame& frame, const StepOperand& operand) {
  return frame.matrix<T>(operand.matrix, operand.width);
}

/// Calls function(in, out, count) on runs of consecutive elements: once if both matrices are dense, otherwise row by row.
template <typename T, class Function>
void forEachRun(Matrix<const T> in, Matrix<T> out, int64_t numRows, const Function& function) {
  if (in.stride == in.width && out.stride == out.width) {
    function(in.data, out.data, in.width * numRows);
    return;
  }
  for (int64_t i = 0; i < numRows; ++i) {
    function(in.row(i), out.row(i), in.width);
  }
}

BinaryOperation operationOf(proto::BinaryFunction function) {
  switch (function) {
    case proto::BINARY_FUNCTION_ADD:
      return BinaryOperation::kAdd;
    case proto::BINARY_FUNCTION_SUBTRACT:
      return BinaryOperation::kSubtract;
    case proto::BINARY_FUNCTION_MULTIPLY:
      return BinaryOperation::kMultiply;
    default:
      INFERF_CHECK(function == proto::BINARY_FUNCTION_DIVIDE);
      return BinaryOperation::kDivide;
  }
}

std::unique_ptr<ProgramStep> makeConcatStep(const std::vector<StepOperand>& arguments, StepOperand result) {
  return step([arguments, result](ChunkFrame& frame) {
    const int64_t bytes = elementBytes(result.elementType);
    const ChunkMatrix& out = frame.matrices[result.matrix];
    int64_t offset = 0;
    for (const StepOperand& argument : arguments) {
      const ChunkMatrix& in = frame.matrices[argument.matrix];
      copyRows(in.data, in.strideBytes, frame.numRows, argument.width * bytes, out.data + offset, out.strideBytes);
      offset += argument.width * bytes;
    }
  });
}

std::unique_ptr<ProgramStep> makeSliceStep(const proto::Slice& slice, StepOperand argument, StepOperand result) {
  return step([start = static_cast<int64_t>(slice.start()), argument, result](ChunkFrame& frame) {
    const int64_t bytes = elementBytes(result.elementType);
    const ChunkMatrix& in = frame.matrices[argument.matrix];
    const ChunkMatrix& out = frame.matrices[result.matrix];
    copyRows(in.data + start * bytes, in.strideBytes, frame.numRows, result.width * bytes, out.data, out.strideBytes);
  });
}

template <typename T>
void applyUnary(proto::UnaryFunction function, T alpha, const T* in, T* out, int64_t count) {
  switch (function) {
    case proto::UNARY_FUNCTION_RELU:
      return relu(in, out, count);
    case proto::UNARY_FUNCTION_LEAKY_RELU:
      return leakyRelu(in, out, count, alpha);
    case proto::UNARY_FUNCTION_SIGMOID:
      return sigmoid(in, out, count);
    case proto::UNARY_FUNCTION_TANH:
      return tanh(in, out, count);
    default:
      INFERF_CHECK(function == proto::UNARY_FUNCTION_PROBIT);
      for (int64_t i = 0; i < count; ++i) {
        out[i] = probit(in[i]);
      }
  }
}

std::unique_ptr<ProgramStep> makeUnaryStep(const proto::Unary& unary, StepOperand argument, StepOperand result) {
  std::unique_ptr<ProgramStep> made;
  if (result.elementType == proto::ELEMENT_TYPE_INT64) {
    INFERF_USER_CHECK(unary.function() == proto::UNARY_FUNCTION_RELU, INFERF_ERROR_INVALID_PLAN,
                      "Of the unary functions only RELU is defined for INT64. Function: ", static_cast<int>(unary.function()));
    return step([argument, result](ChunkFrame& frame) {
      forEachRun(read<int64_t>(frame, argument), written<int64_t>(frame, result), frame.numRows,
                 [](const int64_t* in, int64_t* out, int64_t count) {
                   for (int64_t i = 0; i < count; ++i) {
                     out[i] = reluScalar(in[i]);
                   }
                 });
    });
  }
  withFloatType(result.elementType, [&](auto zero) {
    using T = decltype(zero);
    const proto::UnaryFunction function = unary.function();
    if (function == proto::UNARY_FUNCTION_SOFTMAX_ZERO) {
      made = step([argument, result](ChunkFrame& frame) {
        for (int64_t i = 0; i < frame.numRows; ++i) {
          softmaxZero(read<T>(frame, argument).row(i), written<T>(frame, result).row(i), result.width);
        }
      });
      return;
    }
    made = step([function, alpha = static_cast<T>(unary.alpha()), argument, result](ChunkFrame& frame) {
      forEachRun(read<T>(frame, argument), written<T>(frame, result), frame.numRows,
                 [&](const T* in, T* out, int64_t count) { applyUnary(function, alpha, in, out, count); });
    });
  });
  return made;
}

std::unique_ptr<ProgramStep> makeBinaryStep(const proto::Binary& binary, StepOperand left, StepOperand right, StepOperand result) {
  std::unique_ptr<ProgramStep> made;
  withNumericType(result.elementType, [&](auto zero) {
    using T = decltype(zero);
    made = step([operation = operationOf(binary.function()), left, right, result](ChunkFrame& frame) {
      applyBinary(operation, read<T>(frame, left), read<T>(frame, right), written<T>(frame, result), frame.numRows);
    });
  });
  return made;
}

std::unique_ptr<ProgramStep> makeConstantBinaryStep(const proto::ConstantBinary& binary, StepOperand argument, StepOperand result,
                                                    const Plan& plan, TensorSet::State& tensors) {
  std::unique_ptr<ProgramStep> made;
  withNumericType(result.elementType, [&](auto zero) {
    using T = decltype(zero);
    const int64_t width = plan.fragment().tensors(static_cast<int>(binary.constant())).columns();
    const Matrix<const T> constant{tensors.elements<T>(binary.constant()), 0, width};
    made = step([operation = operationOf(binary.function()), onLeft = binary.constant_on_left(), constant, argument, result](ChunkFrame& frame) {
      const Matrix<const T> value = read<T>(frame, argument);
      applyBinary(operation, onLeft ? constant : value, onLeft ? value : constant, written<T>(frame, result), frame.numRows);
    });
  });
  return made;
}

std::unique_ptr<ProgramStep> makeCastStep(const proto::Cast& cast, StepOperand argument, StepOperand result) {
  std::unique_ptr<ProgramStep> made;
  withNumericType(argument.elementType, [&](auto fromZero) {
    withNumericType(result.elementType, [&](auto toZero) {
      using From = decltype(fromZero);
      using To = decltype(toZero);
      const IntegerWrap wrap{.bits = cast.integer_bits(), .isUnsigned = cast.integer_unsigned()};
      made = step([wrap, toBoolean = cast.boolean(), argument, result](ChunkFrame& frame) {
        applyCast(read<From>(frame, argument), written<To>(frame, result), frame.numRows, wrap, toBoolean);
      });
    });
  });
  return made;
}

std::unique_ptr<ProgramStep> makeSoftmaxStep(StepOperand argument, StepOperand result) {
  std::unique_ptr<ProgramStep> made;
  withFloatType(result.elementType, [&](auto zero) {
    using T = decltype(zero);
    made = step([argument, result](ChunkFrame& frame) {
      for (int64_t i = 0; i < frame.numRows; ++i) {
        softmax(read<T>(frame, argument).row(i), written<T>(frame, result).row(i), result.width);
      }
    });
  });
  return made;
}

std::unique_ptr<ProgramStep> makeImputeStep(const proto::Impute& impute, StepOperand argument, StepOperand result, const Plan& plan,
                                            TensorSet::State& tensors) {
  std::unique_ptr<ProgramStep> made;
  withNumericType(result.elementType, [&](auto zero) {
    using T = decltype(zero);
    const bool isInteger = impute.replaced_case() == proto::Impute::kReplacedInt;
    const T replaced = isInteger                    ? static_cast<T>(impute.replaced_int())
                       : std::is_integral_v<T> ? static_cast<T>(truncateToInteger(impute.replaced_float()))
                                                    : static_cast<T>(impute.replaced_float());
    const T* imputed = tensors.elements<T>(impute.imputed());
    const int64_t stride = plan.fragment().tensors(static_cast<int>(impute.imputed())).columns() == 1 ? 0 : 1;
    made = step([replaced, imputed, stride, argument, result](ChunkFrame& frame) {
      applyImpute(read<T>(frame, argument), written<T>(frame, result), frame.numRows, replaced, imputed, stride);
    });
  });
  return made;
}

std::unique_ptr<ProgramStep> makeOneHotStep(const proto::OneHot& oneHot, StepOperand argument, StepOperand result, const Plan& plan,
                                            TensorSet::State& tensors) {
  const bool unknownIsError = oneHot.unknown_is_error();
  if (argument.elementType == proto::ELEMENT_TYPE_STRING) {
    auto categories = std::make_shared<const CategoryIndex<std::string_view>>(tensors.strings(oneHot.categories()));
    return step([categories, unknownIsError, argument, result](ChunkFrame& frame) {
      encodeOneHot(*categories, read<std::string_view>(frame, argument), written<float>(frame, result), frame.numRows, unknownIsError);
    });
  }
  const int64_t numCategories = plan.fragment().tensors(static_cast<int>(oneHot.categories())).columns();
  const auto* keys = tensors.elements<int64_t>(oneHot.categories());
  auto categories = std::make_shared<const CategoryIndex<int64_t>>(std::vector<int64_t>(keys, keys + numCategories));
  std::unique_ptr<ProgramStep> made;
  withNumericType(argument.elementType, [&](auto zero) {
    using T = decltype(zero);
    made = step([categories, unknownIsError, argument, result](ChunkFrame& frame) {
      encodeOneHot(*categories, read<T>(frame, argument), written<float>(frame, result), frame.numRows, unknownIsError);
    });
  });
  return made;
}

std::unique_ptr<ProgramStep> makeNormalizeStep(const proto::Normalize& normalize, StepOperand argument, StepOperand result) {
  const RowNorm norm = normalize.norm() == proto::NORM_MAX  ? RowNorm::kMax
                       : normalize.norm() == proto::NORM_L1 ? RowNorm::kL1
                                                            : RowNorm::kL2;
  std::unique_ptr<ProgramStep> made;
  withNumericType(argument.elementType, [&](auto fromZero) {
    withFloatType(result.elementType, [&](auto toZero) {
      using From = decltype(fromZero);
      using To = decltype(toZero);
      made = step([norm, argument, result](ChunkFrame& frame) {
        normalizeRows(norm, read<From>(frame, argument), written<To>(frame, result), frame.numRows);
      });
    });
  });
  return made;
}

template <typename Score, typename Label>
std::unique_ptr<ProgramStep> selectLabel(const proto::SelectLabel& select, std::vector<Label> labels, StepOperand argument, StepOperand result) {
  return step([labels = std::move(labels), binary = select.binary(), threshold = select.threshold(), argument, result](ChunkFrame& frame) {
    const Matrix<const Score> scores = read<Score>(frame, argument);
    const Matrix<Label> out = written<Label>(frame, result);
    for (int64_t i = 0; i < frame.numRows; ++i) {
      const Score* row = scores.row(i);
      const int64_t index = binary ? static_cast<int64_t>(static_cast<double>(row[0]) > threshold) : indexOfMaximum(row, scores.width);
      *out.row(i) = labels[static_cast<size_t>(index)];
    }
  });
}

std::unique_ptr<ProgramStep> makeSelectLabelStep(const proto::SelectLabel& select, StepOperand argument, StepOperand result,
                                                 const Plan& plan, TensorSet::State& tensors) {
  const int64_t numLabels = plan.fragment().tensors(static_cast<int>(select.labels())).columns();
  INFERF_USER_CHECK(numLabels >= (select.binary() ? 2 : argument.width), INFERF_ERROR_INVALID_PLAN,
                    "There are fewer labels than scores. Labels: ", numLabels, ", scores: ", argument.width);
  std::unique_ptr<ProgramStep> made;
  withNumericType(argument.elementType, [&](auto zero) {
    using Score = decltype(zero);
    if (result.elementType == proto::ELEMENT_TYPE_STRING) {
      made = selectLabel<Score>(select, tensors.strings(select.labels()), argument, result);
    } else {
      const auto* labels = tensors.elements<int64_t>(select.labels());
      made = selectLabel<Score>(select, std::vector<int64_t>(labels, labels + numLabels), argument, result);
    }
  });
  return made;
}

}  // namespace

std::unique_ptr<ProgramStep> makeGatherStep(uint32_t lowerValue, StepOperand to) {
  return step([lowerValue, to](ChunkFrame& frame) {
    const RowContext::ValueRows lower = frame.context.valueRows(lowerValue);
    ChunkMatrix& matrix = frame.matrices[to.matrix];
    if (lower.ids == nullptr) {
      // Steps only read gathered matrices.
      matrix = {const_cast<uint8_t*>(lower.stored->row(frame.begin)), lower.stored->strideBytes};
      return;
    }
    gatherRows(lower.stored->row(0), lower.stored->strideBytes, lower.ids + frame.begin, frame.numRows,
               to.width * elementBytes(to.elementType), matrix.data, matrix.strideBytes);
  });
}

std::unique_ptr<ProgramStep> makeValueStep(const proto::Value& value, const std::vector<StepOperand>& arguments, StepOperand result,
                                           const Plan& plan, TensorSet::State& tensors) {
  switch (value.kind_case()) {
    case proto::Value::kConcat:
      return makeConcatStep(arguments, result);
    case proto::Value::kSlice:
      return makeSliceStep(value.slice(), arguments[0], result);
    case proto::Value::kUnary:
      return makeUnaryStep(value.unary(), arguments[0], result);
    case proto::Value::kBinary:
      return makeBinaryStep(value.binary(), arguments[0], arguments[1], result);
    case proto::Value::kConstantBinary:
      return makeConstantBinaryStep(value.constant_binary(), arguments[0], result, plan, tensors);
    case proto::Value::kCast:
      return makeCastStep(value.cast(), arguments[0], result);
    case proto::Value::kSoftmax:
      return makeSoftmaxStep(arguments[0], result);
    case proto::Value::kImpute:
      return makeImputeStep(value.impute(), arguments[0], result, plan, tensors);
    case proto::Value::kOneHot:
      return makeOneHotStep(value.one_hot(), arguments[0], result, plan, tensors);
    case proto::Value::kNormalize:
      return makeNormalizeStep(value.normalize(), arguments[0], result);
    case proto::Value::kSelectLabel:
      return makeSelectLabelStep(value.select_label(), arguments[0], result, plan, tensors);
    case proto::Value::kTreeMask:
    case proto::Value::kTreeTraversal:
      return makeTreeStep(value, arguments[0], result, tensors);
    default:
      throw EngineError(INFERF_ERROR_INTERNAL, ErrorKind::kInternal, "A value has a kind that the plan's validation should have refused.");
  }
}

std::vector<uint32_t> argumentsOf(const proto::Value& value) {
  switch (value.kind_case()) {
    case proto::Value::kConcat:
      return {value.concat().values().begin(), value.concat().values().end()};
    case proto::Value::kSlice:
      return {value.slice().value()};
    case proto::Value::kSum: {
      std::vector<uint32_t> arguments;
      for (const proto::Term& term : value.sum().terms()) {
        arguments.push_back(term.value());
      }
      return arguments;
    }
    case proto::Value::kUnary:
      return {value.unary().value()};
    case proto::Value::kBinary:
      return {value.binary().left(), value.binary().right()};
    case proto::Value::kConstantBinary:
      return {value.constant_binary().value()};
    case proto::Value::kCast:
      return {value.cast().value()};
    case proto::Value::kSoftmax:
      return {value.softmax().value()};
    case proto::Value::kImpute:
      return {value.impute().value()};
    case proto::Value::kOneHot:
      return {value.one_hot().value()};
    case proto::Value::kNormalize:
      return {value.normalize().value()};
    case proto::Value::kSelectLabel:
      return {value.select_label().scores()};
    case proto::Value::kTreeMask:
      return {value.tree_mask().value()};
    case proto::Value::kMaskAnd:
      return {value.mask_and().masks().begin(), value.mask_and().masks().end()};
    case proto::Value::kTreeScore:
      return {value.tree_score().masks().begin(), value.tree_score().masks().end()};
    case proto::Value::kTreeTraversal:
      return {value.tree_traversal().value()};
    default:
      return {};
  }
}

bool mayOverwrite(const proto::Value& value, size_t argument) {
  switch (value.kind_case()) {
    case proto::Value::kUnary:
    case proto::Value::kConstantBinary:
    case proto::Value::kImpute:
    case proto::Value::kSoftmax:
      return argument == 0;
    case proto::Value::kBinary:
      return argument <= 1;
    default:
      return false;
  }
}

}  // namespace inferf
