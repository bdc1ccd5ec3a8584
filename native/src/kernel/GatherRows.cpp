#include "kernel/GatherRows.h"

#include <algorithm>
#include <cstring>

#include <hwy/cache_control.h>

namespace inferf {

void gatherRows(const uint8_t* from, int64_t fromStride, const int32_t* ids, int64_t numRows, int64_t rowBytes, uint8_t* to, int64_t toStride) {
  constexpr int64_t kAhead = 8;
  constexpr int64_t kLine = 64;
  for (int64_t i = 0; i < numRows; ++i) {
    const uint8_t* future = from + static_cast<int64_t>(ids[std::min(i + kAhead, numRows - 1)]) * fromStride;
    for (int64_t byte = 0; byte < rowBytes; byte += kLine) {
      hwy::Prefetch(future + byte);
    }
    std::memcpy(to + i * toStride, from + static_cast<int64_t>(ids[i]) * fromStride, static_cast<size_t>(rowBytes));
  }
}

void copyRows(const uint8_t* from, int64_t fromStride, int64_t numRows, int64_t rowBytes, uint8_t* to, int64_t toStride) {
  if (fromStride == rowBytes && toStride == rowBytes) {
    std::memcpy(to, from, static_cast<size_t>(numRows * rowBytes));
    return;
  }
  for (int64_t i = 0; i < numRows; ++i) {
    std::memcpy(to + i * toStride, from + i * fromStride, static_cast<size_t>(rowBytes));
  }
}

}  // namespace inferf
