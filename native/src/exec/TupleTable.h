#pragma once

#include <cstdint>

#include "base/MemoryPool.h"
#include "kernel/CodeTable.h"

namespace inferf {

/// Numbers the tuples that one worker meets, in order of first appearance: an array where their codes are few, otherwise a hash table.
class TupleTable {
 public:
  /// Codes up to this many index an array: 4 MB.
  static constexpr int64_t kMaxDirectCodes = int64_t{1} << 20;

  TupleTable() = default;
  /// For codes below `numCodes`. Remembers up to `maxTuples` tuples. Throws EngineError MEMORY_LIMIT.
  TupleTable(MemoryPool& pool, int64_t numCodes, int64_t maxTuples);

  /// Makes it remember up to `maxTuples` tuples, more than before. Unchanged if it throws.
  void grow(MemoryPool& pool, int64_t maxTuples);

  /// Finds the number of each code, below size(). Rows with new codes are listed in `newRows`, and the i-th of them has number size() + i, as of before
  /// the call: the numbers beyond maxTuples are of this call alone, and the same code may have several. Returns how many rows are listed.
  int64_t number(const int64_t* codes, int64_t numRows, int32_t* numbers, int32_t* newRows);

  /// Tuples remembered.
  int64_t size() const { return size_; }
  int64_t maxTuples() const { return maxTuples_; }
  int64_t bytes() const { return direct_.bytes() + hashed_.bytes() + codes_.bytes(); }

  /// About what a table for so many codes and tuples takes.
  static int64_t bytesFor(int64_t numCodes, int64_t maxTuples);

 private:
  static constexpr int32_t kUnknown = -1;

  int64_t size_ = 0;
  int64_t maxTuples_ = 0;
  PoolArray<int32_t> direct_;  // by code
  CodeTable hashed_;
  PoolArray<int64_t> codes_;   // of tuples, by number: to fill a larger hash table with
};

}  // namespace inferf
