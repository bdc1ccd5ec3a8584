#include "exec/StepFunction.h"
#include "kernel/Activation.h"
#include "kernel/Distance.h"
#include "kernel/GatherRows.h"
#include "kernel/MatrixProduct.h"
#include "kernel/Reduce.h"
#include "kernel/Selection.h"
#include "kernel/TopK.h"

namespace inferf {

namespace {

template <typename T>
void applySoftmax(proto::SoftmaxFunction function, const T* in, T* out, int64_t width) {
  switch (function) {
    case proto::SOFTMAX_FUNCTION_LOG_SOFTMAX:
      return logSoftmax(in, out, width);
    case proto::SOFTMAX_FUNCTION_HARDMAX:
      return hardmax(in, out, width);
    default:
      return softmax(in, out, width);
  }
}

Reduction reductionOf(proto::ReduceFunction function) {
  switch (function) {
    case proto::REDUCE_FUNCTION_SUM:
      return Reduction::kSum;
    case proto::REDUCE_FUNCTION_MEAN:
      return Reduction::kMean;
    case proto::REDUCE_FUNCTION_MAX:
      return Reduction::kMax;
    case proto::REDUCE_FUNCTION_MIN:
      return Reduction::kMin;
    case proto::REDUCE_FUNCTION_PRODUCT:
      return Reduction::kProduct;
    case proto::REDUCE_FUNCTION_SUM_OF_SQUARES:
      return Reduction::kSumOfSquares;
    case proto::REDUCE_FUNCTION_L1:
      return Reduction::kL1;
    case proto::REDUCE_FUNCTION_L2:
      return Reduction::kL2;
    case proto::REDUCE_FUNCTION_LOG_SUM:
      return Reduction::kLogSum;
    default:
      INFERF_CHECK(function == proto::REDUCE_FUNCTION_LOG_SUM_EXP);
      return Reduction::kLogSumExp;
  }
}

/// The bytes of a constant's rows: the tensor's own, or for text views of it.
struct TableBytes {
  const uint8_t* numbers = nullptr;
  std::vector<std::string_view> texts;

  TableBytes(uint32_t tensor, int elementType, const StepSource& source) {
    withElementType(elementType, [&](auto zero) {
      using T = decltype(zero);
      if constexpr (std::is_same_v<T, std::string_view>) {
        texts = source.vectorOf<T>(tensor);
      } else {
        numbers = reinterpret_cast<const uint8_t*>(source.tensors.elements<T>(tensor));
      }
    });
  }
  const uint8_t* data() const { return texts.empty() ? numbers : reinterpret_cast<const uint8_t*>(texts.data()); }
};

template <typename T>
std::unique_ptr<ProgramStep> makeTopKStepOf(const proto::TopK& topK, StepOperand argument, StepOperand result) {
  const TopKShape shape{.length = topK.length(), .count = topK.count(), .smallest = topK.smallest()};
  const int64_t scratchBytes = shape.length * static_cast<int64_t>(sizeof(int32_t));
  if (topK.positions()) {
    return makeStep([shape, scratchBytes, argument, result](ChunkFrame& frame) {
      auto* scratch = reinterpret_cast<int32_t*>(frame.scratch.reserve(scratchBytes));
      selectTopPositions(shape, read<T>(frame, argument), written<int64_t>(frame, result), frame.numRows, scratch);
    });
  }
  return makeStep([shape, scratchBytes, argument, result](ChunkFrame& frame) {
    auto* scratch = reinterpret_cast<int32_t*>(frame.scratch.reserve(scratchBytes));
    selectTop(shape, read<T>(frame, argument), written<T>(frame, result), frame.numRows, scratch);
  });
}

}  // namespace

std::unique_ptr<ProgramStep> makeConstantStep(const proto::Constant& constant, StepOperand result, const StepSource& source) {
  return makeStep([row = TableBytes(constant.tensor(), result.elementType, source), result](ChunkFrame& frame) {
    const ChunkMatrix& out = frame.matrices[result.matrix];
    copyRows(row.data(), 0, frame.numRows, result.width * elementBytes(result.elementType), out.data, out.strideBytes);
  });
}

std::unique_ptr<ProgramStep> makeSelectColumnsStep(const proto::SelectColumns& select, StepOperand argument, StepOperand result,
                                                   const StepSource& source) {
  auto selection = std::make_shared<const ColumnSelection>(source.tensors.elements<int64_t>(select.indices()), result.width, argument.width,
                                                           source.declared(select.indices()).name(), *source.tensors.pool);
  return makeStep([selection, argument, result](ChunkFrame& frame) {
    const ChunkMatrix& in = frame.matrices[argument.matrix];
    const ChunkMatrix& out = frame.matrices[result.matrix];
    selection->apply(in.data, in.strideBytes, out.data, out.strideBytes, elementBytes(result.elementType), frame.numRows);
  });
}

std::unique_ptr<ProgramStep> makeSoftmaxStep(const proto::Softmax& softmax, StepOperand argument, StepOperand result) {
  std::unique_ptr<ProgramStep> made;
  withFloatType(result.elementType, [&](auto zero) {
    using T = decltype(zero);
    const int64_t length = softmax.length() == 0 ? result.width : static_cast<int64_t>(softmax.length());
    made = makeStep([function = softmax.function(), length, argument, result](ChunkFrame& frame) {
      const Matrix<const T> in = read<T>(frame, argument);
      const Matrix<T> out = written<T>(frame, result);
      for (int64_t i = 0; i < frame.numRows; ++i) {
        for (int64_t begin = 0; begin < result.width; begin += length) {
          applySoftmax(function, in.row(i) + begin, out.row(i) + begin, length);
        }
      }
    });
  });
  return made;
}

std::unique_ptr<ProgramStep> makeReduceStep(const proto::Reduce& reduce, StepOperand argument, StepOperand result) {
  const proto::ReduceFunction function = reduce.function();
  const ReduceShape shape{.outer = result.width / reduce.inner(), .length = reduce.length(), .inner = reduce.inner()};
  std::unique_ptr<ProgramStep> made;
  withNumericType(argument.elementType, [&](auto zero) {
    using T = decltype(zero);
    if (function == proto::REDUCE_FUNCTION_ARG_MAX || function == proto::REDUCE_FUNCTION_ARG_MIN) {
      made = makeStep([largest = function == proto::REDUCE_FUNCTION_ARG_MAX, last = reduce.select_last(), shape, argument,
                       result](ChunkFrame& frame) {
        findExtremes(largest, last, shape, read<T>(frame, argument), written<int64_t>(frame, result), frame.numRows);
      });
      return;
    }
    made = makeStep([reduction = reductionOf(function), shape, argument, result](ChunkFrame& frame) {
      reduceRows(reduction, shape, read<T>(frame, argument), written<T>(frame, result), frame.numRows);
    });
  });
  return made;
}

std::unique_ptr<ProgramStep> makeTopKStep(const proto::TopK& topK, StepOperand argument, StepOperand result) {
  if (topK.is_unsigned()) {
    return makeTopKStepOf<uint64_t>(topK, argument, result);
  }
  std::unique_ptr<ProgramStep> made;
  withNumericType(argument.elementType, [&](auto zero) { made = makeTopKStepOf<decltype(zero)>(topK, argument, result); });
  return made;
}

std::unique_ptr<ProgramStep> makeMatrixProductStep(const proto::MatrixProduct& product, StepOperand left, StepOperand right,
                                                   StepOperand result) {
  const ProductShape shape{.batch = product.batch(), .rows = product.rows(), .inner = product.inner(), .columns = product.columns()};
  std::unique_ptr<ProgramStep> made;
  withFloatType(result.elementType, [&](auto zero) {
    using T = decltype(zero);
    made = makeStep([shape, left, right, result](ChunkFrame& frame) {
      multiplyMatrices(shape, read<T>(frame, left), read<T>(frame, right), written<T>(frame, result), frame.numRows);
    });
  });
  made->flopsPerRow = 2 * shape.inner * result.width;
  return made;
}

std::unique_ptr<ProgramStep> makeDistanceStep(const proto::Distance& distance, StepOperand argument, StepOperand result, const StepSource& source) {
  const DistanceMetric metric =
      distance.metric() == proto::DISTANCE_METRIC_MANHATTAN ? DistanceMetric::kManhattan : DistanceMetric::kSquaredEuclidean;
  std::unique_ptr<ProgramStep> made;
  withFloatType(result.elementType, [&](auto zero) {
    using T = decltype(zero);
    auto points = std::make_shared<const PackedPoints<T>>(source.tensors.elements<T>(distance.points()) + distance.column(), result.width,
                                                          argument.width, source.declared(distance.points()).columns(), *source.tensors.pool);
    made = makeStep([metric, points, argument, result](ChunkFrame& frame) {
      measureDistances(metric, *points, read<T>(frame, argument), written<T>(frame, result), frame.numRows);
    });
  });
  made->flopsPerRow = 3 * argument.width * result.width;
  return made;
}

std::unique_ptr<ProgramStep> makeEmbeddingStep(const proto::Embedding& embedding, StepOperand argument, StepOperand result,
                                               const StepSource& source) {
  const proto::Tensor& table = source.declared(embedding.table());
  const int64_t rowBytes = static_cast<int64_t>(table.columns()) * elementBytes(result.elementType);
  return makeStep([bytes = TableBytes(embedding.table(), result.elementType, source), numTableRows = static_cast<int64_t>(table.rows()), rowBytes,
                   argument, result](ChunkFrame& frame) {
    const ChunkMatrix& out = frame.matrices[result.matrix];
    gatherEmbeddings(bytes.data(), numTableRows, rowBytes, read<int64_t>(frame, argument), out.data, out.strideBytes, frame.numRows);
  });
}

}  // namespace inferf
