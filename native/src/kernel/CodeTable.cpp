#include "kernel/CodeTable.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "kernel/MixBits.h"

namespace inferf {

namespace {
// Keys that are hashed at a time.
constexpr int64_t kBlock = 256;
// How far ahead of the comparison slots are requested from memory: enough to cover the latency of DRAM, few enough for the line fill buffers.
constexpr int64_t kAhead = 24;
}  // namespace

/// The slots as FirstRows fills them.
class CodeTable::RowSlots {
 public:
  explicit RowSlots(CodeTable& table) : slots_(table.slots_.data()), numSlots_(table.slots_.size()) {}

  int64_t numSlots() const { return numSlots_; }
  void mix(const int64_t* keys, int64_t count, uint64_t* hashes) const { mixCodes(keys, count, hashes); }
  void prefetch(int64_t slot) const { __builtin_prefetch(slots_ + slot, 1); }
  void clear(int64_t begin, int64_t end) const { std::fill(slots_ + begin, slots_ + end, Slot{0, kMissing}); }
  int32_t insert(int64_t begin, int64_t end, int64_t key, uint64_t, int32_t row) const {
    for (int64_t i = begin; i < end; ++i) {
      if (slots_[i].value == kMissing) {
        slots_[i] = Slot{key, row};
        return row;
      }
      if (slots_[i].key == key) {
        return slots_[i].value;
      }
    }
    return FirstRows::kNoRoom;
  }

 private:
  Slot* const slots_;
  const int64_t numSlots_;
};

void CodeTable::allocate(MemoryPool& pool, int64_t maxKeys) {
  const uint64_t capacity = std::bit_ceil(static_cast<uint64_t>(std::max<int64_t>(maxKeys, 8)) * 2);
  slots_ = PoolArray<Slot>(pool, static_cast<int64_t>(capacity));
  shift_ = 64 - std::countr_zero(capacity);
}

CodeTable::CodeTable(MemoryPool& pool, int64_t maxKeys) {
  allocate(pool, maxKeys);
  std::fill(slots_.begin(), slots_.end(), Slot{0, kMissing});
}

CodeTable::OfRows CodeTable::ofRows(const int64_t* codes, int64_t numRows, MemoryPool& pool, const Parallelism& parallelism) {
  OfRows result;
  result.table.allocate(pool, numRows);
  result.firstRows = FirstRows::insert(RowSlots(result.table), codes, numRows, pool, parallelism);
  result.table.size_ = static_cast<int32_t>(result.firstRows.numKeys());
  return result;
}

CodeTable CodeTable::numberCodes(int64_t* codes, int64_t numRows, MemoryPool& pool, const Parallelism& parallelism) {
  if (numRows < FirstRows::kMinRows) {
    CodeTable table(pool, numRows);
    for (int64_t row = 0; row < numRows; ++row) {
      codes[row] = codes[row] == FirstRows::kNoKey ? FirstRows::kNoKey : table.insert(codes[row]);
    }
    return table;
  }
  auto [table, firstRows] = ofRows(codes, numRows, pool, parallelism);
  if (firstRows.isIdentity()) {
    parallelism.forEachChunk(numRows, [&](int64_t, int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        codes[row] = row;
      }
    });
    return std::move(table);
  }
  const FirstRows::Numbers numbers = std::move(firstRows).number(pool, parallelism);
  table.replaceValues([&numbers](int32_t row) { return numbers[row]; }, parallelism);
  parallelism.forEachChunk(numRows, [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      codes[row] = numbers[row];
    }
  });
  return std::move(table);
}

int64_t CodeTable::slotOf(int64_t key) const { return static_cast<int64_t>(mixCode(key) >> shift_); }

int32_t CodeTable::insert(int64_t key) {
  for (int64_t slot = slotOf(key);; slot = after(slot)) {
    Slot& entry = slots_[slot];
    if (entry.value == kMissing) {
      entry = Slot{key, size_};
      return size_++;
    }
    if (entry.key == key) {
      return entry.value;
    }
  }
}

int32_t CodeTable::findFrom(int64_t slot, int64_t key) const {
  for (;; slot = after(slot)) {
    const Slot& entry = slots_[slot];
    if (entry.value == kMissing || entry.key == key) {
      return entry.value;
    }
  }
}

int32_t CodeTable::find(int64_t key) const { return slots_.empty() ? kMissing : findFrom(slotOf(key), key); }

template <typename V>
void CodeTable::find(const int64_t* keys, int64_t numKeys, V* values) const {
  if (slots_.empty()) {
    std::fill(values, values + numKeys, V{kMissing});
    return;
  }
  uint64_t hashes[kBlock];
  for (int64_t begin = 0; begin < numKeys; begin += kBlock) {
    const int64_t count = std::min(kBlock, numKeys - begin);
    mixCodes(keys + begin, count, hashes);
    const auto slotAt = [&](int64_t i) { return static_cast<int64_t>(hashes[i] >> shift_); };
    for (int64_t i = 0; i < std::min(kAhead, count); ++i) {
      __builtin_prefetch(&slots_[slotAt(i)]);
    }
    for (int64_t i = 0; i < count; ++i) {
      __builtin_prefetch(&slots_[slotAt(std::min(i + kAhead, count - 1))]);
      values[begin + i] = findFrom(slotAt(i), keys[begin + i]);
    }
  }
}

template void CodeTable::find<int32_t>(const int64_t*, int64_t, int32_t*) const;
template void CodeTable::find<int64_t>(const int64_t*, int64_t, int64_t*) const;

}  // namespace inferf
