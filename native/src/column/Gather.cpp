#include <cstring>
#include <limits>
#include <utility>

#include "base/Error.h"
#include "column/ArrowBridge.h"
#include "column/Bitmap.h"

namespace inferf {

namespace {

/// Which rows of a column are copied: `ids[i]` (or i) for each i, the column's length meaning NULL.
struct Selection {
  const int32_t* ids;
  int64_t numRows;
  int64_t nullId;

  int64_t id(int64_t i) const { return ids == nullptr ? i : ids[i]; }
  bool contains(int64_t id) const {
    if (ids == nullptr) {
      return id < numRows;
    }
    for (int64_t i = 0; i < numRows; ++i) {
      if (ids[i] == id) {
        return true;
      }
    }
    return false;
  }
};

PoolArray<uint8_t> zeroedBitmap(int64_t numBits, MemoryPool& pool) {
  PoolArray<uint8_t> bitmap(pool, bitmapBytes(numBits));
  if (!bitmap.empty()) {
    std::memset(bitmap.data(), 0, static_cast<size_t>(bitmap.size()));
  }
  return bitmap;
}

void gatherValidity(const Column& source, const Selection& rows, OutputVector& target, MemoryPool& pool) {
  if (source.type.id == TypeId::kNull) {
    target.nullCount = rows.numRows;
    return;
  }
  if (source.nullCount == 0 && !rows.contains(rows.nullId)) {
    return;
  }
  target.validity = zeroedBitmap(rows.numRows, pool);
  int64_t numValid = 0;
  for (int64_t i = 0; i < rows.numRows; ++i) {
    const int64_t id = rows.id(i);
    if (id != rows.nullId && !source.isNull(id)) {
      setBit(target.validity.data(), i);
      ++numValid;
    }
  }
  target.nullCount = rows.numRows - numValid;
}

template <typename T>
void gatherValues(const Column& source, const Selection& rows, T* target) {
  const T* values = source.values<T>();
  for (int64_t i = 0; i < rows.numRows; ++i) {
    const int64_t id = rows.ids[i];
    target[i] = id == rows.nullId ? T{} : values[id];
  }
}

/// Elements of `width` bytes: numbers, opaque values, whole lists.
void gatherFixedWidth(const Column& source, const Selection& rows, int64_t width, OutputVector& target, MemoryPool& pool) {
  target.data = PoolArray<uint8_t>(pool, rows.numRows * width);
  if (target.data.empty()) {
    return;
  }
  if (source.length > 0 && source.nullCount == source.length) {
    // Nothing may be read: lists that are all NULL have no elements, whatever length they have been given.
    std::memset(target.data.data(), 0, static_cast<size_t>(target.data.size()));
    return;
  }
  const uint8_t* values = static_cast<const uint8_t*>(source.data) + source.offset * width;
  if (rows.ids == nullptr) {
    const int64_t numCopied = rows.contains(rows.nullId) ? rows.nullId : rows.numRows;
    if (numCopied > 0) {
      std::memcpy(target.data.data(), values, static_cast<size_t>(numCopied * width));
    }
    std::memset(target.data.data() + numCopied * width, 0, static_cast<size_t>((rows.numRows - numCopied) * width));
    return;
  }
  switch (source.type.id == TypeId::kFixedWidth || source.type.id == TypeId::kFixedSizeList ? 0 : width) {
    case 1:
      return gatherValues(source, rows, target.data.data());
    case 2:
      return gatherValues(source, rows, reinterpret_cast<uint16_t*>(target.data.data()));
    case 4:
      return gatherValues(source, rows, reinterpret_cast<uint32_t*>(target.data.data()));
    case 8:
      return gatherValues(source, rows, reinterpret_cast<uint64_t*>(target.data.data()));
    default:
      break;
  }
  for (int64_t i = 0; i < rows.numRows; ++i) {
    uint8_t* to = target.data.data() + i * width;
    if (rows.ids[i] == rows.nullId) {
      std::memset(to, 0, static_cast<size_t>(width));
    } else {
      std::memcpy(to, values + rows.ids[i] * width, static_cast<size_t>(width));
    }
  }
}

void gatherElementValidity(const Column& source, const Selection& rows, OutputVector& target, MemoryPool& pool) {
  if (source.elementValidity == nullptr) {
    return;
  }
  const int64_t listLength = source.type.listLength;
  target.elementValidity = zeroedBitmap(rows.numRows * listLength, pool);
  for (int64_t i = 0; i < rows.numRows; ++i) {
    const int64_t id = rows.id(i);
    if (id == rows.nullId) {
      fillBits(target.elementValidity.data(), i * listLength, listLength);
    } else {
      copyBits(source.elementValidity, (source.offset + id) * listLength, listLength, target.elementValidity.data(), i * listLength);
    }
  }
  const int64_t numElements = rows.numRows * listLength;
  target.elementNullCount = numElements - countSetBits(target.elementValidity.data(), 0, numElements);
}

void gatherBits(const Column& source, const Selection& rows, OutputVector& target, MemoryPool& pool) {
  target.data = zeroedBitmap(rows.numRows, pool);
  for (int64_t i = 0; i < rows.numRows; ++i) {
    const int64_t id = rows.id(i);
    if (id != rows.nullId && source.boolAt(id)) {
      setBit(target.data.data(), i);
    }
  }
}

template <typename Offset>
void gatherStrings(const Column& source, const Selection& rows, OutputVector& target, MemoryPool& pool) {
  target.offsets = PoolArray<uint8_t>(pool, (rows.numRows + 1) * static_cast<int64_t>(sizeof(Offset)));
  auto* offsets = reinterpret_cast<Offset*>(target.offsets.data());
  offsets[0] = 0;
  int64_t total = 0;
  for (int64_t i = 0; i < rows.numRows; ++i) {
    const int64_t id = rows.id(i);
    if (id != rows.nullId && !source.isNull(id)) {
      total += static_cast<int64_t>(source.stringAt(id).size());
    }
    INFERF_USER_CHECK(total <= std::numeric_limits<Offset>::max(), INFERF_ERROR_UNSUPPORTED,
                      "Strings of more than 2^31 - 1 bytes in one batch need the type large_utf8. Column: '", target.name, "'");
    offsets[i + 1] = static_cast<Offset>(total);
  }
  target.data = PoolArray<uint8_t>(pool, total);
  for (int64_t i = 0; i < rows.numRows; ++i) {
    const auto size = static_cast<size_t>(offsets[i + 1] - offsets[i]);
    if (size > 0) {
      std::memcpy(target.data.data() + offsets[i], source.stringAt(rows.id(i)).data(), size);
    }
  }
}

}  // namespace

OutputVector gatherColumn(const Column& source, const int32_t* ids, int64_t numRows, std::string name, MemoryPool& pool) {
  const Selection rows{ids, numRows, source.length};
  OutputVector target;
  target.type = source.type;
  target.name = std::move(name);
  target.length = numRows;
  gatherValidity(source, rows, target, pool);
  switch (source.type.id) {
    case TypeId::kNull:
      break;
    case TypeId::kBool:
      gatherBits(source, rows, target, pool);
      break;
    case TypeId::kString:
      gatherStrings<int32_t>(source, rows, target, pool);
      break;
    case TypeId::kLargeString:
      gatherStrings<int64_t>(source, rows, target, pool);
      break;
    case TypeId::kFixedSizeList:
      gatherFixedWidth(source, rows, source.type.byteWidth, target, pool);
      gatherElementValidity(source, rows, target, pool);
      break;
    default:
      gatherFixedWidth(source, rows, source.type.byteWidth, target, pool);
      break;
  }
  return target;
}

}  // namespace inferf
