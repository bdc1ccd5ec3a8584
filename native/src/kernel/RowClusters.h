#pragma once

#include <cstdint>

namespace inferf {

/// Into how many clusters clusterRows() divides the keys at most.
inline constexpr int64_t kMaxClusters = 4096;

/// Numbers the rows 0 … numRows - 1 so that rows with near keys follow each other: by key in at most kMaxClusters ranges of equal length, rows of one
/// range in their order. Keys lie in [0, numKeys) or are negative, which counts as 0.
///
///   order  out, numRows row numbers
void clusterRows(const int32_t* keys, int64_t numRows, int64_t numKeys, int32_t* order);

}  // namespace inferf
