#pragma once

#include <cstdint>

namespace inferf {

/// A row-major matrix of a chunk; rows are `stride` elements apart.
template <typename T>
struct Matrix {
  T* data = nullptr;
  int64_t stride = 0;
  int64_t width = 0;

  T* row(int64_t i) const { return data + i * stride; }
};

/// Towards zero. What INT64 cannot hold, and NaN, becomes its least value, as x86 conversions have it.
int64_t truncateToInteger(double x);

/// out = in, with elements equal to `replaced` (or NaN, if that is NaN) replaced by imputed[j * imputedStride]. T: float, double, int64_t.
template <typename T>
void applyImpute(Matrix<const T> in, Matrix<T> out, int64_t numRows, T replaced, const T* imputed, int64_t imputedStride);

}  // namespace inferf
