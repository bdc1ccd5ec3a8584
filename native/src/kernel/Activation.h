#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace inferf {

// Functions on `count` consecutive elements; `out` may be `in`. Results depend on the element alone, not on its position. Errors, against
// the exact value: sigmoid at most 4 units in the last place, tanh 5 (Highway's exp and tanh polynomials), relu and leakyRelu exact.
// NaN stays NaN; infinities give the limits.

void relu(const float* in, float* out, int64_t count);
void relu(const double* in, double* out, int64_t count);
void leakyRelu(const float* in, float* out, int64_t count, float alpha);
void leakyRelu(const double* in, double* out, int64_t count, double alpha);
void sigmoid(const float* in, float* out, int64_t count);
void sigmoid(const double* in, double* out, int64_t count);
void tanh(const float* in, float* out, int64_t count);
void tanh(const double* in, double* out, int64_t count);

/// exp(x - max) / sum of exp(x - max) over one row of `width` elements; `out` may be `in`. A NaN or +Inf makes the whole row NaN.
void softmax(const float* in, float* out, int64_t width);
void softmax(const double* in, double* out, int64_t width);

/// x - max - log(sum of exp(x - max)) over one row of `width` elements; `out` may be `in`. A NaN or +Inf makes the whole row NaN.
void logSoftmax(const float* in, float* out, int64_t width);
void logSoftmax(const double* in, double* out, int64_t width);

/// 1 at the first largest element of one row, 0 elsewhere; `out` may be `in`. NaN is never larger.
template <typename T>
void hardmax(const T* in, T* out, int64_t width) {
  int64_t best = 0;
  for (int64_t j = 1; j < width; ++j) {
    best = in[j] > in[best] || (in[best] != in[best] && in[j] == in[j]) ? j : best;
  }
  for (int64_t j = 0; j < width; ++j) {
    out[j] = j == best ? T(1) : T(0);
  }
}

// The specifications of the above.

template <typename T>
T reluScalar(T x) {
  return x < T(0) ? T(0) : x;
}

template <typename T>
T leakyReluScalar(T x, T alpha) {
  return x < T(0) ? x * alpha : x;
}

/// 1 / (1 + exp(-x)), from the side on which exp cannot overflow.
template <typename T>
T sigmoidScalar(T x) {
  const T e = std::exp(-std::abs(x));
  return x < T(0) ? e / (T(1) + e) : T(1) / (T(1) + e);
}

template <typename T>
void softmaxScalar(const T* in, T* out, int64_t width) {
  T max = -std::numeric_limits<T>::infinity();
  for (int64_t j = 0; j < width; ++j) {
    max = in[j] > max ? in[j] : max;
  }
  T sum = T(0);
  for (int64_t j = 0; j < width; ++j) {
    out[j] = std::exp(in[j] - max);
    sum += out[j];
  }
  for (int64_t j = 0; j < width; ++j) {
    out[j] /= sum;
  }
}

template <typename T>
void logSoftmaxScalar(const T* in, T* out, int64_t width) {
  T max = -std::numeric_limits<T>::infinity();
  for (int64_t j = 0; j < width; ++j) {
    max = in[j] > max ? in[j] : max;
  }
  T sum = T(0);
  for (int64_t j = 0; j < width; ++j) {
    sum += std::exp(in[j] - max);
  }
  for (int64_t j = 0; j < width; ++j) {
    out[j] = in[j] - max - std::log(sum);
  }
}

}  // namespace inferf
