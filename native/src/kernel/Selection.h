#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/MemoryPool.h"
#include "kernel/Elementwise.h"

namespace inferf {

/// A choice of elements of a row: element j of the result is element indices[j] of the argument. Immutable.
class ColumnSelection {
 public:
  /// Throws EngineError INVALID_DATA if an index is not in [0, argumentWidth). `name` names the tensor in the message.
  ColumnSelection(const int64_t* indices, int64_t count, int64_t argumentWidth, std::string_view name, MemoryPool& pool);

  int64_t width() const { return width_; }

  /// Copies the chosen elements of `numRows` rows; strides are in bytes. Elements have 4, 8 or 16 bytes.
  void apply(const uint8_t* from, int64_t fromStride, uint8_t* to, int64_t toStride, int64_t elementBytes, int64_t numRows) const;

 private:
  /// Consecutive elements that stay consecutive.
  struct Run {
    int32_t from;
    int32_t to;
    int32_t length;
  };

  int64_t width_;
  bool copiesRuns_ = false;  // runs are long enough to be copied as such
  PoolArray<int32_t> indices_;
  std::vector<Run> runs_;
};

/// Copies rows of a table, one for each id; negative ids count from its end. Throws EngineError INVALID_DATA for an id that the table does not have.
/// Row i of `ids` becomes ids.width consecutive rows of the table at to + i * toStride.
void gatherEmbeddings(const uint8_t* table, int64_t numTableRows, int64_t rowBytes, Matrix<const int64_t> ids, uint8_t* to, int64_t toStride,
                      int64_t numRows);

}  // namespace inferf
