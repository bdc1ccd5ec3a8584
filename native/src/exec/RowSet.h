#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/MemoryPool.h"
#include "exec/Pipeline.h"

namespace inferf {

/// The rows of a node of a build side, complete: for each row the ids of what it consists of. The null row comes after the last.
struct RowSet {
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
  std::vector<EntityIds> entities;  // by entity; only those that something reads through these rows are filled
};

}  // namespace inferf
