#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "kernel/Elementwise.h"

namespace inferf::test {

/// Rows of a matrix that lie `gap` elements apart; the elements between them are guards. The block ends with its last row, so that a sanitizer sees a
/// kernel that reads on.
template <typename T>
class StridedRows {
 public:
  StridedRows(int64_t numRows, int64_t width, int64_t gap = 0)
      : numRows_(numRows), width_(width), stride_(width + gap),
        data_(static_cast<size_t>(numRows == 0 ? 0 : (numRows - 1) * stride_ + width), kGuard) {}

  T& at(int64_t row, int64_t column) { return data_[static_cast<size_t>(row * stride_ + column)]; }
  Matrix<T> matrix() { return {data_.data(), stride_, width_}; }
  Matrix<const T> read() const { return {data_.data(), stride_, width_}; }

  template <class Generate>
  void fill(const Generate& generate) {
    for (int64_t i = 0; i < numRows_; ++i) {
      for (int64_t j = 0; j < width_; ++j) {
        at(i, j) = generate();
      }
    }
  }

  /// True if nothing was written between the rows.
  bool guardsAreIntact() const {
    for (int64_t i = 0; i + 1 < numRows_; ++i) {
      for (int64_t j = width_; j < stride_; ++j) {
        if (data_[static_cast<size_t>(i * stride_ + j)] != kGuard) {
          return false;
        }
      }
    }
    return true;
  }

 private:
  static constexpr T kGuard = T(77);
  int64_t numRows_;
  int64_t width_;
  int64_t stride_;
  std::vector<T> data_;
};

}  // namespace inferf::test
