#include "kernel/Elementwise.h"

#include <cmath>
#include <limits>
#include <type_traits>

namespace inferf {

int64_t truncateToInteger(double x) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  return x >= -kLimit && x < kLimit ? static_cast<int64_t>(x) : std::numeric_limits<int64_t>::min();
}

template <typename T>
void applyImpute(Matrix<const T> in, Matrix<T> out, int64_t numRows, T replaced, const T* imputed, int64_t imputedStride) {
  bool replacesNan = false;
  if constexpr (std::is_floating_point_v<T>) {
    replacesNan = std::isnan(replaced);
  }
  for (int64_t i = 0; i < numRows; ++i) {
    const T* a = in.row(i);
    T* c = out.row(i);
    if (replacesNan) {
      for (int64_t j = 0; j < out.width; ++j) {
        c[j] = a[j] != a[j] ? imputed[j * imputedStride] : a[j];
      }
    } else {
      for (int64_t j = 0; j < out.width; ++j) {
        c[j] = a[j] == replaced ? imputed[j * imputedStride] : a[j];
      }
    }
  }
}

template void applyImpute(Matrix<const float>, Matrix<float>, int64_t, float, const float*, int64_t);
template void applyImpute(Matrix<const double>, Matrix<double>, int64_t, double, const double*, int64_t);
template void applyImpute(Matrix<const int64_t>, Matrix<int64_t>, int64_t, int64_t, const int64_t*, int64_t);

}  // namespace inferf
