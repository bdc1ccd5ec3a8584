#include "kernel/Cast.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include "support/ExpectError.h"

namespace inferf {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

template <typename From, typename To>
To cast(From x, IntegerWrap wrap = {}, bool toBoolean = false, bool argumentIsUnsigned = false) {
  To y;
  const CastRules rules{.wrap = wrap, .toBoolean = toBoolean, .argumentIsUnsigned = argumentIsUnsigned, .rounding = {}};
  applyCast(Matrix<const From>{&x, 1, 1}, Matrix<To>{&y, 1, 1}, 1, rules);
  return y;
}

TEST(CastTest, CastTruncatesWrapsAndTests) {
  EXPECT_EQ((cast<float, int64_t>(-2.9f)), -2);
  EXPECT_EQ((cast<double, int64_t>(2.9)), 2);
  EXPECT_EQ((cast<double, int64_t>(1e300)), kMin);
  EXPECT_EQ((cast<double, int64_t>(std::nan(""))), kMin);
  EXPECT_EQ((cast<double, int64_t>(-9223372036854775808.0)), kMin);
  EXPECT_EQ((cast<int64_t, int64_t>(300, {8, true})), 44);
  EXPECT_EQ((cast<int64_t, int64_t>(200, {8, false})), -56);
  EXPECT_EQ((cast<float, int64_t>(-1.0f, {16, true})), 65535);
  EXPECT_EQ((cast<int64_t, int64_t>(40000, {16, false})), 40000 - 65536);
  EXPECT_EQ((cast<int64_t, int64_t>(-1, {32, true})), 4294967295);
  EXPECT_EQ((cast<int64_t, int64_t>(4294967297, {32, false})), 1);
  EXPECT_EQ((cast<int64_t, float>(16777217)), 16777216.0f);
  EXPECT_EQ((cast<double, float>(0.1)), 0.1f);
  EXPECT_EQ((cast<float, int64_t>(0.3f, {}, true)), 1);
  EXPECT_EQ((cast<float, double>(-0.0f, {}, true)), 0);
  EXPECT_EQ((cast<float, int64_t>(std::nanf(""), {}, true)), 1);
}

TEST(CastTest, WrapsToFewBits) {
  EXPECT_EQ((cast<int64_t, int64_t>(3, {2, false})), -1);
  EXPECT_EQ((cast<int64_t, int64_t>(1, {2, false})), 1);
  EXPECT_EQ((cast<int64_t, int64_t>(7, {2, true})), 3);
  EXPECT_EQ((cast<int64_t, int64_t>(8, {4, false})), -8);
  EXPECT_EQ((cast<float, int64_t>(-1.0f, {4, true})), 15);
}

TEST(CastTest, Unsigned64BitIntegersAreTheirBits) {
  const IntegerWrap toUnsigned{0, true};
  EXPECT_EQ(static_cast<uint64_t>(cast<double, int64_t>(1.8e19, toUnsigned)), 18000000000000000000u);
  EXPECT_EQ((cast<double, int64_t>(-3.7, toUnsigned)), -3);
  EXPECT_EQ((cast<double, int64_t>(1e300, toUnsigned)), kMin);
  EXPECT_EQ((cast<float, int64_t>(12.9f, toUnsigned)), 12);
  EXPECT_EQ((cast<int64_t, double>(-1, {}, false, true)), 18446744073709551615.0);
  EXPECT_EQ((cast<int64_t, float>(-1, {}, false, true)), 0x1p64f);
  EXPECT_EQ((cast<int64_t, int64_t>(-1, {8, false}, false, true)), -1);
}

TEST(CastTest, ReadsNumbersFromText) {
  using std::string_view;
  EXPECT_EQ((cast<string_view, float>("3.25")), 3.25f);
  EXPECT_EQ((cast<string_view, double>(" +1e-5 ")), 1e-5);
  EXPECT_EQ((cast<string_view, double>("1E8")), 1e8);
  EXPECT_EQ((cast<string_view, float>("INF")), kInfinity);
  EXPECT_EQ((cast<string_view, float>("+inf")), kInfinity);
  EXPECT_EQ((cast<string_view, double>("-Infinity")), -double{kInfinity});
  EXPECT_TRUE(std::isnan(cast<string_view, float>("NaN")));
  EXPECT_EQ((cast<string_view, float>("1e60")), kInfinity);
  EXPECT_EQ((cast<string_view, float>("-1e-60")), 0.0f);
  EXPECT_EQ((cast<string_view, int64_t>("-9223372036854775808")), kMin);
  EXPECT_EQ((cast<string_view, int64_t>("9007199254740993")), 9007199254740993);
  EXPECT_EQ((cast<string_view, int64_t>("100.5")), 100);
  EXPECT_EQ((cast<string_view, int64_t>("300", {8, true})), 44);
  EXPECT_EQ(static_cast<uint64_t>(cast<string_view, int64_t>("18446744073709551615", {0, true})), ~uint64_t{0});
  EXPECT_EQ((cast<string_view, int64_t>("0.5", {}, true)), 1);
  for (const string_view bad : {"", " ", "abc", "1x", "1 2", "+-1", "0x10", "--1", "e5"}) {
    test::expectError(INFERF_ERROR_INVALID_DATA, "is none. Text: '", [&] { cast<string_view, float>(bad); });
    test::expectError(INFERF_ERROR_INVALID_DATA, "is none. Text: '", [&] { cast<string_view, int64_t>(bad); });
  }
}

float rounded(double x, FloatFormat format, bool saturates = true, ScaleRounding scale = ScaleRounding::kUp) {
  return roundToFormat(x, {.format = format, .saturates = saturates, .scale = scale});
}

TEST(FloatFormatTest, HalvesRoundToEven) {
  EXPECT_EQ(rounded(1 + 0x1p-11, FloatFormat::kFloat16), 1.0f);
  EXPECT_EQ(rounded(1 + 0x1.8p-10, FloatFormat::kFloat16), 1 + 0x1p-9f);
  EXPECT_EQ(rounded(1 + 0x1p-11 + 0x1p-40, FloatFormat::kFloat16), 1 + 0x1p-10f) << "rounded once, not by way of float";
  EXPECT_EQ(rounded(0x1p-24, FloatFormat::kFloat16), 0x1p-24f);
  EXPECT_EQ(rounded(0x1p-25, FloatFormat::kFloat16), 0.0f);
  EXPECT_EQ(rounded(65519, FloatFormat::kFloat16), 65504.0f);
  EXPECT_EQ(rounded(65520, FloatFormat::kFloat16), kInfinity);
  EXPECT_EQ(rounded(1.00390625, FloatFormat::kBfloat16), 1.0f);
  EXPECT_EQ(rounded(3.4e38, FloatFormat::kBfloat16), kInfinity);
  EXPECT_EQ(rounded(-0.0, FloatFormat::kFloat16), 0.0f);
  EXPECT_TRUE(std::signbit(rounded(-0.0, FloatFormat::kFloat16)));
}

/// The table of the ONNX operator Cast.
TEST(FloatFormatTest, Float8FollowsTheSpecification) {
  struct Case {
    FloatFormat format;
    float largest;
    bool hasInfinity;
    bool hasNegativeZero;
  };
  for (const Case& c : {Case{FloatFormat::kFloat8E4M3Fn, 448, false, true}, Case{FloatFormat::kFloat8E4M3Fnuz, 240, false, false},
                        Case{FloatFormat::kFloat8E5M2, 57344, true, true}, Case{FloatFormat::kFloat8E5M2Fnuz, 57344, false, false}}) {
    SCOPED_TRACE(static_cast<int>(c.format));
    EXPECT_TRUE(std::isnan(rounded(double{kNan}, c.format)));
    for (const double x : {1e6, double{kInfinity}}) {
      EXPECT_EQ(rounded(x, c.format), c.largest);
      EXPECT_EQ(rounded(-x, c.format), -c.largest);
      const float positive = rounded(x, c.format, false);
      const float negative = rounded(-x, c.format, false);
      if (c.hasInfinity) {
        EXPECT_EQ(positive, kInfinity);
        EXPECT_EQ(negative, -kInfinity);
      } else {
        EXPECT_TRUE(std::isnan(positive));
        EXPECT_TRUE(std::isnan(negative));
      }
    }
    EXPECT_EQ(std::signbit(rounded(-0.0, c.format)), c.hasNegativeZero);
    EXPECT_EQ(rounded(c.largest, c.format, false), c.largest);
    EXPECT_EQ(rounded(1.0, c.format), 1.0f);
  }
  EXPECT_EQ(rounded(1.0625, FloatFormat::kFloat8E4M3Fn), 1.0f);
  EXPECT_EQ(rounded(1.1875, FloatFormat::kFloat8E4M3Fn), 1.25f);
  EXPECT_EQ(rounded(464, FloatFormat::kFloat8E4M3Fn, false), 448.0f) << "the value rounded to the mantissa is compared";
  EXPECT_EQ(rounded(0x1p-9, FloatFormat::kFloat8E4M3Fn), 0x1p-9f);
  EXPECT_EQ(rounded(0x1p-10, FloatFormat::kFloat8E4M3Fn), 0.0f);
  EXPECT_EQ(rounded(0x1p-10, FloatFormat::kFloat8E4M3Fnuz), 0x1p-10f);
  EXPECT_EQ(rounded(0x1p-16, FloatFormat::kFloat8E5M2), 0x1p-16f);
}

/// The ONNX project's own case test_castlike_FLOAT16_to_FLOAT4E2M1, and all numbers of the format.
TEST(FloatFormatTest, Float4IsAsInTheOnnxTests) {
  const auto round = [](double x) { return rounded(x, FloatFormat::kFloat4E2M1, false); };
  for (const float x : {0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 6.0f}) {
    EXPECT_EQ(round(x), x);
    EXPECT_EQ(round(-x), -x);
  }
  EXPECT_EQ(round(0.48), 0.5f);
  EXPECT_EQ(round(0.25), 0.0f);
  EXPECT_EQ(round(1.05), 1.0f);
  EXPECT_EQ(round(-3.5), -4.0f);
  EXPECT_EQ(round(-8), -6.0f);
  EXPECT_EQ(round(double{kInfinity}), 6.0f);
  EXPECT_EQ(round(double{kNan}), 0.0f);
  EXPECT_TRUE(std::signbit(round(double{kNan})));
}

TEST(FloatFormatTest, ScalesArePowersOfTwo) {
  const auto scale = [](double x, bool saturates, ScaleRounding rounding) { return rounded(x, FloatFormat::kFloat8E8M0, saturates, rounding); };
  EXPECT_EQ(scale(1.1, true, ScaleRounding::kUp), 2.0f);
  EXPECT_EQ(scale(1.9, true, ScaleRounding::kDown), 1.0f);
  EXPECT_EQ(scale(1.5, true, ScaleRounding::kNearest), 2.0f);
  EXPECT_EQ(scale(1.49, true, ScaleRounding::kNearest), 1.0f);
  for (const ScaleRounding rounding : {ScaleRounding::kUp, ScaleRounding::kDown, ScaleRounding::kNearest}) {
    EXPECT_EQ(scale(4.0, true, rounding), 4.0f);
    EXPECT_EQ(scale(0.0, true, rounding), 0x1p-127f);
    EXPECT_EQ(scale(double{kInfinity}, true, rounding), 0x1p127f);
    EXPECT_EQ(scale(1e300, true, rounding), 0x1p127f);
    EXPECT_TRUE(std::isnan(scale(0.0, false, rounding)));
    EXPECT_TRUE(std::isnan(scale(double{kInfinity}, false, rounding)));
    EXPECT_TRUE(std::isnan(scale(double{kNan}, true, rounding)));
  }
}

}  // namespace
}  // namespace inferf
