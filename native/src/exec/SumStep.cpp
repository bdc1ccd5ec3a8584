#include "exec/SumStep.h"

#include <algorithm>

#include "kernel/Activation.h"
#include "kernel/Gemm.h"

namespace inferf {

namespace {

LinearActivation fusedActivation(proto::Activation activation) {
  switch (activation) {
    case proto::ACTIVATION_RELU:
      return LinearActivation::kRelu;
    case proto::ACTIVATION_LEAKY_RELU:
      return LinearActivation::kLeakyRelu;
    default:
      return LinearActivation::kNone;
  }
}

template <typename T>
RowsView<T> viewOf(const ChunkSegment& segment, int64_t firstElement) {
  RowsView<T> view;
  view.base = reinterpret_cast<const T*>(segment.base) + firstElement;
  view.stride = segment.strideBytes / static_cast<int64_t>(sizeof(T));
  view.ids = segment.ids;
  view.nullRow = segment.nullRow;
  view.nullData = segment.nullData == nullptr ? nullptr : reinterpret_cast<const T*>(segment.nullData) + firstElement;
  return view;
}

template <typename T>
class SumStep final : public ProgramStep {
 public:
  SumStep(const proto::Value& value, std::vector<SumTerm> terms, size_t matrix, TensorSet::State& tensors, MemoryPool& pool)
      : sum_(value.sum()), width_(value.width()), terms_(std::move(terms)), matrix_(matrix), bias_(pool, paddedWidth<T>(value.width())) {
    std::fill(bias_.begin(), bias_.end(), T(0));
    if (sum_.has_bias()) {
      std::copy_n(tensors.elements<T>(sum_.bias()), width_, bias_.data());
    }
    constexpr auto kBytes = static_cast<int64_t>(sizeof(T));
    bytesPerRow = width_ * kBytes;
    for (const SumTerm& term : terms_) {
      int64_t length = 0;
      for (const SumLeaf& leaf : term.leaves) {
        length += leaf.length;
      }
      bytesPerRow += length * (term.isHalf ? static_cast<int64_t>(sizeof(Half)) : kBytes);
      flopsPerRow += term.hasWeight ? 2 * length * width_ : width_;
      weights_.push_back(term.hasWeight ? &tensors.packed(term.weight, term.weightRow, static_cast<uint32_t>(length), T{}) : nullptr);
    }
  }

  void run(ChunkFrame& frame) const override {
    std::vector<SumItem<T>>& items = frame.items(T{});
    items.clear();
    for (size_t t = 0; t < terms_.size(); ++t) {
      int64_t element = 0;
      for (const SumLeaf& leaf : terms_[t].leaves) {
        addItems(frame, leaf, weights_[t], element, items);
        element += leaf.length;
      }
      items.back().isHalf = terms_[t].isHalf;
    }
    const Matrix<T> out = frame.matrix<T>(matrix_, width_);
    // Memory of matrices and stored values spans whole strides.
    const int64_t padded = bias_.size();
    const bool rowsArePadded = out.stride >= padded && std::all_of(items.begin(), items.end(), [padded](const SumItem<T>& item) {
                                 const int64_t elements = item.isHalf ? 2 * item.rows.stride : item.rows.stride;
                                 return item.weights != nullptr || elements >= padded;
                               });
    sumTerms(SumArguments<T>{.items = items,
                             .width = width_,
                             .bias = bias_.data(),
                             .activation = fusedActivation(sum_.activation()),
                             .alpha = static_cast<T>(sum_.alpha()),
                             .out = out.data,
                             .outStride = out.stride,
                             .numRows = frame.numRows,
                             .rowsArePadded = rowsArePadded});
    if (sum_.activation() == proto::ACTIVATION_SIGMOID || sum_.activation() == proto::ACTIVATION_TANH) {
      const bool isSigmoid = sum_.activation() == proto::ACTIVATION_SIGMOID;
      const bool dense = out.stride == width_;
      for (int64_t i = 0; i < (dense ? 1 : frame.numRows); ++i) {
        const int64_t count = dense ? width_ * frame.numRows : width_;
        isSigmoid ? sigmoid(out.row(i), out.row(i), count) : tanh(out.row(i), out.row(i), count);
      }
    }
  }

 private:
  /// Items for one leaf, whose first element meets row `element` of the weights.
  void addItems(const ChunkFrame& frame, const SumLeaf& leaf, const PackedWeights<T>* weights, int64_t element,
                std::vector<SumItem<T>>& items) const {
    if (leaf.place == SumLeaf::Place::kSegments) {
      for (const ChunkSegment& segment : frame.segments[leaf.index]) {
        const int64_t begin = std::max(leaf.begin, segment.begin);
        const int64_t end = std::min(leaf.begin + leaf.length, segment.begin + segment.length);
        if (begin < end) {
          items.push_back({weights, element + begin - leaf.begin, end - begin, viewOf<T>(segment, begin - segment.begin)});
        }
      }
      return;
    }
    ChunkSegment rows;
    if (leaf.place == SumLeaf::Place::kMatrix) {
      rows.base = frame.matrices[leaf.index].data;
      rows.strideBytes = frame.matrices[leaf.index].strideBytes;
    } else {
      const RowContext::ValueRows lower = frame.context.valueRows(leaf.index);
      rows.strideBytes = lower.stored->strideBytes;
      rows.base = lower.ids == nullptr ? lower.stored->row(frame.begin) : lower.stored->row(0);
      rows.ids = lower.ids == nullptr ? nullptr : lower.ids + frame.begin;
    }
    items.push_back({weights, element, leaf.length, viewOf<T>(rows, leaf.begin)});
  }

  const proto::Sum& sum_;
  int64_t width_;
  std::vector<SumTerm> terms_;
  std::vector<const PackedWeights<T>*> weights_;
  size_t matrix_;
  PoolArray<T> bias_;
};

}  // namespace

std::unique_ptr<ProgramStep> makeSumStep(const proto::Value& value, std::vector<SumTerm> terms, size_t matrix, TensorSet::State& tensors,
                                         MemoryPool& pool) {
  std::unique_ptr<ProgramStep> step;
  withFloatType(value.type(), [&](auto zero) {
    step = std::make_unique<SumStep<decltype(zero)>>(value, std::move(terms), matrix, tensors, pool);
  });
  return step;
}

}  // namespace inferf
