#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "column/Column.h"
#include "exec/JoinTable.h"
#include "exec/RowSet.h"
#include "exec/StoredValue.h"

namespace inferf {

/// What the build phase of a run has produced so far and the pipelines after it read. Written between pipelines only.
struct QueryState {
  std::vector<Batch> tables;                        // by table; the streamed one stays empty
  std::vector<EntityId> homes;                      // by node: the entity by whose ids values stored at the node are found (build sides)
  std::vector<std::unique_ptr<RowSet>> rowSets;     // by node: of build sides as wholes, and below joins in them that repeat rows
  std::vector<std::unique_ptr<JoinTable>> joins;    // by join node; freed when the probing pipeline is done
  std::vector<StoredValue> values;                  // by value; those stored on build sides

  /// Rows of an entity: of a table held in memory, or of a row set.
  int64_t numRowsOf(EntityId entity) const {
    return entity < tables.size() ? tables[entity].numRows : rowSets[entity - tables.size()]->numRows;
  }
};

}  // namespace inferf
