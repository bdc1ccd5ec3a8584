#include "kernel/RowFunctions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace inferf {
namespace {

TEST(RowFunctionsTest, ProbitInvertsTheNormalDistribution) {
  for (const double x : {-2.5, -1.0, -0.1, 0.0, 0.3, 1.7, 2.9}) {
    const double probability = 0.5 * std::erfc(-x / std::sqrt(2.0));
    EXPECT_NEAR(probit(probability), x, 1e-2);
    EXPECT_NEAR(probit(static_cast<float>(probability)), static_cast<float>(x), 1e-2f);
  }
  EXPECT_TRUE(std::isnan(probit(1.5f)));
}

TEST(RowFunctionsTest, SoftmaxZeroLeavesZerosOut) {
  const std::vector<float> x = {1, 0, 2, 0.00000005f};
  std::vector<float> y(4);
  softmaxZero(x.data(), y.data(), 4);
  const double sum = std::exp(-1.0) + 1;
  EXPECT_NEAR(y[0], std::exp(-1.0) / sum, 1e-6);
  EXPECT_EQ(y[1], 0.0f);
  EXPECT_NEAR(y[2], 1 / sum, 1e-6);
  EXPECT_NEAR(y[3], 0.00000005 * std::exp(-2.0) / sum, 1e-12);
}

TEST(RowFunctionsTest, NormsDivideAndLeaveZeroRowsAlone) {
  const std::vector<float> x = {-3, 4, 0, 0, -2, -1};
  std::vector<float> y(6);
  const Matrix<const float> in{x.data(), 2, 2};
  normalizeRows(RowNorm::kL2, in, Matrix<float>{y.data(), 2, 2}, 3);
  EXPECT_FLOAT_EQ(y[0], -0.6f);
  EXPECT_FLOAT_EQ(y[1], 0.8f);
  EXPECT_EQ(y[2], 0.0f);
  normalizeRows(RowNorm::kL1, in, Matrix<float>{y.data(), 2, 2}, 3);
  EXPECT_FLOAT_EQ(y[0], -3.0f / 7.0f);
  EXPECT_EQ(y[3], 0.0f);
  EXPECT_FLOAT_EQ(y[4], -2.0f / 3.0f);
  normalizeRows(RowNorm::kMax, in, Matrix<float>{y.data(), 2, 2}, 3);
  EXPECT_FLOAT_EQ(y[0], -0.75f);
  EXPECT_EQ(y[2], 0.0f);
  EXPECT_FLOAT_EQ(y[4], 2.0f) << "the largest element, not the largest absolute value";
  const std::vector<int64_t> integers = {1, 3};
  normalizeRows(RowNorm::kL1, Matrix<const int64_t>{integers.data(), 2, 2}, Matrix<float>{y.data(), 2, 2}, 1);
  EXPECT_FLOAT_EQ(y[1], 0.75f);
}

}  // namespace
}  // namespace inferf
