#include "kernel/StringTable.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>

namespace inferf {

StringTable::StringTable(MemoryPool& pool, int64_t maxStrings) {
  const uint64_t capacity = std::bit_ceil(static_cast<uint64_t>(std::max<int64_t>(maxStrings, 8)) * 2);
  slots_ = PoolArray<Slot>(pool, static_cast<int64_t>(capacity));
  std::fill(slots_.begin(), slots_.end(), Slot{0, kMissing});
  strings_ = PoolArray<std::string_view>(pool, std::max<int64_t>(maxStrings, 1));
  mask_ = capacity - 1;
}

uint64_t StringTable::hash(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

int32_t StringTable::insert(std::string_view text) {
  const uint64_t hashed = hash(text);
  const auto tag = static_cast<uint32_t>(hashed >> 32);
  uint64_t slot = hashed & mask_;
  while (true) {
    Slot& entry = slots_[static_cast<int64_t>(slot)];
    if (entry.code == kMissing) {
      entry = Slot{tag, size_};
      strings_[size_] = text;
      return size_++;
    }
    if (entry.tag == tag && strings_[entry.code] == text) {
      return entry.code;
    }
    slot = (slot + 1) & mask_;
  }
}

int32_t StringTable::find(std::string_view text, uint64_t hashed) const {
  if (slots_.empty()) {
    return kMissing;
  }
  const auto tag = static_cast<uint32_t>(hashed >> 32);
  uint64_t slot = hashed & mask_;
  while (true) {
    const Slot& entry = slots_[static_cast<int64_t>(slot)];
    if (entry.code == kMissing) {
      return kMissing;
    }
    if (entry.tag == tag && strings_[entry.code] == text) {
      return entry.code;
    }
    slot = (slot + 1) & mask_;
  }
}

}  // namespace inferf
