#pragma once

#include <cstdint>
#include <vector>

#include "base/MemoryPool.h"
#include "exec/Pipeline.h"
#include "exec/QueryState.h"
#include "exec/RowContext.h"

namespace inferf {

/// Rows a step hands on at most. Batches of the streamed table up to this size are one morsel; duplicate matches beyond it are split.
inline constexpr int64_t kMaxMorselRows = 16384;
/// Rows that larger batches and in-memory tables are cut to.
inline constexpr int64_t kMorselRows = 8192;

/// Values stored by a level for the morsel at hand, in the order of NodeProgram::storedValues().
struct LevelValues {
  const std::vector<uint32_t>* ids = nullptr;  // value indices
  const std::vector<StoredValue>* stored = nullptr;
};

/// Some rows of one level of a pipeline as arrays of row ids; what the programs, filters, joins and outputs of that level see.
///
/// Ids of tables and values below the build side of a join are composed when they are first asked for. Belongs to one worker thread and is
/// reused: its buffers live as long as it does.
class Morsel final : public RowContext {
 public:
  /// `levels` are the values stored by the worker's levels, by level.
  Morsel(const Plan& plan, const Pipeline& pipeline, const QueryState& state, const std::vector<LevelValues>& levels,
         MemoryPool& pool);

  /// Becomes all rows of `batch`, a slice of the driver table.
  void startBatch(const Batch& batch);

  /// Becomes rows `rows[0, numRows)` of `batch`, a slice of the driver table; `rows` must stay unchanged meanwhile.
  void startRows(const Batch& batch, const int32_t* rows, int64_t numRows);

  /// Becomes the same rows as `below`.
  void passOn(const Morsel& below);

  /// Becomes the `numRows` rows of `below` that `selection` names, which must stay unchanged meanwhile. Only `liveSlots` are carried over.
  void select(const Morsel& below, const int32_t* selection, int64_t numRows, const std::vector<uint32_t>& liveSlots);

  /// Sets the ids of a slot; nullptr: the identity.
  void setSlot(uint32_t slot, const int32_t* ids) { slots_[slot] = ids; }

  /// Which rows of an entity the rows refer to; nullptr: the identity. For a table that drives the pipeline: rows of the batch.
  const int32_t* entityIds(EntityId entity) const;

  /// True if the values of `node` are computed on the way, for the morsel itself.
  bool hasOwnValuesOf(uint32_t node) const {
    const EntitySource& source = pipeline_.sources[rowsOf(plan_, node)];
    return source.slot != EntitySource::kUnreachable && source.rowSet == EntitySource::kDirect;
  }

  int64_t numRows() const override { return numRows_; }
  TableRows tableRows(uint32_t table) const override;
  ValueRows valueRows(uint32_t value) const override;

  const Plan& plan() const { return plan_; }

 private:
  const Plan& plan_;
  const Pipeline& pipeline_;
  const QueryState& state_;
  const std::vector<LevelValues>& levels_;
  MemoryPool& pool_;

  int64_t numRows_ = 0;
  const Batch* batch_ = nullptr;
  std::vector<const int32_t*> slots_;
  std::vector<PoolArray<int32_t>> slotBuffers_;
  // By entity: ids composed for the rows at hand (or nullptr), and the memory for them.
  mutable std::vector<const int32_t*> composed_;
  mutable std::vector<PoolArray<int32_t>> composedBuffers_;
};

/// Rows [begin, begin + numRows) of a batch, sharing its buffers.
Batch sliceRows(const Batch& batch, int64_t begin, int64_t numRows);

}  // namespace inferf
