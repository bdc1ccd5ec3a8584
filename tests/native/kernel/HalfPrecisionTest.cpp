#include "kernel/HalfPrecision.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace inferf {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(HalfPrecisionTest, EveryHalfSurvives) {
  for (uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const auto half = static_cast<Half>(bits);
    const float x = widenHalf(half);
    Half narrowed = 0;
    EXPECT_TRUE(narrowToHalf(&x, &narrowed, 1)) << bits;
    if (std::isnan(x)) {
      EXPECT_TRUE(std::isnan(widenHalf(narrowed))) << bits;
      EXPECT_TRUE(std::isnan(widenHalf(narrowToHalfScalar(x)))) << bits;
    } else {
      ASSERT_EQ(narrowed, half);
      ASSERT_EQ(narrowToHalfScalar(x), half);
    }
  }
}

TEST(HalfPrecisionTest, RoundsLikeTheSpecification) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> exponent(-30.0F, 15.9F);
  for (const int64_t count : {1, 3, 7, 8, 9, 31, 257}) {
    std::vector<float> in(static_cast<size_t>(count));
    for (float& x : in) {
      x = std::exp2(exponent(random)) * (random() % 2 == 0 ? 1.0F : -1.0F);
      // Also numbers that lie exactly between two halves.
      if (random() % 3 == 0) {
        const Half lower = narrowToHalfScalar(x) & 0x7BFE;
        x = (widenHalf(lower) + widenHalf(static_cast<Half>(lower + 1))) / 2;
      }
    }
    std::vector<Half> out(static_cast<size_t>(count) + 1, 0x1234);
    EXPECT_TRUE(narrowToHalf(in.data(), out.data(), count));
    EXPECT_EQ(out.back(), 0x1234) << "written beyond the end";
    for (size_t i = 0; i < in.size(); ++i) {
      ASSERT_EQ(out[i], narrowToHalfScalar(in[i])) << in[i];
      const float nearest = widenHalf(out[i]);
      ASSERT_LE(std::abs(nearest - in[i]), std::max(std::abs(in[i]) * 0x1p-11F, 0x1p-25F)) << in[i];
    }
  }
}

TEST(HalfPrecisionTest, TellsOverflowFromInfinity) {
  for (const int64_t count : {1, 8, 13}) {
    for (int64_t at = 0; at < count; ++at) {
      std::vector<float> in(static_cast<size_t>(count), 1.0F);
      std::vector<Half> out(static_cast<size_t>(count));
      for (const float fine : {65519.0F, -65519.0F, kInfinity, -kInfinity, std::nanf("")}) {
        in[static_cast<size_t>(at)] = fine;
        EXPECT_TRUE(narrowToHalf(in.data(), out.data(), count)) << fine;
      }
      for (const float large : {65520.0F, -65520.0F, std::numeric_limits<float>::max()}) {
        in[static_cast<size_t>(at)] = large;
        EXPECT_FALSE(narrowToHalf(in.data(), out.data(), count)) << large;
      }
    }
  }
}

}  // namespace
}  // namespace inferf
