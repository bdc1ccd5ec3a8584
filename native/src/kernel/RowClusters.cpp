#include "kernel/RowClusters.h"

#include <algorithm>
#include <array>

namespace inferf {

void clusterRows(const int32_t* keys, int64_t numRows, int64_t numKeys, int32_t* order) {
  int shift = 0;
  while ((std::max<int64_t>(numKeys, 1) - 1) >> shift >= kMaxClusters) {
    ++shift;
  }
  const auto clusterOf = [shift](int32_t key) { return static_cast<size_t>(std::max(key, 0) >> shift); };
  std::array<int32_t, kMaxClusters + 1> begins{};
  for (int64_t i = 0; i < numRows; ++i) {
    ++begins[clusterOf(keys[i]) + 1];
  }
  for (size_t c = 1; c < begins.size(); ++c) {
    begins[c] += begins[c - 1];
  }
  for (int64_t i = 0; i < numRows; ++i) {
    order[begins[clusterOf(keys[i])]++] = static_cast<int32_t>(i);
  }
}

}  // namespace inferf
