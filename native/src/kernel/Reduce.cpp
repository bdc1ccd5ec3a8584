#include "kernel/Reduce.h"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/Reduce.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include "kernel/Vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace inferf {
namespace HWY_NAMESPACE {

/// Folds `count` consecutive elements lane by lane, beginning with `start`, and then the lanes. `padding` is an element that changes no fold.
template <typename T, class Fold, class FoldLanes>
HWY_INLINE T FoldRow(const T* in, int64_t count, T start, T padding, const Fold& fold, const FoldLanes& foldLanes) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto first = hn::Set(d, start);
  auto second = first;
  int64_t j = 0;
  for (; j + 2 * lanes <= count; j += 2 * lanes) {
    first = fold(d, first, hn::LoadU(d, in + j));
    second = fold(d, second, hn::LoadU(d, in + j + lanes));
  }
  if (j + lanes <= count) {
    first = fold(d, first, hn::LoadU(d, in + j));
    j += lanes;
  }
  if (j < count) {
    HWY_ALIGN T rest[HWY_MAX_BYTES / sizeof(T)];
    std::fill(rest, rest + lanes, padding);
    std::copy(in + j, in + count, rest);
    second = fold(d, second, hn::Load(d, rest));
  }
  return foldLanes(d, first, second);
}

template <typename T, class Fold>
HWY_INLINE T SumRow(const T* in, int64_t count, const Fold& fold) {
  return FoldRow(in, count, T(0), T(0), fold, [](auto d, auto a, auto b) HWY_ATTR { return hn::GetLane(hn::SumOfLanes(d, hn::Add(a, b))); });
}

/// The largest element, or with `negated` minus the smallest; NaN if any is.
template <typename T, bool kNegated>
HWY_INLINE T LargestOrNan(const T* in, int64_t count) {
  const auto fold = [](auto, auto best, auto x) HWY_ATTR {
    const auto candidate = kNegated ? hn::Neg(x) : x;
    return hn::IfThenElse(hn::Or(hn::Gt(candidate, best), hn::IsNaN(x)), candidate, best);
  };
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  return FoldRow(in, count, -kInfinity, kNegated ? kInfinity : -kInfinity, fold,
                 [](auto d, auto a, auto b) HWY_ATTR {
                   HWY_ALIGN T all[2 * HWY_MAX_BYTES / sizeof(T)];
                   const size_t lanes = hn::Lanes(d);
                   hn::Store(a, d, all);
                   hn::StoreU(b, d, all + lanes);
                   T best = all[0];
                   for (size_t i = 1; i < 2 * lanes; ++i) {
                     best = all[i] > best || all[i] != all[i] ? all[i] : best;
                   }
                   return best;
                 });
}

template <typename T>
HWY_INLINE T ReduceRow(Reduction reduction, const T* in, int64_t length) {
  const auto add = [](auto, auto sum, auto x) HWY_ATTR { return hn::Add(sum, x); };
  const auto addSquare = [](auto, auto sum, auto x) HWY_ATTR { return hn::MulAdd(x, x, sum); };
  switch (reduction) {
    case Reduction::kSum:
      return SumRow(in, length, add);
    case Reduction::kMean:
      return SumRow(in, length, add) / static_cast<T>(length);
    case Reduction::kMax:
      return LargestOrNan<T, false>(in, length);
    case Reduction::kMin:
      return -LargestOrNan<T, true>(in, length);
    case Reduction::kSumOfSquares:
      return SumRow(in, length, addSquare);
    case Reduction::kL1:
      return SumRow(in, length, [](auto, auto sum, auto x) HWY_ATTR { return hn::Add(sum, hn::Abs(x)); });
    case Reduction::kL2:
      return std::sqrt(SumRow(in, length, addSquare));
    case Reduction::kLogSum:
      return std::log(SumRow(in, length, add));
    case Reduction::kLogSumExp: {
      const T max = LargestOrNan<T, false>(in, length);
      // NaN, or all -Inf, or a +Inf: that is the result.
      return std::isfinite(max) ? std::log(SumOfExponentials<T>(in, nullptr, length, max)) + max : max;
    }
    default: {
      T product = T(1);
      for (int64_t k = 0; k < length; ++k) {
        product *= in[k];
      }
      return product;
    }
  }
}

template <typename T>
HWY_INLINE void ReduceConsecutive(Reduction reduction, const ReduceShape& shape, Matrix<const T> in, Matrix<T> out, int64_t numRows) {
  for (int64_t i = 0; i < numRows; ++i) {
    const T* from = in.row(i);
    T* to = out.row(i);
    for (int64_t o = 0; o < shape.outer; ++o) {
      to[o] = ReduceRow(reduction, from + o * shape.length, shape.length);
    }
  }
}

void ReduceFloat(Reduction reduction, const ReduceShape& shape, Matrix<const float> in, Matrix<float> out, int64_t numRows) {
  ReduceConsecutive(reduction, shape, in, out, numRows);
}
void ReduceDouble(Reduction reduction, const ReduceShape& shape, Matrix<const double> in, Matrix<double> out, int64_t numRows) {
  ReduceConsecutive(reduction, shape, in, out, numRows);
}

}  // namespace HWY_NAMESPACE
}  // namespace inferf
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace inferf {

HWY_EXPORT(ReduceFloat);
HWY_EXPORT(ReduceDouble);

namespace {

void reduceConsecutive(Reduction reduction, const ReduceShape& shape, Matrix<const float> in, Matrix<float> out, int64_t numRows) {
  HWY_DYNAMIC_DISPATCH(ReduceFloat)(reduction, shape, in, out, numRows);
}
void reduceConsecutive(Reduction reduction, const ReduceShape& shape, Matrix<const double> in, Matrix<double> out, int64_t numRows) {
  HWY_DYNAMIC_DISPATCH(ReduceDouble)(reduction, shape, in, out, numRows);
}
void reduceConsecutive(Reduction reduction, const ReduceShape& shape, Matrix<const int64_t> in, Matrix<int64_t> out, int64_t numRows) {
  for (int64_t i = 0; i < numRows; ++i) {
    for (int64_t o = 0; o < shape.outer; ++o) {
      out.row(i)[o] = reduceScalar(reduction, in.row(i) + o * shape.length, shape.length, 1);
    }
  }
}

/// Folds the `length` slices of `inner` elements into the first one's place in `to`.
template <typename T, class Start, class Fold>
void foldSlices(const T* from, const ReduceShape& shape, T* to, const Start& start, const Fold& fold) {
  for (int64_t j = 0; j < shape.inner; ++j) {
    to[j] = start(from[j]);
  }
  for (int64_t k = 1; k < shape.length; ++k) {
    const T* slice = from + k * shape.inner;
    for (int64_t j = 0; j < shape.inner; ++j) {
      to[j] = fold(to[j], slice[j]);
    }
  }
}

/// Reductions over slices, which the compiler turns into vectors along `inner`. kLogSumExp, which needs two passes, goes element by element.
template <typename T>
void reduceSlices(Reduction reduction, const ReduceShape& shape, const T* from, T* to) {
  using Wide = std::conditional_t<std::is_integral_v<T>, uint64_t, T>;
  const auto same = [](T x) { return x; };
  const auto square = [](T x) { return static_cast<T>(static_cast<Wide>(x) * static_cast<Wide>(x)); };
  const auto magnitude = [](T x) { return x < T(0) ? static_cast<T>(Wide(0) - static_cast<Wide>(x)) : x; };
  const auto add = [](T a, T b) { return static_cast<T>(static_cast<Wide>(a) + static_cast<Wide>(b)); };
  switch (reduction) {
    case Reduction::kSum:
    case Reduction::kMean:
    case Reduction::kLogSum:
      foldSlices(from, shape, to, same, add);
      break;
    case Reduction::kMax:
      foldSlices(from, shape, to, same, [](T a, T b) { return b > a || b != b ? b : a; });
      break;
    case Reduction::kMin:
      foldSlices(from, shape, to, same, [](T a, T b) { return b < a || b != b ? b : a; });
      break;
    case Reduction::kProduct:
      foldSlices(from, shape, to, same, [](T a, T b) { return static_cast<T>(static_cast<Wide>(a) * static_cast<Wide>(b)); });
      break;
    case Reduction::kSumOfSquares:
    case Reduction::kL2:
      foldSlices(from, shape, to, square, [&](T a, T b) { return add(a, square(b)); });
      break;
    case Reduction::kL1:
      foldSlices(from, shape, to, magnitude, [&](T a, T b) { return add(a, magnitude(b)); });
      break;
    case Reduction::kLogSumExp:
      for (int64_t j = 0; j < shape.inner; ++j) {
        to[j] = reduceScalar(reduction, from + j, shape.length, shape.inner);
      }
      break;
  }
  for (int64_t j = 0; j < shape.inner; ++j) {
    if (reduction == Reduction::kMean) {
      to[j] /= static_cast<T>(shape.length);
    } else if constexpr (std::is_floating_point_v<T>) {
      to[j] = reduction == Reduction::kL2 ? std::sqrt(to[j]) : reduction == Reduction::kLogSum ? std::log(to[j]) : to[j];
    }
  }
}

}  // namespace

template <typename T>
void reduceRows(Reduction reduction, const ReduceShape& shape, Matrix<const T> in, Matrix<T> out, int64_t numRows) {
  if (shape.inner == 1) {
    return reduceConsecutive(reduction, shape, in, out, numRows);
  }
  for (int64_t i = 0; i < numRows; ++i) {
    for (int64_t o = 0; o < shape.outer; ++o) {
      reduceSlices(reduction, shape, in.row(i) + o * shape.length * shape.inner, out.row(i) + o * shape.inner);
    }
  }
}

template <typename T>
void findExtremes(bool largest, bool selectLast, const ReduceShape& shape, Matrix<const T> in, Matrix<int64_t> out, int64_t numRows) {
  for (int64_t i = 0; i < numRows; ++i) {
    for (int64_t o = 0; o < shape.outer; ++o) {
      const T* from = in.row(i) + o * shape.length * shape.inner;
      int64_t* to = out.row(i) + o * shape.inner;
      for (int64_t j = 0; j < shape.inner; ++j) {
        int64_t best = 0;
        T bestElement = from[j];
        for (int64_t k = 1; k < shape.length; ++k) {
          const T x = from[k * shape.inner + j];
          if ((largest ? x > bestElement : x < bestElement) || (selectLast && x == bestElement)) {
            best = k;
            bestElement = x;
          }
        }
        to[j] = best;
      }
    }
  }
}

template void reduceRows(Reduction, const ReduceShape&, Matrix<const float>, Matrix<float>, int64_t);
template void reduceRows(Reduction, const ReduceShape&, Matrix<const double>, Matrix<double>, int64_t);
template void reduceRows(Reduction, const ReduceShape&, Matrix<const int64_t>, Matrix<int64_t>, int64_t);
template void findExtremes(bool, bool, const ReduceShape&, Matrix<const float>, Matrix<int64_t>, int64_t);
template void findExtremes(bool, bool, const ReduceShape&, Matrix<const double>, Matrix<int64_t>, int64_t);
template void findExtremes(bool, bool, const ReduceShape&, Matrix<const int64_t>, Matrix<int64_t>, int64_t);

}  // namespace inferf
#endif  // HWY_ONCE
