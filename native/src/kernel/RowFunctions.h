#pragma once

#include <cstdint>

#include "kernel/Elementwise.h"

namespace inferf {

// Functions of ai.onnx.ml over one matrix, with the corner cases as ONNX Runtime computes them. T: float or double.

/// Post-transform PROBIT: sqrt(2) * erfinv(2x - 1) with Winitzki's approximation of erfinv ("A handy approximation for the error function
/// and its inverse", 2008, a = 0.147). NaN outside of [0, 1].
template <typename T>
T probit(T x);

/// Post-transform SOFTMAX_ZERO over one row: like softmax, but elements within 1e-7 of zero are not exponentiated and not summed; they are
/// multiplied by exp(-max) instead and divided by the sum like all others. `out` may be `in`.
template <typename T>
void softmaxZero(const T* in, T* out, int64_t width);

/// ai.onnx.ml Normalizer.
enum class RowNorm : uint8_t { kMax, kL1, kL2 };

/// Divides each row by its largest element (not absolute), its sum of absolute values, or its Euclidean length. Rows for which that is zero
/// stay as they are. From: float, double or int64_t; To: float or double, in which everything is computed. `out` may be `in`.
template <typename From, typename To>
void normalizeRows(RowNorm norm, Matrix<const From> in, Matrix<To> out, int64_t numRows);

}  // namespace inferf
