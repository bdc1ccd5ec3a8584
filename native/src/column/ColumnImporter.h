#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/MemoryPool.h"
#include "column/Column.h"
#include "column/ColumnFormat.h"
#include "column/ColumnMemory.h"
#include "inferf/arrow_c.h"

namespace inferf {

/// Rows that one column, batch or table may have: row ids are int32_t and one of them is the null row.
inline constexpr int64_t kMaxRows = INT32_MAX - 1;

/// Imports the arrays of one column of a stream, batch after batch. Everything of an Arrow array that can be checked is checked;
/// violations throw EngineError INVALID_DATA naming the column. One thread at a time.
///
/// Buffers are shared with the producer if their layout is the engine's and they are aligned to their elements; otherwise they are
/// copied once into the pool.
class ColumnImporter {
 public:
  /// `where` names the column in messages.
  ColumnImporter(ColumnFormat format, std::string where, std::shared_ptr<MemoryPool> pool);

  /// Type of the columns. A variable list has listLength 0 until a non-NULL row was seen; columns imported until then, whose rows are
  /// all NULL, have that type too.
  const ColumnType& type() const { return format_.type; }
  const std::string& where() const { return where_; }

  /// Imports rows [parentOffset, parentOffset + numRows) of `array`, which is not moved: `source` keeps it alive. `firstRow` is the number of
  /// rows imported before, for messages.
  Column import(const ArrowArray* array, int64_t parentOffset, int64_t numRows, std::shared_ptr<const void> source, int64_t firstRow);

 private:
  /// Which elements of an array's buffers are imported, all offsets added up.
  struct Range {
    int64_t offset;
    int64_t length;
    int64_t end() const { return offset + length; }
  };

  Range checkArray(const ArrowArray* array, int64_t parentOffset, int64_t numRows) const;
  void checkShape(const ArrowArray& array, int64_t numBuffers, int64_t numChildren) const;
  /// Buffer `index`; must not be NULL if `range` is not empty.
  const void* buffer(const ArrowArray& array, int64_t index, int64_t length, const char* what) const;

  /// A column with validity, NULL count, length and type filled in, its first element at range.offset.
  Column startColumn(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory) const;
  /// Moves the first element of `column` to index 0 of its validity bitmap, copying if it does not start at a byte.
  void rebaseValidity(Column& column, ColumnMemory& memory) const;
  const uint8_t* rebaseBitmap(const uint8_t* bitmap, int64_t offset, int64_t length, ColumnMemory& memory) const;

  Column importFixedWidth(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory) const;
  Column importBits(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory) const;
  Column importStrings(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory) const;
  Column importStringViews(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory) const;
  Column importFixedList(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory) const;
  Column importVariableList(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory, int64_t firstRow);
  Column importDictionary(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory,
                          std::shared_ptr<const void> source, int64_t firstRow) const;
  template <typename Offset>
  Column importOffsetStrings(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory) const;
  template <typename Offset>
  Column importOffsetList(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory, int64_t firstRow);
  template <typename Index>
  void decodeIndices(const ArrowArray& array, const Column& nulls, Range range, int64_t numValues, int32_t* ids,
                     int64_t firstRow) const;

  /// Checks that offsets [0, count] are aligned or copies them, start at or above 0 and never decrease. Returns the offsets.
  template <typename Offset>
  const Offset* checkedOffsets(const ArrowArray& array, Range range, ColumnMemory& memory) const;

  /// The validity bitmap and elements of a list's child after checks: its first element at `offset`.
  struct ListChild {
    const ArrowArray* array;
    int64_t offset;
    const uint8_t* values;
  };
  ListChild checkChild(const ArrowArray& array, int64_t elementsNeeded) const;
  /// Lets a list column refer to elements that already lie as the engine wants them, `start` being the first row's, or copies them if
  /// they are not aligned.
  void placeElements(Column& column, const ListChild& child, int64_t start, ColumnMemory& memory) const;

  ColumnFormat format_;
  std::string where_;
  std::shared_ptr<MemoryPool> pool_;
};

}  // namespace inferf
