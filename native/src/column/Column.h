#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/MemoryPool.h"

namespace inferf {

/// Physical layout of a column after import. Dictionaries have been decoded; variable lists of one constant length have become
/// kFixedSizeList. Logical types the engine only passes through (dates, decimals, …) are kFixedWidth with their Arrow format kept.
enum class TypeId : uint8_t {
  kBool,           // bits
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUInt8,
  kUInt16,
  kUInt32,
  kUInt64,
  kFloat32,
  kFloat64,
  kString,         // utf8 or binary, int32 offsets
  kLargeString,    // utf8 or binary, int64 offsets
  kFixedSizeList,  // of kFloat32 or kFloat64 (or any fixed-width element, for output)
  kFixedWidth,     // opaque, byteWidth bytes; temporal types of 4 or 8 bytes are usable as keys and in comparisons of one format
  kNull            // all rows are NULL
};

/// Type of a column.
struct ColumnType {
  TypeId id = TypeId::kNull;
  int32_t byteWidth = 0;   // of one element; 0 for kBool, strings, kNull; of the whole list for kFixedSizeList
  int32_t listLength = 0;  // kFixedSizeList: elements per row
  TypeId elementId = TypeId::kNull;  // kFixedSizeList
  std::string format;      // Arrow format string to export with (of the element for kFixedSizeList)

  /// tdD, tdm, tts, ttm, ttu, ttn, tss:…, tsm:…, tsu:…, tsn:…: integers in disguise.
  bool isTemporal() const { return id == TypeId::kFixedWidth && !format.empty() && format[0] == 't' && (byteWidth == 4 || byteWidth == 8) && format[1] != 'i'; }
};

/// An immutable contiguous column: a view of buffers that `owner` keeps alive (an imported Arrow array, or pool memory).
///
/// Element i lives at index offset + i of every buffer. NULL elements have undefined data, except that string offsets are always
/// valid. A column is safe to read from any thread.
struct Column {
  ColumnType type;
  int64_t length = 0;
  int64_t offset = 0;                 // of the first element, in elements (bits for validity and kBool; rows for kFixedSizeList)
  int64_t nullCount = 0;              // exact
  const uint8_t* validity = nullptr;  // bitmap, least significant bit first; nullptr: no NULLs (unless kNull)
  const void* data = nullptr;         // values, bits, or string bytes; list elements
  const void* offsets = nullptr;      // int32_t or int64_t, strings only
  const uint8_t* elementValidity = nullptr;  // kFixedSizeList: bitmap over elements, index (offset + i) * listLength + j; nullptr: none NULL
  std::shared_ptr<const void> owner;

  bool isNull(int64_t i) const {
    if (type.id == TypeId::kNull) {
      return true;
    }
    if (validity == nullptr) {
      return false;
    }
    const int64_t bit = offset + i;
    return (validity[bit >> 3] >> (bit & 7) & 1) == 0;
  }
  bool mayHaveNulls() const { return nullCount > 0 || elementValidity != nullptr; }

  template <typename T>
  const T* values() const {
    return static_cast<const T*>(data) + offset;
  }
  bool boolAt(int64_t i) const {
    const int64_t bit = offset + i;
    return (static_cast<const uint8_t*>(data)[bit >> 3] >> (bit & 7) & 1) != 0;
  }
  std::string_view stringAt(int64_t i) const {
    const char* bytes = static_cast<const char*>(data);
    if (type.id == TypeId::kLargeString) {
      const auto* o = static_cast<const int64_t*>(offsets) + offset + i;
      return {bytes + o[0], static_cast<size_t>(o[1] - o[0])};
    }
    const auto* o = static_cast<const int32_t*>(offsets) + offset + i;
    return {bytes + o[0], static_cast<size_t>(o[1] - o[0])};
  }
};

/// The plan's columns of some rows of one base table: all rows (a table held in memory) or one batch (the streamed table).
/// Row id == numRows denotes the null row, in which every column is NULL: what a LEFT JOIN miss refers to.
struct Batch {
  int64_t numRows = 0;
  std::vector<Column> columns;  // by index into the plan's Table.columns
};

}  // namespace inferf
