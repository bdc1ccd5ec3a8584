#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "column/ArrowBridge.h"
#include "column/SpilledRows.h"
#include "exec/InputTypes.h"
#include "exec/PipelineWorker.h"
#include "exec/QueryState.h"
#include "exec/RowPartitioner.h"
#include "exec/RunEnvironment.h"
#include "exec/SpillableBuilds.h"

namespace inferf {

/// A build side's table on disk, in kHashParts partitions by the hash of its key.
struct SpilledTable {
  SpillableBuild build;
  std::vector<ColumnType> types;  // known now that all of it has been read
  SpilledRows rows;

  /// No rows, with the columns' types.
  Batch emptyBatch() const;
};

/// Reads the tables of the build sides into memory, and moves some to disk if they would exceed the pool's limit together with what the plan holds for
/// their rows: the largest first. Tables that cannot be moved stay; the pool's error is then the answer.
class TableLoader {
 public:
  /// Yields what a thread that calls producers must hold meanwhile.
  using Mark = std::function<std::shared_ptr<void>()>;

  /// `pipelines` are compiled from the plan of `environment`; `state` and `types` get what is read. Tables in `spilled` are on disk already; those that
  /// are moved there are added.
  TableLoader(const std::vector<CompiledPipeline>& pipelines, QueryState& state, InputTypes& types, const std::shared_ptr<MemoryPool>& pool,
              const Plan& plan, CancellationToken& cancellation, std::vector<std::unique_ptr<SpilledTable>>& spilled, Mark mark);

  /// Reads all tables whose reader is there, and releases the readers.
  void load(std::vector<std::unique_ptr<BatchReader>>& readers);

  /// Moves tables that have been read to disk if what the plan holds for their rows would not fit beside them: the values alone if relations and indexes
  /// are there already (`isBuilt`). True if any was moved.
  bool makeRoomForValues(bool isBuilt);

 private:
  class PartByPart;

  const SpillableBuild* spillableOf(uint32_t table) const;
  bool isSpilled(uint32_t table) const;
  /// Reads all tables at the same time: nothing can be moved to disk.
  void readAll(std::vector<std::unique_ptr<BatchReader>>& readers);
  void readTable(uint32_t table, std::unique_ptr<BatchReader>& reader);
  /// Writes a table to disk: batches that `source` yields.
  SpilledTable& spill(const SpillableBuild& build, const RowPartitioner::Source& source);
  void spillLoaded(const SpillableBuild& build);
  void spillReader(const SpillableBuild& build, std::vector<Batch> held, PartByPart& source);
  /// Moves loaded tables to disk until `table`, which has been read so far, fits; false if it is itself the one to move.
  bool makeRoomFor(uint32_t table);
  int64_t heldBytes() const;
  int64_t budget() const;
  int64_t runBytes() const;

  const std::vector<CompiledPipeline>& pipelines_;
  QueryState& state_;
  InputTypes& types_;
  const std::shared_ptr<MemoryPool>& pool_;
  const Plan& plan_;
  CancellationToken& cancellation_;
  std::vector<std::unique_ptr<SpilledTable>>& spilled_;
  const Mark mark_;
  const int32_t numThreads_;
  std::vector<SpillableBuild> spillable_;
  std::vector<int64_t> heldBytesPerRow_;  // by table; 0: it drives no build pipeline
  std::vector<int64_t> held_;             // by table: bytes it will hold
  int64_t budget_ = 0;
};

}  // namespace inferf
