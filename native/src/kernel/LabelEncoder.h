#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

#include "kernel/Labels.h"

namespace inferf {

/// Finds the first of some keys that equals an element. Key: float, double, int64_t or std::string_view (whose bytes must stay alive). NaN equals NaN,
/// and 0 equals -0. Immutable.
template <typename Key>
class KeyIndex {
 public:
  explicit KeyIndex(const std::vector<Key>& keys);

  /// Position of the first key that equals `key`, or -1.
  int64_t find(const Key& key) const { return index_.find(imageOf(key)); }

 private:
  using Image = std::conditional_t<std::is_same_v<Key, std::string_view>, std::string_view, int64_t>;
  /// Equal for equal keys only.
  static Image imageOf(const Key& key);
  static std::vector<Image> imagesOf(const std::vector<Key>& keys);

  CategoryIndex<Image> index_;
};

/// out = values[position of the element among the keys], or `defaultValue`. Key and Value: float, double, int64_t or std::string_view. `out` may be
/// `in` if the types are equal.
template <typename Key, typename Value>
void encodeLabels(const KeyIndex<Key>& keys, const std::vector<Value>& values, const Value& defaultValue, Matrix<const Key> in, Matrix<Value> out,
                  int64_t numRows) {
  for (int64_t i = 0; i < numRows; ++i) {
    const Key* from = in.row(i);
    Value* to = out.row(i);
    for (int64_t j = 0; j < out.width; ++j) {
      const int64_t position = keys.find(from[j]);
      to[j] = position >= 0 ? values[static_cast<size_t>(position)] : defaultValue;
    }
  }
}

}  // namespace inferf
