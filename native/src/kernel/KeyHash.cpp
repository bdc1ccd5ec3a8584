#include "kernel/KeyHash.h"

#include <algorithm>

#include "kernel/MixBits.h"
#include "kernel/StringTable.h"

namespace inferf {

namespace {

constexpr uint64_t kNullSeed = 0x9e3779b97f4a7c15ULL;

/// Adds a column to the hashes of the columns before it.
template <typename ValueOf>
void combineColumn(const KeyInput& input, int64_t numRows, uint64_t* hashes, ValueOf valueOf) {
  constexpr int64_t kBlock = 256;
  uint64_t values[kBlock];
  for (int64_t begin = 0; begin < numRows; begin += kBlock) {
    const int64_t count = std::min(kBlock, numRows - begin);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t place = begin + i;
      values[i] = input.isNullAt(place) ? kNullSeed * static_cast<uint64_t>(place + 1) : valueOf(input.rowAt(place));
    }
    mixHashes(values, count, hashes + begin);
  }
}

}  // namespace

void hashKeys(std::span<const KeyInput> keys, int64_t numRows, uint64_t* hashes) {
  std::fill_n(hashes, numRows, uint64_t{0});
  for (const KeyInput& key : keys) {
    const Column& column = *key.column;
    if (column.type.id == TypeId::kString || column.type.id == TypeId::kLargeString) {
      combineColumn(key, numRows, hashes, [&](int64_t row) { return StringTable::hash(column.stringAt(row)); });
    } else if (column.type.id == TypeId::kNull) {
      combineColumn(key, numRows, hashes, [](int64_t) { return uint64_t{0}; });
    } else {
      visitIntegers(column, [&](const auto& reader) {
        // Values that two integer types can both hold have the same 64 bits.
        combineColumn(key, numRows, hashes, [&](int64_t row) { return static_cast<uint64_t>(reader[row]); });
      });
    }
  }
}

}  // namespace inferf
