#pragma once

#include <cstdint>

#include "kernel/Elementwise.h"

namespace inferf {

/// Which elements of consecutive segments of `length` elements are chosen.
struct TopKShape {
  int64_t length = 1;
  int64_t count = 1;  // 1 to length
  bool smallest = false;
};

/// Writes the chosen elements of each segment, sorted, the first of equal ones first. NaN counts as smaller than every number. T: float, double,
/// int64_t or uint64_t. `scratch` has room for `length` positions.
template <typename T>
void selectTop(const TopKShape& shape, Matrix<const T> in, Matrix<T> out, int64_t numRows, int32_t* scratch);

/// Writes their positions in the segment instead.
template <typename T>
void selectTopPositions(const TopKShape& shape, Matrix<const T> in, Matrix<int64_t> out, int64_t numRows, int32_t* scratch);

}  // namespace inferf
