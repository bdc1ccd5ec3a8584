#include "base/Parallelism.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "base/ThreadArena.h"
#include "support/ExpectError.h"

namespace inferf {
namespace {

TEST(ParallelismTest, CallsOncePerNumberOnAnyNumberOfThreads) {
  const CancellationToken cancellation;
  for (const int32_t numThreads : {1, 2, 4}) {
    ThreadArena arena(numThreads);
    arena.arena().execute([&] {
      const Parallelism parallelism(cancellation);
      EXPECT_EQ(parallelism.isParallel(), numThreads > 1);
      std::vector<std::atomic<int>> calls(1000);
      parallelism.forEach(1000, [&](int64_t i) { ++calls[static_cast<size_t>(i)]; });
      for (const std::atomic<int>& count : calls) {
        EXPECT_EQ(count.load(), 1);
      }
    });
  }
}

TEST(ParallelismTest, ChunksCoverAllRows) {
  constexpr int64_t kChunk = Parallelism::kChunkRows;
  for (const int64_t numRows : {int64_t{0}, int64_t{1}, kChunk - 1, kChunk, kChunk + 1, 3 * kChunk + 5}) {
    std::vector<int> calls(static_cast<size_t>(numRows));
    int64_t numChunks = 0;
    Parallelism().forEachChunk(numRows, [&](int64_t chunk, int64_t begin, int64_t end) {
      EXPECT_EQ(chunk, numChunks++);
      for (int64_t row = begin; row < end; ++row) {
        ++calls[static_cast<size_t>(row)];
      }
    });
    EXPECT_EQ(numChunks, Parallelism::numChunks(numRows));
    EXPECT_EQ(calls, std::vector<int>(static_cast<size_t>(numRows), 1));
  }
}

TEST(ParallelismTest, StopsWhenCancelledOrAtAnError) {
  for (const int32_t numThreads : {1, 3}) {
    ThreadArena arena(numThreads);
    arena.arena().execute([&] {
      CancellationToken cancellation;
      std::atomic<int> numCalls{0};
      test::expectError(INFERF_ERROR_CANCELLED, "cancelled", [&] {
        Parallelism(cancellation).forEach(100'000, [&](int64_t) {
          ++numCalls;
          cancellation.cancel();
        });
      });
      EXPECT_LE(numCalls.load(), numThreads);
      const CancellationToken running;
      EXPECT_THROW(Parallelism(running).forEach(100, [](int64_t i) {
        if (i == 37) {
          throw std::runtime_error("a body's own");
        }
      }),
                   std::runtime_error);
    });
  }
}

}  // namespace
}  // namespace inferf
