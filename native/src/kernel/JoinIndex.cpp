#include "kernel/JoinIndex.h"

#include <algorithm>

namespace inferf {

namespace {
// An array of this many codes always pays: it stays in the L2 cache.
constexpr uint64_t kSmallRange = uint64_t{1} << 16;
// Beyond that, an array may take as much memory as the hash table would: 16-byte slots at a load of at most one half.
constexpr uint64_t kMaxCodesPerRow = 4;
constexpr uint64_t kMaxDenseRange = (uint64_t{1} << 31) - 2;
}  // namespace

JoinIndex JoinIndex::build(const int64_t* codes, int64_t numRows, uint64_t range, MemoryPool& pool) {
  JoinIndex index;
  index.range_ = range;
  index.dense_ = range <= kMaxDenseRange &&
                 range <= std::max(kMaxCodesPerRow * static_cast<uint64_t>(numRows), kSmallRange);
  if (index.dense_) {
    index.buildDense(codes, numRows, pool);
  } else {
    index.buildHashed(codes, numRows, pool);
  }
  return index;
}

void JoinIndex::buildDense(const int64_t* codes, int64_t numRows, MemoryPool& pool) {
  rowOfCode_ = PoolArray<int32_t>(pool, static_cast<int64_t>(range_));
  std::fill(rowOfCode_.begin(), rowOfCode_.end(), kMissing);
  for (int64_t row = 0; row < numRows; ++row) {
    const int64_t code = codes[row];
    if (code < 0) {
      continue;
    }
    if (rowOfCode_[code] != kMissing) {
      unique_ = false;
      break;
    }
    rowOfCode_[code] = static_cast<int32_t>(row);
    ++numKeys_;
  }
  if (!unique_) {
    rowOfCode_ = PoolArray<int32_t>();
    buildGroups([codes](int64_t row) { return codes[row]; }, numRows, static_cast<int64_t>(range_), pool);
  }
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
    table_.replaceValues(firstRow.data());
  } else {
    buildGroups([&groupOfRow](int64_t row) { return groupOfRow[row]; }, numRows, table_.size(), pool);
  }
}

template <typename GroupOf>
void JoinIndex::buildGroups(GroupOf groupOf, int64_t numRows, int64_t numGroups, MemoryPool& pool) {
  // next[g] first counts group g, then says where its next row goes. Once all rows are placed it is the end of g, which is the beginning
  // of g + 1: next[g] is groupBegins_[g + 1].
  groupBegins_ = PoolArray<int32_t>(pool, numGroups + 1);
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
