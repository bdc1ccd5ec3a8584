#pragma once

#include <cstdint>

#include "base/MemoryPool.h"
#include "kernel/Elementwise.h"
#include "kernel/TreeEnsemble.h"
#include "kernel/TreeWeights.h"

namespace inferf {

/// Scores rows by walking every tree. X: what features are compared in; T: what weights are added in.
///
/// Trees whose tests are all "x <= t" or "x < t" (what learners export) are walked for several rows at once, so that loads of one row
/// overlap with those of the others; a leaf is a node that leads to itself, so that the walks need no branches.
template <typename X, typename T>
class TreeTraversal {
 public:
  /// `ensemble` must outlive this object.
  TreeTraversal(const TreeEnsemble& ensemble, MemoryPool& pool);

  /// Bytes of scratch memory that run() needs, 64-byte aligned.
  int64_t scratchBytes() const;

  /// Scores numRows rows of features.
  void run(Matrix<const X> features, int64_t numRows, uint8_t* scratch, Matrix<T> scores) const;

 private:
  /// A test "x <= threshold", or a leaf.
  struct Step {
    X threshold;
    int32_t column;
    int32_t next[2];  // relative to the tree's first step: if the test is true, if it is false
  };

  bool isOrdered() const { return !steps_.empty(); }
  void compile(MemoryPool& pool);
  template <bool kMissingIsTrue>
  void walk(Matrix<const X> features, int64_t begin, int64_t numRows, int32_t* leaves) const;
  void walkOne(const X* row, int32_t* leaves) const;

  const TreeEnsemble& ensemble_;
  TreeWeights<T> weights_;
  PoolArray<Step> steps_;       // tree by tree: its nodes, then its leaves; empty if there are other tests
  PoolArray<uint8_t> missing_;  // by step: 1 if NaN passes the test; empty if that is so nowhere
};

}  // namespace inferf
