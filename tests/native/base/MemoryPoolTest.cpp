#include "base/MemoryPool.h"

#include <gtest/gtest.h>

#include "support/ExpectError.h"

namespace inferf {
namespace {

TEST(MemoryPoolTest, CountsRoundedBytesAndRemembersThePeak) {
  MemoryPool pool;
  {
    PoolArray<uint8_t> small(pool, 1);
    EXPECT_EQ(pool.bytesInUse(), 64);
    PoolArray<double> large(pool, 100);
    EXPECT_EQ(pool.bytesInUse(), 64 + 832);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(large.data()) % MemoryPool::kAlignment, 0u);
  }
  EXPECT_EQ(pool.bytesInUse(), 0);
  EXPECT_EQ(pool.bytesPeak(), 64 + 832);
}

TEST(MemoryPoolTest, MovedArraysAreReleasedOnce) {
  MemoryPool pool;
  PoolArray<int32_t> first(pool, 10);
  PoolArray<int32_t> second(std::move(first));
  first = std::move(second);
  second = PoolArray<int32_t>();
  EXPECT_EQ(first.size(), 10);
  first = PoolArray<int32_t>();
  EXPECT_EQ(pool.bytesInUse(), 0);
}

TEST(MemoryPoolTest, EnforcesTheLimitAndStaysUsable) {
  MemoryPool pool(128);
  PoolArray<uint8_t> held(pool, 64);
  test::expectError(INFERF_ERROR_MEMORY_LIMIT, "Limit: 128", [&] { PoolArray<uint8_t> tooMuch(pool, 65); });
  EXPECT_EQ(pool.bytesInUse(), 64);
  EXPECT_NO_THROW(PoolArray<uint8_t>(pool, 64));
}

TEST(MemoryPoolTest, RejectsImpossibleSizes) {
  MemoryPool pool;
  test::expectError(INFERF_ERROR_MEMORY_LIMIT, "too large", [&] { pool.allocate(-1); });
  test::expectError(INFERF_ERROR_MEMORY_LIMIT, "too large", [&] { pool.allocate(INT64_MAX); });
  EXPECT_EQ(pool.allocate(0), nullptr);
}

TEST(MemoryPoolTest, FailsTheRequestedAllocationOnce) {
  MemoryPool pool;
  pool.failAllocation(2);
  EXPECT_NO_THROW(PoolArray<uint8_t>(pool, 1));
  test::expectError(INFERF_ERROR_MEMORY_LIMIT, "by a test", [&] { PoolArray<uint8_t> failed(pool, 1); });
  EXPECT_NO_THROW(PoolArray<uint8_t>(pool, 1));
  EXPECT_EQ(pool.bytesInUse(), 0);
}

}  // namespace
}  // namespace inferf
