#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "exec/Pipeline.h"
#include "exec/ScalarProgram.h"
#include "plan/Plan.h"

namespace inferf {

/// A table that may be moved to disk, because its rows can be joined part by part: it drives a build pipeline which the root pipeline probes, and some
/// key of that join compares a column of it with one of the streamed table. Rows whose keys are equal are in the same part on both sides.
struct SpillableBuild {
  uint32_t table = 0;
  size_t pipeline = 0;  // that it drives, by index
  uint32_t join = 0;    // node that consumes the pipeline
  std::vector<uint32_t> streamedColumns;  // compared with
  std::vector<uint32_t> columns;          // these, pair by pair
  /// An inner join's rows are those of its build side's slices together, so that a part which does not fit (many rows of one key) can be cut further.
  bool isInner = false;
};

/// The tables of a plan that may be moved to disk. `pipelines` are those of cutIntoPipelines().
std::vector<SpillableBuild> findSpillableBuilds(const Plan& plan, const std::vector<const Pipeline*>& pipelines);

/// Bytes that a build pipeline holds for each row of its driver table, beyond the row itself: index, row ids, and the values that the plan stores.
/// An upper estimate, as long as its own joins repeat no rows.
int64_t heldBytesPerRow(const Plan& plan, const Pipeline& pipeline, const TableTypes& types);

/// The same without index and row ids: the values alone.
int64_t storedBytesPerRow(const Plan& plan, const Pipeline& pipeline);

/// Bytes that probing takes beyond what the build sides hold: the buffers of `numThreads` workers and the batches on their way to the reader.
int64_t probeBytes(const Plan& plan, const Pipeline& root, int32_t numThreads);

}  // namespace inferf
