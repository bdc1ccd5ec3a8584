#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "base/MemoryPool.h"
#include "kernel/Elementwise.h"
#include "kernel/RowsView.h"
#include "kernel/TreeTestColumns.h"

namespace inferf {

/// Computes leaf masks: which leaves of every tree the tests on some of the features leave possible. A false test rules out the leaves of its
/// true subtree (Lucchese et al., "QuickScorer", SIGIR 2015). T: what features are compared in.
///
/// Trees of up to 64 leaves: the tests are sorted by the part of the mask they clear, and each is applied to a vector of rows at once, without
/// branches. Larger trees: row by row through the tests in depth-first order, skipping true subtrees that were ruled out.
template <typename T>
class TreeMask {
 public:
  /// Bits of a mask that are computed at one time: as many as an element of T has, so that vectors of features and of masks have equal lanes.
  using Word = std::conditional_t<sizeof(T) == sizeof(uint32_t), uint32_t, uint64_t>;

  /// Tests on features [firstFeature, firstFeature + numFeatures). `ensemble` must outlive this object.
  TreeMask(const TreeEnsemble& ensemble, int64_t firstFeature, int64_t numFeatures, MemoryPool& pool);

  /// Bytes of scratch memory that run() needs, 64-byte aligned.
  int64_t scratchBytes() const;

  /// Writes the masks of the first numRows rows of `features`.
  void run(Matrix<const T> features, int64_t numRows, uint8_t* scratch, Matrix<uint64_t> masks) const;

  /// Tests applied to each row.
  int64_t numTests() const { return numTests_; }

  /// A test and the bits of one word that it leaves if it is false.
  struct Step {
    T threshold;
    Word kept;
    int32_t column;
  };
  /// The steps of one word, and its bits before any test.
  struct WordSteps {
    int64_t begin;
    int64_t end;
    Word all;
  };

 private:
  /// A test on a tree of any size: where it is, and which node to look at next if it is false.
  struct RangeTest {
    int32_t node;
    int32_t next;       // the first test after the true subtree
    int64_t firstBit;   // of the row
    int64_t endBit;
  };

  void compileFields(int64_t firstFeature, int64_t numFeatures, MemoryPool& pool);
  void compileRanges(int64_t firstFeature, int64_t numFeatures, MemoryPool& pool);
  void runRanges(Matrix<const T> features, int64_t numRows, Matrix<uint64_t> masks) const;

  const TreeEnsemble& ensemble_;
  int64_t firstFeature_;
  int64_t numTests_ = 0;
  TreeTestColumns<T> columns_;
  PoolArray<WordSteps> words_;     // a multiple of four
  PoolArray<Step> steps_;
  PoolArray<RangeTest> ranges_;
  PoolArray<uint64_t> allLeaves_;  // a row of the mask before any test, of ranges_
};

/// result = AND of the rows of all masks, at least one.
void andMasks(const std::vector<RowsView<uint64_t>>& masks, int64_t numRows, Matrix<uint64_t> result);

}  // namespace inferf
