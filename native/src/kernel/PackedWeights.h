#pragma once

#include <cstdint>

#include "base/MemoryPool.h"

namespace inferf {

/// Results at most this wide are computed by dot products along k instead of along the columns, which would leave most lanes idle.
inline constexpr int64_t kMaxDotWidth = 4;

/// A weight matrix [k x n] in the order the kernels of Gemm.h read it; T is float or double. Immutable.
///
/// n > kMaxDotWidth: panels of panelWidth() columns (the last one may be half as wide), each k rows of consecutive columns, padded with
/// zeros. Otherwise: n columns, each padded with zeros to a multiple of a vector.
template <typename T>
class PackedWeights {
 public:
  /// Row r of the source starts at weights + r * stride (elements).
  PackedWeights(const T* weights, int64_t k, int64_t n, int64_t stride, MemoryPool& pool);

  int64_t k() const { return k_; }
  int64_t n() const { return n_; }
  bool isDot() const { return n_ <= kMaxDotWidth; }

  /// Panels: first element of the panel that starts at column `column` (a multiple of the panel width).
  const T* panel(int64_t column) const { return data_.data() + column * k_; }
  /// Dot: column `column`.
  const T* column(int64_t column) const { return data_.data() + column * columnStride_; }

 private:
  int64_t k_;
  int64_t n_;
  int64_t columnStride_ = 0;
  PoolArray<T> data_;
};

/// Columns of a full panel, by element type: two vectors of the instruction set in use.
template <typename T>
int64_t panelWidth();

/// `n` rounded up to whole vectors, as the bias of sumTerms() must be and rows may be.
template <typename T>
int64_t paddedWidth(int64_t n);

}  // namespace inferf
