#include "kernel/LoadColumn.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "base/Error.h"

namespace inferf {

namespace {

template <typename To, typename From>
To convert(From x) {
  if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    return truncateToInteger(std::nearbyint(static_cast<double>(x)));
  } else {
    return static_cast<To>(x);
  }
}

bool bitAt(const uint8_t* bits, int64_t i) { return (bits[i >> 3] >> (i & 7) & 1) != 0; }

/// Calls write(i, row) for each row that exists and null(i) for the others; the loops have no other branches.
template <class Write, class Null>
void forEachRow(const Column& column, const ColumnRows& rows, int64_t numRows, const Write& write, const Null& null) {
  const bool hasNulls = column.validity != nullptr && column.nullCount > 0;
  if (column.length > 0 && column.nullCount == column.length) {
    // Nothing may be read: lists that are all NULL have no elements, whatever length they have been given.
    for (int64_t i = 0; i < numRows; ++i) {
      null(i);
    }
    return;
  }
  if (rows.ids == nullptr) {
    const int64_t existing = std::clamp<int64_t>(rows.nullRow - rows.firstRow, 0, numRows);
    for (int64_t i = 0; i < existing; ++i) {
      write(i, rows.firstRow + i);
    }
    for (int64_t i = existing; i < numRows; ++i) {
      null(i);
    }
    if (hasNulls) {
      for (int64_t i = 0; i < existing; ++i) {
        if (column.isNull(rows.firstRow + i)) {
          null(i);
        }
      }
    }
    return;
  }
  for (int64_t i = 0; i < numRows; ++i) {
    const int64_t row = rows.ids[i];
    if (row == rows.nullRow || (hasNulls && column.isNull(row))) {
      null(i);
    } else {
      write(i, row);
    }
  }
}

template <typename From, typename To>
void loadScalars(const Column& column, const ColumnRows& rows, int64_t numRows, To nullValue, Matrix<To> out) {
  const From* values = column.values<From>();
  To* data = out.data;
  const int64_t stride = out.stride;
  forEachRow(
      column, rows, numRows, [=](int64_t i, int64_t row) { data[i * stride] = convert<To>(values[row]); },
      [=](int64_t i) { data[i * stride] = nullValue; });
}

template <typename From, typename To>
void loadLists(const Column& column, const ColumnRows& rows, int64_t numRows, To nullValue, Matrix<To> out) {
  const int64_t length = column.type.listLength;
  const From* values = static_cast<const From*>(column.data) + column.offset * length;
  forEachRow(
      column, rows, numRows,
      [&](int64_t i, int64_t row) {
        const From* in = values + row * length;
        To* to = out.row(i);
        if constexpr (std::is_same_v<From, To>) {
          std::memcpy(to, in, static_cast<size_t>(length) * sizeof(To));
        } else {
          for (int64_t j = 0; j < length; ++j) {
            to[j] = convert<To>(in[j]);
          }
        }
        if (column.elementValidity != nullptr) {
          for (int64_t j = 0; j < length; ++j) {
            if (!bitAt(column.elementValidity, (column.offset + row) * length + j)) {
              to[j] = nullValue;
            }
          }
        }
      },
      [&](int64_t i) { std::fill_n(out.row(i), length, nullValue); });
}

template <typename To>
void loadNumeric(const Column& column, const ColumnRows& rows, int64_t numRows, To nullValue, Matrix<To> out) {
  switch (column.type.id) {
    case TypeId::kBool:
      return forEachRow(
          column, rows, numRows, [&](int64_t i, int64_t row) { *out.row(i) = column.boolAt(row) ? To(1) : To(0); },
          [&](int64_t i) { *out.row(i) = nullValue; });
    case TypeId::kInt8:
      return loadScalars<int8_t>(column, rows, numRows, nullValue, out);
    case TypeId::kInt16:
      return loadScalars<int16_t>(column, rows, numRows, nullValue, out);
    case TypeId::kInt32:
      return loadScalars<int32_t>(column, rows, numRows, nullValue, out);
    case TypeId::kInt64:
      return loadScalars<int64_t>(column, rows, numRows, nullValue, out);
    case TypeId::kUInt8:
      return loadScalars<uint8_t>(column, rows, numRows, nullValue, out);
    case TypeId::kUInt16:
      return loadScalars<uint16_t>(column, rows, numRows, nullValue, out);
    case TypeId::kUInt32:
      return loadScalars<uint32_t>(column, rows, numRows, nullValue, out);
    case TypeId::kUInt64:
      return loadScalars<uint64_t>(column, rows, numRows, nullValue, out);
    case TypeId::kFloat32:
      return loadScalars<float>(column, rows, numRows, nullValue, out);
    case TypeId::kFloat64:
      return loadScalars<double>(column, rows, numRows, nullValue, out);
    case TypeId::kFixedSizeList:
      return column.type.elementId == TypeId::kFloat32 ? loadLists<float>(column, rows, numRows, nullValue, out)
                                                       : loadLists<double>(column, rows, numRows, nullValue, out);
    default:
      INFERF_CHECK(isNumeric(column.type));
  }
}

}  // namespace

bool isNumeric(const ColumnType& type) {
  switch (type.id) {
    case TypeId::kString:
    case TypeId::kLargeString:
    case TypeId::kFixedWidth:
      return false;
    case TypeId::kFixedSizeList:
      return type.elementId == TypeId::kFloat32 || type.elementId == TypeId::kFloat64;
    default:
      return true;
  }
}

bool isText(const ColumnType& type) {
  return type.id == TypeId::kString || type.id == TypeId::kLargeString || type.id == TypeId::kNull;
}

template <typename To>
void loadColumn(const Column& column, const ColumnRows& rows, int64_t numRows, To nullValue, Matrix<To> out) {
  if (column.type.id == TypeId::kNull) {
    for (int64_t i = 0; i < numRows; ++i) {
      std::fill_n(out.row(i), out.width, nullValue);
    }
    return;
  }
  if constexpr (std::is_same_v<To, std::string_view>) {
    INFERF_CHECK(isText(column.type));
    forEachRow(
        column, rows, numRows, [&](int64_t i, int64_t row) { *out.row(i) = column.stringAt(row); },
        [&](int64_t i) { *out.row(i) = nullValue; });
  } else {
    loadNumeric(column, rows, numRows, nullValue, out);
  }
}

template void loadColumn(const Column&, const ColumnRows&, int64_t, float, Matrix<float>);
template void loadColumn(const Column&, const ColumnRows&, int64_t, double, Matrix<double>);
template void loadColumn(const Column&, const ColumnRows&, int64_t, int64_t, Matrix<int64_t>);
template void loadColumn(const Column&, const ColumnRows&, int64_t, std::string_view, Matrix<std::string_view>);

}  // namespace inferf
