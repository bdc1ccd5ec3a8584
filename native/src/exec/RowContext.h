#pragma once

#include <cstdint>

#include "column/Column.h"
#include "exec/StoredValue.h"

namespace inferf {

/// What the model program of a node needs to know about the rows it runs on: `numRows` consecutive rows of the node (a morsel, or a
/// block of build rows). The pipeline implements it; calls happen per chunk and value, never per row.
class RowContext {
 public:
  virtual ~RowContext() = default;

  virtual int64_t numRows() const = 0;

  /// The rows of base table `table` and, in `ids`, which of them each row of this context refers to. `ids` has numRows() entries;
  /// nullptr means the identity. An id equal to Batch::numRows is the null row.
  struct TableRows {
    const Batch* batch;
    const int32_t* ids;
  };
  virtual TableRows tableRows(uint32_t table) const = 0;

  /// A value computed at a lower node and, in `ids`, which of its rows each row of this context refers to (nullptr: identity).
  /// LEFT JOIN misses already refer to the row that was computed from null rows.
  struct ValueRows {
    const StoredValue* stored;
    const int32_t* ids;
  };
  virtual ValueRows valueRows(uint32_t value) const = 0;
};

}  // namespace inferf
