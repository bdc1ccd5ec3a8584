#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernel/Elementwise.h"

namespace inferf {

/// The ONNX reductions of these names. Those from kL2 on are for floats.
enum class Reduction : uint8_t { kSum, kMean, kMax, kMin, kProduct, kSumOfSquares, kL1, kL2, kLogSum, kLogSumExp };

/// A row read as [outer, length, inner], row-major, and reduced to [outer, inner].
struct ReduceShape {
  int64_t outer = 1;
  int64_t length = 1;
  int64_t inner = 1;
};

/// Reduces every row; T: float, double or int64_t. kMax and kMin are NaN if any element is. Integers wrap, and their mean truncates. Sums of floats are
/// made in T, in an order that depends on the shape alone: over an inner size of 1 in several lanes, whose error is that of any order, at most
/// (length - 1) u sum of |x|. kLogSumExp shifts by the largest element first.
template <typename T>
void reduceRows(Reduction reduction, const ReduceShape& shape, Matrix<const T> in, Matrix<T> out, int64_t numRows);

/// Positions along `length` of the largest (or smallest) elements: the first or the last of equal ones. NaN is neither larger nor smaller.
template <typename T>
void findExtremes(bool largest, bool selectLast, const ReduceShape& shape, Matrix<const T> in, Matrix<int64_t> out, int64_t numRows);

/// The specification of reduceRows for one slice of `length` elements, `step` apart.
template <typename T>
T reduceScalar(Reduction reduction, const T* in, int64_t length, int64_t step) {
  using Wide = std::conditional_t<std::is_integral_v<T>, uint64_t, T>;
  const auto at = [&](int64_t k) { return in[k * step]; };
  Wide sum = Wide(0);
  Wide squares = Wide(0);
  Wide magnitudes = Wide(0);
  Wide product = Wide(1);
  T max = at(0);
  T min = at(0);
  for (int64_t k = 0; k < length; ++k) {
    const T x = at(k);
    const auto wide = static_cast<Wide>(x);
    sum += wide;
    squares += wide * wide;
    magnitudes += x < T(0) ? Wide(0) - wide : wide;
    product *= wide;
    max = x > max || x != x ? x : max;
    min = x < min || x != x ? x : min;
  }
  switch (reduction) {
    case Reduction::kSum:
      return static_cast<T>(sum);
    case Reduction::kMean:
      return static_cast<T>(sum) / static_cast<T>(length);
    case Reduction::kMax:
      return max;
    case Reduction::kMin:
      return min;
    case Reduction::kProduct:
      return static_cast<T>(product);
    case Reduction::kSumOfSquares:
      return static_cast<T>(squares);
    case Reduction::kL1:
      return static_cast<T>(magnitudes);
    default:
      break;
  }
  if constexpr (std::is_floating_point_v<T>) {
    if (reduction == Reduction::kL2) {
      return std::sqrt(squares);
    }
    if (reduction == Reduction::kLogSum) {
      return std::log(sum);
    }
    const T shift = std::isfinite(max) ? max : T(0);
    T exponentials = T(0);
    for (int64_t k = 0; k < length; ++k) {
      exponentials += std::exp(at(k) - shift);
    }
    return std::log(exponentials) + shift;
  }
  return T(0);
}

}  // namespace inferf
