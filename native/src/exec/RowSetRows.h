#pragma once

#include <cstdint>
#include <vector>

#include "base/MemoryPool.h"
#include "exec/QueryState.h"
#include "exec/RowContext.h"

namespace inferf {

/// Rows that the values stored at a node of a build side are computed for: some of the node's home (QueryState::homes). Belongs to one worker
/// thread and is reused; at most kMaxMorselRows rows at a time.
class RowSetRows final : public RowContext {
 public:
  /// The node's row set must exist, and must stay as long as this object is used.
  RowSetRows(const Plan& plan, const QueryState& state, uint32_t node, MemoryPool& pool);

  /// Becomes rows [begin, begin + numRows), without the null row.
  void setRange(int64_t begin, int64_t numRows);

  /// Becomes the rows that `ids` names, which must stay unchanged meanwhile; the number of rows is the id of the null row.
  void setRows(const int32_t* ids, int64_t numRows);

  /// Which rows of an entity at or below the node the rows refer to; never the identity.
  const int32_t* entityIds(EntityId entity) const;

  /// False: all values are found by ids.
  bool hasOwnValuesOf(uint32_t /*node*/) const { return false; }

  int64_t numRows() const override { return numRows_; }
  TableRows tableRows(uint32_t table) const override;
  ValueRows valueRows(uint32_t value) const override;

 private:
  const int32_t* ownIds() const;
  PoolArray<int32_t>& buffer(EntityId entity) const;

  const Plan& plan_;
  const QueryState& state_;
  const EntityId home_;
  MemoryPool& pool_;

  int64_t numRows_ = 0;
  int64_t begin_ = 0;
  const int32_t* rows_ = nullptr;  // nullptr: a range
  Batch slice_;                    // a range of a table
  // By entity: ids found for the rows at hand (or nullptr), and memory for them.
  mutable std::vector<const int32_t*> found_;
  mutable std::vector<PoolArray<int32_t>> buffers_;
};

}  // namespace inferf
