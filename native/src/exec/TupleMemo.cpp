#include "exec/TupleMemo.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/Error.h"
#include "exec/Morsel.h"

namespace inferf {

namespace {

/// Codes stay below this.
constexpr int64_t kMaxCodes = int64_t{1} << 62;
/// Tuples there is room for at first.
constexpr int64_t kFirstTuples = 16384;
/// The share of the memory left that all workers together may take.
constexpr int64_t kMemoryShare = 16;

const int32_t* idsOf(const TupleKey& key, const RowContext& rows) {
  return key.isTable ? rows.tableRows(key.index).ids : rows.valueRows(key.index).ids;
}

/// The rows of a context whose tuples are new.
class NewTuples final : public RowContext {
 public:
  /// `ids` are, key by key, those of the new rows.
  NewTuples(const RowContext& rows, const std::vector<TupleKey>& keys, const std::vector<const int32_t*>& idsOfRows, const int32_t* ids,
            int64_t numRows)
      : rows_(rows), keys_(keys), idsOfRows_(idsOfRows), ids_(ids), numRows_(numRows) {}

  int64_t numRows() const override { return numRows_; }
  TableRows tableRows(uint32_t table) const override {
    const TableRows all = rows_.tableRows(table);
    return {all.batch, newIds(all.ids)};
  }
  ValueRows valueRows(uint32_t value) const override {
    const ValueRows all = rows_.valueRows(value);
    return {all.stored, newIds(all.ids)};
  }

 private:
  /// Whatever a tuple value reads has the ids of one of the keys.
  const int32_t* newIds(const int32_t* idsOfRows) const {
    const auto key = std::find(idsOfRows_.begin(), idsOfRows_.end(), idsOfRows) - idsOfRows_.begin();
    INFERF_CHECK(key < static_cast<int64_t>(keys_.size()));
    return ids_ + key * kMaxMorselRows;
  }

  const RowContext& rows_;
  const std::vector<TupleKey>& keys_;
  const std::vector<const int32_t*>& idsOfRows_;
  const int32_t* ids_;
  int64_t numRows_;
};

/// Rows with the values of their tuples.
class RowsWithTuples final : public RowContext {
 public:
  RowsWithTuples(const RowContext& rows, const std::vector<uint32_t>& shared, const std::vector<StoredValue>& values, const int32_t* numbers)
      : rows_(rows), shared_(shared), values_(values), numbers_(numbers) {}

  int64_t numRows() const override { return rows_.numRows(); }
  TableRows tableRows(uint32_t table) const override { return rows_.tableRows(table); }
  ValueRows valueRows(uint32_t value) const override {
    const auto place = std::lower_bound(shared_.begin(), shared_.end(), value);
    if (place == shared_.end() || *place != value) {
      return rows_.valueRows(value);
    }
    return {&values_[static_cast<size_t>(place - shared_.begin())], numbers_};
  }

 private:
  const RowContext& rows_;
  const std::vector<uint32_t>& shared_;
  const std::vector<StoredValue>& values_;
  const int32_t* numbers_;
};

template <typename T>
void copyRows(const StoredValue& from, const int32_t* numbers, int64_t numRows, StoredValue& to) {
  const auto* source = reinterpret_cast<const T*>(from.memory.data());
  auto* target = reinterpret_cast<T*>(to.memory.data());
  for (int64_t i = 0; i < numRows; ++i) {
    target[i] = source[numbers[i]];
  }
}

}  // namespace

TupleMemo::TupleMemo(const TuplePrograms& programs, std::vector<TupleKey> keys, MemoryPool& pool, int32_t numWorkers)
    : programs_(programs), keys_(std::move(keys)), pool_(pool), numWorkers_(numWorkers), ids_(keys_.size()) {
  for (size_t i = 0; i < programs_.split().sharedValues.size(); ++i) {
    bytesPerTuple_ += programs_.tuples().allocate(i, 0, pool_).strideBytes;
  }
  numCodes_ = 1;
  for (const TupleKey& key : keys_) {
    numCodes_ = key.numRows <= 0 || numCodes_ > kMaxCodes / key.numRows ? 0 : numCodes_ * key.numRows;
    if (numCodes_ == 0) {
      return;
    }
  }
}

bool TupleMemo::run(const RowContext& rows, std::vector<StoredValue>& stored, NodeWorkspace& workspace,
                    const CancellationToken& cancellation, std::vector<ValueCost>& costs) {
  const int64_t numRows = rows.numRows();
  INFERF_CHECK(numRows <= kMaxMorselRows);
  if (numCodes_ == 0) {
    return false;
  }
  if (!switch_.isOn()) {
    switch_.skip(numRows);
    return false;
  }
  if (!isOpen() && !open()) {
    switch_.turnOff();
    return false;
  }
  growIfNeeded();
  TupleSwitch::Work work{.numRows = numRows};
  const int64_t firstNumber = table_.size();
  {
    const ScopedTimer timer(work.lookupNanoseconds);
    encode(rows);
    work.numComputed = table_.number(codes_.data(), numRows, numbers_.data(), newRows_.data());
  }
  if (work.numComputed > 0) {
    const ScopedTimer timer(work.computeNanoseconds);
    computeNew(rows, work.numComputed, firstNumber, workspace, cancellation, costs);
  }
  if (programs_.rows() != nullptr) {
    programs_.rows()->run(RowsWithTuples(rows, programs_.split().sharedValues, values_, numbers_.data()), stored, 0, workspace, cancellation,
                          costs);
  }
  {
    const ScopedTimer timer(work.lookupNanoseconds);
    copyEscaping(numRows, stored);
  }
  cost_.numRows += numRows;
  cost_.numComputed += work.numComputed;
  cost_.nanoseconds += work.lookupNanoseconds;
  switch_.count(work);
  if (!switch_.isOn()) {
    close();
  }
  return true;
}

bool TupleMemo::mayTake(int64_t bytes) const {
  return bytes <= kMaxBytes && bytes <= pool_.bytesAvailable() / kMemoryShare / numWorkers_;
}

bool TupleMemo::open() {
  const int64_t rowBytes = kMaxMorselRows * static_cast<int64_t>(sizeof(int64_t) + (2 + keys_.size()) * sizeof(int32_t));
  const int64_t maxTuples = std::min(kFirstTuples, numCodes_);
  if (!mayTake(rowBytes + TupleTable::bytesFor(numCodes_, maxTuples) + (maxTuples + kMaxMorselRows) * bytesPerTuple_)) {
    return false;
  }
  mayGrow_ = true;
  try {
    table_ = TupleTable(pool_, numCodes_, maxTuples);
    values_ = allocateValues(maxTuples);
    numbers_ = PoolArray<int32_t>(pool_, kMaxMorselRows);
    newRows_ = PoolArray<int32_t>(pool_, kMaxMorselRows);
    newIds_ = PoolArray<int32_t>(pool_, kMaxMorselRows * static_cast<int64_t>(keys_.size()));
    codes_ = PoolArray<int64_t>(pool_, kMaxMorselRows);
  } catch (const EngineError& error) {
    if (error.code() != INFERF_ERROR_MEMORY_LIMIT) {
      throw;
    }
    close();
    return false;
  }
  cost_.bytes = std::max(cost_.bytes, heldBytes());
  return true;
}

void TupleMemo::close() {
  table_ = {};
  values_.clear();
  codes_ = {};
  numbers_ = {};
  newRows_ = {};
  newIds_ = {};
}

void TupleMemo::growIfNeeded() {
  const int64_t now = table_.maxTuples();
  if (!mayGrow_ || table_.size() <= now / 2 || now == numCodes_) {
    return;
  }
  const int64_t maxTuples = std::min(2 * now, numCodes_);
  // The old ones are still held while the new ones are filled.
  const int64_t tableBytes = numCodes_ <= TupleTable::kMaxDirectCodes ? 0 : TupleTable::bytesFor(numCodes_, maxTuples);
  mayGrow_ = mayTake(tableBytes + (maxTuples + kMaxMorselRows) * bytesPerTuple_);
  if (!mayGrow_) {
    return;
  }
  try {
    std::vector<StoredValue> values = allocateValues(maxTuples);
    for (size_t i = 0; i < values.size(); ++i) {
      std::memcpy(values[i].memory.data(), values_[i].memory.data(), static_cast<size_t>(table_.size() * values[i].strideBytes));
    }
    table_.grow(pool_, maxTuples);
    values_ = std::move(values);
  } catch (const EngineError& error) {
    if (error.code() != INFERF_ERROR_MEMORY_LIMIT) {
      throw;
    }
    mayGrow_ = false;
  }
  cost_.bytes = std::max(cost_.bytes, heldBytes());
}

void TupleMemo::encode(const RowContext& rows) {
  const int64_t numRows = rows.numRows();
  int64_t* codes = codes_.data();
  for (size_t k = 0; k < keys_.size(); ++k) {
    const int32_t* ids = idsOf(keys_[k], rows);
    ids_[k] = ids;
    const int64_t radix = keys_[k].numRows;
    for (int64_t i = 0; i < numRows; ++i) {
      const int64_t id = ids == nullptr ? i : ids[i];
      codes[i] = k == 0 ? id : codes[i] * radix + id;
    }
  }
}

void TupleMemo::computeNew(const RowContext& rows, int64_t numNew, int64_t firstNumber, NodeWorkspace& workspace,
                           const CancellationToken& cancellation, std::vector<ValueCost>& costs) {
  for (size_t k = 0; k < keys_.size(); ++k) {
    int32_t* newIds = newIds_.data() + static_cast<int64_t>(k) * kMaxMorselRows;
    for (int64_t i = 0; i < numNew; ++i) {
      newIds[i] = ids_[k] == nullptr ? newRows_[i] : ids_[k][newRows_[i]];
    }
  }
  programs_.tuples().run(NewTuples(rows, keys_, ids_, newIds_.data(), numNew), values_, firstNumber, workspace, cancellation, costs);
}

void TupleMemo::copyEscaping(int64_t numRows, std::vector<StoredValue>& stored) const {
  const int32_t* numbers = numbers_.data();
  for (const TuplePrograms::Escaping& escaping : programs_.escaping()) {
    const StoredValue& from = values_[escaping.shared];
    StoredValue& to = stored[escaping.stored];
    switch (from.strideBytes) {
      case sizeof(uint32_t):
        copyRows<uint32_t>(from, numbers, numRows, to);
        break;
      case sizeof(uint64_t):
        copyRows<uint64_t>(from, numbers, numRows, to);
        break;
      default:
        for (int64_t i = 0; i < numRows; ++i) {
          std::memcpy(to.row(i), from.row(numbers[i]), static_cast<size_t>(from.strideBytes));
        }
    }
  }
}

std::vector<StoredValue> TupleMemo::allocateValues(int64_t maxTuples) const {
  std::vector<StoredValue> values;
  for (size_t i = 0; i < programs_.split().sharedValues.size(); ++i) {
    values.push_back(programs_.tuples().allocate(i, maxTuples + kMaxMorselRows, pool_));
  }
  return values;
}

int64_t TupleMemo::heldBytes() const {
  int64_t bytes = table_.bytes() + codes_.bytes() + numbers_.bytes() + newRows_.bytes() + newIds_.bytes();
  for (const StoredValue& value : values_) {
    bytes += value.memory.bytes();
  }
  return bytes;
}

}  // namespace inferf
