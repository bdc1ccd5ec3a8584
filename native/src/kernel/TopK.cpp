#include "kernel/TopK.h"

#include <algorithm>
#include <numeric>
#include <type_traits>

namespace inferf {

namespace {

/// a < b in an order of all elements: NaN before every number.
template <typename T>
bool isLess(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a != a ? b == b : a < b;
  } else {
    return a < b;
  }
}

template <typename T, typename Result, class Write>
void selectRows(const TopKShape& shape, Matrix<const T> in, Matrix<Result> out, int64_t numRows, int32_t* scratch, const Write& write) {
  const int64_t numSegments = in.width / shape.length;
  for (int64_t i = 0; i < numRows; ++i) {
    for (int64_t s = 0; s < numSegments; ++s) {
      const T* segment = in.row(i) + s * shape.length;
      Result* chosen = out.row(i) + s * shape.count;
      std::iota(scratch, scratch + shape.length, 0);
      const auto comesBefore = [&](int32_t a, int32_t b) {
        const T x = segment[a];
        const T y = segment[b];
        if (shape.smallest ? isLess(x, y) : isLess(y, x)) {
          return true;
        }
        return !(shape.smallest ? isLess(y, x) : isLess(x, y)) && a < b;
      };
      std::partial_sort(scratch, scratch + shape.count, scratch + shape.length, comesBefore);
      for (int64_t k = 0; k < shape.count; ++k) {
        chosen[k] = write(segment, scratch[k]);
      }
    }
  }
}

}  // namespace

template <typename T>
void selectTop(const TopKShape& shape, Matrix<const T> in, Matrix<T> out, int64_t numRows, int32_t* scratch) {
  selectRows(shape, in, out, numRows, scratch, [](const T* segment, int32_t position) { return segment[position]; });
}

template <typename T>
void selectTopPositions(const TopKShape& shape, Matrix<const T> in, Matrix<int64_t> out, int64_t numRows, int32_t* scratch) {
  selectRows(shape, in, out, numRows, scratch, [](const T*, int32_t position) { return static_cast<int64_t>(position); });
}

template void selectTop(const TopKShape&, Matrix<const float>, Matrix<float>, int64_t, int32_t*);
template void selectTop(const TopKShape&, Matrix<const double>, Matrix<double>, int64_t, int32_t*);
template void selectTop(const TopKShape&, Matrix<const int64_t>, Matrix<int64_t>, int64_t, int32_t*);
template void selectTop(const TopKShape&, Matrix<const uint64_t>, Matrix<uint64_t>, int64_t, int32_t*);
template void selectTopPositions(const TopKShape&, Matrix<const float>, Matrix<int64_t>, int64_t, int32_t*);
template void selectTopPositions(const TopKShape&, Matrix<const double>, Matrix<int64_t>, int64_t, int32_t*);
template void selectTopPositions(const TopKShape&, Matrix<const int64_t>, Matrix<int64_t>, int64_t, int32_t*);
template void selectTopPositions(const TopKShape&, Matrix<const uint64_t>, Matrix<int64_t>, int64_t, int32_t*);

}  // namespace inferf
