#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "exec/EntityUses.h"
#include "exec/InputTypes.h"
#include "exec/PipelineWorker.h"
#include "exec/QueryState.h"
#include "exec/StreamInput.h"
#include "exec/TableLoader.h"

namespace inferf {

/// Joins the streamed table with build sides that do not fit into memory, part by part.
///
/// The hash parts of each table on disk are gathered to groups that fit. Every combination of a group of each is a cell. The rows of the streamed table are
/// written to disk by cell; then the groups are loaded in turn, with the relation, the index and the values of their rows, and the rows of the cell
/// are read back and probed. A row is in exactly one cell, with all that it joins, so that inner and left joins, filters and checks see what
/// they would see in memory; only the order of rows is another one. A part that exceeds the memory alone is cut into slices, each probed by all
/// rows of the cell, which is right for inner joins.
class PartitionedProbe {
 public:
  /// The pipelines of the tables that stay in memory have been built, and the joins that the others probe are still there.
  PartitionedProbe(std::vector<CompiledPipeline>& pipelines, QueryState& state, InputTypes& types, const RunEnvironment& environment,
                   const EntityUses& uses, const std::vector<std::unique_ptr<SpilledTable>>& spilled, TableLoader::Mark mark);

  /// Writes the rows of the streamed table to disk, on all threads of the calling thread's TBB arena. Any thread calls `source`, one at a time.
  void partition(const StreamInput::Source& source);

  /// Loads each cell and calls `probe` with the source of its tokens, which any thread may call and whose tokens are numbered through all cells.
  void forEachCell(const std::function<void(const StreamInput::Source&)>& probe);

  /// Bytes that the rows of the streamed table take on disk.
  int64_t numBytes() const { return streamed_ == nullptr ? 0 : streamed_->numBytes(); }

 private:
  /// Neighbouring hash parts of a table that are loaded together, in `numSlices` slices.
  struct Group {
    size_t firstPart = 0;
    size_t lastPart = 0;
    int64_t numRows = 0;
    int64_t numSlices = 1;
  };
  class CellReader;

  std::vector<Group> groupParts(const SpilledTable& spilled, int64_t budget) const;
  /// True if the build side of a join may be probed in slices without anything being counted twice.
  bool maySlice(const SpillableBuild& build) const;
  void visit(size_t index, size_t cell, const std::function<void(const StreamInput::Source&)>& probe);
  bool hasRows(size_t index, size_t cell) const;
  void load(const SpilledTable& spilled, const Group& group, int64_t slice);
  void unload(const SpilledTable& spilled);

  std::vector<CompiledPipeline>& pipelines_;
  QueryState& state_;
  InputTypes& types_;
  const RunEnvironment& environment_;
  const EntityUses& uses_;
  const std::vector<std::unique_ptr<SpilledTable>>& spilled_;
  const TableLoader::Mark mark_;
  std::vector<std::vector<Group>> groups_;  // by index into spilled_
  std::vector<size_t> strides_;             // by index into spilled_: what a group adds to the number of a cell
  std::unique_ptr<SpilledRows> streamed_;   // by cell
  int64_t nextToken_ = 0;
};

}  // namespace inferf
