#include "kernel/Distance.h"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/Distance.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace inferf {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <DistanceMetric kMetric, class V>
HWY_INLINE V AddDistance(V x, V point, V sum) {
  const auto difference = hn::Sub(x, point);
  if constexpr (kMetric == DistanceMetric::kManhattan) {
    return hn::Add(sum, hn::Abs(difference));
  } else {
    return hn::MulAdd(difference, difference, sum);
  }
}

/// Writes the first `count` lanes.
template <typename T, class D, class V>
HWY_INLINE void StoreFirst(V v, D d, T* to, int64_t count) {
  if (count == static_cast<int64_t>(hn::Lanes(d))) {
    hn::StoreU(v, d, to);
    return;
  }
  HWY_ALIGN T all[HWY_MAX_BYTES / sizeof(T)];
  hn::Store(v, d, all);
  std::copy_n(all, count, to);
}

/// The distances of kRows rows from the points of one vector, `points` being its first coordinate.
template <DistanceMetric kMetric, int kRows, typename T, class D>
HWY_INLINE void MeasureBlock(D d, const T* points, int64_t numCoordinates, Matrix<const T> in, int64_t row, T* const* out, int64_t count) {
  auto first = hn::Zero(d);
  auto second = hn::Zero(d);
  auto third = hn::Zero(d);
  auto fourth = hn::Zero(d);
  const T* x = in.row(row);
  for (int64_t k = 0; k < numCoordinates; ++k) {
    const auto point = hn::Load(d, points + k * PackedPoints<T>::kPanel);
    first = AddDistance<kMetric>(hn::Set(d, x[k]), point, first);
    if constexpr (kRows == 4) {
      second = AddDistance<kMetric>(hn::Set(d, x[in.stride + k]), point, second);
      third = AddDistance<kMetric>(hn::Set(d, x[2 * in.stride + k]), point, third);
      fourth = AddDistance<kMetric>(hn::Set(d, x[3 * in.stride + k]), point, fourth);
    }
  }
  StoreFirst(first, d, out[0], count);
  if constexpr (kRows == 4) {
    StoreFirst(second, d, out[1], count);
    StoreFirst(third, d, out[2], count);
    StoreFirst(fourth, d, out[3], count);
  }
}

template <DistanceMetric kMetric, int kRows, typename T>
HWY_INLINE void MeasureRows(const PackedPoints<T>& points, Matrix<const T> in, Matrix<T> out, int64_t row) {
  // Never more than a panel.
  const hn::CappedTag<T, static_cast<size_t>(PackedPoints<T>::kPanel)> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t p = 0; p < points.numPoints(); p += lanes) {
    const T* panel = points.panel(p / PackedPoints<T>::kPanel) + p % PackedPoints<T>::kPanel;
    T* results[kRows];
    for (int r = 0; r < kRows; ++r) {
      results[r] = out.row(row + r) + p;
    }
    MeasureBlock<kMetric, kRows>(d, panel, points.numCoordinates(), in, row, results,
                                 std::min(lanes, points.numPoints() - p));
  }
}

template <DistanceMetric kMetric, typename T>
HWY_INLINE void MeasureAll(const PackedPoints<T>& points, Matrix<const T> in, Matrix<T> out, int64_t numRows) {
  int64_t row = 0;
  for (; row + 4 <= numRows; row += 4) {
    MeasureRows<kMetric, 4>(points, in, out, row);
  }
  for (; row < numRows; ++row) {
    MeasureRows<kMetric, 1>(points, in, out, row);
  }
}

template <typename T>
HWY_INLINE void Measure(DistanceMetric metric, const PackedPoints<T>& points, Matrix<const T> in, Matrix<T> out, int64_t numRows) {
  if (metric == DistanceMetric::kManhattan) {
    MeasureAll<DistanceMetric::kManhattan>(points, in, out, numRows);
  } else {
    MeasureAll<DistanceMetric::kSquaredEuclidean>(points, in, out, numRows);
  }
}

void MeasureFloat(DistanceMetric metric, const PackedPoints<float>& points, Matrix<const float> in, Matrix<float> out, int64_t numRows) {
  Measure(metric, points, in, out, numRows);
}
void MeasureDouble(DistanceMetric metric, const PackedPoints<double>& points, Matrix<const double> in, Matrix<double> out, int64_t numRows) {
  Measure(metric, points, in, out, numRows);
}

}  // namespace HWY_NAMESPACE
}  // namespace inferf
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace inferf {

HWY_EXPORT(MeasureFloat);
HWY_EXPORT(MeasureDouble);

template <typename T>
PackedPoints<T>::PackedPoints(const T* points, int64_t numPoints, int64_t numCoordinates, int64_t stride, MemoryPool& pool)
    : numPoints_(numPoints),
      numCoordinates_(numCoordinates),
      data_(pool, (numPoints + kPanel - 1) / kPanel * kPanel * numCoordinates) {
  std::fill(data_.begin(), data_.end(), T(0));
  for (int64_t p = 0; p < numPoints; ++p) {
    T* first = data_.data() + p / kPanel * numCoordinates * kPanel + p % kPanel;
    for (int64_t k = 0; k < numCoordinates; ++k) {
      first[k * kPanel] = points[p * stride + k];
    }
  }
}

template class PackedPoints<float>;
template class PackedPoints<double>;

void measureDistances(DistanceMetric metric, const PackedPoints<float>& points, Matrix<const float> in, Matrix<float> out, int64_t numRows) {
  HWY_DYNAMIC_DISPATCH(MeasureFloat)(metric, points, in, out, numRows);
}
void measureDistances(DistanceMetric metric, const PackedPoints<double>& points, Matrix<const double> in, Matrix<double> out, int64_t numRows) {
  HWY_DYNAMIC_DISPATCH(MeasureDouble)(metric, points, in, out, numRows);
}

}  // namespace inferf
#endif  // HWY_ONCE
