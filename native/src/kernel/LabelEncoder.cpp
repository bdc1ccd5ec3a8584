#include "kernel/LabelEncoder.h"

#include <bit>
#include <limits>
#include <type_traits>

namespace inferf {

template <typename Key>
KeyIndex<Key>::KeyIndex(const std::vector<Key>& keys) : index_(imagesOf(keys)) {}

template <typename Key>
typename KeyIndex<Key>::Image KeyIndex<Key>::imageOf(const Key& key) {
  if constexpr (std::is_floating_point_v<Key>) {
    if (key != key) {
      return std::bit_cast<int64_t>(std::numeric_limits<double>::quiet_NaN());
    }
    // Every float is a double; adding zero makes 0 of -0.
    return std::bit_cast<int64_t>(static_cast<double>(key) + 0.0);
  } else {
    return key;
  }
}

template <typename Key>
std::vector<typename KeyIndex<Key>::Image> KeyIndex<Key>::imagesOf(const std::vector<Key>& keys) {
  std::vector<Image> images;
  images.reserve(keys.size());
  for (const Key& key : keys) {
    images.push_back(imageOf(key));
  }
  return images;
}

template class KeyIndex<float>;
template class KeyIndex<double>;
template class KeyIndex<int64_t>;
template class KeyIndex<std::string_view>;

}  // namespace inferf
