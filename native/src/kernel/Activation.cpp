#include "kernel/Activation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/Activation.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include "kernel/Vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace inferf {
namespace HWY_NAMESPACE {

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
  Transform(in, out, count, [](auto d, auto x) HWY_ATTR { return SigmoidOf(d, x); });
}

template <typename T>
HWY_INLINE void Tanh(const T* in, T* out, int64_t count) {
  Transform(in, out, count, [](auto d, auto x) HWY_ATTR { return TanhOf(d, x); });
}

template <typename T>
HWY_INLINE void Softmax(const T* in, T* out, int64_t width) {
  const T sum = SumOfExponentials(in, out, width, LargestOf(in, width));
  for (int64_t j = 0; j < width; ++j) {
    out[j] /= sum;
  }
}

template <typename T>
HWY_INLINE void LogSoftmax(const T* in, T* out, int64_t width) {
  const T max = LargestOf(in, width);
  const T logarithm = std::log(SumOfExponentials<T>(in, nullptr, width, max));
  for (int64_t j = 0; j < width; ++j) {
    out[j] = in[j] - max - logarithm;
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
void LogSoftmaxFloat(const float* in, float* out, int64_t width) { LogSoftmax(in, out, width); }
void LogSoftmaxDouble(const double* in, double* out, int64_t width) { LogSoftmax(in, out, width); }

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
HWY_EXPORT(LogSoftmaxFloat);
HWY_EXPORT(LogSoftmaxDouble);

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
void logSoftmax(const float* in, float* out, int64_t width) { HWY_DYNAMIC_DISPATCH(LogSoftmaxFloat)(in, out, width); }
void logSoftmax(const double* in, double* out, int64_t width) { HWY_DYNAMIC_DISPATCH(LogSoftmaxDouble)(in, out, width); }

}  // namespace inferf
#endif  // HWY_ONCE
