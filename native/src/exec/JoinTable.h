#pragma once

#include <cstdint>
#include <numeric>

#include "base/MemoryPool.h"
#include "kernel/JoinIndex.h"
#include "kernel/KeyEncoder.h"

namespace inferf {

/// The build side of a join as its probe sees it: an index over the keys of its rows.
struct JoinTable {
  int64_t numRows = 0;
  KeyEncoder encoder;
  JoinIndex index;
  /// By row, the null row last: 1 once a joined row refers to it. Empty if nobody asks. Workers write the same value without order.
  PoolArray<uint8_t> referenced;

  /// Rows that joined rows refer to, without the null row.
  int64_t numReferenced() const { return std::accumulate(referenced.begin(), referenced.begin() + numRows, int64_t{0}); }
};

}  // namespace inferf
