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

enum class BinaryOperation : uint8_t { kAdd, kSubtract, kMultiply, kDivide };

/// out = left operation right, element by element; a side of width 1 is broadcast over the row, a side of stride 0 over the rows. `out` may
/// be one of the sides if that has out's width. Integers wrap; integer division by zero throws EngineError ARITHMETIC.
void applyBinary(BinaryOperation operation, Matrix<const float> left, Matrix<const float> right, Matrix<float> out, int64_t numRows);
void applyBinary(BinaryOperation operation, Matrix<const double> left, Matrix<const double> right, Matrix<double> out, int64_t numRows);
void applyBinary(BinaryOperation operation, Matrix<const int64_t> left, Matrix<const int64_t> right, Matrix<int64_t> out, int64_t numRows);

/// How a cast to INT64 narrows its result.
struct IntegerWrap {
  uint32_t bits = 0;  // 0: not at all; 8, 16 or 32
  bool isUnsigned = false;
};

/// Towards zero. What INT64 cannot hold, and NaN, becomes its least value, as x86 conversions have it.
int64_t truncateToInteger(double x);

/// x wrapped to the bits of `wrap`.
int64_t wrapInteger(int64_t x, IntegerWrap wrap);

/// out = in converted, element by element (From, To: float, double or int64_t; instantiated for all nine). `wrap` applies to INT64 results,
/// and `toBoolean` gives 1 for everything but zero (1 for NaN).
template <typename From, typename To>
void applyCast(Matrix<const From> in, Matrix<To> out, int64_t numRows, IntegerWrap wrap, bool toBoolean);

/// out = in, with elements equal to `replaced` (or NaN, if that is NaN) replaced by imputed[j * imputedStride]. T: float, double, int64_t.
template <typename T>
void applyImpute(Matrix<const T> in, Matrix<T> out, int64_t numRows, T replaced, const T* imputed, int64_t imputedStride);

}  // namespace inferf
