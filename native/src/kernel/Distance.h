#pragma once

#include <cmath>
#include <cstdint>

#include "base/MemoryPool.h"
#include "kernel/Elementwise.h"

namespace inferf {

/// The squared Euclidean distance as a sum of squared differences (never expanded into products, which would cancel), or the Manhattan distance.
enum class DistanceMetric : uint8_t { kSquaredEuclidean, kManhattan };

/// Constant points in the order the kernel reads them: panels of kPanelBytes of points, coordinate by coordinate, padded with zeros. T: float or
/// double. Immutable.
template <typename T>
class PackedPoints {
 public:
  /// Points of a panel: a cache line of them, whatever the size of a vector.
  static constexpr int64_t kPanel = 64 / static_cast<int64_t>(sizeof(T));

  /// Point p is points[p * stride + (0, numCoordinates)].
  PackedPoints(const T* points, int64_t numPoints, int64_t numCoordinates, int64_t stride, MemoryPool& pool);

  int64_t numPoints() const { return numPoints_; }
  int64_t numCoordinates() const { return numCoordinates_; }
  /// Coordinate 0 of the panel's points; each further coordinate is kPanel elements on.
  const T* panel(int64_t index) const { return data_.data() + index * numCoordinates_ * kPanel; }

 private:
  int64_t numPoints_;
  int64_t numCoordinates_;
  PoolArray<T> data_;
};

/// out[i, p] = distance of row i of `in` from point p. The coordinates are added in order, so an element is a function of its row and its point alone;
/// its error is at most (coordinates + 2) u times the result.
void measureDistances(DistanceMetric metric, const PackedPoints<float>& points, Matrix<const float> in, Matrix<float> out, int64_t numRows);
void measureDistances(DistanceMetric metric, const PackedPoints<double>& points, Matrix<const double> in, Matrix<double> out, int64_t numRows);

/// The specification of measureDistances for one row and one point.
template <typename T>
T distanceScalar(DistanceMetric metric, const T* x, const T* point, int64_t numCoordinates) {
  T sum = T(0);
  for (int64_t k = 0; k < numCoordinates; ++k) {
    const T difference = x[k] - point[k];
    sum += metric == DistanceMetric::kManhattan ? std::abs(difference) : difference * difference;
  }
  return sum;
}

}  // namespace inferf
