#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "column/Column.h"
#include "exec/BuiltRelation.h"
#include "exec/StoredValue.h"

namespace inferf {

/// What the build phase of a run has produced so far and the pipelines after it read. Written between pipelines only.
struct QueryState {
  std::vector<Batch> tables;                            // by table; the streamed one stays empty
  std::vector<std::unique_ptr<BuiltRelation>> relations;  // by join node; freed when the probing pipeline is done
  std::vector<StoredValue> values;                      // by value; those stored by build pipelines
};

}  // namespace inferf
