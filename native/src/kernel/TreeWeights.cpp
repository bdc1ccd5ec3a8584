#include "kernel/TreeWeights.h"

#include <algorithm>
#include <limits>

namespace inferf {

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

template class TreeWeights<float>;
template class TreeWeights<double>;

}  // namespace inferf
