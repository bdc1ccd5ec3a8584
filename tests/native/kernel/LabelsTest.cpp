#include "kernel/Labels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/Error.h"

namespace inferf {
namespace {

TEST(LabelsTest, OneHotOfIntegersAndTruncatedFloats) {
  const CategoryIndex<int64_t> categories(std::vector<int64_t>{5, -2, 7, 5});
  const std::vector<int64_t> x = {5, 7, 9, -2};
  std::vector<float> y(16, -1);
  encodeOneHot(categories, Matrix<const int64_t>{x.data(), 2, 2}, Matrix<float>{y.data(), 8, 8}, 2, false);
  EXPECT_EQ(y, (std::vector<float>{1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0}));
  const std::vector<float> floats = {-2.9f};
  std::vector<float> z(4, -1);
  encodeOneHot(categories, Matrix<const float>{floats.data(), 1, 1}, Matrix<float>{z.data(), 4, 4}, 1, true);
  EXPECT_EQ(z, (std::vector<float>{0, 1, 0, 0}));
}

TEST(LabelsTest, OneHotOfTextAndUnknownValues) {
  const CategoryIndex<std::string_view> categories(std::vector<std::string_view>{"a", "", "bc"});
  const std::vector<std::string_view> x = {"bc", "zz", ""};
  std::vector<float> y(9, -1);
  encodeOneHot(categories, Matrix<const std::string_view>{x.data(), 1, 1}, Matrix<float>{y.data(), 3, 3}, 3, false);
  EXPECT_EQ(y, (std::vector<float>{0, 0, 1, 0, 0, 0, 0, 1, 0}));
  try {
    encodeOneHot(categories, Matrix<const std::string_view>{x.data(), 1, 1}, Matrix<float>{y.data(), 3, 3}, 3, true);
    FAIL();
  } catch (const EngineError& error) {
    EXPECT_EQ(error.code(), INFERF_ERROR_INVALID_DATA);
    EXPECT_NE(std::string(error.what()).find("zz"), std::string::npos);
  }
}

TEST(LabelsTest, FirstMaximumWins) {
  const std::vector<float> ties = {1, 3, 3, 2};
  EXPECT_EQ(indexOfMaximum(ties.data(), 4), 1);
  const std::vector<double> nan = {std::nan(""), -5, std::nan("")};
  EXPECT_EQ(indexOfMaximum(nan.data(), 3), 1);
  const int64_t one = 4;
  EXPECT_EQ(indexOfMaximum(&one, 1), 0);
}

}  // namespace
}  // namespace inferf
