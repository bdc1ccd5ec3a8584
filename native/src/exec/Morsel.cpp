#include "exec/Morsel.h"

#include <algorithm>

#include "base/Error.h"

namespace inferf {

namespace {

/// NULLs among `length` rows from bit `begin` of a validity bitmap.
int64_t countNulls(const uint8_t* validity, int64_t begin, int64_t length) {
  int64_t numValid = 0;
  int64_t bit = begin;
  const int64_t end = begin + length;
  for (; bit < end && (bit & 7) != 0; ++bit) {
    numValid += validity[bit >> 3] >> (bit & 7) & 1;
  }
  for (; bit + 8 <= end; bit += 8) {
    numValid += __builtin_popcount(validity[bit >> 3]);
  }
  for (; bit < end; ++bit) {
    numValid += validity[bit >> 3] >> (bit & 7) & 1;
  }
  return length - numValid;
}

void gather(const int32_t* source, const int32_t* selection, int64_t numRows, int32_t* out) {
  for (int64_t i = 0; i < numRows; ++i) {
    out[i] = source[selection[i]];
  }
}

}  // namespace

Morsel::Morsel(const Plan& plan, const Pipeline& pipeline, const QueryState& state, const std::vector<LevelValues>& levels,
               MemoryPool& pool)
    : plan_(plan),
      pipeline_(pipeline),
      state_(state),
      levels_(levels),
      pool_(pool),
      slots_(pipeline.numSlots()),
      slotBuffers_(pipeline.numSlots()),
      composed_(pipeline.sources.size()),
      composedBuffers_(pipeline.sources.size()) {}

void Morsel::startBatch(const Batch& batch) {
  numRows_ = batch.numRows;
  batch_ = &batch;
  std::fill(slots_.begin(), slots_.end(), nullptr);
  std::fill(composed_.begin(), composed_.end(), nullptr);
}

void Morsel::startRows(const Batch& batch, const int32_t* rows, int64_t numRows) {
  INFERF_CHECK(numRows <= kMaxMorselRows);
  startBatch(batch);
  numRows_ = numRows;
  slots_[Pipeline::rowSlot(0)] = rows;
}

void Morsel::passOn(const Morsel& below) {
  numRows_ = below.numRows_;
  batch_ = below.batch_;
  slots_ = below.slots_;
  composed_ = below.composed_;
}

void Morsel::select(const Morsel& below, const int32_t* selection, int64_t numRows, const std::vector<uint32_t>& liveSlots) {
  INFERF_CHECK(numRows <= kMaxMorselRows);
  numRows_ = numRows;
  batch_ = below.batch_;
  std::fill(composed_.begin(), composed_.end(), nullptr);
  for (const uint32_t slot : liveSlots) {
    if (below.slots_[slot] == nullptr) {
      slots_[slot] = selection;
      continue;
    }
    PoolArray<int32_t>& buffer = slotBuffers_[slot];
    if (buffer.empty()) {
      buffer = PoolArray<int32_t>(pool_, kMaxMorselRows);
    }
    gather(below.slots_[slot], selection, numRows, buffer.data());
    slots_[slot] = buffer.data();
  }
}

const int32_t* Morsel::entityIds(EntityId entity) const {
  const EntitySource& source = pipeline_.sources[entity];
  INFERF_CHECK(source.slot != EntitySource::kUnreachable);
  if (source.rowSet == EntitySource::kDirect) {
    return slots_[source.slot];
  }
  const int32_t* idsOfRows = state_.rowSets[source.rowSet]->entities[entity].data();
  if (idsOfRows == nullptr) {
    return slots_[source.slot];
  }
  if (composed_[entity] == nullptr) {
    PoolArray<int32_t>& buffer = composedBuffers_[entity];
    if (buffer.empty()) {
      buffer = PoolArray<int32_t>(pool_, kMaxMorselRows);
    }
    gather(idsOfRows, slots_[source.slot], numRows_, buffer.data());
    composed_[entity] = buffer.data();
  }
  return composed_[entity];
}

RowContext::TableRows Morsel::tableRows(uint32_t table) const {
  const Batch* batch = table == pipeline_.driverTable ? batch_ : &state_.tables[table];
  return {batch, entityIds(table)};
}

RowContext::ValueRows Morsel::valueRows(uint32_t value) const {
  const uint32_t node = plan_.fragment().values(static_cast<int>(value)).node();
  const EntitySource& source = pipeline_.sources[rowsOf(plan_, node)];
  INFERF_CHECK(source.slot != EntitySource::kUnreachable);
  if (source.rowSet == EntitySource::kDirect) {
    const LevelValues& level = levels_[source.slot / 2];
    const auto place = std::find(level.ids->begin(), level.ids->end(), value);
    INFERF_CHECK(place != level.ids->end());
    return {&(*level.stored)[static_cast<size_t>(place - level.ids->begin())], slots_[source.slot]};
  }
  return {&state_.values[value], entityIds(state_.homes[node])};
}

Batch sliceRows(const Batch& batch, int64_t begin, int64_t numRows) {
  Batch slice;
  slice.numRows = numRows;
  slice.columns = batch.columns;
  for (Column& column : slice.columns) {
    column.offset += begin;
    column.length = numRows;
    if (column.type.id == TypeId::kNull) {
      column.nullCount = numRows;
    } else if (column.nullCount > 0) {
      column.nullCount = column.validity == nullptr ? 0 : countNulls(column.validity, column.offset, numRows);
    }
  }
  return slice;
}

}  // namespace inferf
