#include "exec/RowPartitioner.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <bit>
#include <mutex>
#include <utility>

#include "base/Error.h"
#include "column/Bitmap.h"
#include "column/Concatenate.h"
#include "exec/Morsel.h"
#include "exec/RowSet.h"
#include "kernel/KeyHash.h"

namespace inferf {

namespace {

constexpr int kPartShift = 64 - std::countr_zero(kHashParts);
static_assert(std::has_single_bit(kHashParts));

/// Rows of a run at most: a bound for batches of few bytes a row.
constexpr int64_t kMaxRunRows = int64_t{1} << 20;

int64_t bytesOf(const Column& column) {
  int64_t bytes = column.nullCount > 0 ? bitmapBytes(column.length) : 0;
  switch (column.type.id) {
    case TypeId::kNull:
      return bytes;
    case TypeId::kBool:
      return bytes + bitmapBytes(column.length);
    case TypeId::kString: {
      const auto* offsets = static_cast<const int32_t*>(column.offsets) + column.offset;
      return bytes + column.length * static_cast<int64_t>(sizeof(int32_t)) + (column.length == 0 ? 0 : offsets[column.length] - offsets[0]);
    }
    case TypeId::kLargeString: {
      const auto* offsets = static_cast<const int64_t*>(column.offsets) + column.offset;
      return bytes + column.length * static_cast<int64_t>(sizeof(int64_t)) + (column.length == 0 ? 0 : offsets[column.length] - offsets[0]);
    }
    default:
      return bytes + column.length * column.type.byteWidth;
  }
}

}  // namespace

int64_t bytesOf(const Batch& batch) {
  int64_t bytes = 0;
  for (const Column& column : batch.columns) {
    bytes += bytesOf(column);
  }
  return bytes;
}

RowPartitioner::RowPartitioner(SpilledRows& target, std::vector<Key> keys, std::string table, std::shared_ptr<MemoryPool> pool,
                               const CancellationToken& cancellation)
    : target_(target), keys_(std::move(keys)), table_(std::move(table)), pool_(std::move(pool)), cancellation_(cancellation) {}

/// Cuts what a source yields into runs.
class RowPartitioner::RunSource {
 public:
  RunSource(const Source& source, int64_t runBytes, const CancellationToken& cancellation)
      : source_(source), runBytes_(runBytes), cancellation_(cancellation) {}

  /// The batches of the next run; none at the end. Any thread.
  std::vector<Batch> take() {
    const std::lock_guard lock(mutex_);
    std::vector<Batch> batches;
    int64_t numBytes = 0;
    int64_t numRows = 0;
    while (!ended_ && numBytes < runBytes_ && numRows < kMaxRunRows) {
      cancellation_.check();
      if (const int64_t left = large_.numRows - largeBegin_; left > 0) {
        const int64_t count = std::min({left, largeRows_, kMaxRunRows - numRows});
        batches.push_back(sliceRows(large_, largeBegin_, count));
        largeBegin_ += count;
      } else if (std::optional<Batch> batch = source_(); !batch.has_value()) {
        ended_ = true;
        continue;
      } else if (const int64_t bytes = bytesOf(*batch); bytes > runBytes_ || batch->numRows > kMaxRunRows) {
        largeRows_ = std::max<int64_t>(1, std::min(kMaxRunRows, static_cast<int64_t>(static_cast<double>(batch->numRows) *
                                                                                     static_cast<double>(runBytes_) / static_cast<double>(bytes + 1))));
        large_ = std::move(*batch);
        largeBegin_ = 0;
        continue;
      } else if (batch->numRows > 0) {
        batches.push_back(std::move(*batch));
      } else {
        continue;
      }
      numBytes += bytesOf(batches.back());
      numRows += batches.back().numRows;
    }
    return batches;
  }

  /// Makes take() yield nothing any more.
  void stop() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }

 private:
  const Source& source_;
  const int64_t runBytes_;
  const CancellationToken& cancellation_;
  std::mutex mutex_;  // guards what follows
  bool ended_ = false;
  Batch large_;  // being cut into runs
  int64_t largeBegin_ = 0;
  int64_t largeRows_ = 0;
};

void RowPartitioner::writeAll(const Source& source, int64_t runBytes, int32_t numThreads,
                              const std::function<std::shared_ptr<void>()>& mark) {
  RunSource runs(source, runBytes, cancellation_);
  tbb::parallel_for(
      tbb::blocked_range<int32_t>(0, std::max(numThreads, 1), 1),
      [&](const tbb::blocked_range<int32_t>&) {
        try {
          const std::shared_ptr<void> held = mark();
          for (std::vector<Batch> batches = runs.take(); !batches.empty(); batches = runs.take()) {
            write(std::move(batches));
          }
        } catch (...) {
          runs.stop();  // for the other threads; TBB throws it again in the calling one
          throw;
        }
      },
      tbb::simple_partitioner{});
}

Batch RowPartitioner::join(std::vector<Batch> batches) const {
  if (batches.size() == 1) {
    return std::move(batches.front());
  }
  Batch joined;
  for (const Batch& batch : batches) {
    joined.numRows += batch.numRows;
  }
  for (size_t column = 0; column < batches.front().columns.size(); ++column) {
    std::vector<Column> parts;
    ColumnType type = batches.front().columns[column].type;
    for (Batch& batch : batches) {
      type = batch.columns[column].type.listLength > type.listLength ? batch.columns[column].type : type;
      parts.push_back(std::move(batch.columns[column]));
    }
    joined.columns.push_back(concatenate(parts, type, table_, pool_));
  }
  return joined;
}

void RowPartitioner::write(std::vector<Batch> batches) {
  const Batch rows = join(std::move(batches));
  INFERF_USER_CHECK(rows.numRows <= RowSet::kMaxRows, INFERF_ERROR_UNSUPPORTED, "A record batch has too many rows to be moved to disk. Table: '",
                    table_, "', rows: ", rows.numRows);
  PoolArray<uint32_t> partitions(*pool_, rows.numRows);
  std::fill(partitions.begin(), partitions.end(), uint32_t{0});
  {
    PoolArray<uint64_t> hashes(*pool_, rows.numRows);
    for (const Key& key : keys_) {
      std::vector<KeyInput> inputs;
      for (const uint32_t column : key.columns) {
        inputs.push_back({&rows.columns[column], nullptr});
      }
      hashKeys(inputs, rows.numRows, hashes.data());
      for (int64_t i = 0; i < rows.numRows; ++i) {
        partitions[i] += key.partitionOfPart[hashes[i] >> kPartShift];
      }
    }
  }
  // Counting sort.
  std::vector<int64_t> begins(target_.sizes().size() + 1);
  for (const uint32_t partition : partitions) {
    ++begins[partition + 1];
  }
  for (size_t partition = 1; partition < begins.size(); ++partition) {
    begins[partition] += begins[partition - 1];
  }
  PoolArray<int32_t> order(*pool_, rows.numRows);
  std::vector<int64_t> next(begins.begin(), begins.end() - 1);
  for (int64_t i = 0; i < rows.numRows; ++i) {
    order[next[partitions[i]]++] = static_cast<int32_t>(i);
  }
  cancellation_.check();
  std::vector<OutputVector> sorted;
  for (const Column& column : rows.columns) {
    sorted.push_back(gatherColumn(column, order.data(), rows.numRows, table_, *pool_));
  }
  target_.append(sorted, begins);
}

}  // namespace inferf
