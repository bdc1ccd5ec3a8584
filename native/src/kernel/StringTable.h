#pragma once

#include <cstdint>
#include <string_view>

#include "base/MemoryPool.h"
#include "base/Parallelism.h"
#include "kernel/KeyInputs.h"

namespace inferf {

/// Interns strings: maps each distinct byte string to a dense code in order of first occurrence. Hash collisions are told apart by a full
/// comparison. The bytes are not copied: they must outlive the table. Immutable once built; then read by any number of threads.
class StringTable {
 public:
  static constexpr int32_t kMissing = -1;

  StringTable() = default;
  /// Interns the strings of rows 0 … numRows - 1 of a string column and writes their codes, kMissing for NULL.
  StringTable(const KeyInput& input, int64_t numRows, int64_t* codes, MemoryPool& pool, const Parallelism& parallelism);

  /// 64-bit hash (XXH3) that find() takes; never ~0, which stands for no string.
  static uint64_t hash(std::string_view text);

  /// Requests the slot of a hash from memory ahead of find().
  void prefetch(uint64_t hash) const {
    if (!slots_.empty()) {
      __builtin_prefetch(&slots_[slotOf(hash)]);
    }
  }

  /// The code of `text`, whose hash is `hash`, or kMissing.
  int32_t find(std::string_view text, uint64_t hash) const;

  /// Distinct strings.
  int32_t size() const { return size_; }
  /// Bytes held, without those of the strings.
  int64_t bytes() const { return slots_.bytes() + strings_.bytes(); }

 private:
  struct Slot {
    uint32_t tag;  // low half of the hash: rejects most collisions without touching the string
    int32_t code;  // kMissing: the slot is free
  };
  class RowSlots;

  int32_t insert(std::string_view text);
  void insertAll(const KeyInput& input, int64_t numRows, int64_t* codes, MemoryPool& pool, const Parallelism& parallelism);
  int64_t slotOf(uint64_t hash) const { return static_cast<int64_t>(hash >> shift_); }
  int64_t after(int64_t slot) const { return (slot + 1) & (slots_.size() - 1); }

  PoolArray<Slot> slots_;
  PoolArray<std::string_view> strings_;  // by code
  int shift_ = 0;                        // from a hash to the number of a slot
  int32_t size_ = 0;
};

}  // namespace inferf
