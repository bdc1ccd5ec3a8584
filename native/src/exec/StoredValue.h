#pragma once

#include <cstdint>
#include <string_view>

#include "base/MemoryPool.h"

namespace inferf {

/// Bytes of one element of a stored value, by proto::ElementType: float 4, double 8, half precision 2, int64_t 8, std::string_view 16,
/// opaque bytes 1.
int32_t elementBytes(int elementType);

/// The matrix of one plan value for all rows of its node (or of one morsel): row-major, rows `stride` bytes apart, 64-byte aligned
/// base. Strings are std::string_view elements whose bytes belong to a bound column or tensor.
struct StoredValue {
  PoolArray<uint8_t> memory;
  int64_t numRows = 0;
  int64_t strideBytes = 0;  // a multiple of the element size; of 64 for rows of at least 64 bytes

  const uint8_t* row(int64_t i) const { return memory.data() + i * strideBytes; }
  uint8_t* row(int64_t i) { return memory.data() + i * strideBytes; }
};

}  // namespace inferf
