#include "column/Bitmap.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace inferf {
namespace {

TEST(BitmapTest, AgreesWithBitByBitOnRandomRanges) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    const auto numBits = static_cast<int64_t>(random() % 300);
    const auto from = static_cast<int64_t>(random() % 20);
    const auto to = static_cast<int64_t>(random() % 20);
    std::vector<uint8_t> source(static_cast<size_t>(bitmapBytes(from + numBits)));
    std::vector<uint8_t> target(static_cast<size_t>(bitmapBytes(to + numBits) + 1));
    for (uint8_t& byte : source) {
      byte = static_cast<uint8_t>(random());
    }
    for (uint8_t& byte : target) {
      byte = static_cast<uint8_t>(random());
    }
    const std::vector<uint8_t> before = target;
    copyBits(source.data(), from, numBits, target.data(), to);
    int64_t ones = 0;
    for (int64_t i = 0; i < static_cast<int64_t>(target.size()) * 8; ++i) {
      const bool inside = i >= to && i < to + numBits;
      const bool expected = inside ? bitAt(source.data(), from + i - to) : bitAt(before.data(), i);
      ASSERT_EQ(bitAt(target.data(), i), expected) << "round " << round << ", bit " << i;
      ones += inside && expected ? 1 : 0;
    }
    ASSERT_EQ(countSetBits(source.data(), from, numBits), ones) << "round " << round;
    fillBits(target.data(), to, numBits);
    ASSERT_EQ(countSetBits(target.data(), to, numBits), numBits) << "round " << round;
    for (int64_t i = 0; i < to; ++i) {
      ASSERT_EQ(bitAt(target.data(), i), bitAt(before.data(), i));
    }
  }
}

}  // namespace
}  // namespace inferf
