#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/MemoryPool.h"
#include "base/Parallelism.h"

namespace inferf {

/// Rows 0 … n - 1 sorted by part, in ascending order within each, with a key of each: what lets a part be worked on by one thread, in the cache.
template <typename Key>
struct RowParts {
  static constexpr int64_t kBlockRows = 512;

  PoolArray<int32_t> rows;      // by position
  PoolArray<Key> keys;          // by position
  std::vector<int64_t> begins;  // positions where parts begin; the last: where those rows begin that are in none

  int64_t numParts() const { return static_cast<int64_t>(begins.size()) - 1; }
  /// Rows that are in a part.
  int64_t numRows() const { return begins.back(); }

  /// One counting sort. `describe(begin, count, keys, parts)` writes keys and parts, in [0, numParts) or numParts for none, of at most kBlockRows
  /// rows from `begin` on; it is called twice for each row.
  template <typename Describe>
  static RowParts sort(int64_t numRows, int64_t numParts, const Describe& describe, MemoryPool& pool, const Parallelism& parallelism) {
    // Few chunks: each has a count of every part.
    const int64_t chunkRows = std::max<int64_t>(kMinChunkRows, (numRows + kMaxChunks - 1) / kMaxChunks);
    const int64_t numChunks = (numRows + chunkRows - 1) / chunkRows;
    const int64_t numCounts = numParts + 1;
    PoolArray<int32_t> next(pool, numChunks * numCounts);
    const auto forEachBlock = [&](const auto& body) {
      parallelism.forEach(numChunks, [&](int64_t chunk) {
        Key blockKeys[kBlockRows];
        uint32_t parts[kBlockRows];
        const int64_t end = std::min(numRows, (chunk + 1) * chunkRows);
        for (int64_t begin = chunk * chunkRows; begin < end; begin += kBlockRows) {
          const int64_t count = std::min(kBlockRows, end - begin);
          describe(begin, count, blockKeys, parts);
          body(next.data() + chunk * numCounts, begin, count, blockKeys, parts);
        }
      });
    };
    std::fill(next.begin(), next.end(), 0);
    forEachBlock([](int32_t* counts, int64_t, int64_t count, const Key*, const uint32_t* parts) {
      for (int64_t i = 0; i < count; ++i) {
        ++counts[parts[i]];
      }
    });
    RowParts sorted;
    sorted.begins.resize(static_cast<size_t>(numCounts));
    int32_t begin = 0;
    for (int64_t part = 0; part < numCounts; ++part) {
      sorted.begins[static_cast<size_t>(part)] = begin;
      for (int64_t chunk = 0; chunk < numChunks; ++chunk) {
        int32_t& count = next[chunk * numCounts + part];
        const int32_t rowsOfChunk = count;
        count = begin;
        begin += rowsOfChunk;
      }
    }
    sorted.rows = PoolArray<int32_t>(pool, numRows);
    sorted.keys = PoolArray<Key>(pool, numRows);
    forEachBlock([&sorted](int32_t* positions, int64_t firstRow, int64_t count, const Key* blockKeys, const uint32_t* parts) {
      int32_t* rows = sorted.rows.data();
      Key* keys = sorted.keys.data();
      for (int64_t i = 0; i < count; ++i) {
        const int32_t position = positions[parts[i]]++;
        rows[position] = static_cast<int32_t>(firstRow + i);
        keys[position] = blockKeys[i];
      }
    });
    return sorted;
  }

 private:
  static constexpr int64_t kMinChunkRows = int64_t{1} << 14;
  static constexpr int64_t kMaxChunks = 256;
};

}  // namespace inferf
