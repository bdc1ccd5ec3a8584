#include "kernel/Labels.h"

#include <algorithm>
#include <type_traits>

#include "base/Error.h"

namespace inferf {

template <typename Key>
CategoryIndex<Key>::CategoryIndex(const std::vector<Key>& categories) : size_(static_cast<int64_t>(categories.size())) {
  positions_.reserve(categories.size());
  for (size_t i = 0; i < categories.size(); ++i) {
    positions_.emplace(categories[i], static_cast<int64_t>(i));
  }
}

template <typename From, typename Key>
void encodeOneHot(const CategoryIndex<Key>& categories, Matrix<const From> in, Matrix<float> out, int64_t numRows, bool unknownIsError) {
  for (int64_t i = 0; i < numRows; ++i) {
    const From* x = in.row(i);
    float* y = out.row(i);
    std::fill_n(y, in.width * categories.size(), 0.0f);
    for (int64_t j = 0; j < in.width; ++j) {
      int64_t position;
      if constexpr (std::is_floating_point_v<From>) {
        position = categories.find(truncateToInteger(static_cast<double>(x[j])));
      } else {
        position = categories.find(x[j]);
      }
      if (position >= 0) {
        y[j * categories.size() + position] = 1.0f;
      } else {
        INFERF_USER_CHECK(!unknownIsError, INFERF_ERROR_INVALID_DATA,
                          "A value is none of the one-hot encoder's categories. Value: ", x[j], ", categories: ", categories.size());
      }
    }
  }
}

template class CategoryIndex<int64_t>;
template class CategoryIndex<std::string_view>;
template void encodeOneHot(const CategoryIndex<int64_t>&, Matrix<const int64_t>, Matrix<float>, int64_t, bool);
template void encodeOneHot(const CategoryIndex<int64_t>&, Matrix<const float>, Matrix<float>, int64_t, bool);
template void encodeOneHot(const CategoryIndex<int64_t>&, Matrix<const double>, Matrix<float>, int64_t, bool);
template void encodeOneHot(const CategoryIndex<std::string_view>&, Matrix<const std::string_view>, Matrix<float>, int64_t, bool);

}  // namespace inferf
