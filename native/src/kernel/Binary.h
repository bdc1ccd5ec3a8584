#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/Elementwise.h"

namespace inferf {

// Functions of two matrices, element by element; a side of width 1 is broadcast over the row, a side of stride 0 over the rows. `out` may be one
// of the sides if that has out's width and element type. T: float, double, int64_t, or uint64_t for integers that are the bits of unsigned ones.

/// Giving the operands' type. Integers wrap; integer division by zero, and a zero modulus, throw EngineError ARITHMETIC. kMax and kMin are NaN if
/// either side is. kModulo has the sign of the divisor, kRemainder that of the dividend. kPower is for floats.
enum class BinaryOperation : uint8_t { kAdd, kSubtract, kMultiply, kDivide, kMax, kMin, kPower, kModulo, kRemainder };
template <typename T>
void applyBinary(BinaryOperation operation, Matrix<const T> left, Matrix<const T> right, Matrix<T> out, int64_t numRows);

/// Giving 1 or 0; NaN compares false. kEqual also takes std::string_view.
enum class ComparisonOperation : uint8_t { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
template <typename T>
void applyComparison(ComparisonOperation operation, Matrix<const T> left, Matrix<const T> right, Matrix<int64_t> out, int64_t numRows);

/// Of truth values: what is not 0 is true.
enum class LogicalOperation : uint8_t { kAnd, kOr, kXor };
void applyLogical(LogicalOperation operation, Matrix<const int64_t> left, Matrix<const int64_t> right, Matrix<int64_t> out, int64_t numRows);

/// out = left where condition is not 0, otherwise right. T: float, double, int64_t or std::string_view.
template <typename T>
void selectWhere(Matrix<const int64_t> condition, Matrix<const T> left, Matrix<const T> right, Matrix<T> out, int64_t numRows);

}  // namespace inferf
