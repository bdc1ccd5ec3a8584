#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/Cancellation.h"
#include "base/MemoryPool.h"
#include "base/TemporaryFile.h"
#include "column/ArrowBridge.h"

namespace inferf {

/// Rows of a table in a temporary file, found by partition.
///
/// The file is a sequence of runs. A run is a batch whose rows have been sorted by partition: its buffers lie one after the other, as they are in
/// memory, so that the rows of neighbouring partitions are one range of every buffer. What is where stays in memory. Runs may be appended by several
/// threads at a time; reading begins when all of them are there.
class SpilledRows {
 public:
  /// Rows [begin, end) of a run.
  struct Segment {
    size_t run;
    int64_t begin;
    int64_t end;
    int64_t numRows() const { return end - begin; }
  };
  struct Size {
    int64_t numRows = 0;
    int64_t numBytes = 0;  // of the buffers that hold them
  };

  /// Creates the file. `table` is for messages. Throws SOURCE.
  SpilledRows(const std::string& directory, std::string table, size_t numPartitions);

  /// Appends a run: rows [begins[p], begins[p + 1]) belong to partition p. Throws SOURCE.
  void append(const std::vector<OutputVector>& columns, const std::vector<int64_t>& begins);

  /// Rows of each partition.
  const std::vector<Size>& sizes() const { return sizes_; }
  /// Where the rows of partitions [first, last) are.
  std::vector<Segment> segments(size_t first, size_t last) const;
  /// Bytes written so far.
  int64_t numBytes() const { return numBytes_.load(std::memory_order_relaxed); }

  /// Reads rows, in the order of `segments`, into memory of the pool. `types` are the final ones: runs that were written before the length of a list
  /// was known hold NULLs. nullptr: the longest that the segments' runs have. Any thread. Throws SOURCE, CANCELLED, MEMORY_LIMIT, UNSUPPORTED.
  Batch read(std::span<const Segment> segments, const std::vector<ColumnType>* types, const std::shared_ptr<MemoryPool>& pool,
             const CancellationToken& cancellation) const;

 private:
  /// Where the buffers of a column of a run begin in the file; kAbsent: there is none.
  struct ColumnPlace {
    static constexpr int64_t kAbsent = -1;
    ColumnType type;
    int64_t validity = kAbsent;
    int64_t data = kAbsent;
    int64_t offsets = kAbsent;
    int64_t elementValidity = kAbsent;
  };
  struct Run {
    std::vector<ColumnPlace> columns;
    std::vector<int64_t> begins;
  };
  class ColumnReading;

  int64_t write(const PoolArray<uint8_t>& buffer, int64_t& offset);
  ColumnType typeOf(std::span<const Segment> segments, size_t column) const;

  const std::string table_;
  TemporaryFile file_;
  std::atomic<int64_t> numBytes_{0};
  std::mutex mutex_;  // guards what follows while runs are appended
  std::vector<Run> runs_;
  std::vector<Size> sizes_;
};

}  // namespace inferf
