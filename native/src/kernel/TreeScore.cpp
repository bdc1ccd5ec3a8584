#include "kernel/TreeScore.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/TreeScore.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#ifndef INFERF_KERNEL_TREE_SCORE_SHARED
#define INFERF_KERNEL_TREE_SCORE_SHARED
namespace inferf {
namespace {

/// What one call of the loop over rows works on.
template <typename T>
struct ScorePass {
  const TreeEnsemble* ensemble;
  const TreeWeights<T>* weights;
  const RowsView<uint64_t>* masks;
  size_t numMasks;
  int64_t numRows;
  uint64_t* words;     // kRowBuffers rows, rowBufferWords() apart
  T* partial;          // TreeWeights::partialWidth
  Matrix<T> scores;
};

constexpr int64_t kWordBits = 64;
constexpr int64_t kWordsPerLine = 8;
/// Lines of each mask that are requested before the one that is read, in whole rows.
constexpr int64_t kLinesAhead = 28;
/// The row whose leaves are taken, the one that is intersected meanwhile, and what masks beyond those that meet at once leave.
constexpr int64_t kRowBuffers = 3;

constexpr int64_t linesOf(int64_t words) { return (words + kWordsPerLine - 1) / kWordsPerLine; }
constexpr int64_t rowBufferWords(int64_t numWords) { return linesOf(numWords) * kWordsPerLine; }
constexpr int64_t rowsAhead(int64_t numWords) { return std::max<int64_t>(1, kLinesAhead / linesOf(numWords)); }

}  // namespace
}  // namespace inferf
#endif

HWY_BEFORE_NAMESPACE();
namespace inferf {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// words[0, count) = AND of kMasks rows.
template <size_t kMasks>
HWY_INLINE void Intersect(const uint64_t* const* rows, int64_t begin, int64_t count, uint64_t* words) {
  const hn::CappedTag<uint64_t, static_cast<size_t>(kWordsPerLine)> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t end = begin + count;
  int64_t w = begin;
  for (; w + lanes <= end; w += lanes) {
    auto v = hn::LoadU(d, rows[0] + w);
    for (size_t m = 1; m < kMasks; ++m) {
      v = hn::And(v, hn::LoadU(d, rows[m] + w));
    }
    hn::StoreU(v, d, words + w);
  }
  for (; w < end; ++w) {
    uint64_t v = rows[0][w];
    for (size_t m = 1; m < kMasks; ++m) {
      v &= rows[m][w];
    }
    words[w] = v;
  }
}

/// words = AND of the rows i of the masks from `first` on, at least one.
void IntersectRow(const RowsView<uint64_t>* masks, size_t first, size_t numMasks, int64_t i, int64_t ahead, int64_t numWords, uint64_t* words) {
  const uint64_t* rows[2] = {masks[first].row(i), masks[first].row(i)};
  for (size_t m = first; m < numMasks; ++m) {
    if (masks[m].ids != nullptr) {
      const uint64_t* future = masks[m].row(ahead);
      for (int64_t w = 0; w < numWords; w += kWordsPerLine) {
        hwy::Prefetch(future + w);
      }
    }
    rows[1] = masks[m].row(i);
    if (m > first || numMasks == first + 1) {
      Intersect<2>(rows, 0, numWords, words);
      rows[0] = words;
    }
  }
}

template <typename Field>
HWY_INLINE int64_t FirstLeaf(Field field) {
  if constexpr (sizeof(Field) == sizeof(uint64_t)) {
    return static_cast<int64_t>(hwy::Num0BitsBelowLS1Bit_Nonzero64(field));
  } else {
    return static_cast<int64_t>(hwy::Num0BitsBelowLS1Bit_Nonzero32(static_cast<uint32_t>(field)));
  }
}

/// The first leaf that field number `index` of `words` leaves.
template <typename Field>
HWY_INLINE int64_t FirstLeafOf(const uint64_t* words, int64_t index) {
  Field field;
  memcpy(&field, reinterpret_cast<const uint8_t*>(words) + index * static_cast<int64_t>(sizeof(Field)), sizeof(Field));
  return FirstLeaf(field);
}

/// Calls exit(tree, leaf of the tree) for trees that have words of their own.
template <class Exit>
HWY_INLINE void ForEachLargeTree(const TreeEnsemble& ensemble, const uint64_t* words, const Exit& exit) {
  for (int64_t tree = 0; tree < ensemble.numTrees(); ++tree) {
    const int64_t leaves = ensemble.firstLeaf(tree + 1) - ensemble.firstLeaf(tree);
    int64_t w = 0;
    while (words[w] == 0) {
      ++w;
    }
    exit(tree, w * kWordBits + FirstLeaf(words[w]));
    words += (leaves + kWordBits - 1) / kWordBits;
  }
}

/// Takes the leaves of a row for a single sum: one weight per tree, as many weights apart as a field has bits.
template <typename Field, typename T>
class SingleSum {
 public:
  explicit SingleSum(const ScorePass<T>& pass) : pass_(pass) {}

  HWY_INLINE void begin() {
    weights_ = pass_.weights->single();
    s0_ = s1_ = s2_ = s3_ = T(0);
  }

  /// The next `count` trees, whose fields begin at `words`; a multiple of four but for the last.
  HWY_INLINE void take(const uint64_t* words, int64_t count) {
    int64_t t = 0;
    for (; t + 4 <= count; t += 4, weights_ += 4 * kBits) {
      s0_ += weights_[FirstLeafOf<Field>(words, t)];
      s1_ += weights_[kBits + FirstLeafOf<Field>(words, t + 1)];
      s2_ += weights_[2 * kBits + FirstLeafOf<Field>(words, t + 2)];
      s3_ += weights_[3 * kBits + FirstLeafOf<Field>(words, t + 3)];
    }
    if (t < count) {
      s0_ += weights_[FirstLeafOf<Field>(words, t)];
    }
    if (t + 1 < count) {
      s1_ += weights_[kBits + FirstLeafOf<Field>(words, t + 1)];
    }
    if (t + 2 < count) {
      s2_ += weights_[2 * kBits + FirstLeafOf<Field>(words, t + 2)];
    }
  }

  HWY_INLINE void finish(int64_t row) { *pass_.scores.row(row) = pass_.weights->finishSingle((s0_ + s1_) + (s2_ + s3_)); }

 private:
  static constexpr auto kBits = static_cast<int64_t>(8 * sizeof(Field));

  const ScorePass<T>& pass_;
  const T* weights_ = nullptr;
  T s0_ = T(0), s1_ = T(0), s2_ = T(0), s3_ = T(0);
};

/// Takes the leaves of a row in the general case.
template <typename Field, typename T>
class GeneralSum {
 public:
  explicit GeneralSum(const ScorePass<T>& pass) : pass_(pass), row_(*pass.weights, pass.partial) {}

  void begin() {
    tree_ = 0;
    row_.begin();
  }
  void take(const uint64_t* words, int64_t count) {
    for (int64_t t = 0; t < count; ++t) {
      row_.add(tree_++, FirstLeafOf<Field>(words, t));
    }
  }
  void finish(int64_t row) { row_.finish(pass_.scores.row(row)); }

 private:
  const ScorePass<T>& pass_;
  typename TreeWeights<T>::Row row_;
  int64_t tree_ = 0;
};

/// Scores rows of fields. Three things happen line by line together, so that none waits for another: masks of a row further on are
/// requested, those of the next row meet, and the leaves of this row are taken. kMasks: how many meet at once.
template <typename Field, size_t kMasks, class Leaves, typename T>
void ScoreFields(const ScorePass<T>& pass) {
  constexpr int64_t kTreesPerLine = kWordsPerLine * static_cast<int64_t>(sizeof(uint64_t) / sizeof(Field));
  const int64_t numWords = pass.ensemble->layout().numWords;
  const int64_t fullLines = pass.ensemble->numTrees() / kTreesPerLine;
  const int64_t lastWords = numWords - fullLines * kWordsPerLine;
  const int64_t lastTrees = pass.ensemble->numTrees() - fullLines * kTreesPerLine;
  const int64_t distance = rowsAhead(numWords);
  const int64_t lastRow = pass.numRows - 1;
  uint64_t* met = pass.words;
  uint64_t* next = met + rowBufferWords(numWords);
  uint64_t* rest = next + rowBufferWords(numWords);
  Leaves leaves(pass);
  IntersectRow(pass.masks, 0, pass.numMasks, 0, HWY_MIN(distance, lastRow), numWords, met);
  for (int64_t i = 0; i < pass.numRows; ++i) {
    const int64_t following = HWY_MIN(i + 1, lastRow);
    const int64_t ahead = HWY_MIN(i + distance, lastRow);
    const uint64_t* rows[kMasks];
    const uint64_t* futures[kMasks];
    for (size_t m = 0; m < kMasks; ++m) {
      const RowsView<uint64_t>& mask = pass.masks[HWY_MIN(m, pass.numMasks - 1)];
      rows[m] = mask.row(following);
      futures[m] = mask.row(ahead);
    }
    if (pass.numMasks > kMasks) {
      IntersectRow(pass.masks, kMasks - 1, pass.numMasks, following, ahead, numWords, rest);
      rows[kMasks - 1] = rest;
    }
    leaves.begin();
    int64_t w = 0;
    for (int64_t line = 0; line < fullLines; ++line, w += kWordsPerLine) {
      for (size_t m = 0; m < kMasks; ++m) {
        hwy::Prefetch(futures[m] + w);
      }
      Intersect<kMasks>(rows, w, kWordsPerLine, next);
      leaves.take(met + w, kTreesPerLine);
    }
    if (lastWords > 0) {
      for (size_t m = 0; m < kMasks; ++m) {
        hwy::Prefetch(futures[m] + w);
      }
      Intersect<kMasks>(rows, w, lastWords, next);
      leaves.take(met + w, lastTrees);
    }
    leaves.finish(i);
    std::swap(met, next);
  }
}

template <typename Field, typename T>
void ScoreFields(const ScorePass<T>& pass) {
  if (!pass.weights->isSingleSum()) {
    return ScoreFields<Field, 4, GeneralSum<Field, T>>(pass);
  }
  switch (pass.numMasks) {
    case 1:
    case 2:
      return ScoreFields<Field, 2, SingleSum<Field, T>>(pass);
    case 3:
      return ScoreFields<Field, 3, SingleSum<Field, T>>(pass);
    default:
      return ScoreFields<Field, 4, SingleSum<Field, T>>(pass);
  }
}

template <typename T>
void ScoreLargeTrees(const ScorePass<T>& pass) {
  const int64_t numWords = pass.ensemble->layout().numWords;
  typename TreeWeights<T>::Row row(*pass.weights, pass.partial);
  for (int64_t i = 0; i < pass.numRows; ++i) {
    const uint64_t* words = pass.masks[0].row(i);
    if (pass.numMasks > 1) {
      IntersectRow(pass.masks, 0, pass.numMasks, i, HWY_MIN(i + rowsAhead(numWords), pass.numRows - 1), numWords, pass.words);
      words = pass.words;
    }
    if (pass.weights->isSingleSum()) {
      T sums[TreeWeights<T>::kPartialSums] = {};
      ForEachLargeTree(*pass.ensemble, words, [&](int64_t tree, int64_t leaf) {
        sums[tree % TreeWeights<T>::kPartialSums] += pass.weights->single()[pass.ensemble->firstLeaf(tree) + leaf];
      });
      *pass.scores.row(i) = pass.weights->finishSingle((sums[0] + sums[1]) + (sums[2] + sums[3]));
      continue;
    }
    row.begin();
    ForEachLargeTree(*pass.ensemble, words, [&](int64_t tree, int64_t leaf) { row.add(tree, leaf); });
    row.finish(pass.scores.row(i));
  }
}

template <typename T>
HWY_INLINE void Score(const ScorePass<T>& pass) {
  const MaskLayout& layout = pass.ensemble->layout();
  if (!layout.hasFields) {
    return ScoreLargeTrees(pass);
  }
  switch (layout.fieldBits) {
    case 8:
      return ScoreFields<uint8_t>(pass);
    case 16:
      return ScoreFields<uint16_t>(pass);
    case 32:
      return ScoreFields<uint32_t>(pass);
    default:
      return ScoreFields<uint64_t>(pass);
  }
}

void ScoreFloat(const ScorePass<float>& pass) { Score(pass); }
void ScoreDouble(const ScorePass<double>& pass) { Score(pass); }

}  // namespace HWY_NAMESPACE
}  // namespace inferf
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace inferf {

HWY_EXPORT(ScoreFloat);
HWY_EXPORT(ScoreDouble);

template <typename T>
TreeWeights<T>::TreeWeights(const TreeEnsemble& ensemble, int64_t leafStride, MemoryPool& pool)
    : ensemble_(ensemble),
      average_(ensemble.arrays().aggregate == TreeAggregate::kAverage),
      numTrees_(static_cast<T>(ensemble.numTrees())) {
  const TreeArrays& arrays = ensemble.arrays();
  const auto numWeights = static_cast<int64_t>(arrays.weights.size());
  const bool isSum = arrays.aggregate == TreeAggregate::kSum || average_;
  if (arrays.numTargets > 1 || !isSum) {
    firstWeights_ = PoolArray<int64_t>(pool, ensemble.numLeaves() + 1);
    int64_t weight = 0;
    for (int64_t leaf = 0; leaf <= ensemble.numLeaves(); ++leaf) {
      while (weight < numWeights && arrays.weightLeaves[static_cast<size_t>(weight)] < leaf) {
        ++weight;
      }
      firstWeights_[leaf] = weight;
    }
    return;
  }
  base_ = arrays.baseValues.empty() ? T(0) : static_cast<T>(arrays.baseValues[0]);
  single_ = PoolArray<T>(pool, leafStride == 0 ? ensemble.numLeaves() : leafStride * ensemble.numTrees());
  std::fill(single_.begin(), single_.end(), T(0));
  int64_t tree = 0;
  for (int64_t w = 0; w < numWeights; ++w) {
    const int64_t leaf = arrays.weightLeaves[static_cast<size_t>(w)];
    while (leaf >= ensemble.firstLeaf(tree + 1)) {
      ++tree;
    }
    single_[leafStride == 0 ? leaf : tree * leafStride + leaf - ensemble.firstLeaf(tree)] += static_cast<T>(arrays.weights[static_cast<size_t>(w)]);
  }
}

template <typename T>
void TreeWeights<T>::Row::begin() {
  const TreeArrays& arrays = weights_.ensemble_.arrays();
  // NaN: no leaf carried the target yet. (For sums that is the same as zero.)
  const bool isExtreme = arrays.aggregate == TreeAggregate::kMin || arrays.aggregate == TreeAggregate::kMax;
  std::fill_n(partial_, weights_.partialWidth(), isExtreme ? std::numeric_limits<T>::quiet_NaN() : T(0));
}

template <typename T>
void TreeWeights<T>::Row::add(int64_t tree, int64_t leaf) {
  const TreeArrays& arrays = weights_.ensemble_.arrays();
  const int64_t* first = weights_.firstWeights_.data() + weights_.ensemble_.firstLeaf(tree) + leaf;
  T* sums = partial_ + tree % kPartialSums * arrays.numTargets;
  for (auto w = static_cast<size_t>(first[0]); w < static_cast<size_t>(first[1]); ++w) {
    T& sum = sums[arrays.weightTargets[w]];
    const auto weight = static_cast<T>(arrays.weights[w]);
    switch (arrays.aggregate) {
      case TreeAggregate::kMin:
        sum = sum <= weight ? sum : weight;
        break;
      case TreeAggregate::kMax:
        sum = sum >= weight ? sum : weight;
        break;
      default:
        sum += weight;
    }
  }
}

template <typename T>
void TreeWeights<T>::Row::finish(T* out) {
  const TreeArrays& arrays = weights_.ensemble_.arrays();
  for (int64_t target = 0; target < arrays.numTargets; ++target) {
    const auto partial = [&](int64_t sum) { return partial_[sum * arrays.numTargets + target]; };
    T result = T(0);
    if (arrays.aggregate == TreeAggregate::kMin || arrays.aggregate == TreeAggregate::kMax) {
      const bool isMin = arrays.aggregate == TreeAggregate::kMin;
      T best = partial(0);
      for (int64_t sum = 1; sum < kPartialSums; ++sum) {
        const T other = partial(sum);
        if (best != best || (isMin ? other < best : other > best)) {
          best = other;
        }
      }
      result = best == best ? best : T(0);
    } else {
      result = (partial(0) + partial(1)) + (partial(2) + partial(3));
      result = weights_.average_ ? result / weights_.numTrees_ : result;
    }
    out[target] = result + (arrays.baseValues.empty() ? T(0) : static_cast<T>(arrays.baseValues[static_cast<size_t>(target)]));
  }
}

template <typename T>
TreeScore<T>::TreeScore(const TreeEnsemble& ensemble, MemoryPool& pool)
    : ensemble_(ensemble), weights_(ensemble, ensemble.layout().hasFields ? ensemble.layout().fieldBits : 0, pool) {}

template <typename T>
int64_t TreeScore<T>::scratchBytes() const {
  constexpr int64_t kAlignment = 64;
  const int64_t bytes = kRowBuffers * rowBufferWords(ensemble_.layout().numWords) * static_cast<int64_t>(sizeof(uint64_t)) + weights_.partialWidth() * static_cast<int64_t>(sizeof(T));
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

template <typename T>
void TreeScore<T>::run(const std::vector<RowsView<uint64_t>>& masks, int64_t numRows, uint8_t* scratch, Matrix<T> scores) const {
  if (numRows == 0) {
    return;
  }
  auto* words = reinterpret_cast<uint64_t*>(scratch);
  const ScorePass<T> pass{.ensemble = &ensemble_,
                          .weights = &weights_,
                          .masks = masks.data(),
                          .numMasks = masks.size(),
                          .numRows = numRows,
                          .words = words,
                          .partial = reinterpret_cast<T*>(words + kRowBuffers * rowBufferWords(ensemble_.layout().numWords)),
                          .scores = scores};
  if constexpr (sizeof(T) == sizeof(float)) {
    HWY_DYNAMIC_DISPATCH(ScoreFloat)(pass);
  } else {
    HWY_DYNAMIC_DISPATCH(ScoreDouble)(pass);
  }
}

template class TreeWeights<float>;
template class TreeWeights<double>;
template class TreeScore<float>;
template class TreeScore<double>;

}  // namespace inferf
#endif  // HWY_ONCE
