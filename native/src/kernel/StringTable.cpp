#include "kernel/StringTable.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "kernel/FirstRows.h"

namespace inferf {

/// The slots as FirstRows fills them: keys are hashes, values are rows.
class StringTable::RowSlots {
 public:
  RowSlots(StringTable& table, const KeyInput& input) : slots_(table.slots_.data()), numSlots_(table.slots_.size()), input_(input) {}

  int64_t numSlots() const { return numSlots_; }
  void mix(const int64_t* keys, int64_t count, uint64_t* hashes) const {
    std::transform(keys, keys + count, hashes, [](int64_t key) { return static_cast<uint64_t>(key); });
  }
  void prefetch(int64_t slot) const { __builtin_prefetch(slots_ + slot, 1); }
  void clear(int64_t begin, int64_t end) const { std::fill(slots_ + begin, slots_ + end, Slot{0, kMissing}); }
  int32_t insert(int64_t begin, int64_t end, int64_t, uint64_t hash, int32_t row) const {
    const auto tag = static_cast<uint32_t>(hash);
    for (int64_t i = begin; i < end; ++i) {
      if (slots_[i].code == kMissing) {
        slots_[i] = Slot{tag, row};
        return row;
      }
      if (slots_[i].tag == tag && input_.stringAt(slots_[i].code) == input_.stringAt(row)) {
        return slots_[i].code;
      }
    }
    return FirstRows::kNoRoom;
  }

 private:
  Slot* const slots_;
  const int64_t numSlots_;
  const KeyInput& input_;
};

StringTable::StringTable(const KeyInput& input, int64_t numRows, int64_t* codes, MemoryPool& pool, const Parallelism& parallelism) {
  const uint64_t capacity = std::bit_ceil(static_cast<uint64_t>(std::max<int64_t>(numRows, 8)) * 2);
  slots_ = PoolArray<Slot>(pool, static_cast<int64_t>(capacity));
  strings_ = PoolArray<std::string_view>(pool, std::max<int64_t>(numRows, 1));
  shift_ = 64 - std::countr_zero(capacity);
  if (numRows >= FirstRows::kMinRows) {
    insertAll(input, numRows, codes, pool, parallelism);
    return;
  }
  std::fill(slots_.begin(), slots_.end(), Slot{0, kMissing});
  for (int64_t i = 0; i < numRows; ++i) {
    codes[i] = input.isNullAt(i) ? kMissing : insert(input.stringAt(i));
  }
}

void StringTable::insertAll(const KeyInput& input, int64_t numRows, int64_t* codes, MemoryPool& pool, const Parallelism& parallelism) {
  parallelism.forEachChunk(numRows, [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      codes[i] = input.isNullAt(i) ? FirstRows::kNoKey : static_cast<int64_t>(hash(input.stringAt(i)));
    }
  });
  FirstRows firstRows = FirstRows::insert(RowSlots(*this, input), codes, numRows, pool, parallelism);
  size_ = static_cast<int32_t>(firstRows.numKeys());
  if (firstRows.isIdentity()) {
    parallelism.forEachChunk(numRows, [&](int64_t, int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        codes[i] = i;
        strings_[i] = input.stringAt(i);
      }
    });
    return;
  }
  const FirstRows::Numbers numbers = std::move(firstRows).number(pool, parallelism);
  parallelism.forEachChunk(slots_.size(), [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t slot = begin; slot < end; ++slot) {
      if (int32_t& code = slots_[slot].code; code != kMissing) {
        const int32_t row = std::exchange(code, numbers[code]);
        strings_[code] = input.stringAt(row);
      }
    }
  });
  parallelism.forEachChunk(numRows, [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      codes[i] = numbers[i];
    }
  });
}

uint64_t StringTable::hash(std::string_view text) {
  const uint64_t hashed = XXH3_64bits(text.data(), text.size());
  return hashed == static_cast<uint64_t>(FirstRows::kNoKey) ? 0 : hashed;
}

int32_t StringTable::insert(std::string_view text) {
  const uint64_t hashed = hash(text);
  const auto tag = static_cast<uint32_t>(hashed);
  for (int64_t slot = slotOf(hashed);; slot = after(slot)) {
    Slot& entry = slots_[slot];
    if (entry.code == kMissing) {
      entry = Slot{tag, size_};
      strings_[size_] = text;
      return size_++;
    }
    if (entry.tag == tag && strings_[entry.code] == text) {
      return entry.code;
    }
  }
}

int32_t StringTable::find(std::string_view text, uint64_t hashed) const {
  if (slots_.empty()) {
    return kMissing;
  }
  const auto tag = static_cast<uint32_t>(hashed);
  for (int64_t slot = slotOf(hashed);; slot = after(slot)) {
    const Slot& entry = slots_[slot];
    if (entry.code == kMissing) {
      return kMissing;
    }
    if (entry.tag == tag && strings_[entry.code] == text) {
      return entry.code;
    }
  }
}

}  // namespace inferf
