#pragma once

#include <cstdint>

namespace inferf {

/// IEEE 754 binary16 as its bits.
using Half = uint16_t;

/// Largest magnitude that a Half holds, and the least float that would be rounded to infinity.
inline constexpr float kLargestHalf = 65504.0F;
inline constexpr float kHalfOverflow = 65520.0F;

/// out[i] = in[i] in half precision, rounded to nearest, ties to even; infinities and NaN stay. False if a finite number became infinite.
bool narrowToHalf(const float* in, Half* out, int64_t count);

/// The specification of narrowToHalf for one number.
Half narrowToHalfScalar(float x);

/// The float that a Half is, exactly.
float widenHalf(Half half);

}  // namespace inferf
