#include "kernel/JoinIndex.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <numeric>
#include <utility>
#include <vector>

#include "kernel/FirstRows.h"
#include "kernel/RowParts.h"

namespace inferf {

namespace {
// An array of this many codes always pays: it stays in the L2 cache.
constexpr uint64_t kSmallRange = uint64_t{1} << 16;
// Beyond that, an array may take as much memory as the hash table would: 16-byte slots at a load of at most one half.
constexpr uint64_t kMaxCodesPerRow = 4;
constexpr uint64_t kMaxDenseRange = (uint64_t{1} << 31) - 2;
// Rows are sorted by ranges of groups that these high bits number, which is as many parts as the translation buffers bear.
constexpr int kGroupPartBits = 8;

/// Fewer rows are not worth waking threads for.
bool spreads(int64_t numRows, const Parallelism& parallelism) {
  constexpr int64_t kMinRows = int64_t{1} << 16;
  return parallelism.isParallel() && numRows >= kMinRows;
}
}  // namespace

JoinIndex JoinIndex::build(const int64_t* codes, int64_t numRows, uint64_t range, MemoryPool& pool, const Parallelism& parallelism) {
  JoinIndex index;
  index.range_ = range;
  index.dense_ = range <= kMaxDenseRange &&
                 range <= std::max(kMaxCodesPerRow * static_cast<uint64_t>(numRows), kSmallRange);
  if (index.dense_) {
    index.buildDense(codes, numRows, pool, parallelism);
  } else if (numRows < FirstRows::kMinRows) {
    index.buildHashed(codes, numRows, pool);
  } else {
    index.buildHashed(codes, numRows, pool, parallelism);
  }
  return index;
}

void JoinIndex::buildDense(const int64_t* codes, int64_t numRows, MemoryPool& pool, const Parallelism& parallelism) {
  rowOfCode_ = PoolArray<int32_t>(pool, static_cast<int64_t>(range_));
  unique_ = spreads(numRows, parallelism) ? placeRows(codes, numRows, pool, parallelism) : placeRows(codes, numRows);
  if (unique_) {
    return;
  }
  rowOfCode_ = PoolArray<int32_t>();
  buildGroups([codes](int64_t row) { return codes[row]; }, numRows, static_cast<int64_t>(range_), pool, parallelism);
}

bool JoinIndex::placeRows(const int64_t* codes, int64_t numRows) {
  std::fill(rowOfCode_.begin(), rowOfCode_.end(), kMissing);
  for (int64_t row = 0; row < numRows; ++row) {
    const int64_t code = codes[row];
    if (code < 0) {
      continue;
    }
    if (rowOfCode_[code] != kMissing) {
      return false;
    }
    rowOfCode_[code] = static_cast<int32_t>(row);
    ++numKeys_;
  }
  return true;
}

bool JoinIndex::placeRows(const int64_t* codes, int64_t numRows, MemoryPool& pool, const Parallelism& parallelism) {
  parallelism.forEachChunk(rowOfCode_.size(), [this](int64_t, int64_t begin, int64_t end) {
    std::fill(rowOfCode_.data() + begin, rowOfCode_.data() + end, kMissing);
  });
  // Rows that share a code may both find its place free, and one overwrites the other: then there are fewer taken places than rows.
  std::atomic<bool> isRepeated{false};
  PoolArray<int32_t> numPlaced(pool, Parallelism::numChunks(numRows));
  parallelism.forEachChunk(numRows, [&](int64_t chunk, int64_t begin, int64_t end) {
    int32_t count = 0;
    for (int64_t row = isRepeated.load(std::memory_order_relaxed) ? end : begin; row < end; ++row) {
      const int64_t code = codes[row];
      if (code < 0) {
        continue;
      }
      const std::atomic_ref<int32_t> place(rowOfCode_[code]);
      if (place.load(std::memory_order_relaxed) != kMissing) {
        isRepeated.store(true, std::memory_order_relaxed);
        return;
      }
      place.store(static_cast<int32_t>(row), std::memory_order_relaxed);
      ++count;
    }
    numPlaced[chunk] = count;
  });
  if (isRepeated.load(std::memory_order_relaxed)) {
    return false;
  }
  PoolArray<int32_t> numTaken(pool, Parallelism::numChunks(rowOfCode_.size()));
  parallelism.forEachChunk(rowOfCode_.size(), [&](int64_t chunk, int64_t begin, int64_t end) {
    int32_t count = 0;
    for (int64_t code = begin; code < end; ++code) {
      count += rowOfCode_[code] != kMissing ? 1 : 0;
    }
    numTaken[chunk] = count;
  });
  numKeys_ = std::accumulate(numTaken.begin(), numTaken.end(), int64_t{0});
  return numKeys_ == std::accumulate(numPlaced.begin(), numPlaced.end(), int64_t{0});
}

void JoinIndex::buildHashed(const int64_t* codes, int64_t numRows, MemoryPool& pool) {
  table_ = CodeTable(pool, numRows);
  PoolArray<int32_t> groupOfRow(pool, numRows);
  PoolArray<int32_t> firstRow(pool, numRows);
  for (int64_t row = 0; row < numRows; ++row) {
    if (codes[row] < 0) {
      groupOfRow[row] = kMissing;
      continue;
    }
    const int32_t numBefore = table_.size();
    const int32_t group = table_.insert(codes[row]);
    groupOfRow[row] = group;
    if (group == numBefore) {
      firstRow[group] = static_cast<int32_t>(row);
    } else {
      unique_ = false;
    }
  }
  numKeys_ = table_.size();
  if (unique_) {
    table_.replaceValues([&firstRow](int32_t group) { return firstRow[group]; }, {});
  } else {
    buildGroups([&groupOfRow](int64_t row) { return groupOfRow[row]; }, numRows, table_.size(), pool, {});
  }
}

void JoinIndex::buildHashed(const int64_t* codes, int64_t numRows, MemoryPool& pool, const Parallelism& parallelism) {
  auto [table, firstRows] = CodeTable::ofRows(codes, numRows, pool, parallelism);
  table_ = std::move(table);
  numKeys_ = table_.size();
  unique_ = firstRows.isUnique();
  if (!unique_) {
    buildGroups(firstRows, numRows, pool, parallelism);
  }
}

void JoinIndex::buildGroups(const FirstRows& firstRows, int64_t numRows, MemoryPool& pool, const Parallelism& parallelism) {
  groupBegins_ = PoolArray<int32_t>(pool, numKeys_ + 1);
  rows_ = PoolArray<int32_t>(pool, firstRows.numIndexed());
  // By first row: how many rows its group has, then the group's number.
  PoolArray<int32_t> groups(pool, numRows);
  parallelism.forEachChunk(numRows, [&](int64_t, int64_t begin, int64_t end) { std::fill(groups.data() + begin, groups.data() + end, 0); });
  firstRows.forEachRow(parallelism, [&groups](int32_t first, int32_t) { ++groups[first]; });
  struct Before {
    int32_t numGroups;
    int32_t numRows;
  };
  PoolArray<Before> chunks(pool, Parallelism::numChunks(numRows));
  parallelism.forEachChunk(numRows, [&](int64_t chunk, int64_t begin, int64_t end) {
    Before within{0, 0};
    for (int64_t row = begin; row < end; ++row) {
      within.numGroups += groups[row] > 0 ? 1 : 0;
      within.numRows += groups[row];
    }
    chunks[chunk] = within;
  });
  Before before{0, 0};
  for (Before& chunk : chunks) {
    const Before within = std::exchange(chunk, before);
    before = {before.numGroups + within.numGroups, before.numRows + within.numRows};
  }
  groupBegins_[0] = 0;
  int32_t* const next = groupBegins_.data() + 1;  // as below
  parallelism.forEachChunk(numRows, [&](int64_t chunk, int64_t begin, int64_t end) {
    auto [group, position] = chunks[chunk];
    for (int64_t row = begin; row < end; ++row) {
      if (groups[row] > 0) {
        next[group] = position;
        position += std::exchange(groups[row], group);
        ++group;
      }
    }
  });
  table_.replaceValues([&groups](int32_t first) { return groups[first]; }, parallelism);
  firstRows.forEachRow(parallelism, [&](int32_t first, int32_t row) { rows_[next[groups[first]]++] = row; });
}

template <typename GroupOf>
void JoinIndex::buildGroups(const GroupOf& groupOf, int64_t numRows, int64_t numGroups, MemoryPool& pool, const Parallelism& parallelism) {
  groupBegins_ = PoolArray<int32_t>(pool, numGroups + 1);
  groupBegins_[0] = 0;
  if (spreads(numRows, parallelism)) {
    fillGroups(groupOf, numRows, numGroups, pool, parallelism);
  } else {
    fillGroups(groupOf, numRows, numGroups, pool);
  }
}

template <typename GroupOf>
void JoinIndex::fillGroups(const GroupOf& groupOf, int64_t numRows, int64_t numGroups, MemoryPool& pool) {
  // next[g] first counts group g, then says where its next row goes. Once all rows are placed it is the end of g, which is the beginning
  // of g + 1: next[g] is groupBegins_[g + 1].
  std::fill(groupBegins_.begin(), groupBegins_.end(), 0);
  int32_t* next = groupBegins_.data() + 1;
  int64_t numIndexed = 0;
  for (int64_t row = 0; row < numRows; ++row) {
    const int64_t group = groupOf(row);
    if (group >= 0) {
      ++next[group];
      ++numIndexed;
    }
  }
  int32_t begin = 0;
  numKeys_ = 0;
  for (int64_t group = 0; group < numGroups; ++group) {
    const int32_t count = next[group];
    numKeys_ += count > 0 ? 1 : 0;
    next[group] = begin;
    begin += count;
  }
  rows_ = PoolArray<int32_t>(pool, numIndexed);
  for (int64_t row = 0; row < numRows; ++row) {
    const int64_t group = groupOf(row);
    if (group >= 0) {
      rows_[next[group]++] = static_cast<int32_t>(row);
    }
  }
}

template <typename GroupOf>
void JoinIndex::fillGroups(const GroupOf& groupOf, int64_t numRows, int64_t numGroups, MemoryPool& pool, const Parallelism& parallelism) {
  const int bits = std::max(static_cast<int>(std::bit_width(static_cast<uint64_t>(numGroups))) - kGroupPartBits, 0);
  const int64_t numParts = ((numGroups - 1) >> bits) + 1;
  const RowParts<int32_t> parts = RowParts<int32_t>::sort(
      numRows, numParts,
      [&](int64_t begin, int64_t count, int32_t* groups, uint32_t* partOfRow) {
        for (int64_t i = 0; i < count; ++i) {
          const int64_t group = groupOf(begin + i);
          groups[i] = static_cast<int32_t>(group);
          partOfRow[i] = static_cast<uint32_t>(group < 0 ? numParts : group >> bits);
        }
      },
      pool, parallelism);
  rows_ = PoolArray<int32_t>(pool, parts.numRows());
  std::vector<int64_t> numKeys(static_cast<size_t>(numParts));
  parallelism.forEach(numParts, [&](int64_t part) {
    // As above: the rows of a part's groups are where the part's rows are.
    int32_t* const next = groupBegins_.data() + 1;
    const int64_t firstGroup = part << bits;
    const int64_t endGroup = std::min(numGroups, (part + 1) << bits);
    const int64_t firstPosition = parts.begins[static_cast<size_t>(part)];
    const int64_t endPosition = parts.begins[static_cast<size_t>(part) + 1];
    std::fill(next + firstGroup, next + endGroup, 0);
    for (int64_t i = firstPosition; i < endPosition; ++i) {
      ++next[parts.keys[i]];
    }
    auto begin = static_cast<int32_t>(firstPosition);
    int64_t numFilled = 0;
    for (int64_t group = firstGroup; group < endGroup; ++group) {
      numFilled += next[group] > 0 ? 1 : 0;
      begin += std::exchange(next[group], begin);
    }
    for (int64_t i = firstPosition; i < endPosition; ++i) {
      rows_[next[parts.keys[i]]++] = parts.rows[i];
    }
    numKeys[static_cast<size_t>(part)] = numFilled;
  });
  numKeys_ = std::accumulate(numKeys.begin(), numKeys.end(), int64_t{0});
}

void JoinIndex::lookup(const int64_t* codes, int64_t numCodes, int32_t* matches) const {
  if (!dense_) {
    table_.find(codes, numCodes, matches);
    return;
  }
  if (unique_) {
    const int32_t* rowOfCode = rowOfCode_.data();
    for (int64_t i = 0; i < numCodes; ++i) {
      matches[i] = codes[i] < 0 ? kMissing : rowOfCode[codes[i]];
    }
    return;
  }
  const int32_t* begins = groupBegins_.data();
  for (int64_t i = 0; i < numCodes; ++i) {
    const int64_t code = codes[i];
    matches[i] = code < 0 || begins[code] == begins[code + 1] ? kMissing : static_cast<int32_t>(code);
  }
}

}  // namespace inferf
