#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/Elementwise.h"

namespace inferf {

/// The categories of a one-hot encoder; Key is int64_t or std::string_view (whose bytes must stay alive). Of equal categories the first one
/// counts. Immutable.
template <typename Key>
class CategoryIndex {
 public:
  explicit CategoryIndex(const std::vector<Key>& categories);

  int64_t size() const { return size_; }
  /// Position of `key`, or -1.
  int64_t find(const Key& key) const {
    const auto found = positions_.find(key);
    return found == positions_.end() ? -1 : found->second;
  }

 private:
  std::unordered_map<Key, int64_t> positions_;
  int64_t size_;
};

/// Writes one 1 for each element of `in`: element j of a row becomes elements [j * k, (j + 1) * k) of out's row. Unknown elements become
/// zeros, or throw INVALID_DATA naming the value if `unknownIsError`. From: int64_t, float or double (truncated) with integer categories,
/// std::string_view with text.
template <typename From, typename Key>
void encodeOneHot(const CategoryIndex<Key>& categories, Matrix<const From> in, Matrix<float> out, int64_t numRows, bool unknownIsError);

/// Index of the largest of `width` scores; the first one of equals, NaN is never larger. Score: float, double or int64_t.
template <typename Score>
int64_t indexOfMaximum(const Score* scores, int64_t width) {
  int64_t best = 0;
  for (int64_t j = 1; j < width; ++j) {
    if (scores[j] > scores[best] || (scores[best] != scores[best] && scores[j] == scores[j])) {
      best = j;
    }
  }
  return best;
}

}  // namespace inferf
