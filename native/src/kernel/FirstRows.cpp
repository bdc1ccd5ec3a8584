#include "kernel/FirstRows.h"

#include <limits>
#include <utility>

namespace inferf {

namespace {
// No row has this number.
constexpr int32_t kNoFirst = std::numeric_limits<int32_t>::max();
// The complement of -1.
constexpr int32_t kNoNumber = 0;
}  // namespace

FirstRows::Numbers FirstRows::number(MemoryPool& pool, const Parallelism& parallelism) && {
  const int64_t numRows = parts_.rows.size();
  Numbers result;
  result.complements_ = PoolArray<int32_t>(pool, numRows);
  // By row: at first the first row with the same key, which is never negative; in the end the complement of the key's number, which is negative unless
  // there is no key. So both can be told apart in one array while rows look up what their first row has become.
  int32_t* const byRow = result.complements_.data();
  {
    const RowParts<int64_t> parts = std::move(parts_);
    parallelism.forEachChunk(numRows, [&](int64_t, int64_t begin, int64_t end) {
      const int64_t endIndexed = std::clamp(parts.numRows(), begin, end);
      for (int64_t position = begin; position < endIndexed; ++position) {
        byRow[parts.rows[position]] = static_cast<int32_t>(parts.keys[position]);
      }
      for (int64_t position = endIndexed; position < end; ++position) {
        byRow[parts.rows[position]] = kNoFirst;
      }
    });
  }
  if (!parallelism.isParallel()) {
    int32_t number = 0;
    for (int64_t row = 0; row < numRows; ++row) {
      const int32_t first = byRow[row];
      byRow[row] = first == row ? ~number++ : first == kNoFirst ? kNoNumber : byRow[first];
    }
    return result;
  }
  PoolArray<int32_t> numbers(pool, Parallelism::numChunks(numRows));  // by chunk: first rows in it, then before it
  parallelism.forEachChunk(numRows, [&](int64_t chunk, int64_t begin, int64_t end) {
    int32_t numFirst = 0;
    for (int64_t row = begin; row < end; ++row) {
      numFirst += byRow[row] == row ? 1 : 0;
    }
    numbers[chunk] = numFirst;
  });
  int32_t before = 0;
  for (int32_t& number : numbers) {
    before += std::exchange(number, before);
  }
  parallelism.forEachChunk(numRows, [&](int64_t chunk, int64_t begin, int64_t end) {
    int32_t number = numbers[chunk];
    for (int64_t row = begin; row < end; ++row) {
      if (byRow[row] == row) {
        byRow[row] = ~number++;
      }
    }
  });
  parallelism.forEachChunk(numRows, [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      if (const int32_t first = byRow[row]; first >= 0) {
        byRow[row] = first == kNoFirst ? kNoNumber : byRow[first];
      }
    }
  });
  return result;
}

}  // namespace inferf
