#pragma once

#include <cstdint>
#include <string_view>

#include "base/Error.h"
#include "column/Column.h"

namespace inferf {

/// A key column and which of its rows to read, in order; nullptr: rows 0, 1, 2 …. A row equal to Column::length is the null row.
struct KeyInput {
  const Column* column;
  const int32_t* rows;

  /// The column's row that comes i-th.
  int64_t rowAt(int64_t i) const { return rows == nullptr ? i : rows[i]; }
  /// True if the i-th key is NULL.
  bool isNullAt(int64_t i) const {
    const int64_t row = rowAt(i);
    return row == column->length || column->isNull(row);
  }
  /// The i-th key of a string column.
  std::string_view stringAt(int64_t i) const { return column->stringAt(rowAt(i)); }
};

/// Element access for kBool, whose elements are bits.
struct BitReader {
  const Column& column;
  uint8_t operator[](int64_t row) const { return column.boolAt(row) ? 1 : 0; }
};

/// Calls visit(reader) with an array-like of the integers of a key column. kNull columns have no values and are not visited.
template <typename Visit>
void visitIntegers(const Column& column, Visit visit) {
  switch (column.type.id) {
    case TypeId::kBool:
      return visit(BitReader{column});
    case TypeId::kInt8:
      return visit(column.values<int8_t>());
    case TypeId::kInt16:
      return visit(column.values<int16_t>());
    case TypeId::kInt32:
      return visit(column.values<int32_t>());
    case TypeId::kInt64:
      return visit(column.values<int64_t>());
    case TypeId::kUInt8:
      return visit(column.values<uint8_t>());
    case TypeId::kUInt16:
      return visit(column.values<uint16_t>());
    case TypeId::kUInt32:
      return visit(column.values<uint32_t>());
    case TypeId::kUInt64:
      return visit(column.values<uint64_t>());
    case TypeId::kFixedWidth:
      return column.type.byteWidth == 4 ? visit(column.values<int32_t>()) : visit(column.values<int64_t>());
    default:
      INFERF_CHECK(column.type.id == TypeId::kNull);
  }
}

}  // namespace inferf
