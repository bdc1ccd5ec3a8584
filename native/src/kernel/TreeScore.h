#pragma once

#include <cstdint>
#include <vector>

#include "base/MemoryPool.h"
#include "kernel/Elementwise.h"
#include "kernel/RowsView.h"
#include "kernel/TreeEnsemble.h"
#include "kernel/TreeWeights.h"

namespace inferf {

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
