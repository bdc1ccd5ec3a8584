#include "kernel/Unary.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/Unary.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include "kernel/Vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace inferf {
namespace HWY_NAMESPACE {

/// min(1, max(0, x)); NaN stays NaN.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V ToUnitInterval(D d, V x) {
  return KeepNan(x, hn::Max(hn::Zero(d), hn::Min(hn::Set(d, hn::TFromD<D>(1)), x)));
}

template <typename T, class D, class V = hn::Vec<D>>
HWY_INLINE V GeluTanhOf(D d, V x) {
  const auto half = hn::Mul(hn::Set(d, T(0.5)), x);
  const auto cube = hn::Mul(hn::Mul(hn::Mul(hn::Set(d, T(0.044715)), x), x), x);
  const auto argument = hn::Mul(hn::Set(d, T(0.79788456080286535588)), hn::Add(x, cube));
  return hn::Mul(half, hn::Add(hn::Set(d, T(1)), TanhOf(d, argument)));
}

/// The functions that take no parameter.
template <typename T>
HWY_INLINE void ApplyPlain(UnaryOperation operation, const T* in, T* out, int64_t count) {
  switch (operation) {
    case UnaryOperation::kExp:
      return Transform(in, out, count, [](auto d, auto x) HWY_ATTR { return ExpOfAny(d, x); });
    case UnaryOperation::kLog:
      return Transform(in, out, count, [](auto d, auto x) HWY_ATTR { return LogOfAny(d, x); });
    case UnaryOperation::kSqrt:
      return Transform(in, out, count, [](auto, auto x) HWY_ATTR { return hn::Sqrt(x); });
    case UnaryOperation::kAbs:
      return Transform(in, out, count, [](auto, auto x) HWY_ATTR { return hn::Abs(x); });
    case UnaryOperation::kNegate:
      return Transform(in, out, count, [](auto, auto x) HWY_ATTR { return hn::Neg(x); });
    case UnaryOperation::kReciprocal:
      return Transform(in, out, count, [](auto d, auto x) HWY_ATTR { return hn::Div(hn::Set(d, T(1)), x); });
    case UnaryOperation::kFloor:
      return Transform(in, out, count, [](auto, auto x) HWY_ATTR { return hn::Floor(x); });
    case UnaryOperation::kCeil:
      return Transform(in, out, count, [](auto, auto x) HWY_ATTR { return hn::Ceil(x); });
    case UnaryOperation::kRound:
      return Transform(in, out, count, [](auto, auto x) HWY_ATTR { return hn::Round(x); });
    case UnaryOperation::kSign:
      return Transform(in, out, count, [](auto d, auto x) HWY_ATTR {
        const auto zero = hn::Zero(d);
        const auto one = hn::Set(d, T(1));
        return hn::IfThenElse(hn::Gt(x, zero), one, hn::IfThenElse(hn::Lt(x, zero), hn::Neg(one), x));
      });
    case UnaryOperation::kGeluTanh:
      return Transform(in, out, count, [](auto d, auto x) HWY_ATTR { return GeluTanhOf<T>(d, x); });
    case UnaryOperation::kSoftplus:
      return Transform(in, out, count, [](auto d, auto x) HWY_ATTR { return SoftplusOf(d, x); });
    case UnaryOperation::kSoftsign:
      return Transform(in, out, count, [](auto d, auto x) HWY_ATTR {
        return hn::Div(x, hn::Add(hn::Set(d, T(1)), hn::Abs(x)));
      });
    case UnaryOperation::kHardSwish:
      return Transform(in, out, count, [](auto d, auto x) HWY_ATTR {
        return hn::Mul(x, ToUnitInterval(d, hn::Add(hn::Div(x, hn::Set(d, T(6))), hn::Set(d, T(0.5)))));
      });
    case UnaryOperation::kMish:
      return Transform(in, out, count, [](auto d, auto x) HWY_ATTR { return hn::Mul(x, TanhOf(d, SoftplusOf(d, x))); });
    default:
      break;
  }
  if constexpr (sizeof(T) == sizeof(float)) {
    if (operation == UnaryOperation::kErf) {
      return Transform(in, out, count, [](auto d, auto x) HWY_ATTR { return ErfOfFloat(d, x); });
    }
    if (operation == UnaryOperation::kGelu) {
      return Transform(in, out, count, [](auto d, auto x) HWY_ATTR {
        const auto erf = ErfOfFloat(d, hn::Mul(x, hn::Set(d, T(0.70710678118654752440))));
        return hn::Mul(hn::Mul(hn::Set(d, T(0.5)), x), hn::Add(hn::Set(d, T(1)), erf));
      });
    }
  }
  // The C library's: rare in models, or of a precision that is not worth a polynomial here.
  for (int64_t i = 0; i < count; ++i) {
    out[i] = unaryScalar(operation, T(0), T(0), in[i]);
  }
}

template <typename T>
HWY_INLINE void Apply(UnaryOperation operation, T alpha, T beta, const T* in, T* out, int64_t count) {
  switch (operation) {
    case UnaryOperation::kElu:
      return Transform(in, out, count, [alpha](auto d, auto x) HWY_ATTR {
        return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Mul(hn::Set(d, alpha), Expm1OfAny(d, x)), x);
      });
    case UnaryOperation::kSelu:
      return Transform(in, out, count, [alpha, beta](auto d, auto x) HWY_ATTR {
        const auto scale = hn::Set(d, beta);
        const auto negative = hn::Mul(scale, hn::Mul(hn::Set(d, alpha), Expm1OfAny(d, x)));
        return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), hn::Mul(scale, x), negative);
      });
    case UnaryOperation::kCelu:
      return Transform(in, out, count, [alpha](auto d, auto x) HWY_ATTR {
        const auto zero = hn::Zero(d);
        const auto scale = hn::Set(d, alpha);
        const auto scaled = hn::Mul(scale, Expm1OfAny(d, hn::Div(x, scale)));
        const auto positive = hn::IfThenElseZero(hn::Gt(x, zero), x);
        return KeepNan(x, hn::Add(positive, hn::IfThenElseZero(hn::Lt(scaled, zero), scaled)));
      });
    case UnaryOperation::kHardSigmoid:
      return Transform(in, out, count, [alpha, beta](auto d, auto x) HWY_ATTR {
        return ToUnitInterval(d, hn::Add(hn::Mul(hn::Set(d, alpha), x), hn::Set(d, beta)));
      });
    case UnaryOperation::kThresholdedRelu:
      return Transform(in, out, count, [alpha](auto d, auto x) HWY_ATTR { return hn::IfThenElseZero(hn::Gt(x, hn::Set(d, alpha)), x); });
    case UnaryOperation::kSwish:
      return Transform(in, out, count, [alpha](auto d, auto x) HWY_ATTR {
        return hn::Mul(x, SigmoidOf(d, hn::Mul(hn::Set(d, alpha), x)));
      });
    default:
      return ApplyPlain(operation, in, out, count);
  }
}

void ApplyFloat(UnaryOperation operation, float alpha, float beta, const float* in, float* out, int64_t count) {
  Apply(operation, alpha, beta, in, out, count);
}
void ApplyDouble(UnaryOperation operation, double alpha, double beta, const double* in, double* out, int64_t count) {
  Apply(operation, alpha, beta, in, out, count);
}

}  // namespace HWY_NAMESPACE
}  // namespace inferf
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace inferf {

HWY_EXPORT(ApplyFloat);
HWY_EXPORT(ApplyDouble);

void applyUnary(UnaryOperation operation, float alpha, float beta, const float* in, float* out, int64_t count) {
  HWY_DYNAMIC_DISPATCH(ApplyFloat)(operation, alpha, beta, in, out, count);
}
void applyUnary(UnaryOperation operation, double alpha, double beta, const double* in, double* out, int64_t count) {
  HWY_DYNAMIC_DISPATCH(ApplyDouble)(operation, alpha, beta, in, out, count);
}

namespace {

template <class Function>
void transform(const int64_t* in, int64_t* out, int64_t count, const Function& function) {
  for (int64_t i = 0; i < count; ++i) {
    out[i] = function(in[i]);
  }
}

int64_t negated(int64_t x) { return static_cast<int64_t>(0 - static_cast<uint64_t>(x)); }

}  // namespace

void applyUnary(IntegerUnaryOperation operation, const int64_t* in, int64_t* out, int64_t count) {
  switch (operation) {
    case IntegerUnaryOperation::kRelu:
      return transform(in, out, count, [](int64_t x) { return x < 0 ? 0 : x; });
    case IntegerUnaryOperation::kAbs:
      return transform(in, out, count, [](int64_t x) { return x < 0 ? negated(x) : x; });
    case IntegerUnaryOperation::kNegate:
      return transform(in, out, count, negated);
    case IntegerUnaryOperation::kSign:
      return transform(in, out, count, [](int64_t x) { return static_cast<int64_t>(x > 0) - static_cast<int64_t>(x < 0); });
    case IntegerUnaryOperation::kNot:
      return transform(in, out, count, [](int64_t x) { return static_cast<int64_t>(x == 0); });
  }
}

}  // namespace inferf
#endif  // HWY_ONCE
