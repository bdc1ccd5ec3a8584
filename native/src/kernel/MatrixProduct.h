#pragma once

#include <cstdint>

#include "kernel/Elementwise.h"

namespace inferf {

/// [batch, rows, inner] times [batch, inner, columns].
struct ProductShape {
  int64_t batch = 1;
  int64_t rows = 1;
  int64_t inner = 1;
  int64_t columns = 1;
};

/// Multiplies the matrices that the rows of `left` and `right` are, for each row of a chunk. T: float or double. `out` overlaps neither side. The
/// products of an element are added with fused multiply-adds, in order, or for one column in several lanes: the error is at most
/// inner u sum of |a b|.
void multiplyMatrices(const ProductShape& shape, Matrix<const float> left, Matrix<const float> right, Matrix<float> out, int64_t numRows);
void multiplyMatrices(const ProductShape& shape, Matrix<const double> left, Matrix<const double> right, Matrix<double> out, int64_t numRows);

/// The specification of multiplyMatrices for one row.
template <typename T>
void multiplyMatricesScalar(const ProductShape& shape, const T* left, const T* right, T* out) {
  for (int64_t b = 0; b < shape.batch; ++b) {
    for (int64_t i = 0; i < shape.rows; ++i) {
      for (int64_t j = 0; j < shape.columns; ++j) {
        T sum = T(0);
        for (int64_t k = 0; k < shape.inner; ++k) {
          sum += left[(b * shape.rows + i) * shape.inner + k] * right[(b * shape.inner + k) * shape.columns + j];
        }
        out[(b * shape.rows + i) * shape.columns + j] = sum;
      }
    }
  }
}

}  // namespace inferf
