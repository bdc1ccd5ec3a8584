#include "kernel/Elementwise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/Error.h"

namespace inferf {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

template <typename T>
std::vector<T> binary(BinaryOperation operation, std::vector<T> left, int64_t leftWidth, std::vector<T> right, int64_t rightWidth) {
  const int64_t width = std::max(leftWidth, rightWidth);
  const auto numRows = static_cast<int64_t>(left.size()) / leftWidth;
  std::vector<T> out(static_cast<size_t>(numRows * width));
  applyBinary(operation, Matrix<const T>{left.data(), leftWidth, leftWidth}, Matrix<const T>{right.data(), rightWidth, rightWidth},
              Matrix<T>{out.data(), width, width}, numRows);
  return out;
}

TEST(ElementwiseTest, BinaryBroadcastsEitherSide) {
  EXPECT_EQ((binary<float>(BinaryOperation::kSubtract, {1, 2, 3, 4}, 2, {10, 20, 30, 40}, 2)), (std::vector<float>{-9, -18, -27, -36}));
  EXPECT_EQ((binary<float>(BinaryOperation::kSubtract, {1, 2}, 1, {10, 20, 30, 40}, 2)), (std::vector<float>{-9, -19, -28, -38}));
  EXPECT_EQ((binary<double>(BinaryOperation::kDivide, {10, 20, 30, 40}, 2, {2, 4}, 1)), (std::vector<double>{5, 10, 7.5, 10}));
  EXPECT_EQ((binary<float>(BinaryOperation::kMultiply, {3, 4}, 1, {5, 6}, 1)), (std::vector<float>{15, 24}));
}

TEST(ElementwiseTest, BinaryBroadcastsAConstantOverRows) {
  const std::vector<float> x = {1, 2, 3, 4};
  const std::vector<float> constant = {10, 100};
  std::vector<float> out(4);
  applyBinary(BinaryOperation::kDivide, Matrix<const float>{constant.data(), 0, 2}, Matrix<const float>{x.data(), 2, 2},
              Matrix<float>{out.data(), 2, 2}, 2);
  EXPECT_EQ(out, (std::vector<float>{10, 50, 10.0f / 3.0f, 25}));
}

TEST(ElementwiseTest, IntegersWrapAndTruncate) {
  EXPECT_EQ((binary<int64_t>(BinaryOperation::kAdd, {kMax}, 1, {1}, 1)), (std::vector<int64_t>{kMin}));
  EXPECT_EQ((binary<int64_t>(BinaryOperation::kSubtract, {kMin}, 1, {1}, 1)), (std::vector<int64_t>{kMax}));
  EXPECT_EQ((binary<int64_t>(BinaryOperation::kMultiply, {kMax}, 1, {2}, 1)), (std::vector<int64_t>{-2}));
  EXPECT_EQ((binary<int64_t>(BinaryOperation::kDivide, {kMin, -7, 7}, 1, {-1, 2, -2}, 1)), (std::vector<int64_t>{kMin, -3, -3}));
}

TEST(ElementwiseTest, IntegerDivisionByZeroIsAnError) {
  try {
    binary<int64_t>(BinaryOperation::kDivide, {1, 5}, 1, {1, 0}, 1);
    FAIL();
  } catch (const EngineError& error) {
    EXPECT_EQ(error.code(), INFERF_ERROR_ARITHMETIC);
  }
  EXPECT_TRUE(std::isinf((binary<float>(BinaryOperation::kDivide, {1}, 1, {0}, 1))[0]));
}

template <typename From, typename To>
To cast(From x, IntegerWrap wrap = {}, bool toBoolean = false) {
  To y;
  applyCast(Matrix<const From>{&x, 1, 1}, Matrix<To>{&y, 1, 1}, 1, wrap, toBoolean);
  return y;
}

TEST(ElementwiseTest, CastTruncatesWrapsAndTests) {
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

TEST(ElementwiseTest, ImputeReplacesNanOrAValue) {
  const float nan = std::nanf("");
  const std::vector<float> x = {nan, 2, 3, nan, -1, nan};
  const std::vector<float> imputed = {10, 20, 30};
  std::vector<float> y(6);
  applyImpute(Matrix<const float>{x.data(), 3, 3}, Matrix<float>{y.data(), 3, 3}, 2, nan, imputed.data(), 1);
  EXPECT_EQ(y, (std::vector<float>{10, 2, 3, 10, -1, 30}));
  applyImpute(Matrix<const float>{y.data(), 3, 3}, Matrix<float>{y.data(), 3, 3}, 2, 10.0f, imputed.data() + 1, 0);
  EXPECT_EQ(y, (std::vector<float>{20, 2, 3, 20, -1, 30}));
  const std::vector<int64_t> integers = {5, 6};
  const int64_t replacement = 7;
  std::vector<int64_t> result(2);
  applyImpute(Matrix<const int64_t>{integers.data(), 1, 1}, Matrix<int64_t>{result.data(), 1, 1}, 2, int64_t{5}, &replacement, 0);
  EXPECT_EQ(result, (std::vector<int64_t>{7, 6}));
}

}  // namespace
}  // namespace inferf
