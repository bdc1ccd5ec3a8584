#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "kernel/Activation.h"

namespace inferf {

/// Functions of one number, with parameters alpha and beta. The formulas are those of the ONNX operators of these names.
enum class UnaryOperation : uint8_t {
  kExp,
  kLog,
  kSqrt,
  kAbs,
  kNegate,
  kReciprocal,
  kFloor,
  kCeil,
  kRound,
  kSign,
  kErf,
  kGelu,
  kGeluTanh,
  kElu,
  kSelu,
  kCelu,
  kSoftplus,
  kSoftsign,
  kHardSigmoid,
  kHardSwish,
  kThresholdedRelu,
  kSwish,
  kMish,
  kSin,
  kCos,
  kTan,
  kAtan
};

/// out = operation(in) for `count` consecutive elements; `out` may be `in`. Results depend on the element alone, not on its position. NaN stays
/// NaN, except that kThresholdedRelu makes it 0.
///
/// Errors against the exact value, in units in the last place: kExp 2, kLog 4, kErf 3 (float) or 1 (double), kElu, kSelu and kCelu 6, kSoftplus 5;
/// sine, cosine, tangent and arc tangent those of the C library. kGelu and kGeluTanh are the formula's own: absolute errors up to |x| epsilon, so
/// that results near zero for x < -3 have few good digits; kSwish 8 + |alpha x|, kMish 16. The rest are the formula in this arithmetic, rounded step by step.
void applyUnary(UnaryOperation operation, float alpha, float beta, const float* in, float* out, int64_t count);
void applyUnary(UnaryOperation operation, double alpha, double beta, const double* in, double* out, int64_t count);

/// The specification of applyUnary.
template <typename T>
T unaryScalar(UnaryOperation operation, T alpha, T beta, T x) {
  const T zero = T(0);
  const T one = T(1);
  const auto softplus = [](T y) { return (y > T(0) ? y : T(0)) + std::log1p(std::exp(-std::abs(y))); };
  switch (operation) {
    case UnaryOperation::kExp:
      return std::exp(x);
    case UnaryOperation::kLog:
      return std::log(x);
    case UnaryOperation::kSqrt:
      return std::sqrt(x);
    case UnaryOperation::kAbs:
      return std::abs(x);
    case UnaryOperation::kNegate:
      return -x;
    case UnaryOperation::kReciprocal:
      return one / x;
    case UnaryOperation::kFloor:
      return std::floor(x);
    case UnaryOperation::kCeil:
      return std::ceil(x);
    case UnaryOperation::kRound:
      return std::nearbyint(x);
    case UnaryOperation::kSign:
      return x > zero ? one : x < zero ? -one : x;
    case UnaryOperation::kErf:
      return std::erf(x);
    case UnaryOperation::kGelu:
      return T(0.5) * x * (one + std::erf(x * T(0.70710678118654752440)));
    case UnaryOperation::kGeluTanh:
      return T(0.5) * x * (one + std::tanh(T(0.79788456080286535588) * (x + T(0.044715) * x * x * x)));
    case UnaryOperation::kElu:
      return x < zero ? alpha * std::expm1(x) : x;
    case UnaryOperation::kSelu:
      return x > zero ? beta * x : beta * (alpha * std::expm1(x));
    case UnaryOperation::kCelu: {
      const T scaled = alpha * std::expm1(x / alpha);
      return x != x ? x : (x > zero ? x : zero) + (scaled < zero ? scaled : zero);
    }
    case UnaryOperation::kSoftplus:
      return x != x ? x : softplus(x);
    case UnaryOperation::kSoftsign:
      return x / (one + std::abs(x));
    case UnaryOperation::kHardSigmoid: {
      const T y = alpha * x + beta;
      return y != y ? y : y < zero ? zero : y > one ? one : y;
    }
    case UnaryOperation::kHardSwish: {
      const T y = x / T(6) + T(0.5);
      return x * (y < zero ? zero : y > one ? one : y);
    }
    case UnaryOperation::kThresholdedRelu:
      return x > alpha ? x : zero;
    case UnaryOperation::kSwish:
      return x * sigmoidScalar(alpha * x);
    case UnaryOperation::kMish:
      return x != x ? x : x * std::tanh(softplus(x));
    case UnaryOperation::kSin:
      return std::sin(x);
    case UnaryOperation::kCos:
      return std::cos(x);
    case UnaryOperation::kTan:
      return std::tan(x);
    case UnaryOperation::kAtan:
      return std::atan(x);
  }
  return std::numeric_limits<T>::quiet_NaN();
}

/// Functions of INT64; they wrap.
enum class IntegerUnaryOperation : uint8_t { kRelu, kAbs, kNegate, kSign, kNot };
void applyUnary(IntegerUnaryOperation operation, const int64_t* in, int64_t* out, int64_t count);

/// out = 1 where in is NaN, otherwise 0. T: float or double.
template <typename T>
void testNan(const T* in, int64_t* out, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    out[i] = in[i] != in[i] ? 1 : 0;
  }
}

/// out = 1 where in is an infinity of a sign that counts, otherwise 0.
template <typename T>
void testInfinity(const T* in, int64_t* out, int64_t count, bool negativeCounts, bool positiveCounts) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  for (int64_t i = 0; i < count; ++i) {
    out[i] = (positiveCounts && in[i] == kInfinity) || (negativeCounts && in[i] == -kInfinity) ? 1 : 0;
  }
}

}  // namespace inferf
