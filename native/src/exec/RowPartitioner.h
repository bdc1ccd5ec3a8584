#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/Cancellation.h"
#include "base/MemoryPool.h"
#include "column/Column.h"
#include "column/SpilledRows.h"

namespace inferf {

/// Parts that the hashes of a build side's keys are cut into. A run of neighbouring parts that fits into memory is loaded at a time, so there may be
/// many: their number costs only a few kilobytes per run of a file, and it bounds how far a build side may exceed the limit.
inline constexpr size_t kHashParts = 1024;

/// Bytes that the rows of a batch take, whoever holds them.
int64_t bytesOf(const Batch& batch);

/// Writes batches to a file of spilled rows, sorted by partition. Thread-safe.
class RowPartitioner {
 public:
  /// Columns that a row's partition depends on, and what each hash part adds to its number.
  struct Key {
    std::vector<uint32_t> columns;
    std::vector<uint32_t> partitionOfPart;  // kHashParts entries
  };
  /// Yields batches; nothing at the end. One thread at a time calls it.
  using Source = std::function<std::optional<Batch>()>;

  /// The partition of a row is the sum over the keys of what its hash parts add.
  RowPartitioner(SpilledRows& target, std::vector<Key> keys, std::string table, std::shared_ptr<MemoryPool> pool,
                 const CancellationToken& cancellation);

  /// Writes all that `source` yields, on up to `numThreads` threads of the calling thread's TBB arena, in runs of about `runBytes`. Each thread holds
  /// `mark`, what it yields, while it works. Throws the first failure.
  void writeAll(const Source& source, int64_t runBytes, int32_t numThreads, const std::function<std::shared_ptr<void>()>& mark);

 private:
  class RunSource;

  /// Writes one run.
  void write(std::vector<Batch> batches);
  Batch join(std::vector<Batch> batches) const;

  SpilledRows& target_;
  const std::vector<Key> keys_;
  const std::string table_;
  const std::shared_ptr<MemoryPool> pool_;
  const CancellationToken& cancellation_;
};

}  // namespace inferf
