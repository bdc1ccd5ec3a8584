#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/MemoryPool.h"
#include "kernel/JoinIndex.h"
#include "kernel/KeyEncoder.h"

namespace inferf {

/// The build side of a join, complete: for each row the ids of what it consists of, and an index over its keys.
struct BuiltRelation {
  /// Row ids are int32_t, and one more than the last stands for the null row.
  static constexpr int64_t kMaxRows = std::numeric_limits<int32_t>::max() - 1;

  /// Ids of one entity for rows 0 … numRows (the last: the null row).
  struct EntityIds {
    bool isIdentity = true;
    PoolArray<int32_t> ids;

    /// nullptr: the identity.
    const int32_t* data() const { return isIdentity ? nullptr : ids.data(); }
  };

  int64_t numRows = 0;
  std::vector<EntityIds> entities;  // by entity; only those that are read above are filled
  KeyEncoder encoder;
  JoinIndex index;
};

}  // namespace inferf
