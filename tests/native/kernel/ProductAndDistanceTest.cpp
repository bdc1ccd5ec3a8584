#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "kernel/Distance.h"
#include "kernel/MatrixProduct.h"
#include "kernel/StridedRows.h"

namespace inferf {
namespace {

template <typename T>
class ProductTest : public testing::Test {};
using FloatTypes = testing::Types<float, double>;
TYPED_TEST_SUITE(ProductTest, FloatTypes);

TYPED_TEST(ProductTest, AgreesWithTheSpecification) {
  using T = TypeParam;
  std::mt19937 random(4);
  std::normal_distribution<double> normal;
  for (const int64_t columns : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33}) {
    for (const int64_t rows : {1, 3, 4, 6}) {
      for (const int64_t inner : {1, 2, 9, 31, 64}) {
        for (const int64_t batch : {1, 2}) {
          const ProductShape shape{batch, rows, inner, columns};
          test::StridedRows<T> left(2, batch * rows * inner, 1);
          test::StridedRows<T> right(2, batch * inner * columns, 2);
          test::StridedRows<T> out(2, batch * rows * columns, 3);
          left.fill([&] { return static_cast<T>(normal(random)); });
          right.fill([&] { return static_cast<T>(normal(random)); });
          multiplyMatrices(shape, left.read(), right.read(), out.matrix(), 2);
          std::vector<T> expected(static_cast<size_t>(batch * rows * columns));
          for (int64_t i = 0; i < 2; ++i) {
            multiplyMatricesScalar(shape, left.read().row(i), right.read().row(i), expected.data());
            for (int64_t j = 0; j < batch * rows * columns; ++j) {
              ASSERT_NEAR(out.at(i, j), expected[static_cast<size_t>(j)], 20 * static_cast<double>(inner) * std::numeric_limits<T>::epsilon())
                  << rows << " x " << inner << " x " << columns;
            }
          }
          ASSERT_TRUE(out.guardsAreIntact());
        }
      }
    }
  }
}

TYPED_TEST(ProductTest, DistancesAgreeWithTheSpecification) {
  using T = TypeParam;
  std::mt19937 random(6);
  std::normal_distribution<double> normal;
  MemoryPool pool;
  for (const DistanceMetric metric : {DistanceMetric::kSquaredEuclidean, DistanceMetric::kManhattan}) {
    for (const int64_t numPoints : {1, 2, 7, 8, 16, 17, 100}) {
      for (const int64_t width : {1, 3, 20}) {
        for (const int64_t numRows : {0, 1, 4, 7}) {
          const int64_t stride = width + 5;
          std::vector<T> points(static_cast<size_t>(numPoints * stride));
          for (T& point : points) {
            point = static_cast<T>(normal(random));
          }
          const PackedPoints<T> packed(points.data() + 2, numPoints, width, stride, pool);
          test::StridedRows<T> in(numRows, width, 1);
          test::StridedRows<T> out(numRows, numPoints, 3);
          in.fill([&] { return static_cast<T>(normal(random)); });
          measureDistances(metric, packed, in.read(), out.matrix(), numRows);
          for (int64_t i = 0; i < numRows; ++i) {
            for (int64_t p = 0; p < numPoints; ++p) {
              const T expected = distanceScalar(metric, in.read().row(i), points.data() + 2 + p * stride, width);
              ASSERT_NEAR(out.at(i, p), expected, (static_cast<double>(width) + 2) * std::numeric_limits<T>::epsilon() * expected);
            }
          }
          ASSERT_TRUE(out.guardsAreIntact());
        }
      }
    }
  }
  EXPECT_EQ(pool.bytesInUse(), 0);
}

TYPED_TEST(ProductTest, DistancesSpreadNanAndStayExactForEqualPoints) {
  using T = TypeParam;
  MemoryPool pool;
  const std::vector<T> points = {T(1e10), T(1), T(0), T(2)};
  const PackedPoints<T> packed(points.data(), 2, 2, 2, pool);
  const std::vector<T> in = {T(1e10), T(1), std::numeric_limits<T>::quiet_NaN(), T(0)};
  std::vector<T> out(4);
  measureDistances(DistanceMetric::kSquaredEuclidean, packed, Matrix<const T>{in.data(), 2, 2}, Matrix<T>{out.data(), 2, 2}, 2);
  EXPECT_EQ(out[0], T(0)) << "an expanded square would cancel";
  EXPECT_TRUE(std::isnan(out[2]));
  EXPECT_TRUE(std::isnan(out[3]));
}

}  // namespace
}  // namespace inferf
