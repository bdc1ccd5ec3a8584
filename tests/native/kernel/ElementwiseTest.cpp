#include "kernel/Elementwise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace inferf {
namespace {

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
