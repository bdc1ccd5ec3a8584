#include "kernel/MatrixProduct.h"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/MatrixProduct.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace inferf {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// kRows rows of one vector of columns.
template <int kRows, typename T, class D>
HWY_INLINE void MultiplyBlock(D d, const ProductShape& shape, const T* left, const T* right, T* out) {
  auto first = hn::Zero(d);
  auto second = hn::Zero(d);
  auto third = hn::Zero(d);
  auto fourth = hn::Zero(d);
  for (int64_t k = 0; k < shape.inner; ++k) {
    const auto b = hn::LoadU(d, right + k * shape.columns);
    first = hn::MulAdd(hn::Set(d, left[k]), b, first);
    if constexpr (kRows == 4) {
      second = hn::MulAdd(hn::Set(d, left[shape.inner + k]), b, second);
      third = hn::MulAdd(hn::Set(d, left[2 * shape.inner + k]), b, third);
      fourth = hn::MulAdd(hn::Set(d, left[3 * shape.inner + k]), b, fourth);
    }
  }
  hn::StoreU(first, d, out);
  if constexpr (kRows == 4) {
    hn::StoreU(second, d, out + shape.columns);
    hn::StoreU(third, d, out + 2 * shape.columns);
    hn::StoreU(fourth, d, out + 3 * shape.columns);
  }
}

/// All columns, at least a vector of them: the last vector overlaps the one before it and computes the same again.
template <typename T, class D>
HWY_INLINE void MultiplyVectors(D d, const ProductShape& shape, const T* left, const T* right, T* out) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t next = 0; next < shape.columns; next += lanes) {
    const int64_t j = std::min(next, shape.columns - lanes);
    int64_t i = 0;
    for (; i + 4 <= shape.rows; i += 4) {
      MultiplyBlock<4>(d, shape, left + i * shape.inner, right + j, out + i * shape.columns + j);
    }
    for (; i < shape.rows; ++i) {
      MultiplyBlock<1>(d, shape, left + i * shape.inner, right + j, out + i * shape.columns + j);
    }
  }
}

template <typename T>
HWY_INLINE T DotProduct(const T* a, const T* b, int64_t count) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto first = hn::Zero(d);
  auto second = hn::Zero(d);
  int64_t k = 0;
  for (; k + 2 * lanes <= count; k += 2 * lanes) {
    first = hn::MulAdd(hn::LoadU(d, a + k), hn::LoadU(d, b + k), first);
    second = hn::MulAdd(hn::LoadU(d, a + k + lanes), hn::LoadU(d, b + k + lanes), second);
  }
  if (k + lanes <= count) {
    first = hn::MulAdd(hn::LoadU(d, a + k), hn::LoadU(d, b + k), first);
    k += lanes;
  }
  if (k < count) {
    HWY_ALIGN T restA[HWY_MAX_BYTES / sizeof(T)] = {};
    HWY_ALIGN T restB[HWY_MAX_BYTES / sizeof(T)] = {};
    std::copy(a + k, a + count, restA);
    std::copy(b + k, b + count, restB);
    second = hn::MulAdd(hn::Load(d, restA), hn::Load(d, restB), second);
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(first, second)));
}

template <typename T>
HWY_INLINE void MultiplyOne(const ProductShape& shape, const T* left, const T* right, T* out) {
  if (shape.columns == 1) {
    for (int64_t i = 0; i < shape.rows; ++i) {
      out[i] = DotProduct(left + i * shape.inner, right, shape.inner);
    }
    return;
  }
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 8> eight;
  const hn::CappedTag<T, 4> four;
  const hn::CappedTag<T, 2> two;
  if (shape.columns >= static_cast<int64_t>(hn::Lanes(d))) {
    MultiplyVectors(d, shape, left, right, out);
  } else if (shape.columns >= 8) {
    MultiplyVectors(eight, shape, left, right, out);
  } else if (shape.columns >= 4) {
    MultiplyVectors(four, shape, left, right, out);
  } else {
    MultiplyVectors(two, shape, left, right, out);
  }
}

template <typename T>
HWY_INLINE void Multiply(const ProductShape& shape, Matrix<const T> left, Matrix<const T> right, Matrix<T> out, int64_t numRows) {
  for (int64_t i = 0; i < numRows; ++i) {
    for (int64_t b = 0; b < shape.batch; ++b) {
      MultiplyOne(shape, left.row(i) + b * shape.rows * shape.inner, right.row(i) + b * shape.inner * shape.columns,
                  out.row(i) + b * shape.rows * shape.columns);
    }
  }
}

void MultiplyFloat(const ProductShape& shape, Matrix<const float> left, Matrix<const float> right, Matrix<float> out, int64_t numRows) {
  Multiply(shape, left, right, out, numRows);
}
void MultiplyDouble(const ProductShape& shape, Matrix<const double> left, Matrix<const double> right, Matrix<double> out, int64_t numRows) {
  Multiply(shape, left, right, out, numRows);
}

}  // namespace HWY_NAMESPACE
}  // namespace inferf
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace inferf {

HWY_EXPORT(MultiplyFloat);
HWY_EXPORT(MultiplyDouble);

void multiplyMatrices(const ProductShape& shape, Matrix<const float> left, Matrix<const float> right, Matrix<float> out, int64_t numRows) {
  HWY_DYNAMIC_DISPATCH(MultiplyFloat)(shape, left, right, out, numRows);
}
void multiplyMatrices(const ProductShape& shape, Matrix<const double> left, Matrix<const double> right, Matrix<double> out, int64_t numRows) {
  HWY_DYNAMIC_DISPATCH(MultiplyDouble)(shape, left, right, out, numRows);
}

}  // namespace inferf
#endif  // HWY_ONCE
