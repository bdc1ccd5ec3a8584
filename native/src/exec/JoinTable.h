#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>

#include "base/MemoryPool.h"
#include "kernel/JoinIndex.h"
#include "kernel/KeyEncoder.h"

namespace inferf {

/// An index over the keys of a build side's rows. Immutable once built, so that runs may share it.
struct JoinKeys {
  int64_t numRows = 0;
  KeyEncoder encoder;
  JoinIndex index;
};

/// The build side of a join as the probe of one run sees it.
struct JoinTable {
  explicit JoinTable(std::shared_ptr<const JoinKeys> builtKeys)
      : keys(std::move(builtKeys)), numRows(keys->numRows), encoder(keys->encoder), index(keys->index) {}

  const std::shared_ptr<const JoinKeys> keys;
  const int64_t numRows;
  const KeyEncoder& encoder;
  const JoinIndex& index;
  /// By row, the null row last: 1 once a joined row refers to it. Empty if nobody asks. Workers write the same value without order.
  PoolArray<uint8_t> referenced;

  /// From now on, joined rows mark what they refer to.
  void observeReferences(MemoryPool& pool) {
    referenced = PoolArray<uint8_t>(pool, numRows + 1);
    std::fill(referenced.begin(), referenced.end(), uint8_t{0});
  }

  /// Rows that joined rows refer to, without the null row.
  int64_t numReferenced() const { return std::accumulate(referenced.begin(), referenced.begin() + numRows, int64_t{0}); }
};

}  // namespace inferf
