#pragma once

#include <cstdint>

namespace inferf {

/// Narrow float formats whose numbers are kept in float. The float8 formats are those of the ONNX specification (E4M3FN and E5M2 of "FP8 Formats for
/// Deep Learning", Micikevicius et al. 2022; the FNUZ ones of "8-bit Numerical Formats for Deep Neural Networks", Noune et al. 2022; E2M1 and E8M0 of
/// the OCP Microscaling Formats specification 1.0).
enum class FloatFormat : uint8_t {
  kNone,  // float itself
  kFloat16,
  kBfloat16,
  kFloat8E4M3Fn,
  kFloat8E4M3Fnuz,
  kFloat8E5M2,
  kFloat8E5M2Fnuz,
  kFloat4E2M1,
  kFloat8E8M0
};

/// How E8M0, which has only powers of two, rounds: away from zero, towards zero, or to the nearest with ties away from zero.
enum class ScaleRounding : uint8_t { kUp, kDown, kNearest };

/// How numbers become numbers of a narrow format.
struct FloatRounding {
  FloatFormat format = FloatFormat::kNone;
  /// float8: what is out of range becomes the largest number; otherwise infinity, or NaN in a format without infinities.
  bool saturates = false;
  ScaleRounding scale = ScaleRounding::kUp;
};

/// The number of the format that the ONNX operator Cast makes of x: the nearest, ties to even. Rounds once, from the double. Where the specification
/// is silent: E2M1 saturates and makes -0 of NaN, as the ONNX project's tests have it; E8M0 makes NaN of negative numbers.
float roundToFormat(double x, FloatRounding rounding);

}  // namespace inferf
