#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/Elementwise.h"
#include "kernel/FloatFormat.h"

namespace inferf {

/// How a cast to INT64 narrows its result.
struct IntegerWrap {
  uint32_t bits = 0;  // 0: not at all; otherwise 1 to 63, of which two's complement keeps the lowest
  bool isUnsigned = false;
};

/// x wrapped to the bits of `wrap`.
int64_t wrapInteger(int64_t x, IntegerWrap wrap);

/// What a cast does besides converting.
struct CastRules {
  IntegerWrap wrap;                 // INT64 results; isUnsigned without bits: the result is the bits of an unsigned 64-bit integer
  bool toBoolean = false;           // 1 for everything but zero (1 for NaN), otherwise 0
  bool argumentIsUnsigned = false;  // INT64 arguments are the bits of unsigned integers
  FloatRounding rounding;           // float results
};

/// out = in converted, element by element. From: float, double, int64_t or std::string_view; To: float, double or int64_t. `out` may be `in` if the
/// types are equal. Floats become integers by truncation towards zero; what an integer cannot hold becomes INT64_MIN (as its bits, if unsigned).
///
/// Text is a number in plain or scientific notation, or inf, infinity or nan in any case, with an optional sign and white space around it; anything
/// else throws EngineError INVALID_DATA. To an integer it is read as one if it is one, and otherwise as a double that is truncated.
template <typename From, typename To>
void applyCast(Matrix<const From> in, Matrix<To> out, int64_t numRows, const CastRules& rules);

/// A double truncated towards zero as an unsigned 64-bit integer; negative numbers wrap, what does not fit becomes 2^63.
uint64_t truncateToUnsigned(double x);

}  // namespace inferf
