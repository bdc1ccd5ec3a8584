#include "kernel/KeyHash.h"

#include <algorithm>

#include "kernel/KeyInputs.h"
#include "kernel/StringTable.h"

namespace inferf {

namespace {

/// Finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014): every input bit reaches every output bit.
uint64_t mix(uint64_t value) {
  value ^= value >> 30;
  value *= 0xbf58476d1ce4e5b9ULL;
  value ^= value >> 27;
  value *= 0x94d049bb133111ebULL;
  value ^= value >> 31;
  return value;
}

constexpr uint64_t kNullSeed = 0x9e3779b97f4a7c15ULL;

/// Adds a column to the hashes of the columns before it.
template <typename HashOf>
void combineColumn(const KeyInput& input, int64_t numRows, uint64_t* hashes, HashOf hashOf) {
  const Column& column = *input.column;
  for (int64_t i = 0; i < numRows; ++i) {
    const int64_t row = input.rows == nullptr ? i : input.rows[i];
    const bool isNull = row == column.length || column.isNull(row);
    hashes[i] = mix(hashes[i] + (isNull ? kNullSeed * static_cast<uint64_t>(i + 1) : hashOf(row)));
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
