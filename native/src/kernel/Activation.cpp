#include "kernel/Activation.h"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/Activation.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
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

/// exp(x) for x <= 0 or NaN.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V ExpOfNegative(D d, V x) {
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Exp(d, x));
}

template <typename T>
HWY_INLINE void Relu(const T* in, T* out, int64_t count) {
  Transform(in, out, count, [](auto d, auto x) HWY_ATTR {
    const auto zero = hn::Zero(d);
    return hn::IfThenZeroElse(hn::Lt(x, zero), x);
  });
}

template <typename T>
HWY_INLINE void LeakyRelu(const T* in, T* out, int64_t count, T alpha) {
  Transform(in, out, count, [alpha](auto d, auto x) HWY_ATTR {
    return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Mul(x, hn::Set(d, alpha)), x);
  });
}

template <typename T>
HWY_INLINE void Sigmoid(const T* in, T* out, int64_t count) {
  Transform(in, out, count, [](auto d, auto x) HWY_ATTR {
    const auto one = hn::Set(d, T(1));
    const auto e = ExpOfNegative(d, hn::Neg(hn::Abs(x)));
    return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), hn::Add(one, e));
  });
}

template <typename T>
HWY_INLINE void Tanh(const T* in, T* out, int64_t count) {
  // Beyond +-20 the result is +-1 in either type; clamping keeps the polynomial away from infinities.
  Transform(in, out, count, [](auto d, auto x) HWY_ATTR {
    const auto limit = hn::Set(d, T(20));
    const auto clamped = hn::Max(hn::Min(x, limit), hn::Neg(limit));
    return hn::IfThenElse(hn::IsNaN(x), x, hn::Tanh(d, clamped));
  });
}

template <typename T>
HWY_INLINE void Softmax(const T* in, T* out, int64_t width) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  T max = -std::numeric_limits<T>::infinity();
  for (int64_t j = 0; j < width; ++j) {
    max = in[j] > max ? in[j] : max;
  }
  const auto shift = hn::Set(d, max);
  auto sums = hn::Zero(d);
  int64_t j = 0;
  for (; j + lanes <= width; j += lanes) {
    const auto e = ExpOfNegative(d, hn::Sub(hn::LoadU(d, in + j), shift));
    hn::StoreU(e, d, out + j);
    sums = hn::Add(sums, e);
  }
  if (j < width) {
    HWY_ALIGN T rest[HWY_MAX_BYTES / sizeof(T)];
    std::fill(rest, rest + lanes, -std::numeric_limits<T>::infinity());
    std::copy(in + j, in + width, rest);
    // exp(-Inf - max) is 0 for every finite max; other rows are NaN anyway.
    const auto e = ExpOfNegative(d, hn::Sub(hn::Load(d, rest), shift));
    hn::Store(e, d, rest);
    std::copy_n(rest, width - j, out + j);
    sums = hn::Add(sums, e);
  }
  const T sum = hn::GetLane(hn::SumOfLanes(d, sums));
  for (j = 0; j < width; ++j) {
    out[j] /= sum;
  }
}

void ReluFloat(const float* in, float* out, int64_t count) { Relu(in, out, count); }
void ReluDouble(const double* in, double* out, int64_t count) { Relu(in, out, count); }
void LeakyReluFloat(const float* in, float* out, int64_t count, float alpha) { LeakyRelu(in, out, count, alpha); }
void LeakyReluDouble(const double* in, double* out, int64_t count, double alpha) { LeakyRelu(in, out, count, alpha); }
void SigmoidFloat(const float* in, float* out, int64_t count) { Sigmoid(in, out, count); }
void SigmoidDouble(const double* in, double* out, int64_t count) { Sigmoid(in, out, count); }
void TanhFloat(const float* in, float* out, int64_t count) { Tanh(in, out, count); }
void TanhDouble(const double* in, double* out, int64_t count) { Tanh(in, out, count); }
void SoftmaxFloat(const float* in, float* out, int64_t width) { Softmax(in, out, width); }
void SoftmaxDouble(const double* in, double* out, int64_t width) { Softmax(in, out, width); }

}  // namespace HWY_NAMESPACE
}  // namespace inferf
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace inferf {

HWY_EXPORT(ReluFloat);
HWY_EXPORT(ReluDouble);
HWY_EXPORT(LeakyReluFloat);
HWY_EXPORT(LeakyReluDouble);
HWY_EXPORT(SigmoidFloat);
HWY_EXPORT(SigmoidDouble);
HWY_EXPORT(TanhFloat);
HWY_EXPORT(TanhDouble);
HWY_EXPORT(SoftmaxFloat);
HWY_EXPORT(SoftmaxDouble);

void relu(const float* in, float* out, int64_t count) { HWY_DYNAMIC_DISPATCH(ReluFloat)(in, out, count); }
void relu(const double* in, double* out, int64_t count) { HWY_DYNAMIC_DISPATCH(ReluDouble)(in, out, count); }
void leakyRelu(const float* in, float* out, int64_t count, float alpha) {
  HWY_DYNAMIC_DISPATCH(LeakyReluFloat)(in, out, count, alpha);
}
void leakyRelu(const double* in, double* out, int64_t count, double alpha) {
  HWY_DYNAMIC_DISPATCH(LeakyReluDouble)(in, out, count, alpha);
}
void sigmoid(const float* in, float* out, int64_t count) { HWY_DYNAMIC_DISPATCH(SigmoidFloat)(in, out, count); }
void sigmoid(const double* in, double* out, int64_t count) { HWY_DYNAMIC_DISPATCH(SigmoidDouble)(in, out, count); }
void tanh(const float* in, float* out, int64_t count) { HWY_DYNAMIC_DISPATCH(TanhFloat)(in, out, count); }
void tanh(const double* in, double* out, int64_t count) { HWY_DYNAMIC_DISPATCH(TanhDouble)(in, out, count); }
void softmax(const float* in, float* out, int64_t width) { HWY_DYNAMIC_DISPATCH(SoftmaxFloat)(in, out, width); }
void softmax(const double* in, double* out, int64_t width) { HWY_DYNAMIC_DISPATCH(SoftmaxDouble)(in, out, width); }

}  // namespace inferf
#endif  // HWY_ONCE
