#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "column/Column.h"
#include "inferf/arrow_c.h"

namespace inferf {

/// Elements of a list that the engine accepts per row: more than any model input has, few enough that no size overflows.
inline constexpr int32_t kMaxListLength = 1 << 20;

/// How an Arrow array lays out its buffers, which decides how it is imported.
enum class ArrowLayout : uint8_t {
  kNull,          // no buffers
  kBits,          // validity, bits
  kFixedWidth,    // validity, values
  kString,        // validity, offsets, bytes
  kStringView,    // validity, views, variadic buffers, sizes of these
  kFixedList,     // validity; one child
  kVariableList,  // validity, offsets; one child
  kDictionary     // validity, indices; a dictionary
};

/// What the schema tells about a column.
struct ColumnFormat {
  ArrowLayout layout = ArrowLayout::kNull;
  ColumnType type;             // after import
  int32_t elementWidth = 0;    // lists: bytes of one element
  bool largeOffsets = false;   // kVariableList: int64_t offsets
  TypeId indexId = TypeId::kNull;                  // kDictionary: type of the indices
  std::shared_ptr<const ColumnFormat> dictionary;  // kDictionary: its values
};

/// Reads the format of a column. `where` names the column in messages, e.g. "column 'age' of table 'users'".
/// Throws EngineError INVALID_DATA (malformed) or UNSUPPORTED (valid Arrow the engine does not take).
ColumnFormat parseColumnFormat(const ArrowSchema& schema, const std::string& where);

/// The format string to export a column of `type` with: its own, or the plain one of its type if it has none.
std::string exportFormat(const ColumnType& type);

}  // namespace inferf
