#include "kernel/TreeScore.h"

#include <algorithm>
#include <limits>

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
  uint64_t* words;   // of one row
  T* partial;        // TreeWeights::partialWidth
  Matrix<T> scores;
};

constexpr int64_t kScoreRowsAhead = 4;
constexpr int64_t kWordsPerLine = 8;

}  // namespace
}  // namespace inferf
#endif

HWY_BEFORE_NAMESPACE();
namespace inferf {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// words = AND of kMasks rows.
template <size_t kMasks>
HWY_INLINE void Intersect(const uint64_t* const* rows, int64_t numWords, uint64_t* words) {
  const hn::ScalableTag<uint64_t> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t w = 0;
  for (; w + lanes <= numWords; w += lanes) {
    auto v = hn::LoadU(d, rows[0] + w);
    for (size_t m = 1; m < kMasks; ++m) {
      v = hn::And(v, hn::LoadU(d, rows[m] + w));
    }
    hn::StoreU(v, d, words + w);
  }
  for (; w < numWords; ++w) {
    uint64_t v = rows[0][w];
    for (size_t m = 1; m < kMasks; ++m) {
      v &= rows[m][w];
    }
    words[w] = v;
  }
}

/// The masks of row i met in `words`; returns where they are.
template <typename T>
HWY_INLINE const uint64_t* IntersectRow(const ScorePass<T>& pass, int64_t i, int64_t numWords) {
  constexpr size_t kTogether = 4;
  const uint64_t* rows[kTogether];
  const int64_t ahead = HWY_MIN(i + kScoreRowsAhead, pass.numRows - 1);
  const uint64_t* met = nullptr;
  for (size_t m = 0; m < pass.numMasks;) {
    size_t count = 0;
    if (met != nullptr) {
      rows[count++] = met;
    }
    for (; count < kTogether && m < pass.numMasks; ++count, ++m) {
      rows[count] = pass.masks[m].row(i);
      if (pass.masks[m].ids != nullptr) {
        const uint64_t* future = pass.masks[m].row(ahead);
        for (int64_t w = 0; w < numWords; w += kWordsPerLine) {
          hwy::Prefetch(future + w);
        }
      }
    }
    switch (count) {
      case 1:
        return rows[0];
      case 2:
        Intersect<2>(rows, numWords, pass.words);
        break;
      case 3:
        Intersect<3>(rows, numWords, pass.words);
        break;
      default:
        Intersect<4>(rows, numWords, pass.words);
    }
    met = pass.words;
  }
  return met;
}

template <typename Field>
HWY_INLINE int64_t FirstLeaf(Field field) {
  if constexpr (sizeof(Field) == sizeof(uint64_t)) {
    return static_cast<int64_t>(hwy::Num0BitsBelowLS1Bit_Nonzero64(field));
  } else {
    return static_cast<int64_t>(hwy::Num0BitsBelowLS1Bit_Nonzero32(static_cast<uint32_t>(field)));
  }
}

/// Calls exit(tree, leaf of the tree) for trees that have words of their own.
template <class Exit>
HWY_INLINE void ForEachLargeTree(const TreeEnsemble& ensemble, const uint64_t* words, const Exit& exit) {
  constexpr int64_t kWordBits = 64;
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

/// A single sum over fields: one weight per tree, kBits apart from tree to tree.
template <typename Field, typename T>
HWY_INLINE T SumFields(const Field* fields, const T* weights, int64_t numTrees) {
  constexpr auto kBits = static_cast<int64_t>(8 * sizeof(Field));
  T s0 = T(0), s1 = T(0), s2 = T(0), s3 = T(0);
  int64_t t = 0;
  for (; t + 4 <= numTrees; t += 4, weights += 4 * kBits) {
    s0 += weights[FirstLeaf(fields[t])];
    s1 += weights[kBits + FirstLeaf(fields[t + 1])];
    s2 += weights[2 * kBits + FirstLeaf(fields[t + 2])];
    s3 += weights[3 * kBits + FirstLeaf(fields[t + 3])];
  }
  if (t < numTrees) {
    s0 += weights[FirstLeaf(fields[t])];
  }
  if (t + 1 < numTrees) {
    s1 += weights[kBits + FirstLeaf(fields[t + 1])];
  }
  if (t + 2 < numTrees) {
    s2 += weights[2 * kBits + FirstLeaf(fields[t + 2])];
  }
  return (s0 + s1) + (s2 + s3);
}

template <typename Field, typename T>
HWY_INLINE void ScoreFields(const ScorePass<T>& pass) {
  const int64_t numWords = pass.ensemble->layout().numWords;
  const int64_t numTrees = pass.ensemble->numTrees();
  for (int64_t i = 0; i < pass.numRows; ++i) {
    const auto* fields = reinterpret_cast<const Field*>(IntersectRow(pass, i, numWords));
    if (pass.weights->isSingleSum()) {
      *pass.scores.row(i) = pass.weights->finishSingle(SumFields(fields, pass.weights->single(), numTrees));
      continue;
    }
    typename TreeWeights<T>::Row row(*pass.weights, pass.partial, pass.scores.row(i));
    for (int64_t tree = 0; tree < numTrees; ++tree) {
      row.add(tree, FirstLeaf(fields[tree]));
    }
    row.finish();
  }
}

template <typename T>
HWY_INLINE void ScoreLargeTrees(const ScorePass<T>& pass) {
  for (int64_t i = 0; i < pass.numRows; ++i) {
    const uint64_t* words = IntersectRow(pass, i, pass.ensemble->layout().numWords);
    if (pass.weights->isSingleSum()) {
      T sums[TreeWeights<T>::kPartialSums] = {};
      ForEachLargeTree(*pass.ensemble, words, [&](int64_t tree, int64_t leaf) {
        sums[tree % TreeWeights<T>::kPartialSums] += pass.weights->single()[pass.ensemble->firstLeaf(tree) + leaf];
      });
      *pass.scores.row(i) = pass.weights->finishSingle((sums[0] + sums[1]) + (sums[2] + sums[3]));
      continue;
    }
    typename TreeWeights<T>::Row row(*pass.weights, pass.partial, pass.scores.row(i));
    ForEachLargeTree(*pass.ensemble, words, [&](int64_t tree, int64_t leaf) { row.add(tree, leaf); });
    row.finish();
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
TreeWeights<T>::Row::Row(const TreeWeights& weights, T* partial, T* out) : weights_(weights), partial_(partial), out_(out) {
  const TreeArrays& arrays = weights.ensemble_.arrays();
  // NaN: no leaf carried the target yet. (For sums that is the same as zero.)
  const bool isExtreme = arrays.aggregate == TreeAggregate::kMin || arrays.aggregate == TreeAggregate::kMax;
  std::fill_n(partial_, weights.partialWidth(), isExtreme ? std::numeric_limits<T>::quiet_NaN() : T(0));
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
void TreeWeights<T>::Row::finish() {
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
    out_[target] = result + (arrays.baseValues.empty() ? T(0) : static_cast<T>(arrays.baseValues[static_cast<size_t>(target)]));
  }
}

template <typename T>
TreeScore<T>::TreeScore(const TreeEnsemble& ensemble, MemoryPool& pool)
    : ensemble_(ensemble), weights_(ensemble, ensemble.layout().hasFields ? ensemble.layout().fieldBits : 0, pool) {}

template <typename T>
int64_t TreeScore<T>::scratchBytes() const {
  constexpr int64_t kAlignment = 64;
  const int64_t bytes = ensemble_.layout().numWords * static_cast<int64_t>(sizeof(uint64_t)) + weights_.partialWidth() * static_cast<int64_t>(sizeof(T));
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

template <typename T>
void TreeScore<T>::run(const std::vector<RowsView<uint64_t>>& masks, int64_t numRows, uint8_t* scratch, Matrix<T> scores) const {
  auto* words = reinterpret_cast<uint64_t*>(scratch);
  const ScorePass<T> pass{.ensemble = &ensemble_,
                          .weights = &weights_,
                          .masks = masks.data(),
                          .numMasks = masks.size(),
                          .numRows = numRows,
                          .words = words,
                          .partial = reinterpret_cast<T*>(words + ensemble_.layout().numWords),
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
