#pragma once

#include <cstdint>
#include <string_view>

#include "column/Column.h"
#include "kernel/Elementwise.h"

namespace inferf {

/// The rows of one column to read.
struct ColumnRows {
  const int32_t* ids = nullptr;  // nullptr: rows firstRow, firstRow + 1, …
  int64_t firstRow = 0;
  int64_t nullRow = 0;           // the row number (an id, or firstRow + i) that means "every column is NULL"
};

/// What a column can become: numbers (integers, booleans, floats, lists of floats), text, or neither. kNull can become both.
bool isNumeric(const ColumnType& type);
bool isText(const ColumnType& type);

/// Writes `numRows` rows of `column`, converted, into `out`, whose width is 1 or the length of the lists; NULLs become `nullValue`.
/// To: float and double (integers round to nearest), int64_t (floats round to nearest, ties to even; what does not fit becomes the least
/// value; uint64 wraps) for numeric columns, std::string_view for text. A column of type kNull fills all of `out`.
template <typename To>
void loadColumn(const Column& column, const ColumnRows& rows, int64_t numRows, To nullValue, Matrix<To> out);

}  // namespace inferf
