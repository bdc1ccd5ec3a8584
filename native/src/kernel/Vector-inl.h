// Functions of vectors that several kernels are made of. Compiled once per SIMD target by the source that includes it, inside of
// foreach_target.h's loop; see Highway's quick reference.

#if defined(INFERF_KERNEL_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef INFERF_KERNEL_VECTOR_INL_H_
#undef INFERF_KERNEL_VECTOR_INL_H_
#else
#define INFERF_KERNEL_VECTOR_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace inferf {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Applies `function` to whole vectors; the rest goes through a padded copy, so that every element meets the same instructions.
template <typename T, class Function>
HWY_INLINE void Transform(const T* in, T* out, int64_t count, const Function& function) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(function(d, hn::LoadU(d, in + i)), d, out + i);
  }
  if (i < count) {
    HWY_ALIGN T rest[HWY_MAX_BYTES / sizeof(T)] = {};
    std::copy(in + i, in + count, rest);
    hn::Store(function(d, hn::Load(d, rest)), d, rest);
    std::copy_n(rest, count - i, out + i);
  }
}

/// `value` where x is a number, otherwise x.
template <class V>
HWY_INLINE V KeepNan(V x, V value) {
  return hn::IfThenElse(hn::IsNaN(x), x, value);
}

/// exp(x) for x <= 0 or NaN.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V ExpOfNegative(D d, V x) {
  return KeepNan(x, hn::Exp(d, x));
}

/// exp(x) for every x.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V ExpOfAny(D d, V x) {
  using T = hn::TFromD<D>;
  // The largest number whose exponential is finite.
  const auto most = hn::Set(d, sizeof(T) == sizeof(float) ? T(88.72283) : T(709.782712893383));
  const auto finite = hn::Exp(d, hn::Min(x, most));
  return KeepNan(x, hn::IfThenElse(hn::Gt(x, most), hn::Inf(d), finite));
}

/// exp(x) - 1 for every x.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Expm1OfAny(D d, V x) {
  using T = hn::TFromD<D>;
  const auto one = hn::Set(d, T(1));
  // Below -100 it is -1 in either type.
  const auto close = hn::Expm1(d, hn::Min(hn::Max(x, hn::Set(d, T(-100))), one));
  return KeepNan(x, hn::IfThenElse(hn::Gt(x, one), hn::Sub(ExpOfAny(d, x), one), close));
}

/// log(x) for every x.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V LogOfAny(D d, V x) {
  using T = hn::TFromD<D>;
  const auto zero = hn::Zero(d);
  const auto infinity = hn::Inf(d);
  const auto isOrdinary = hn::And(hn::Gt(x, zero), hn::Lt(x, infinity));
  const auto ordinary = hn::Log(d, hn::IfThenElse(isOrdinary, x, hn::Set(d, T(1))));
  const auto special =
      hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), hn::IfThenElse(hn::Lt(x, zero), hn::NaN(d), x));
  return hn::IfThenElse(isOrdinary, ordinary, special);
}

/// 1 / (1 + exp(-x)).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V SigmoidOf(D d, V x) {
  const auto one = hn::Set(d, hn::TFromD<D>(1));
  const auto e = ExpOfNegative(d, hn::Neg(hn::Abs(x)));
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), hn::Add(one, e));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V TanhOf(D d, V x) {
  // Beyond +-20 the result is +-1 in either type; clamping keeps the polynomial away from infinities.
  const auto limit = hn::Set(d, hn::TFromD<D>(20));
  const auto clamped = hn::Max(hn::Min(x, limit), hn::Neg(limit));
  return KeepNan(x, hn::Tanh(d, clamped));
}

/// log(1 + exp(x)).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V SoftplusOf(D d, V x) {
  const auto tail = hn::Log1p(d, hn::Exp(d, hn::Neg(hn::Abs(x))));
  return KeepNan(x, hn::Add(hn::Max(x, hn::Zero(d)), tail));
}

/// The largest of `count` elements that is a number, or -Inf.
template <typename T>
HWY_INLINE T LargestOf(const T* in, int64_t count) {
  T max = -std::numeric_limits<T>::infinity();
  for (int64_t j = 0; j < count; ++j) {
    max = in[j] > max ? in[j] : max;
  }
  return max;
}

/// The sum of exp(x - shift), for a shift that no element exceeds. The exponentials go to `out` unless it is nullptr.
template <typename T>
HWY_INLINE T SumOfExponentials(const T* in, T* out, int64_t count, T shift) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto shifts = hn::Set(d, shift);
  auto sums = hn::Zero(d);
  int64_t j = 0;
  for (; j + lanes <= count; j += lanes) {
    const auto e = ExpOfNegative(d, hn::Sub(hn::LoadU(d, in + j), shifts));
    if (out != nullptr) {
      hn::StoreU(e, d, out + j);
    }
    sums = hn::Add(sums, e);
  }
  if (j < count) {
    HWY_ALIGN T rest[HWY_MAX_BYTES / sizeof(T)];
    std::fill(rest, rest + lanes, -std::numeric_limits<T>::infinity());
    std::copy(in + j, in + count, rest);
    // exp(-Inf - shift) is 0 for every finite shift; the sum of other rows is NaN anyway.
    const auto e = ExpOfNegative(d, hn::Sub(hn::Load(d, rest), shifts));
    sums = hn::Add(sums, e);
    if (out != nullptr) {
      hn::Store(e, d, rest);
      std::copy_n(rest, count - j, out + j);
    }
  }
  return hn::GetLane(hn::SumOfLanes(d, sums));
}

/// The error function in float: x + x p(x^2) below 1, otherwise 1 - exp(q(|x| - 2)), which is 1 from 4 on. p and q interpolate erf(x) / x - 1 and
/// log(erfc) in Chebyshev nodes, the least deviation within rounding.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V ErfOfFloat(D d, V x) {
  const auto evaluate = [d](V u, const auto& coefficients) HWY_ATTR {
    V sum = hn::Set(d, coefficients[std::size(coefficients) - 1]);
    for (size_t k = std::size(coefficients) - 1; k-- > 0;) {
      sum = hn::MulAdd(sum, u, hn::Set(d, coefficients[k]));
    }
    return sum;
  };
  static constexpr float kInner[] = {0.12837917f,   -0.37612638f,    0.11283782f,     -0.02686543f,
                                     0.0052210316f, -0.00084840803f, 0.00011265959f, -9.667045e-06f};
  static constexpr float kOuter[] = {-5.3649411f,    -4.4181609f,     -0.92375088f,   -0.016464675f, 0.0035708682f,
                                     -0.00073336053f, 0.00013535398f, -1.9863621e-05f, 1.6371514e-06f};
  const auto magnitude = hn::Abs(x);
  const auto one = hn::Set(d, 1.0f);
  const auto inner = hn::MulAdd(x, evaluate(hn::Mul(x, x), kInner), x);
  const auto clamped = hn::Min(magnitude, hn::Set(d, 4.0f));
  const auto outer = hn::Sub(one, hn::Exp(d, evaluate(hn::Sub(clamped, hn::Set(d, 2.0f)), kOuter)));
  return KeepNan(x, hn::IfThenElse(hn::Lt(magnitude, one), inner, hn::CopySign(outer, x)));
}

}  // namespace HWY_NAMESPACE
}  // namespace inferf
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
