#include <cmath>
#include <optional>
#include <type_traits>

#include "exec/StepFunction.h"
#include "kernel/Activation.h"
#include "kernel/Binary.h"
#include "kernel/Cast.h"
#include "kernel/HalfPrecision.h"
#include "kernel/LabelEncoder.h"
#include "kernel/RowFunctions.h"
#include "kernel/Unary.h"

namespace inferf {

namespace {

/// The functions that kernel/Unary.h has.
std::optional<UnaryOperation> unaryOperationOf(proto::UnaryFunction function) {
  switch (function) {
    case proto::UNARY_FUNCTION_EXP:
      return UnaryOperation::kExp;
    case proto::UNARY_FUNCTION_LOG:
      return UnaryOperation::kLog;
    case proto::UNARY_FUNCTION_SQRT:
      return UnaryOperation::kSqrt;
    case proto::UNARY_FUNCTION_ABS:
      return UnaryOperation::kAbs;
    case proto::UNARY_FUNCTION_NEGATE:
      return UnaryOperation::kNegate;
    case proto::UNARY_FUNCTION_RECIPROCAL:
      return UnaryOperation::kReciprocal;
    case proto::UNARY_FUNCTION_FLOOR:
      return UnaryOperation::kFloor;
    case proto::UNARY_FUNCTION_CEIL:
      return UnaryOperation::kCeil;
    case proto::UNARY_FUNCTION_ROUND:
      return UnaryOperation::kRound;
    case proto::UNARY_FUNCTION_SIGN:
      return UnaryOperation::kSign;
    case proto::UNARY_FUNCTION_ERF:
      return UnaryOperation::kErf;
    case proto::UNARY_FUNCTION_GELU:
      return UnaryOperation::kGelu;
    case proto::UNARY_FUNCTION_GELU_TANH:
      return UnaryOperation::kGeluTanh;
    case proto::UNARY_FUNCTION_ELU:
      return UnaryOperation::kElu;
    case proto::UNARY_FUNCTION_SELU:
      return UnaryOperation::kSelu;
    case proto::UNARY_FUNCTION_CELU:
      return UnaryOperation::kCelu;
    case proto::UNARY_FUNCTION_SOFTPLUS:
      return UnaryOperation::kSoftplus;
    case proto::UNARY_FUNCTION_SOFTSIGN:
      return UnaryOperation::kSoftsign;
    case proto::UNARY_FUNCTION_HARD_SIGMOID:
      return UnaryOperation::kHardSigmoid;
    case proto::UNARY_FUNCTION_HARD_SWISH:
      return UnaryOperation::kHardSwish;
    case proto::UNARY_FUNCTION_THRESHOLDED_RELU:
      return UnaryOperation::kThresholdedRelu;
    case proto::UNARY_FUNCTION_SWISH:
      return UnaryOperation::kSwish;
    case proto::UNARY_FUNCTION_MISH:
      return UnaryOperation::kMish;
    case proto::UNARY_FUNCTION_SIN:
      return UnaryOperation::kSin;
    case proto::UNARY_FUNCTION_COS:
      return UnaryOperation::kCos;
    case proto::UNARY_FUNCTION_TAN:
      return UnaryOperation::kTan;
    case proto::UNARY_FUNCTION_ATAN:
      return UnaryOperation::kAtan;
    default:
      return {};
  }
}

IntegerUnaryOperation integerOperationOf(proto::UnaryFunction function) {
  switch (function) {
    case proto::UNARY_FUNCTION_RELU:
      return IntegerUnaryOperation::kRelu;
    case proto::UNARY_FUNCTION_ABS:
      return IntegerUnaryOperation::kAbs;
    case proto::UNARY_FUNCTION_NEGATE:
      return IntegerUnaryOperation::kNegate;
    case proto::UNARY_FUNCTION_SIGN:
      return IntegerUnaryOperation::kSign;
    default:
      INFERF_CHECK(function == proto::UNARY_FUNCTION_NOT);
      return IntegerUnaryOperation::kNot;
  }
}

/// The functions of kernel/Activation.h and RowFunctions.h.
template <typename T>
void applyActivation(proto::UnaryFunction function, T alpha, const T* in, T* out, int64_t count) {
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

/// A float function with a float result.
template <typename T>
std::unique_ptr<ProgramStep> makeFloatUnaryStep(const proto::Unary& unary, StepOperand argument, StepOperand result) {
  const proto::UnaryFunction function = unary.function();
  const auto alpha = static_cast<T>(unary.alpha());
  const auto beta = static_cast<T>(unary.beta());
  if (function == proto::UNARY_FUNCTION_SOFTMAX_ZERO) {
    return makeStep([argument, result](ChunkFrame& frame) {
      for (int64_t i = 0; i < frame.numRows; ++i) {
        softmaxZero(read<T>(frame, argument).row(i), written<T>(frame, result).row(i), result.width);
      }
    });
  }
  if (const std::optional<UnaryOperation> operation = unaryOperationOf(function)) {
    return makeStep([operation = *operation, alpha, beta, argument, result](ChunkFrame& frame) {
      forEachRun(read<T>(frame, argument), written<T>(frame, result), frame.numRows,
                 [&](const T* in, T* out, int64_t count) { applyUnary(operation, alpha, beta, in, out, count); });
    });
  }
  return makeStep([function, alpha, argument, result](ChunkFrame& frame) {
    forEachRun(read<T>(frame, argument), written<T>(frame, result), frame.numRows,
               [&](const T* in, T* out, int64_t count) { applyActivation(function, alpha, in, out, count); });
  });
}

BinaryOperation arithmeticOf(proto::BinaryFunction function) {
  switch (function) {
    case proto::BINARY_FUNCTION_ADD:
      return BinaryOperation::kAdd;
    case proto::BINARY_FUNCTION_SUBTRACT:
      return BinaryOperation::kSubtract;
    case proto::BINARY_FUNCTION_MULTIPLY:
      return BinaryOperation::kMultiply;
    case proto::BINARY_FUNCTION_DIVIDE:
      return BinaryOperation::kDivide;
    case proto::BINARY_FUNCTION_MAX:
      return BinaryOperation::kMax;
    case proto::BINARY_FUNCTION_MIN:
      return BinaryOperation::kMin;
    case proto::BINARY_FUNCTION_POWER:
      return BinaryOperation::kPower;
    case proto::BINARY_FUNCTION_MODULO:
      return BinaryOperation::kModulo;
    default:
      INFERF_CHECK(function == proto::BINARY_FUNCTION_REMAINDER);
      return BinaryOperation::kRemainder;
  }
}

std::optional<ComparisonOperation> comparisonOf(proto::BinaryFunction function) {
  switch (function) {
    case proto::BINARY_FUNCTION_EQUAL:
      return ComparisonOperation::kEqual;
    case proto::BINARY_FUNCTION_LESS:
      return ComparisonOperation::kLess;
    case proto::BINARY_FUNCTION_LESS_OR_EQUAL:
      return ComparisonOperation::kLessOrEqual;
    case proto::BINARY_FUNCTION_GREATER:
      return ComparisonOperation::kGreater;
    case proto::BINARY_FUNCTION_GREATER_OR_EQUAL:
      return ComparisonOperation::kGreaterOrEqual;
    default:
      return {};
  }
}

std::optional<LogicalOperation> logicalOf(proto::BinaryFunction function) {
  switch (function) {
    case proto::BINARY_FUNCTION_AND:
      return LogicalOperation::kAnd;
    case proto::BINARY_FUNCTION_OR:
      return LogicalOperation::kOr;
    case proto::BINARY_FUNCTION_XOR:
      return LogicalOperation::kXor;
    default:
      return {};
  }
}

/// The rows of an argument of a step.
template <typename T>
struct OperandRows {
  StepOperand operand;
  Matrix<const T> of(const ChunkFrame& frame) const { return read<T>(frame, operand); }
};

/// A constant row.
template <typename T>
struct ConstantRows {
  Matrix<const T> row;
  std::vector<T> owned;  // the row, if it is not the tensor itself
  Matrix<const T> of(const ChunkFrame&) const { return owned.empty() ? row : Matrix<const T>{owned.data(), 0, row.width}; }
};

template <typename T, class Left, class Right>
std::unique_ptr<ProgramStep> makeArithmeticStep(BinaryOperation operation, Left left, Right right, StepOperand result) {
  return makeStep([operation, left = std::move(left), right = std::move(right), result](ChunkFrame& frame) {
    applyBinary(operation, left.of(frame), right.of(frame), written<T>(frame, result), frame.numRows);
  });
}

/// `left` and `right` give the rows of the operands, of element type T.
template <typename T, class Left, class Right>
std::unique_ptr<ProgramStep> makeBinaryStepOf(proto::BinaryFunction function, Left left, Right right, StepOperand result) {
  if (const std::optional<ComparisonOperation> comparison = comparisonOf(function)) {
    return makeStep([comparison = *comparison, left = std::move(left), right = std::move(right), result](ChunkFrame& frame) {
      applyComparison(comparison, left.of(frame), right.of(frame), written<int64_t>(frame, result), frame.numRows);
    });
  }
  if constexpr (std::is_same_v<T, int64_t>) {
    if (const std::optional<LogicalOperation> logical = logicalOf(function)) {
      return makeStep([logical = *logical, left = std::move(left), right = std::move(right), result](ChunkFrame& frame) {
        applyLogical(logical, left.of(frame), right.of(frame), written<int64_t>(frame, result), frame.numRows);
      });
    }
  }
  if constexpr (std::is_arithmetic_v<T>) {
    return makeArithmeticStep<T>(arithmeticOf(function), std::move(left), std::move(right), result);
  }
  throw EngineError(INFERF_ERROR_INTERNAL, ErrorKind::kInternal, "A function of text passed the plan's validation.");
}

/// True for functions of integers that tell unsigned ones from signed ones, and of which kernel/Binary.h has an unsigned form.
bool isUnsignedForm(proto::BinaryFunction function, bool isUnsigned) { return isUnsigned && !logicalOf(function); }

/// Calls `function` with a zero of the type that the operands are computed in.
template <class Function>
void withOperandType(int elementType, bool isUnsigned, const Function& function) {
  if (isUnsigned) {
    INFERF_CHECK(elementType == proto::ELEMENT_TYPE_INT64);
    return function(uint64_t{});
  }
  withElementType(elementType, function);
}

FloatFormat formatOf(proto::FloatFormat format) {
  switch (format) {
    case proto::FLOAT_FORMAT_FLOAT16:
      return FloatFormat::kFloat16;
    case proto::FLOAT_FORMAT_BFLOAT16:
      return FloatFormat::kBfloat16;
    case proto::FLOAT_FORMAT_FLOAT8E4M3FN:
      return FloatFormat::kFloat8E4M3Fn;
    case proto::FLOAT_FORMAT_FLOAT8E4M3FNUZ:
      return FloatFormat::kFloat8E4M3Fnuz;
    case proto::FLOAT_FORMAT_FLOAT8E5M2:
      return FloatFormat::kFloat8E5M2;
    case proto::FLOAT_FORMAT_FLOAT8E5M2FNUZ:
      return FloatFormat::kFloat8E5M2Fnuz;
    case proto::FLOAT_FORMAT_FLOAT4E2M1:
      return FloatFormat::kFloat4E2M1;
    case proto::FLOAT_FORMAT_FLOAT8E8M0:
      return FloatFormat::kFloat8E8M0;
    default:
      return FloatFormat::kNone;
  }
}

ScaleRounding scaleRoundingOf(proto::ScaleRounding rounding) {
  switch (rounding) {
    case proto::SCALE_ROUNDING_DOWN:
      return ScaleRounding::kDown;
    case proto::SCALE_ROUNDING_NEAREST:
      return ScaleRounding::kNearest;
    default:
      return ScaleRounding::kUp;
  }
}

}  // namespace

std::unique_ptr<ProgramStep> makeUnaryStep(const proto::Unary& unary, StepOperand argument, StepOperand result) {
  if (argument.elementType == proto::ELEMENT_TYPE_INT64) {
    return makeStep([operation = integerOperationOf(unary.function()), argument, result](ChunkFrame& frame) {
      forEachRun(read<int64_t>(frame, argument), written<int64_t>(frame, result), frame.numRows,
                 [&](const int64_t* in, int64_t* out, int64_t count) { applyUnary(operation, in, out, count); });
    });
  }
  std::unique_ptr<ProgramStep> made;
  withFloatType(argument.elementType, [&](auto zero) {
    using T = decltype(zero);
    if (unary.function() == proto::UNARY_FUNCTION_IS_NAN) {
      made = makeStep([argument, result](ChunkFrame& frame) {
        forEachRun(read<T>(frame, argument), written<int64_t>(frame, result), frame.numRows, testNan<T>);
      });
    } else if (unary.function() == proto::UNARY_FUNCTION_IS_INFINITY) {
      made = makeStep([negative = unary.alpha() != 0, positive = unary.beta() != 0, argument, result](ChunkFrame& frame) {
        forEachRun(read<T>(frame, argument), written<int64_t>(frame, result), frame.numRows,
                   [&](const T* in, int64_t* out, int64_t count) { testInfinity(in, out, count, negative, positive); });
      });
    } else {
      made = makeFloatUnaryStep<T>(unary, argument, result);
    }
  });
  return made;
}

std::unique_ptr<ProgramStep> makeBinaryStep(const proto::Binary& binary, StepOperand left, StepOperand right, StepOperand result) {
  std::unique_ptr<ProgramStep> made;
  withOperandType(left.elementType, isUnsignedForm(binary.function(), binary.is_unsigned()), [&](auto zero) {
    using T = decltype(zero);
    made = makeBinaryStepOf<T>(binary.function(), OperandRows<T>{left}, OperandRows<T>{right}, result);
  });
  return made;
}

std::unique_ptr<ProgramStep> makeConstantBinaryStep(const proto::ConstantBinary& binary, StepOperand argument, StepOperand result,
                                                    const StepSource& source) {
  std::unique_ptr<ProgramStep> made;
  withOperandType(argument.elementType, isUnsignedForm(binary.function(), binary.is_unsigned()), [&](auto zero) {
    using T = decltype(zero);
    ConstantRows<T> constant;
    if constexpr (std::is_same_v<T, std::string_view>) {
      constant.owned = source.vectorOf<T>(binary.constant());
    } else {
      constant.row.data = source.tensors.elements<T>(binary.constant());
    }
    constant.row.width = source.declared(binary.constant()).columns();
    const OperandRows<T> value{argument};
    made = binary.constant_on_left() ? makeBinaryStepOf<T>(binary.function(), std::move(constant), value, result)
                                     : makeBinaryStepOf<T>(binary.function(), value, std::move(constant), result);
  });
  return made;
}

std::unique_ptr<ProgramStep> makeWhereStep(const std::vector<StepOperand>& arguments, StepOperand result) {
  std::unique_ptr<ProgramStep> made;
  withElementType(result.elementType, [&](auto zero) {
    using T = decltype(zero);
    made = makeStep([condition = arguments[0], left = arguments[1], right = arguments[2], result](ChunkFrame& frame) {
      selectWhere(read<int64_t>(frame, condition), read<T>(frame, left), read<T>(frame, right), written<T>(frame, result), frame.numRows);
    });
  });
  return made;
}

std::unique_ptr<ProgramStep> makeCastStep(const proto::Cast& cast, StepOperand argument, StepOperand result) {
  const CastRules rules{.wrap = {.bits = cast.integer_bits(), .isUnsigned = cast.integer_unsigned()},
                        .toBoolean = cast.boolean(),
                        .argumentIsUnsigned = cast.argument_unsigned(),
                        .rounding = {.format = formatOf(cast.float_format()),
                                     .saturates = cast.saturate(),
                                     .scale = scaleRoundingOf(cast.scale_rounding())}};
  std::unique_ptr<ProgramStep> made;
  withElementType(argument.elementType, [&](auto fromZero) {
    withNumericType(result.elementType, [&](auto toZero) {
      using From = decltype(fromZero);
      using To = decltype(toZero);
      made = makeStep([rules, argument, result](ChunkFrame& frame) {
        applyCast(read<From>(frame, argument), written<To>(frame, result), frame.numRows, rules);
      });
    });
  });
  return made;
}

std::unique_ptr<ProgramStep> makeNarrowStep(const proto::Value& value, StepOperand argument, StepOperand result) {
  return makeStep([label = value.label(), argument, result](ChunkFrame& frame) {
    bool fits = true;
    forEachRun(read<float>(frame, argument), written<Half>(frame, result), frame.numRows,
               [&fits](const float* in, Half* out, int64_t count) { fits = narrowToHalf(in, out, count) && fits; });
    INFERF_USER_CHECK(fits, INFERF_ERROR_ARITHMETIC, "A partial result exceeds the range of half precision, which precision 'fast' keeps it in. Value: '",
                      label, "', largest magnitude: ", kLargestHalf, ". Use precision 'exact', or scale the features");
  });
}

std::unique_ptr<ProgramStep> makeLabelEncodeStep(const proto::LabelEncode& encode, StepOperand argument, StepOperand result,
                                                 const StepSource& source) {
  std::unique_ptr<ProgramStep> made;
  withElementType(argument.elementType, [&](auto keyZero) {
    withElementType(result.elementType, [&](auto valueZero) {
      using Key = decltype(keyZero);
      using Value = decltype(valueZero);
      auto keys = std::make_shared<const KeyIndex<Key>>(source.vectorOf<Key>(encode.keys()));
      made = makeStep([keys, values = source.vectorOf<Value>(encode.values()), defaultValue = source.vectorOf<Value>(encode.default_value())[0],
                       argument, result](ChunkFrame& frame) {
        encodeLabels(*keys, values, defaultValue, read<Key>(frame, argument), written<Value>(frame, result), frame.numRows);
      });
    });
  });
  return made;
}

}  // namespace inferf
