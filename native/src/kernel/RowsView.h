#pragma once

#include <cstdint>

namespace inferf {

/// The rows of a matrix as a kernel reads them, possibly through row ids: what lets a kernel read a stored partial result, a column of
/// lists or a temporary without a copy. Does not own anything.
template <typename T>
struct RowsView {
  const T* base = nullptr;
  int64_t stride = 0;            // elements between rows
  const int32_t* ids = nullptr;  // nullptr: row i is row i of the matrix
  int32_t nullRow = -1;          // the id that means "no row": `nullData` is read instead
  const T* nullData = nullptr;

  const T* row(int64_t i) const {
    if (ids == nullptr) {
      return base + i * stride;
    }
    const int32_t id = ids[i];
    return id == nullRow ? nullData : base + id * stride;
  }
};

}  // namespace inferf
