#include "column/ColumnImporter.h"

#include <bit>
#include <cstring>
#include <utility>

#include "base/Error.h"
#include "column/Bitmap.h"

namespace inferf {

namespace {

/// No real array starts this many elements into its buffers; larger offsets would overflow when multiplied by element sizes.
constexpr int64_t kMaxOffset = int64_t{1} << 36;

/// The same for the elements of lists: times the largest element size it still fits.
constexpr int64_t kMaxElements = kMaxOffset * kMaxListLength;

/// Offsets of a string column without rows, whose producer may leave the buffer out.
alignas(MemoryPool::kAlignment) constexpr int64_t kZeroOffsets[8] = {};

bool isAligned(const void* pointer, int64_t alignment) {
  return reinterpret_cast<uintptr_t>(pointer) % static_cast<uintptr_t>(alignment) == 0;
}

/// Alignment that reading elements of this size as one number needs; opaque elements of other sizes are read byte by byte.
int64_t alignmentOf(int64_t elementWidth) { return elementWidth <= 8 && std::has_single_bit(static_cast<uint64_t>(elementWidth)) ? elementWidth : 1; }

}  // namespace

ColumnImporter::ColumnImporter(ColumnFormat format, std::string where, std::shared_ptr<MemoryPool> pool)
    : format_(std::move(format)), where_(std::move(where)), pool_(std::move(pool)) {}

Column ColumnImporter::import(const ArrowArray* array, int64_t parentOffset, int64_t numRows, std::shared_ptr<const void> source,
                              int64_t firstRow) {
  const Range range = checkArray(array, parentOffset, numRows);
  auto memory = std::make_shared<ColumnMemory>(pool_, source);
  switch (format_.layout) {
    case ArrowLayout::kNull:
      checkShape(*array, 0, 0);
      return startColumn(*array, range, std::move(memory));
    case ArrowLayout::kBits:
      return importBits(*array, range, std::move(memory));
    case ArrowLayout::kFixedWidth:
      return importFixedWidth(*array, range, std::move(memory));
    case ArrowLayout::kString:
      return importStrings(*array, range, std::move(memory));
    case ArrowLayout::kStringView:
      // Copied as a whole, so the producer's memory is not needed any longer.
      return importStringViews(*array, range, std::make_shared<ColumnMemory>(pool_, nullptr));
    case ArrowLayout::kFixedList:
      return importFixedList(*array, range, std::move(memory));
    case ArrowLayout::kVariableList:
      return importVariableList(*array, range, std::move(memory), firstRow);
    case ArrowLayout::kDictionary:
      return importDictionary(*array, range, std::move(memory), std::move(source), firstRow);
  }
  INFERF_CHECK(false);
}

ColumnImporter::Range ColumnImporter::checkArray(const ArrowArray* array, int64_t parentOffset, int64_t numRows) const {
  INFERF_USER_CHECK(array != nullptr, INFERF_ERROR_INVALID_DATA, "An Arrow array is NULL: ", where_);
  INFERF_USER_CHECK(array->release != nullptr, INFERF_ERROR_INVALID_DATA, "An Arrow array has been released already: ", where_);
  INFERF_USER_CHECK(array->length >= 0 && array->length <= kMaxOffset, INFERF_ERROR_INVALID_DATA,
                    "The length of an Arrow array is out of range: ", where_, ", length ", array->length);
  INFERF_USER_CHECK(array->offset >= 0 && array->offset <= kMaxOffset, INFERF_ERROR_INVALID_DATA,
                    "The offset of an Arrow array is out of range: ", where_, ", offset ", array->offset);
  INFERF_USER_CHECK(array->null_count >= -1 && array->null_count <= array->length, INFERF_ERROR_INVALID_DATA,
                    "The null count of an Arrow array is out of range: ", where_, ", null count ", array->null_count, ", length ",
                    array->length);
  // Both terms have been checked to be small, so the sum does not overflow.
  INFERF_USER_CHECK(array->length >= parentOffset + numRows, INFERF_ERROR_INVALID_DATA,
                    "An Arrow array is shorter than its parent needs: ", where_, ". Expected at least: ", parentOffset + numRows,
                    ", actual: ", array->length);
  const bool hasDictionary = array->dictionary != nullptr;
  INFERF_USER_CHECK(hasDictionary == (format_.layout == ArrowLayout::kDictionary), INFERF_ERROR_INVALID_DATA,
                    "An Arrow array has ", hasDictionary ? "a dictionary" : "no dictionary", ", unlike its schema: ", where_);
  return {array->offset + parentOffset, numRows};
}

void ColumnImporter::checkShape(const ArrowArray& array, int64_t numBuffers, int64_t numChildren) const {
  INFERF_USER_CHECK(array.n_buffers == numBuffers, INFERF_ERROR_INVALID_DATA, "An Arrow array has the wrong number of buffers: ",
                    where_, ". Expected: ", numBuffers, ", actual: ", array.n_buffers);
  INFERF_USER_CHECK(array.n_children == numChildren, INFERF_ERROR_INVALID_DATA, "An Arrow array has the wrong number of children: ",
                    where_, ". Expected: ", numChildren, ", actual: ", array.n_children);
  INFERF_USER_CHECK(numBuffers == 0 || array.buffers != nullptr, INFERF_ERROR_INVALID_DATA, "An Arrow array has no list of buffers: ",
                    where_);
  INFERF_USER_CHECK(numChildren == 0 || array.children != nullptr, INFERF_ERROR_INVALID_DATA,
                    "An Arrow array has no list of children: ", where_);
}

const void* ColumnImporter::buffer(const ArrowArray& array, int64_t index, int64_t length, const char* what) const {
  const void* data = array.buffers[index];
  INFERF_USER_CHECK(data != nullptr || length == 0, INFERF_ERROR_INVALID_DATA, "An Arrow array has a NULL buffer of ", what, ": ",
                    where_);
  return data;
}

Column ColumnImporter::startColumn(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory) const {
  Column column;
  column.type = format_.type;
  column.length = range.length;
  column.offset = range.offset;
  column.owner = std::move(memory);
  if (format_.layout == ArrowLayout::kNull) {
    column.nullCount = range.length;
    return column;
  }
  const auto* validity = static_cast<const uint8_t*>(array.buffers[0]);
  INFERF_USER_CHECK(validity != nullptr || array.null_count <= 0, INFERF_ERROR_INVALID_DATA,
                    "An Arrow array has NULLs but no validity bitmap: ", where_, ", null count ", array.null_count);
  if (validity != nullptr && range.length > 0) {
    column.nullCount = range.length - countSetBits(validity, range.offset, range.length);
    column.validity = column.nullCount > 0 ? validity : nullptr;
  }
  return column;
}

const uint8_t* ColumnImporter::rebaseBitmap(const uint8_t* bitmap, int64_t offset, int64_t length, ColumnMemory& memory) const {
  if ((offset & 7) == 0) {
    return bitmap + offset / 8;
  }
  uint8_t* copy = memory.allocate(bitmapBytes(length));
  std::memset(copy, 0, static_cast<size_t>(bitmapBytes(length)));
  copyBits(bitmap, offset, length, copy, 0);
  return copy;
}

void ColumnImporter::rebaseValidity(Column& column, ColumnMemory& memory) const {
  if (column.validity != nullptr) {
    column.validity = rebaseBitmap(column.validity, column.offset, column.length, memory);
  }
  column.offset = 0;
}

Column ColumnImporter::importBits(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory) const {
  checkShape(array, 2, 0);
  Column column = startColumn(array, range, std::move(memory));
  column.data = buffer(array, 1, range.length, "values");
  return column;
}

Column ColumnImporter::importFixedWidth(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory) const {
  checkShape(array, 2, 0);
  Column column = startColumn(array, range, memory);
  column.data = buffer(array, 1, range.length, "values");
  const int64_t width = format_.type.byteWidth;
  if (range.length > 0 && !isAligned(column.data, alignmentOf(width))) {
    uint8_t* copy = memory->allocate(range.length * width);
    std::memcpy(copy, static_cast<const uint8_t*>(column.data) + range.offset * width, static_cast<size_t>(range.length * width));
    rebaseValidity(column, *memory);
    column.data = copy;
  }
  return column;
}

template <typename Offset>
const Offset* ColumnImporter::checkedOffsets(const ArrowArray& array, Range range, ColumnMemory& memory) const {
  const void* data = buffer(array, 1, range.length, "offsets");
  if (range.length == 0) {
    return reinterpret_cast<const Offset*>(kZeroOffsets);
  }
  const auto* bytes = static_cast<const uint8_t*>(data) + range.offset * static_cast<int64_t>(sizeof(Offset));
  if (!isAligned(bytes, sizeof(Offset))) {
    const int64_t size = (range.length + 1) * static_cast<int64_t>(sizeof(Offset));
    uint8_t* copy = memory.allocate(size);
    std::memcpy(copy, bytes, static_cast<size_t>(size));
    bytes = copy;
  }
  const auto* offsets = reinterpret_cast<const Offset*>(bytes);
  bool decreases = offsets[0] < 0;
  for (int64_t i = 0; i < range.length; ++i) {
    decreases |= offsets[i + 1] < offsets[i];
  }
  if (decreases) {
    int64_t row = 0;
    while (offsets[row] >= 0 && offsets[row + 1] >= offsets[row]) {
      ++row;
    }
    throwUser(INFERF_ERROR_INVALID_DATA, "The offsets of an Arrow array are negative or decrease: ", where_, ", element ", row,
              ", offsets ", offsets[row], " and ", offsets[row + 1]);
  }
  return offsets;
}

template <typename Offset>
Column ColumnImporter::importOffsetStrings(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory) const {
  checkShape(array, 3, 0);
  Column column = startColumn(array, range, memory);
  const Offset* offsets = checkedOffsets<Offset>(array, range, *memory);
  column.data = buffer(array, 2, static_cast<int64_t>(offsets[range.length]), "string bytes");
  rebaseValidity(column, *memory);  // the offsets may have been copied, and start at the first element now
  column.offsets = offsets;
  return column;
}

Column ColumnImporter::importStrings(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory) const {
  return format_.type.id == TypeId::kLargeString ? importOffsetStrings<int64_t>(array, range, std::move(memory))
                                                 : importOffsetStrings<int32_t>(array, range, std::move(memory));
}

Column ColumnImporter::importFixedList(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory) const {
  checkShape(array, 1, 1);
  Column column = startColumn(array, range, memory);
  const int64_t listLength = format_.type.listLength;
  const ListChild child = checkChild(array, range.length == 0 ? 0 : range.end() * listLength);
  rebaseValidity(column, *memory);
  placeElements(column, child, range.offset * listLength, *memory);
  return column;
}

ColumnImporter::ListChild ColumnImporter::checkChild(const ArrowArray& array, int64_t elementsNeeded) const {
  const ArrowArray* child = array.children[0];
  INFERF_USER_CHECK(child != nullptr, INFERF_ERROR_INVALID_DATA, "The elements of a list are NULL: ", where_);
  INFERF_USER_CHECK(child->release != nullptr, INFERF_ERROR_INVALID_DATA, "The elements of a list have been released already: ",
                    where_);
  INFERF_USER_CHECK(child->dictionary == nullptr, INFERF_ERROR_INVALID_DATA,
                    "The elements of a list have a dictionary, unlike their schema: ", where_);
  checkShape(*child, 2, 0);
  INFERF_USER_CHECK(child->offset >= 0 && child->offset <= kMaxOffset && child->length >= 0 && child->length <= kMaxElements &&
                        child->null_count >= -1,
                    INFERF_ERROR_INVALID_DATA, "The length, offset or null count of a list's elements is out of range: ", where_,
                    ", length ", child->length, ", offset ", child->offset, ", null count ", child->null_count);
  INFERF_USER_CHECK(child->length >= elementsNeeded, INFERF_ERROR_INVALID_DATA,
                    "The elements of a list are fewer than its rows need: ", where_, ". Expected at least: ", elementsNeeded,
                    ", actual: ", child->length);
  INFERF_USER_CHECK(child->buffers[0] != nullptr || child->null_count <= 0, INFERF_ERROR_INVALID_DATA,
                    "The elements of a list have NULLs but no validity bitmap: ", where_, ", null count ", child->null_count);
  return {child, child->offset, static_cast<const uint8_t*>(buffer(*child, 1, elementsNeeded, "list elements"))};
}

void ColumnImporter::placeElements(Column& column, const ListChild& child, int64_t start, ColumnMemory& memory) const {
  const int64_t first = child.offset + start;
  const int64_t count = column.length * column.type.listLength;
  if (count == 0) {
    return;
  }
  const uint8_t* elements = child.values + first * format_.elementWidth;
  if (!isAligned(elements, alignmentOf(format_.elementWidth))) {
    uint8_t* copy = memory.allocate(count * format_.elementWidth);
    std::memcpy(copy, elements, static_cast<size_t>(count * format_.elementWidth));
    elements = copy;
  }
  column.data = elements;
  const auto* validity = static_cast<const uint8_t*>(child.array->buffers[0]);
  if (validity != nullptr && countSetBits(validity, first, count) < count) {
    column.elementValidity = rebaseBitmap(validity, first, count, memory);
  }
}

Column ColumnImporter::importVariableList(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory,
                                          int64_t firstRow) {
  return format_.largeOffsets ? importOffsetList<int64_t>(array, range, std::move(memory), firstRow)
                              : importOffsetList<int32_t>(array, range, std::move(memory), firstRow);
}

template <typename Offset>
Column ColumnImporter::importOffsetList(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory,
                                        int64_t firstRow) {
  checkShape(array, 2, 1);
  Column column = startColumn(array, range, memory);
  const Offset* offsets = checkedOffsets<Offset>(array, range, *memory);
  const ListChild child = checkChild(array, static_cast<int64_t>(offsets[range.length]));

  bool contiguous = true;
  for (int64_t i = 0; i < range.length; ++i) {
    const int64_t length = static_cast<int64_t>(offsets[i + 1]) - static_cast<int64_t>(offsets[i]);
    if (length == format_.type.listLength && length != 0) {
      continue;
    }
    if (column.isNull(i)) {
      contiguous = false;
      continue;
    }
    INFERF_USER_CHECK(length > 0 && length <= kMaxListLength, INFERF_ERROR_INVALID_DATA,
                      "A list has an unsupported length: ", where_, ", row ", firstRow + i, ". Expected: 1 to ", kMaxListLength,
                      ", actual: ", length);
    INFERF_USER_CHECK(format_.type.listLength == 0, INFERF_ERROR_INVALID_DATA,
                      "A list has another length than the lists before it: ", where_, ", row ", firstRow + i, ". Expected: ",
                      format_.type.listLength, ", actual: ", length);
    format_.type.listLength = static_cast<int32_t>(length);
    format_.type.byteWidth = format_.type.listLength * format_.elementWidth;
  }
  column.type = format_.type;
  rebaseValidity(column, *memory);
  if (format_.type.listLength == 0) {
    return column;  // no rows, or all of them NULL
  }
  if (contiguous) {
    placeElements(column, child, static_cast<int64_t>(offsets[0]), *memory);
    return column;
  }

  // NULL rows without elements in between: lay the others out at their fixed places.
  const int64_t rowBytes = format_.type.byteWidth;
  const int64_t listLength = format_.type.listLength;
  uint8_t* elements = memory->allocate(range.length * rowBytes);
  column.data = elements;
  const auto* childValidity = static_cast<const uint8_t*>(child.array->buffers[0]);
  uint8_t* elementValidity = nullptr;
  const int64_t elementBits = range.length * listLength;
  if (childValidity != nullptr) {
    elementValidity = memory->allocate(bitmapBytes(elementBits));
    std::memset(elementValidity, 0xff, static_cast<size_t>(bitmapBytes(elementBits)));
  }
  for (int64_t i = 0; i < range.length; ++i) {
    if (column.isNull(i)) {
      std::memset(elements + i * rowBytes, 0, static_cast<size_t>(rowBytes));
      continue;
    }
    const int64_t start = child.offset + static_cast<int64_t>(offsets[i]);
    std::memcpy(elements + i * rowBytes, child.values + start * format_.elementWidth, static_cast<size_t>(rowBytes));
    if (elementValidity != nullptr) {
      copyBits(childValidity, start, listLength, elementValidity, i * listLength);
    }
  }
  if (elementValidity != nullptr && countSetBits(elementValidity, 0, elementBits) < elementBits) {
    column.elementValidity = elementValidity;
  }
  return column;
}

}  // namespace inferf
