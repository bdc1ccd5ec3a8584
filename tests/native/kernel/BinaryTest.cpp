#include "kernel/Binary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string_view>
#include <vector>

#include "base/Error.h"
#include "kernel/StridedRows.h"

namespace inferf {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

template <typename T>
std::vector<T> binary(BinaryOperation operation, std::vector<T> left, int64_t leftWidth, std::vector<T> right, int64_t rightWidth) {
  const int64_t width = std::max(leftWidth, rightWidth);
  const auto numRows = static_cast<int64_t>(left.size()) / leftWidth;
  std::vector<T> out(static_cast<size_t>(numRows * width));
  applyBinary<T>(operation, Matrix<const T>{left.data(), leftWidth, leftWidth}, Matrix<const T>{right.data(), rightWidth, rightWidth},
              Matrix<T>{out.data(), width, width}, numRows);
  return out;
}

TEST(BinaryTest, BinaryBroadcastsEitherSide) {
  EXPECT_EQ((binary<float>(BinaryOperation::kSubtract, {1, 2, 3, 4}, 2, {10, 20, 30, 40}, 2)), (std::vector<float>{-9, -18, -27, -36}));
  EXPECT_EQ((binary<float>(BinaryOperation::kSubtract, {1, 2}, 1, {10, 20, 30, 40}, 2)), (std::vector<float>{-9, -19, -28, -38}));
  EXPECT_EQ((binary<double>(BinaryOperation::kDivide, {10, 20, 30, 40}, 2, {2, 4}, 1)), (std::vector<double>{5, 10, 7.5, 10}));
  EXPECT_EQ((binary<float>(BinaryOperation::kMultiply, {3, 4}, 1, {5, 6}, 1)), (std::vector<float>{15, 24}));
}

TEST(BinaryTest, BinaryBroadcastsAConstantOverRows) {
  const std::vector<float> x = {1, 2, 3, 4};
  const std::vector<float> constant = {10, 100};
  std::vector<float> out(4);
  applyBinary<float>(BinaryOperation::kDivide, Matrix<const float>{constant.data(), 0, 2}, Matrix<const float>{x.data(), 2, 2},
              Matrix<float>{out.data(), 2, 2}, 2);
  EXPECT_EQ(out, (std::vector<float>{10, 50, 10.0f / 3.0f, 25}));
}

TEST(BinaryTest, IntegersWrapAndTruncate) {
  EXPECT_EQ((binary<int64_t>(BinaryOperation::kAdd, {kMax}, 1, {1}, 1)), (std::vector<int64_t>{kMin}));
  EXPECT_EQ((binary<int64_t>(BinaryOperation::kSubtract, {kMin}, 1, {1}, 1)), (std::vector<int64_t>{kMax}));
  EXPECT_EQ((binary<int64_t>(BinaryOperation::kMultiply, {kMax}, 1, {2}, 1)), (std::vector<int64_t>{-2}));
  EXPECT_EQ((binary<int64_t>(BinaryOperation::kDivide, {kMin, -7, 7}, 1, {-1, 2, -2}, 1)), (std::vector<int64_t>{kMin, -3, -3}));
}

TEST(BinaryTest, IntegerDivisionByZeroIsAnError) {
  try {
    binary<int64_t>(BinaryOperation::kDivide, {1, 5}, 1, {1, 0}, 1);
    FAIL();
  } catch (const EngineError& error) {
    EXPECT_EQ(error.code(), INFERF_ERROR_ARITHMETIC);
  }
  EXPECT_TRUE(std::isinf((binary<float>(BinaryOperation::kDivide, {1}, 1, {0}, 1))[0]));
}

template <typename T>
T one(BinaryOperation operation, T a, T b) {
  return binary<T>(operation, {a}, 1, {b}, 1)[0];
}

template <typename T>
int64_t compared(ComparisonOperation operation, T a, T b) {
  int64_t result = -1;
  applyComparison<T>(operation, {&a, 1, 1}, {&b, 1, 1}, {&result, 1, 1}, 1);
  return result;
}

TEST(BinaryTest, MaxAndMinKeepNan) {
  for (const BinaryOperation operation : {BinaryOperation::kMax, BinaryOperation::kMin}) {
    EXPECT_TRUE(std::isnan(one(operation, kNan, 1.0f)));
    EXPECT_TRUE(std::isnan(one(operation, 1.0f, kNan)));
    EXPECT_TRUE(std::isnan(one(operation, double{kNan}, double{INFINITY})));
  }
  EXPECT_EQ(one(BinaryOperation::kMax, -1.0f, 2.0f), 2.0f);
  EXPECT_EQ(one(BinaryOperation::kMin, -1.0, 2.0), -1.0);
  EXPECT_EQ(one<int64_t>(BinaryOperation::kMax, -1, 2), 2);
  EXPECT_EQ(one<uint64_t>(BinaryOperation::kMax, ~uint64_t{0}, 2), ~uint64_t{0});
}

TEST(BinaryTest, RemaindersHaveTheirSigns) {
  EXPECT_EQ(one<int64_t>(BinaryOperation::kModulo, -7, 3), 2);
  EXPECT_EQ(one<int64_t>(BinaryOperation::kModulo, 7, -3), -2);
  EXPECT_EQ(one<int64_t>(BinaryOperation::kModulo, -6, 3), 0);
  EXPECT_EQ(one<int64_t>(BinaryOperation::kRemainder, -7, 3), -1);
  EXPECT_EQ(one<int64_t>(BinaryOperation::kRemainder, kMin, -1), 0);
  EXPECT_EQ(one<int64_t>(BinaryOperation::kModulo, kMin, -1), 0);
  EXPECT_EQ(one<uint64_t>(BinaryOperation::kModulo, ~uint64_t{0}, 10), 5u);
  EXPECT_EQ(one<uint64_t>(BinaryOperation::kDivide, ~uint64_t{0}, 2), static_cast<uint64_t>(kMax));
  EXPECT_EQ(one(BinaryOperation::kModulo, -7.5, 2.0), 0.5);
  EXPECT_EQ(one(BinaryOperation::kModulo, 7.5, -2.0), -0.5);
  EXPECT_EQ(one(BinaryOperation::kRemainder, -7.5f, 2.0f), -1.5f);
  EXPECT_TRUE(std::isnan(one(BinaryOperation::kModulo, 1.0f, 0.0f)));
  for (const BinaryOperation operation : {BinaryOperation::kModulo, BinaryOperation::kRemainder, BinaryOperation::kDivide}) {
    EXPECT_THROW(one<int64_t>(operation, 5, 0), EngineError);
    EXPECT_THROW(one<uint64_t>(operation, 5, 0), EngineError);
  }
}

TEST(BinaryTest, PowerFollowsTheLibrary) {
  EXPECT_EQ(one(BinaryOperation::kPower, 2.0f, 10.0f), 1024.0f);
  EXPECT_EQ(one(BinaryOperation::kPower, 9.0, 0.5), 3.0);
  EXPECT_TRUE(std::isnan(one(BinaryOperation::kPower, -1.0, 0.5)));
}

TEST(BinaryTest, ComparisonsAreFalseForNan) {
  for (const ComparisonOperation operation : {ComparisonOperation::kEqual, ComparisonOperation::kLess, ComparisonOperation::kLessOrEqual,
                                              ComparisonOperation::kGreater, ComparisonOperation::kGreaterOrEqual}) {
    EXPECT_EQ(compared(operation, kNan, 1.0f), 0);
    EXPECT_EQ(compared(operation, 1.0f, kNan), 0);
    EXPECT_EQ(compared(operation, double{kNan}, double{kNan}), 0);
  }
  EXPECT_EQ(compared(ComparisonOperation::kLess, -1.0f, 0.0f), 1);
  EXPECT_EQ(compared(ComparisonOperation::kLessOrEqual, 0.0, -0.0), 1);
  EXPECT_EQ(compared<int64_t>(ComparisonOperation::kGreater, kMax, kMin), 1);
  EXPECT_EQ(compared<uint64_t>(ComparisonOperation::kGreater, static_cast<uint64_t>(kMax), static_cast<uint64_t>(kMin)), 0);
  EXPECT_EQ(compared<int64_t>(ComparisonOperation::kGreaterOrEqual, kMax, kMax), 1);
  EXPECT_EQ(compared<std::string_view>(ComparisonOperation::kEqual, "ab", "ab"), 1);
  EXPECT_EQ(compared<std::string_view>(ComparisonOperation::kEqual, "ab", "abc"), 0);
}

TEST(BinaryTest, LogicTakesEverythingButZeroForTrue) {
  const std::vector<int64_t> a = {0, 0, 5, -1};
  const std::vector<int64_t> b = {0, 7, 0, 2};
  const auto logical = [&](LogicalOperation operation) {
    std::vector<int64_t> out(4);
    applyLogical(operation, {a.data(), 2, 2}, {b.data(), 2, 2}, {out.data(), 2, 2}, 2);
    return out;
  };
  EXPECT_EQ(logical(LogicalOperation::kAnd), (std::vector<int64_t>{0, 0, 0, 1}));
  EXPECT_EQ(logical(LogicalOperation::kOr), (std::vector<int64_t>{0, 1, 1, 1}));
  EXPECT_EQ(logical(LogicalOperation::kXor), (std::vector<int64_t>{0, 1, 1, 0}));
}

/// Every combination of layouts gives what the definition gives.
TEST(BinaryTest, LayoutsDoNotMatter) {
  std::mt19937 random(3);
  const auto number = [&] { return static_cast<double>(random() % 100) - 50; };
  for (const int64_t width : {1, 2, 3, 8, 17}) {
    for (const int64_t leftWidth : {int64_t{1}, width}) {
      for (const int64_t rightWidth : {int64_t{1}, width}) {
        for (const int64_t gap : {0, 3}) {
          test::StridedRows<double> left(5, leftWidth, gap);
          test::StridedRows<double> right(5, rightWidth, 0);
          test::StridedRows<double> out(5, width, gap);
          left.fill(number);
          right.fill(number);
          if (std::max(leftWidth, rightWidth) < width) {
            continue;
          }
          applyBinary(BinaryOperation::kSubtract, left.read(), right.read(), out.matrix(), 5);
          for (int64_t i = 0; i < 5; ++i) {
            for (int64_t j = 0; j < width; ++j) {
              ASSERT_EQ(out.at(i, j), left.at(i, leftWidth == 1 ? 0 : j) - right.at(i, rightWidth == 1 ? 0 : j));
            }
          }
          ASSERT_TRUE(out.guardsAreIntact());
        }
      }
    }
  }
}

TEST(BinaryTest, WhereSelectsAndBroadcasts) {
  const std::vector<int64_t> condition = {1, 0, -3, 0};
  const std::vector<std::string_view> left = {"a", "b", "c", "d"};
  const std::vector<std::string_view> right = {"x", "y"};
  std::vector<std::string_view> out(4);
  selectWhere<std::string_view>({condition.data(), 2, 2}, {left.data(), 2, 2}, {right.data(), 1, 1}, {out.data(), 2, 2}, 2);
  EXPECT_EQ(out, (std::vector<std::string_view>{"a", "x", "c", "y"}));
  std::vector<float> a = {1, 2, 3, 4};
  const std::vector<float> b = {9, 8, 7, 6};
  const std::vector<int64_t> rows = {0, 1};
  selectWhere<float>({rows.data(), 1, 1}, {a.data(), 2, 2}, {b.data(), 2, 2}, {a.data(), 2, 2}, 2);
  EXPECT_EQ(a, (std::vector<float>{9, 8, 3, 4})) << "in place";
}

}  // namespace
}  // namespace inferf
