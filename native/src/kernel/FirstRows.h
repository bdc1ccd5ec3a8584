#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "base/MemoryPool.h"
#include "base/Parallelism.h"
#include "kernel/RowParts.h"

namespace inferf {

/// For each row of a build side that has a key, the first row with an equal one; and the table of them, built by any number of threads to the same
/// result.
///
/// A table of linear probing is cut into parts of consecutive slots. Rows are sorted by the part in which their key's slot lies, so that a part is filled by
/// one thread, in the cache, in order of rows. A row whose search leaves its part is deferred until all parts are filled: no slot becomes free again, so
/// all rows with that key are.
class FirstRows {
 public:
  /// The key of a row that has none.
  static constexpr int64_t kNoKey = -1;
  /// Fewer rows than that are faster inserted one after the other.
  static constexpr int64_t kMinRows = int64_t{1} << 16;

  /// Fills a table, which need not be cleared, with one slot per key, whose value is the first row. `Slots` is the table: numSlots(), a power of two;
  /// mix(keys, count, hashes), whose high bits are the number of a slot; prefetch(slot); clear(begin, end) makes slots free; and
  /// insert(begin, end, key, hash, row) searches slots from `begin` for the key, takes the first free one if there is none, and returns the slot's first
  /// row, or kNoRoom if it arrives at `end`.
  template <typename Slots>
  static FirstRows insert(const Slots& slots, const int64_t* keys, int64_t numRows, MemoryPool& pool, const Parallelism& parallelism);
  /// What Slots::insert() returns without a free slot.
  static constexpr int32_t kNoRoom = -1;

  /// Different keys.
  int64_t numKeys() const { return numKeys_; }
  /// Rows that have a key.
  int64_t numIndexed() const { return parts_.numRows(); }
  /// True if no two rows have the same key.
  bool isUnique() const { return numKeys_ == numIndexed(); }
  /// True if every row has a key of its own: numbers of keys are those of rows.
  bool isIdentity() const { return numKeys_ == parts_.rows.size(); }

  /// Calls body(first, row) for all rows that have a key: those with equal keys on one thread, in ascending order.
  template <typename Body>
  void forEachRow(const Parallelism& parallelism, const Body& body) const {
    parallelism.forEach(parts_.numParts(), [&](int64_t part) {
      for (int64_t i = parts_.begins[static_cast<size_t>(part)]; i < parts_.begins[static_cast<size_t>(part) + 1]; ++i) {
        body(static_cast<int32_t>(parts_.keys[i]), parts_.rows[i]);
      }
    });
  }

  /// The numbers of keys in order of their first rows. Gives up what it was made from.
  class Numbers {
   public:
    /// The number of a row's key, or -1 if it has none.
    int32_t operator[](int64_t row) const { return ~complements_[row]; }

   private:
    friend class FirstRows;
    PoolArray<int32_t> complements_;  // see number()
  };
  Numbers number(MemoryPool& pool, const Parallelism& parallelism) &&;

 private:
  // A part of the table of so many slots lies in the L2 cache; with more parts than that, sorting rows would miss the translation buffers.
  static constexpr int kPartSlotBits = 14;
  static constexpr int64_t kMaxParts = 256;
  static constexpr int64_t kPrefetchDistance = 16;

  RowParts<int64_t> parts_;  // once inserted, the first row takes the place of the key
  int64_t numKeys_ = 0;
};

template <typename Slots>
FirstRows FirstRows::insert(const Slots& slots, const int64_t* keys, int64_t numRows, MemoryPool& pool, const Parallelism& parallelism) {
  constexpr int64_t kBlock = RowParts<int64_t>::kBlockRows;
  const int64_t numSlots = slots.numSlots();
  const int64_t numParts = std::clamp(numSlots >> kPartSlotBits, int64_t{1}, kMaxParts);
  const int64_t partSlots = numSlots / numParts;
  const int slotShift = 64 - std::countr_zero(static_cast<uint64_t>(numSlots));
  const int partBits = std::countr_zero(static_cast<uint64_t>(partSlots));
  FirstRows result;
  result.parts_ = RowParts<int64_t>::sort(
      numRows, numParts,
      [&](int64_t begin, int64_t count, int64_t* blockKeys, uint32_t* parts) {
        uint64_t hashes[kBlock];
        std::copy_n(keys + begin, count, blockKeys);
        slots.mix(blockKeys, count, hashes);
        for (int64_t i = 0; i < count; ++i) {
          parts[i] = blockKeys[i] == kNoKey ? static_cast<uint32_t>(numParts) : static_cast<uint32_t>(hashes[i] >> slotShift >> partBits);
        }
      },
      pool, parallelism);
  int64_t* const positions = result.parts_.keys.data();
  int32_t* const rows = result.parts_.rows.data();
  const std::vector<int64_t>& begins = result.parts_.begins;

  struct Deferred {
    int64_t first = 0;  // position
    int64_t count = 0;
  };
  std::vector<Deferred> deferred(static_cast<size_t>(numParts));
  std::vector<int64_t> numKeys(static_cast<size_t>(numParts));
  parallelism.forEach(numParts, [&](int64_t part) {
    const int64_t slotEnd = (part + 1) * partSlots;
    slots.clear(part * partSlots, slotEnd);
    const int64_t positionEnd = begins[static_cast<size_t>(part) + 1];
    Deferred waiting;
    int64_t numFirst = 0;
    uint64_t hashes[kBlock];
    for (int64_t begin = begins[static_cast<size_t>(part)]; begin < positionEnd; begin += kBlock) {
      const int64_t count = std::min(kBlock, positionEnd - begin);
      slots.mix(positions + begin, count, hashes);
      for (int64_t i = 0; i < count; ++i) {
        slots.prefetch(static_cast<int64_t>(hashes[std::min(i + kPrefetchDistance, count - 1)] >> slotShift));
        const int32_t row = rows[begin + i];
        const int32_t first = slots.insert(static_cast<int64_t>(hashes[i] >> slotShift), slotEnd, positions[begin + i], hashes[i], row);
        if (first == kNoRoom) {
          waiting.first = waiting.count++ == 0 ? begin + i : waiting.first;
          rows[begin + i] = ~row;
          continue;
        }
        positions[begin + i] = first;
        numFirst += first == row ? 1 : 0;
      }
    }
    deferred[static_cast<size_t>(part)] = waiting;
    numKeys[static_cast<size_t>(part)] = numFirst;
  });

  for (size_t part = 0; part < deferred.size(); ++part) {
    const int64_t next = static_cast<int64_t>(part + 1) * partSlots % numSlots;
    int64_t position = deferred[part].first;
    for (int64_t left = deferred[part].count; left > 0; ++position) {
      if (rows[position] >= 0) {
        continue;
      }
      --left;
      const int32_t row = ~rows[position];
      const int64_t key = positions[position];
      uint64_t hash = 0;
      slots.mix(&key, 1, &hash);
      int32_t first = slots.insert(next, numSlots, key, hash, row);
      first = first == kNoRoom ? slots.insert(0, next, key, hash, row) : first;
      rows[position] = row;
      positions[position] = first;
      numKeys[part] += first == row ? 1 : 0;
    }
    result.numKeys_ += numKeys[part];
  }
  return result;
}

}  // namespace inferf
