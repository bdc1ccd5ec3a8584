#include "exec/ValueSteps.h"

#include <type_traits>

#include "exec/StepFunction.h"
#include "exec/TreeSteps.h"
#include "kernel/GatherRows.h"
#include "kernel/Labels.h"
#include "kernel/RowFunctions.h"
#include "plan/ValueArguments.h"

namespace inferf {

namespace {

std::unique_ptr<ProgramStep> makeConcatStep(const std::vector<StepOperand>& arguments, StepOperand result) {
  return makeStep([arguments, result](ChunkFrame& frame) {
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
  return makeStep([start = static_cast<int64_t>(slice.start()), argument, result](ChunkFrame& frame) {
    const int64_t bytes = elementBytes(result.elementType);
    const ChunkMatrix& in = frame.matrices[argument.matrix];
    const ChunkMatrix& out = frame.matrices[result.matrix];
    copyRows(in.data + start * bytes, in.strideBytes, frame.numRows, result.width * bytes, out.data, out.strideBytes);
  });
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
    made = makeStep([replaced, imputed, stride, argument, result](ChunkFrame& frame) {
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
    return makeStep([categories, unknownIsError, argument, result](ChunkFrame& frame) {
      encodeOneHot(*categories, read<std::string_view>(frame, argument), written<float>(frame, result), frame.numRows, unknownIsError);
    });
  }
  const int64_t numCategories = plan.fragment().tensors(static_cast<int>(oneHot.categories())).columns();
  const auto* keys = tensors.elements<int64_t>(oneHot.categories());
  auto categories = std::make_shared<const CategoryIndex<int64_t>>(std::vector<int64_t>(keys, keys + numCategories));
  std::unique_ptr<ProgramStep> made;
  withNumericType(argument.elementType, [&](auto zero) {
    using T = decltype(zero);
    made = makeStep([categories, unknownIsError, argument, result](ChunkFrame& frame) {
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
      made = makeStep([norm, argument, result](ChunkFrame& frame) {
        normalizeRows(norm, read<From>(frame, argument), written<To>(frame, result), frame.numRows);
      });
    });
  });
  return made;
}

template <typename Score, typename Label>
std::unique_ptr<ProgramStep> selectLabel(const proto::SelectLabel& select, std::vector<Label> labels, StepOperand argument, StepOperand result) {
  return makeStep([labels = std::move(labels), binary = select.binary(), threshold = select.threshold(), argument, result](ChunkFrame& frame) {
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
  return makeStep([lowerValue, to](ChunkFrame& frame) {
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
  const StepSource source{plan, tensors};
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
      return makeConstantBinaryStep(value.constant_binary(), arguments[0], result, source);
    case proto::Value::kCast:
      return makeCastStep(value.cast(), arguments[0], result);
    case proto::Value::kSoftmax:
      return makeSoftmaxStep(value.softmax(), arguments[0], result);
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
    case proto::Value::kConstant:
      return makeConstantStep(value.constant(), result, source);
    case proto::Value::kSelectColumns:
      return makeSelectColumnsStep(value.select_columns(), arguments[0], result, source);
    case proto::Value::kWhere:
      return makeWhereStep(arguments, result);
    case proto::Value::kReduce:
      return makeReduceStep(value.reduce(), arguments[0], result);
    case proto::Value::kTopK:
      return makeTopKStep(value.top_k(), arguments[0], result);
    case proto::Value::kMatrixProduct:
      return makeMatrixProductStep(value.matrix_product(), arguments[0], arguments[1], result);
    case proto::Value::kDistance:
      return makeDistanceStep(value.distance(), arguments[0], result, source);
    case proto::Value::kLabelEncode:
      return makeLabelEncodeStep(value.label_encode(), arguments[0], result, source);
    case proto::Value::kEmbedding:
      return makeEmbeddingStep(value.embedding(), arguments[0], result, source);
    case proto::Value::kOnnxRun:
      return makeOnnxRunStep(value, arguments, result, source);
    case proto::Value::kOnnxOutput:
      return makeOnnxOutputStep(value.onnx_output(), arguments[0], result, source);
    case proto::Value::kNarrow:
      return makeNarrowStep(value, arguments[0], result);
    default:
      throw EngineError(INFERF_ERROR_INTERNAL, ErrorKind::kInternal, "A value has a kind that the plan's validation should have refused.");
  }
}

std::vector<uint32_t> argumentsOf(const proto::Value& value) {
  std::vector<uint32_t> arguments;
  forEachArgument(value, [&](uint32_t argument) { arguments.push_back(argument); });
  return arguments;
}

bool mayOverwrite(const proto::Value& value, size_t argument) {
  switch (value.kind_case()) {
    case proto::Value::kUnary:
    case proto::Value::kConstantBinary:
    case proto::Value::kImpute:
    case proto::Value::kSoftmax:
    case proto::Value::kCast:
    case proto::Value::kLabelEncode:
      return argument == 0;
    case proto::Value::kBinary:
      return argument <= 1;
    case proto::Value::kWhere:
      return true;
    default:
      return false;
  }
}

}  // namespace inferf
