#pragma once

#include <cstdint>
#include <span>

#include "base/MemoryPool.h"
#include "base/Parallelism.h"
#include "kernel/CodeTable.h"

namespace inferf {

/// Finds the build rows of a key code. A small range of codes is an array indexed by the code, any other a hash table. Keys found unique
/// during the build lead to the row itself, others to a group of rows in build order. Immutable after build(); any thread may look up.
class JoinIndex {
 public:
  static constexpr int32_t kMissing = -1;

  JoinIndex() = default;

  /// Indexes rows 0 … numRows - 1 by `codes`, which lie in [0, range) or are kMissing for rows that match nothing. The same index for any number of
  /// threads.
  static JoinIndex build(const int64_t* codes, int64_t numRows, uint64_t range, MemoryPool& pool, const Parallelism& parallelism = {});

  /// True if no two rows share a code: lookup() then yields rows, otherwise groups.
  bool isUnique() const { return unique_; }
  /// Distinct codes of rows that match something.
  int64_t numKeys() const { return numKeys_; }
  /// True if codes index an array directly.
  bool isDense() const { return dense_; }
  /// Bytes held.
  int64_t bytes() const { return rowOfCode_.bytes() + groupBegins_.bytes() + rows_.bytes() + table_.bytes(); }

  /// For each code the matching row (unique keys) or group (duplicate keys), or kMissing. Codes must come from the same encoder.
  void lookup(const int64_t* codes, int64_t numCodes, int32_t* matches) const;

  /// The rows of a group that lookup() returned, in build order. Duplicate keys only.
  std::span<const int32_t> rows(int32_t group) const {
    const int32_t begin = groupBegins_[group];
    return {rows_.data() + begin, static_cast<size_t>(groupBegins_[group + 1] - begin)};
  }

 private:
  void buildDense(const int64_t* codes, int64_t numRows, MemoryPool& pool, const Parallelism& parallelism);
  /// Writes each row to its code's place in rowOfCode_; false, with any contents, if two rows share a code.
  bool placeRows(const int64_t* codes, int64_t numRows);
  bool placeRows(const int64_t* codes, int64_t numRows, MemoryPool& pool, const Parallelism& parallelism);
  void buildHashed(const int64_t* codes, int64_t numRows, MemoryPool& pool);
  void buildHashed(const int64_t* codes, int64_t numRows, MemoryPool& pool, const Parallelism& parallelism);
  /// Numbers groups by their first rows, to which the table leads, and replaces those by the numbers.
  void buildGroups(const FirstRows& firstRows, int64_t numRows, MemoryPool& pool, const Parallelism& parallelism);
  /// Counting sort of the rows by group: `groupOf` yields a row's group or a negative number.
  template <typename GroupOf>
  void buildGroups(const GroupOf& groupOf, int64_t numRows, int64_t numGroups, MemoryPool& pool, const Parallelism& parallelism);
  template <typename GroupOf>
  void fillGroups(const GroupOf& groupOf, int64_t numRows, int64_t numGroups, MemoryPool& pool);
  /// Sorts by ranges of groups first, so that each range is counted and filled by one thread, in the cache.
  template <typename GroupOf>
  void fillGroups(const GroupOf& groupOf, int64_t numRows, int64_t numGroups, MemoryPool& pool, const Parallelism& parallelism);

  bool unique_ = true;
  bool dense_ = true;
  int64_t numKeys_ = 0;
  uint64_t range_ = 0;
  PoolArray<int32_t> rowOfCode_;    // dense and unique
  PoolArray<int32_t> groupBegins_;  // duplicates: where a group begins in rows_; one more than groups
  PoolArray<int32_t> rows_;         // duplicates
  CodeTable table_;                 // not dense: code to row or group
};

}  // namespace inferf
