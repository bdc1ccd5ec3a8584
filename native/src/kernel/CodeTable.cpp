#include "kernel/CodeTable.h"

#include <algorithm>
#include <bit>

namespace inferf {

namespace {
// Keys whose slots are requested from memory before the first of them is compared: enough to cover the latency of DRAM, few enough for
// the line fill buffers.
constexpr int64_t kBlock = 32;
}  // namespace

CodeTable::CodeTable(MemoryPool& pool, int64_t maxKeys) {
  const uint64_t capacity = std::bit_ceil(static_cast<uint64_t>(std::max<int64_t>(maxKeys, 8)) * 2);
  slots_ = PoolArray<Slot>(pool, static_cast<int64_t>(capacity));
  std::fill(slots_.begin(), slots_.end(), Slot{0, kMissing});
  mask_ = capacity - 1;
}

int32_t CodeTable::insert(int64_t key) {
  uint64_t slot = mix(static_cast<uint64_t>(key)) & mask_;
  while (true) {
    Slot& entry = slots_[static_cast<int64_t>(slot)];
    if (entry.value == kMissing) {
      entry = Slot{key, size_};
      return size_++;
    }
    if (entry.key == key) {
      return entry.value;
    }
    slot = (slot + 1) & mask_;
  }
}

int32_t CodeTable::findFrom(uint64_t slot, int64_t key) const {
  while (true) {
    const Slot& entry = slots_[static_cast<int64_t>(slot)];
    if (entry.value == kMissing || entry.key == key) {
      return entry.value;
    }
    slot = (slot + 1) & mask_;
  }
}

int32_t CodeTable::find(int64_t key) const {
  return slots_.empty() ? kMissing : findFrom(mix(static_cast<uint64_t>(key)) & mask_, key);
}

template <typename V>
void CodeTable::find(const int64_t* keys, int64_t numKeys, V* values) const {
  if (slots_.empty()) {
    std::fill(values, values + numKeys, V{kMissing});
    return;
  }
  uint64_t positions[kBlock];
  for (int64_t begin = 0; begin < numKeys; begin += kBlock) {
    const int64_t count = std::min(kBlock, numKeys - begin);
    for (int64_t i = 0; i < count; ++i) {
      positions[i] = mix(static_cast<uint64_t>(keys[begin + i])) & mask_;
      __builtin_prefetch(&slots_[static_cast<int64_t>(positions[i])]);
    }
    for (int64_t i = 0; i < count; ++i) {
      values[begin + i] = findFrom(positions[i], keys[begin + i]);
    }
  }
}

template void CodeTable::find<int32_t>(const int64_t*, int64_t, int32_t*) const;
template void CodeTable::find<int64_t>(const int64_t*, int64_t, int64_t*) const;

void CodeTable::replaceValues(const int32_t* replacements) {
  for (Slot& slot : slots_) {
    if (slot.value != kMissing) {
      slot.value = replacements[slot.value];
    }
  }
}

}  // namespace inferf
