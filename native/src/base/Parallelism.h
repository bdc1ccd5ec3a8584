#pragma once

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstdint>

#include "base/Cancellation.h"

namespace inferf {

/// How a function may spread its loops: over the calling thread's TBB arena or not at all, and until the run is cancelled.
class Parallelism {
 public:
  /// Everything on the calling thread, to its end.
  Parallelism() = default;
  /// On all threads of the arena that the calling thread is in.
  explicit Parallelism(const CancellationToken& cancellation)
      : numThreads_(tbb::this_task_arena::max_concurrency()), cancellation_(&cancellation) {}

  /// True if there is more than one thread.
  bool isParallel() const { return numThreads_ > 1; }

  /// Calls body(i) for each i in [0, count), in any order, at the same time where there are threads; in ascending order otherwise. Throws CANCELLED
  /// before the next call if the run is cancelled, and what a call throws.
  template <typename Body>
  void forEach(int64_t count, const Body& body) const {
    if (!isParallel() || count < 2) {
      for (int64_t i = 0; i < count; ++i) {
        checkCancelled();
        body(i);
      }
      return;
    }
    tbb::parallel_for(
        tbb::blocked_range<int64_t>(0, count, 1),
        [&](const tbb::blocked_range<int64_t>& range) {
          for (int64_t i = range.begin(); i < range.end(); ++i) {
            checkCancelled();
            body(i);
          }
        },
        tbb::simple_partitioner{});
  }

  /// Rows that one call of forEachChunk() works on: a few times what a call costs, little enough for the L2 cache.
  static constexpr int64_t kChunkRows = int64_t{1} << 14;
  /// Chunks of so many rows.
  static constexpr int64_t numChunks(int64_t numRows) { return (numRows + kChunkRows - 1) / kChunkRows; }

  /// forEach() over the chunks of numRows rows: body(chunk, begin, end).
  template <typename Body>
  void forEachChunk(int64_t numRows, const Body& body) const {
    forEach(numChunks(numRows), [&](int64_t chunk) { body(chunk, chunk * kChunkRows, std::min(numRows, (chunk + 1) * kChunkRows)); });
  }

 private:
  void checkCancelled() const {
    if (cancellation_ != nullptr) {
      cancellation_->check();
    }
  }

  int32_t numThreads_ = 1;
  const CancellationToken* cancellation_ = nullptr;
};

}  // namespace inferf
