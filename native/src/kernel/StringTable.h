#pragma once

#include <cstdint>
#include <string_view>

#include "base/MemoryPool.h"

namespace inferf {

/// Interns strings: maps each distinct byte string to a dense code in order of first insertion. Hash collisions are told apart by a full
/// comparison. The bytes are not copied: they must outlive the table.
class StringTable {
 public:
  static constexpr int32_t kMissing = -1;

  StringTable() = default;
  /// Room for up to `maxStrings` distinct strings; it never grows.
  StringTable(MemoryPool& pool, int64_t maxStrings);

  /// Returns the code of `text`, which is size() - 1 afterwards if it is new.
  int32_t insert(std::string_view text);

  /// 64-bit hash (XXH3) that find() takes.
  static uint64_t hash(std::string_view text);

  /// Requests the slot of a hash from memory ahead of find().
  void prefetch(uint64_t hash) const {
    if (!slots_.empty()) {
      __builtin_prefetch(&slots_[static_cast<int64_t>(hash & mask_)]);
    }
  }

  /// The code of `text`, whose hash is `hash`, or kMissing.
  int32_t find(std::string_view text, uint64_t hash) const;

  int32_t size() const { return size_; }
  /// Bytes held, without those of the strings.
  int64_t bytes() const { return slots_.bytes() + strings_.bytes(); }

 private:
  struct Slot {
    uint32_t tag;  // high half of the hash: rejects most collisions without touching the string
    int32_t code;  // kMissing: the slot is free
  };

  PoolArray<Slot> slots_;
  PoolArray<std::string_view> strings_;  // by code
  uint64_t mask_ = 0;
  int32_t size_ = 0;
};

}  // namespace inferf
