#pragma once

#include <cstdint>
#include <vector>

#include "base/MemoryPool.h"
#include "kernel/Elementwise.h"
#include "kernel/RowsView.h"
#include "kernel/TreeEnsemble.h"

namespace inferf {

/// What the exit leaves of a row add up to. T: float or double, in which weights are added.
///
/// The order of additions is fixed: tree t belongs to partial sum t % 4, and the sums are added as (0 + 1) + (2 + 3); so that masks and
/// traversal give the same bits, and additions need not wait for each other.
template <typename T>
class TreeWeights {
 public:
  static constexpr int64_t kPartialSums = 4;

  /// `ensemble` must outlive this object. The weights of a single target are laid out `leafStride` apart from tree to tree, or by leaf if 0.
  TreeWeights(const TreeEnsemble& ensemble, int64_t leafStride, MemoryPool& pool);

  /// One target, summed: a row is the sum of one weight per tree.
  bool isSingleSum() const { return !single_.empty(); }
  /// By tree and leaf (of a single sum).
  const T* single() const { return single_.data(); }
  /// The result for a sum of the single target.
  T finishSingle(T sum) const { return (average_ ? sum / numTrees_ : sum) + base_; }

  /// The general case: an accumulator takes the leaves of one row, tree by tree.
  class Row {
   public:
    /// `partial` has partialWidth() elements.
    Row(const TreeWeights& weights, T* partial) : weights_(weights), partial_(partial) {}
    /// Starts a row anew.
    void begin();
    void add(int64_t tree, int64_t leaf);
    /// Writes the results, one per target.
    void finish(T* out);

   private:
    const TreeWeights& weights_;
    T* partial_;
  };
  int64_t partialWidth() const { return ensemble_.arrays().numTargets * kPartialSums; }

 private:
  const TreeEnsemble& ensemble_;
  bool average_;
  T numTrees_;
  T base_ = T(0);
  PoolArray<T> single_;
  PoolArray<int64_t> firstWeights_;  // by leaf, unless there is a single sum
};

/// Scores rows from leaf masks that together hold every test: the exit leaf of a tree is the first one that all masks leave.
template <typename T>
class TreeScore {
 public:
  TreeScore(const TreeEnsemble& ensemble, MemoryPool& pool);

  /// Bytes of scratch memory that run() needs, 64-byte aligned.
  int64_t scratchBytes() const;

  /// Scores numRows rows. The masks, at least one, were computed from this ensemble.
  void run(const std::vector<RowsView<uint64_t>>& masks, int64_t numRows, uint8_t* scratch, Matrix<T> scores) const;

 private:
  const TreeEnsemble& ensemble_;
  TreeWeights<T> weights_;
};

}  // namespace inferf
