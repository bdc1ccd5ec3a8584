#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "column/Column.h"
#include "exec/BuildCache.h"
#include "exec/JoinTable.h"
#include "exec/RowSet.h"
#include "exec/StoredValue.h"

namespace inferf {

/// The rows of a build pipeline, complete enough for any plan over the same joins: what RelationBuilder leaves in QueryState.
struct CachedRows final : CachedBuild {
  using CachedBuild::CachedBuild;

  struct Level {
    int64_t numRowsIn = 0;
    int64_t numRowsOut = 0;
    int64_t numReferenced = -1;  // joins: rows of their build side that joined rows refer to
    size_t home = 0;             // the level whose rows are the home of values (QueryState::homes); 0: the driver table
    /// If the level has rows of its own: they, with entities by their place in entitiesUnder().
    std::optional<RowSet> rows;
  };

  Batch driver;
  std::vector<Level> levels;
  std::vector<std::shared_ptr<const CachedRows>> probed;  // by join, from the lowest level up
  std::shared_ptr<const JoinKeys> keys;
};

/// What a program stores for the rows of its node, in the order of NodeProgram::storedValues().
struct CachedValues final : CachedBuild {
  using CachedBuild::CachedBuild;

  std::vector<StoredValue> stored;
};

}  // namespace inferf
