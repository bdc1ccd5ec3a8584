#include "kernel/MixBits.h"

#include <gtest/gtest.h>

#include <bit>
#include <random>
#include <vector>

namespace inferf {
namespace {

/// Every length up to a few vectors, so that the rest after whole vectors is met as well.
TEST(MixBitsTest, blocksHaveTheBitsOfSingleValues) {
  std::mt19937_64 random(1);
  for (size_t count = 0; count < 70; ++count) {
    SCOPED_TRACE(count);
    std::vector<int64_t> codes(count);
    std::vector<uint64_t> values(count);
    std::vector<uint64_t> before(count);
    for (size_t i = 0; i < count; ++i) {
      codes[i] = static_cast<int64_t>(i % 4 == 0 ? ~random() >> 60 : random()) * (i % 3 == 0 ? -1 : 1);
      values[i] = random();
      before[i] = i % 5 == 0 ? 0 : random();
    }
    std::vector<uint64_t> mixed(count);
    mixCodes(codes.data(), static_cast<int64_t>(count), mixed.data());
    std::vector<uint64_t> hashes = before;
    mixHashes(values.data(), static_cast<int64_t>(count), hashes.data());
    for (size_t i = 0; i < count; ++i) {
      EXPECT_EQ(mixed[i], mixCode(codes[i]));
      EXPECT_EQ(hashes[i], mixHash(before[i] + values[i]));
    }
  }
}

TEST(MixBitsTest, inAndOutputMayBeTheSameMemory) {
  std::vector<uint64_t> values{1, 2, 3, 4, 5, 6, 7, 8, 9};
  mixHashes(values.data(), static_cast<int64_t>(values.size()), values.data());
  for (uint64_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(values[i], mixHash(2 * (i + 1)));
  }
}

/// Tables take the high bits of one mixer among keys that share the high bits of the other.
TEST(MixBitsTest, oneMixerSpreadsWhatTheOtherHasChosen) {
  std::vector<int> counts(64);
  int numChosen = 0;
  for (int64_t key = 0; numChosen < 6400; ++key) {
    if (mixHash(static_cast<uint64_t>(key)) >> 58 == 0) {
      ++counts[mixCode(key) >> 58];
      ++numChosen;
    }
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, 100, 50);
  }
}

TEST(MixBitsTest, everyInputBitReachesTheHighestBits) {
  for (int bit = 0; bit < 64; ++bit) {
    int numFlipsOfCode = 0;
    int numFlipsOfHash = 0;
    for (uint64_t key = 0; key < 100; ++key) {
      const uint64_t other = key ^ uint64_t{1} << bit;
      numFlipsOfCode += std::popcount((mixCode(static_cast<int64_t>(key)) ^ mixCode(static_cast<int64_t>(other))) >> 54);
      numFlipsOfHash += std::popcount((mixHash(key) ^ mixHash(other)) >> 54);
    }
    EXPECT_NEAR(numFlipsOfCode, 500, 150) << bit;
    EXPECT_NEAR(numFlipsOfHash, 500, 150) << bit;
  }
}

}  // namespace
}  // namespace inferf
