#pragma once

#include <cstdint>

namespace inferf {

/// Copies rows ids[0, numRows) of `rowBytes` bytes each, `fromStride` bytes apart, to consecutive rows `toStride` bytes apart.
void gatherRows(const uint8_t* from, int64_t fromStride, const int32_t* ids, int64_t numRows, int64_t rowBytes, uint8_t* to, int64_t toStride);

/// Copies `numRows` consecutive rows.
void copyRows(const uint8_t* from, int64_t fromStride, int64_t numRows, int64_t rowBytes, uint8_t* to, int64_t toStride);

}  // namespace inferf
