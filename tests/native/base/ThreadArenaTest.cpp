#include "base/ThreadArena.h"

#include <gtest/gtest.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>

#include <atomic>

#include "support/ExpectError.h"

namespace inferf {
namespace {

TEST(ThreadArenaTest, HasAsManySlotsAsAskedFor) {
  EXPECT_EQ(ThreadArena(3).arena().max_concurrency(), 3);
  EXPECT_EQ(ThreadArena(0).numThreads(), tbb::info::default_concurrency());
}

TEST(ThreadArenaTest, RunsParallelLoops) {
  ThreadArena arena(4);
  std::atomic<int64_t> sum{0};
  arena.arena().execute([&] { tbb::parallel_for(0, 1000, [&](int i) { sum += i; }); });
  EXPECT_EQ(sum.load(), 499500);
}

TEST(ThreadArenaTest, RejectsImpossibleNumbers) {
  test::expectError(INFERF_ERROR_INVALID_ARGUMENT, "between 0 and", [] { ThreadArena arena(-1); });
  test::expectError(INFERF_ERROR_INVALID_ARGUMENT, "between 0 and", [] { ThreadArena arena(ThreadArena::kMaxThreads + 1); });
}

}  // namespace
}  // namespace inferf
