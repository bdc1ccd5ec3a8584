#include "exec/ResultQueue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace inferf {
namespace {

/// A batch that tells its number by its length.
ArrowHandle<ArrowArray> batchOf(int64_t number) {
  ArrowArray array{};
  array.length = number;
  array.release = [](ArrowArray* self) { self->release = nullptr; };
  return ArrowHandle<ArrowArray>(array);
}

std::vector<int64_t> readAll(ResultQueue& queue) {
  std::vector<int64_t> numbers;
  ArrowArray batch{};
  while (queue.pop(&batch)) {
    numbers.push_back(batch.length);
    batch.release(&batch);
  }
  return numbers;
}

TEST(ResultQueueTest, batchesComeInTheOrderOfTheirTokens) {
  ResultQueue queue;
  EXPECT_TRUE(queue.push(1, batchOf(10)));
  queue.complete(1);
  EXPECT_TRUE(queue.push(0, batchOf(1)));
  EXPECT_TRUE(queue.push(0, batchOf(2)));
  queue.complete(0);
  queue.close();
  EXPECT_EQ(readAll(queue), (std::vector<int64_t>{1, 2, 10}));
}

TEST(ResultQueueTest, tokensThatAreAheadWaitForTheReaderHoweverManyTheyAre) {
  ResultQueue queue;
  queue.setNumWorkers(1);
  std::atomic<int64_t> pushed{0};
  // One batch per token, none of them of the first: no token has many, all together do.
  std::thread worker([&] {
    for (int64_t token = 1; token <= 1000; ++token) {
      if (!queue.push(token, batchOf(token))) {
        return;
      }
      ++pushed;
      queue.complete(token);
    }
  });
  int64_t before = -1;
  for (int same = 0; same < 2000; ++same) {
    std::this_thread::yield();
    if (const int64_t now = pushed.load(); now != before) {
      before = now;
      same = 0;
    }
  }
  EXPECT_LT(before, 1000);
  queue.complete(0);  // nothing of the first token: the others may go on
  std::thread closer([&] {
    worker.join();
    queue.close();
  });
  const std::vector<int64_t> numbers = readAll(queue);
  closer.join();
  ASSERT_EQ(numbers.size(), 1000U);
  EXPECT_EQ(numbers.front(), 1);
  EXPECT_EQ(numbers.back(), 1000);
}

TEST(ResultQueueTest, aFailureLetsWaitingWorkersGo) {
  ResultQueue queue;
  queue.setNumWorkers(1);
  std::thread worker([&] {
    int64_t token = 1;
    while (queue.push(token, batchOf(token))) {
      queue.complete(token++);
    }
  });
  queue.fail(std::make_exception_ptr(std::runtime_error("broken")));
  worker.join();
  ArrowArray batch{};
  EXPECT_THROW(queue.pop(&batch), std::runtime_error);
}

}  // namespace
}  // namespace inferf
