#pragma once

#include <cstdint>
#include <span>

#include "kernel/HalfPrecision.h"
#include "kernel/PackedWeights.h"
#include "kernel/RowsView.h"

namespace inferf {

/// What a linear layer applies to its result on the way to memory.
enum class LinearActivation : uint8_t { kNone, kRelu, kLeakyRelu };

/// One addend of a linear layer.
template <typename T>
struct SumItem {
  /// nullptr: the rows themselves are added; they are as wide as the sum. Otherwise rows[0, length) * W[weightBegin + (0, length), :].
  const PackedWeights<T>* weights = nullptr;
  int64_t weightBegin = 0;
  int64_t length = 0;
  RowsView<T> rows;
  /// Rows of Half instead, without weights, of a float sum: `rows` points at their bytes, its stride counts floats.
  bool isHalf = false;
};

/// activation(bias + sum of items) for `numRows` rows.
template <typename T>
struct SumArguments {
  std::span<const SumItem<T>> items;
  int64_t width = 0;
  const T* bias = nullptr;  // paddedWidth(width) elements
  LinearActivation activation = LinearActivation::kNone;
  T alpha = T(0);           // of kLeakyRelu
  T* out = nullptr;         // must not overlap what the items read, except that an item without weights and ids may be `out` itself
  int64_t outStride = 0;    // elements
  int64_t numRows = 0;
  /// True if paddedWidth(width) elements of each row of `out`, and of each row of items without weights, may be read and (in `out`) written.
  bool rowsArePadded = false;
};

/// The fused linear layer: all items of a block of rows are added while the block's accumulators are in registers, then activated and
/// written once.
///
/// Each element of the result is a function of its own row alone, with one order of operations: the bias, then item by item; a weighted
/// item adds its products one by one along k (width > kMaxDotWidth) or as one dot product (otherwise). Where a row lies in a call, and how
/// many rows the call has, does not change a bit.
void sumTerms(const SumArguments<float>& arguments);
void sumTerms(const SumArguments<double>& arguments);

/// The specification of sumTerms, one row at a time with `weights` as they were before packing: [k x width], row-major, items numbered as
/// in `arguments`. Agrees up to the rounding of fused or unfused multiply-adds and of the order inside a dot product.
template <typename T>
void sumTermsScalar(const SumArguments<T>& arguments, std::span<const T* const> weights) {
  for (int64_t i = 0; i < arguments.numRows; ++i) {
    for (int64_t j = 0; j < arguments.width; ++j) {
      T sum = arguments.bias[j];
      for (size_t t = 0; t < arguments.items.size(); ++t) {
        const SumItem<T>& item = arguments.items[t];
        const T* x = item.rows.row(i);
        if (item.weights == nullptr) {
          sum += item.isHalf ? static_cast<T>(widenHalf(reinterpret_cast<const Half*>(x)[j])) : x[j];
          continue;
        }
        for (int64_t k = 0; k < item.length; ++k) {
          sum += x[k] * weights[t][(item.weightBegin + k) * arguments.width + j];
        }
      }
      if (arguments.activation == LinearActivation::kRelu && sum < T(0)) {
        sum = T(0);
      } else if (arguments.activation == LinearActivation::kLeakyRelu && sum < T(0)) {
        sum *= arguments.alpha;
      }
      arguments.out[i * arguments.outStride + j] = sum;
    }
  }
}

}  // namespace inferf
