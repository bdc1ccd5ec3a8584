#include "exec/RowSetRows.h"

#include <algorithm>
#include <numeric>

#include "base/Error.h"
#include "exec/Morsel.h"

namespace inferf {

RowSetRows::RowSetRows(const Plan& plan, const QueryState& state, uint32_t node, MemoryPool& pool)
    : plan_(plan),
      state_(state),
      home_(state.homes[node]),
      pool_(pool),
      found_(state.tables.size() + state.rowSets.size()),
      buffers_(found_.size()) {}

void RowSetRows::setRange(int64_t begin, int64_t numRows) {
  INFERF_CHECK(numRows <= kMaxMorselRows);
  numRows_ = numRows;
  begin_ = begin;
  rows_ = nullptr;
  std::fill(found_.begin(), found_.end(), nullptr);
  if (home_ < state_.tables.size()) {
    slice_ = sliceRows(state_.tables[home_], begin, numRows);
  }
}

void RowSetRows::setRows(const int32_t* ids, int64_t numRows) {
  INFERF_CHECK(numRows <= kMaxMorselRows);
  numRows_ = numRows;
  rows_ = ids;
  std::fill(found_.begin(), found_.end(), nullptr);
}

PoolArray<int32_t>& RowSetRows::buffer(EntityId entity) const {
  PoolArray<int32_t>& buffer = buffers_[entity];
  if (buffer.empty()) {
    buffer = PoolArray<int32_t>(pool_, kMaxMorselRows);
  }
  return buffer;
}

const int32_t* RowSetRows::ownIds() const {
  if (rows_ != nullptr) {
    return rows_;
  }
  if (found_[home_] == nullptr) {
    PoolArray<int32_t>& ids = buffer(home_);
    std::iota(ids.data(), ids.data() + numRows_, static_cast<int32_t>(begin_));
    found_[home_] = ids.data();
  }
  return found_[home_];
}

const int32_t* RowSetRows::entityIds(EntityId entity) const {
  if (entity == home_) {
    return ownIds();
  }
  INFERF_CHECK(home_ >= state_.tables.size());
  const int32_t* idsOfRows = state_.rowSets[home_ - state_.tables.size()]->entities[entity].data();
  INFERF_CHECK(idsOfRows != nullptr);
  if (rows_ == nullptr) {
    return idsOfRows + begin_;
  }
  if (found_[entity] == nullptr) {
    PoolArray<int32_t>& ids = buffer(entity);
    for (int64_t i = 0; i < numRows_; ++i) {
      ids[i] = idsOfRows[rows_[i]];
    }
    found_[entity] = ids.data();
  }
  return found_[entity];
}

RowContext::TableRows RowSetRows::tableRows(uint32_t table) const {
  if (table == home_ && rows_ == nullptr) {
    return {&slice_, nullptr};
  }
  return {&state_.tables[table], entityIds(table)};
}

RowContext::ValueRows RowSetRows::valueRows(uint32_t value) const {
  const uint32_t node = plan_.fragment().values(static_cast<int>(value)).node();
  return {&state_.values[value], entityIds(state_.homes[node])};
}

}  // namespace inferf
