#pragma once

#include <cstdint>

#include "base/MemoryPool.h"
#include "base/Parallelism.h"
#include "kernel/FirstRows.h"

namespace inferf {

/// Maps 64-bit keys to 32-bit values: open addressing with linear probing from a slot that the high bits of the key's hash number, load at most one half.
///
/// Immutable once built; then read by any number of threads.
class CodeTable {
 public:
  static constexpr int32_t kMissing = -1;

  CodeTable() = default;
  /// Room for up to `maxKeys` distinct keys; it never grows.
  CodeTable(MemoryPool& pool, int64_t maxKeys);

  /// A table of the codes of rows 0 … numRows - 1, whose values are their first rows. FirstRows::kNoKey is no code. Worth it from FirstRows::kMinRows on.
  struct OfRows;
  static OfRows ofRows(const int64_t* codes, int64_t numRows, MemoryPool& pool, const Parallelism& parallelism);

  /// A table of the codes of rows 0 … numRows - 1, whose values number them in order of their first rows; the numbers take the places of the codes.
  /// FirstRows::kNoKey is no code and stays.
  static CodeTable numberCodes(int64_t* codes, int64_t numRows, MemoryPool& pool, const Parallelism& parallelism);

  /// Returns the value of `key`, which is size() - 1 afterwards if the key is new.
  int32_t insert(int64_t key);

  /// The value of one key, or kMissing.
  int32_t find(int64_t key) const;

  /// Looks up a block of keys with software prefetch; `values` may be the same memory as `keys` if V is int64_t.
  template <typename V>
  void find(const int64_t* keys, int64_t numKeys, V* values) const;

  /// Replaces every value v by replacementOf(v).
  template <typename ReplacementOf>
  void replaceValues(const ReplacementOf& replacementOf, const Parallelism& parallelism) {
    parallelism.forEachChunk(slots_.size(), [&](int64_t, int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        if (slots_[i].value != kMissing) {
          slots_[i].value = replacementOf(slots_[i].value);
        }
      }
    });
  }

  /// Distinct keys.
  int32_t size() const { return size_; }
  bool isAllocated() const { return !slots_.empty(); }
  /// Bytes held.
  int64_t bytes() const { return slots_.bytes(); }

 private:
  struct Slot {
    int64_t key;
    int32_t value;  // kMissing: the slot is free
  };
  class RowSlots;

  /// Slots for `maxKeys` keys, not cleared.
  void allocate(MemoryPool& pool, int64_t maxKeys);
  int64_t slotOf(int64_t key) const;
  int64_t after(int64_t slot) const { return (slot + 1) & (slots_.size() - 1); }
  int32_t findFrom(int64_t slot, int64_t key) const;

  PoolArray<Slot> slots_;
  int shift_ = 0;  // from a hash to the number of a slot
  int32_t size_ = 0;
};

struct CodeTable::OfRows {
  CodeTable table;
  FirstRows firstRows;
};

}  // namespace inferf
