#include "kernel/RowFunctions.h"

#include <cmath>
#include <limits>

namespace inferf {

namespace {

template <typename From, typename To>
void divideRow(const From* in, To* out, int64_t width, To divisor) {
  for (int64_t j = 0; j < width; ++j) {
    const To x = static_cast<To>(in[j]);
    out[j] = divisor != To(0) ? x / divisor : x;
  }
}

}  // namespace

template <typename T>
T probit(T x) {
  constexpr T kA = T(0.147);
  constexpr T kPi = T(3.14159);  // as coarse as in ONNX Runtime, which this must agree with
  const T y = T(2) * x - T(1);
  const T log = std::log((T(1) - y) * (T(1) + y));
  const T half = T(2) / (kPi * kA) + T(0.5) * log;
  const T root = std::sqrt(std::sqrt(half * half - log / kA) - half);
  return T(1.41421356) * (y < T(0) ? -root : root);
}

template <typename T>
void softmaxZero(const T* in, T* out, int64_t width) {
  constexpr T kZero = T(0.0000001);
  T max = std::numeric_limits<T>::lowest();
  for (int64_t j = 0; j < width; ++j) {
    max = in[j] > max ? in[j] : max;
  }
  const T scale = std::exp(-max);
  T sum = T(0);
  for (int64_t j = 0; j < width; ++j) {
    if (in[j] > kZero || in[j] < -kZero) {
      out[j] = std::exp(in[j] - max);
      sum += out[j];
    } else {
      out[j] = in[j] * scale;
    }
  }
  for (int64_t j = 0; j < width; ++j) {
    out[j] /= sum;
  }
}

template <typename From, typename To>
void normalizeRows(RowNorm norm, Matrix<const From> in, Matrix<To> out, int64_t numRows) {
  for (int64_t i = 0; i < numRows; ++i) {
    const From* x = in.row(i);
    To* y = out.row(i);
    if (norm == RowNorm::kMax) {
      To max = std::numeric_limits<To>::lowest();
      for (int64_t j = 0; j < in.width; ++j) {
        max = max < static_cast<To>(x[j]) ? static_cast<To>(x[j]) : max;
      }
      divideRow(x, y, in.width, max);
    } else if (norm == RowNorm::kL1) {
      To sum = To(0);
      for (int64_t j = 0; j < in.width; ++j) {
        sum += std::abs(static_cast<To>(x[j]));
      }
      divideRow(x, y, in.width, sum);
    } else {
      To sum = To(0);
      for (int64_t j = 0; j < in.width; ++j) {
        sum += static_cast<To>(x[j]) * static_cast<To>(x[j]);
      }
      for (int64_t j = 0; j < in.width; ++j) {
        const To v = static_cast<To>(x[j]);
        y[j] = sum != To(0) ? std::copysign(std::sqrt(v * v / sum), v) : v;
      }
    }
  }
}

template float probit(float);
template double probit(double);
template void softmaxZero(const float*, float*, int64_t);
template void softmaxZero(const double*, double*, int64_t);
template void normalizeRows(RowNorm, Matrix<const float>, Matrix<float>, int64_t);
template void normalizeRows(RowNorm, Matrix<const float>, Matrix<double>, int64_t);
template void normalizeRows(RowNorm, Matrix<const double>, Matrix<float>, int64_t);
template void normalizeRows(RowNorm, Matrix<const double>, Matrix<double>, int64_t);
template void normalizeRows(RowNorm, Matrix<const int64_t>, Matrix<float>, int64_t);
template void normalizeRows(RowNorm, Matrix<const int64_t>, Matrix<double>, int64_t);

}  // namespace inferf
