#include "kernel/FloatFormat.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace inferf {

namespace {

/// What a format with a sign, an exponent and a mantissa can hold.
struct Layout {
  int mantissaBits;   // without the implied one
  int leastExponent;  // of normal numbers
  double largest;
  bool hasInfinity;
  bool hasNegativeZero;
  bool saturatesAlways;
};

Layout layoutOf(FloatFormat format) {
  switch (format) {
    case FloatFormat::kFloat16:
      return {10, -14, 65504.0, true, true, false};
    case FloatFormat::kBfloat16:
      return {7, -126, 0x1.fep127, true, true, false};
    case FloatFormat::kFloat8E4M3Fn:
      return {3, -6, 448.0, false, true, false};
    case FloatFormat::kFloat8E4M3Fnuz:
      return {3, -7, 240.0, false, false, false};
    case FloatFormat::kFloat8E5M2:
      return {2, -14, 57344.0, true, true, false};
    case FloatFormat::kFloat8E5M2Fnuz:
      return {2, -15, 57344.0, false, false, false};
    default:
      return {1, 0, 6.0, false, true, true};  // E2M1
  }
}

bool isFloat8(FloatFormat format) {
  return format != FloatFormat::kFloat16 && format != FloatFormat::kBfloat16 && format != FloatFormat::kFloat4E2M1;
}

float roundToScale(double x, FloatRounding rounding) {
  constexpr double kLeast = 0x1p-127;
  constexpr double kLargest = 0x1p127;
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  if (std::isnan(x) || x < 0.0) {
    return kNan;
  }
  if (x < kLeast || x > kLargest) {
    return rounding.saturates ? static_cast<float>(std::clamp(x, kLeast, kLargest)) : kNan;
  }
  int exponent = 0;
  const double fraction = std::frexp(x, &exponent);  // in [0.5, 1)
  const double below = std::ldexp(1.0, exponent - 1);
  const bool goesUp = rounding.scale == ScaleRounding::kUp       ? fraction > 0.5
                      : rounding.scale == ScaleRounding::kNearest ? fraction >= 0.75
                                                                  : false;
  return static_cast<float>(goesUp ? 2.0 * below : below);
}

}  // namespace

float roundToFormat(double x, FloatRounding rounding) {
  if (rounding.format == FloatFormat::kNone) {
    return static_cast<float>(x);
  }
  if (rounding.format == FloatFormat::kFloat8E8M0) {
    return roundToScale(x, rounding);
  }
  const Layout layout = layoutOf(rounding.format);
  if (std::isnan(x)) {
    return rounding.format == FloatFormat::kFloat4E2M1 ? -0.0f : std::numeric_limits<float>::quiet_NaN();
  }
  double rounded = x;
  if (std::isfinite(x) && x != 0.0) {
    // Numbers of one exponent are whole multiples of a power of two, and so are the subnormal ones.
    const int exponent = std::max(std::ilogb(x), layout.leastExponent);
    const double unit = std::ldexp(1.0, exponent - layout.mantissaBits);
    rounded = std::nearbyint(x / unit) * unit;
  }
  if (std::abs(rounded) > layout.largest) {
    if (layout.saturatesAlways || (rounding.saturates && isFloat8(rounding.format))) {
      rounded = std::copysign(layout.largest, x);
    } else if (layout.hasInfinity) {
      rounded = std::copysign(std::numeric_limits<double>::infinity(), x);
    } else {
      return std::numeric_limits<float>::quiet_NaN();
    }
  }
  return rounded == 0.0 && !layout.hasNegativeZero ? 0.0f : static_cast<float>(rounded);
}

}  // namespace inferf
