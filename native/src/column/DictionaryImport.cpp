#include <cstring>
#include <utility>

#include "base/Error.h"
#include "column/ColumnImporter.h"
#include "column/VectorColumn.h"

namespace inferf {

namespace {

/// Index `i` of a buffer that need not be aligned.
template <typename Index>
Index indexAt(const void* data, int64_t i) {
  Index index;
  std::memcpy(&index, static_cast<const uint8_t*>(data) + i * static_cast<int64_t>(sizeof(Index)), sizeof(Index));
  return index;
}

}  // namespace

template <typename Index>
void ColumnImporter::decodeIndices(const ArrowArray& array, const Column& nulls, Range range, int64_t numValues, int32_t* ids,
                                   int64_t firstRow) const {
  const void* data = array.buffers[1];
  for (int64_t i = 0; i < range.length; ++i) {
    if (nulls.isNull(i)) {
      ids[i] = static_cast<int32_t>(numValues);
      continue;
    }
    const Index index = indexAt<Index>(data, range.offset + i);
    INFERF_USER_CHECK(std::cmp_greater_equal(index, 0) && std::cmp_less(index, numValues), INFERF_ERROR_INVALID_DATA,
                      "A dictionary index is out of range: ", where_, ", row ", firstRow + i, ". Expected: 0 to ", numValues - 1,
                      ", actual: ", +index);
    ids[i] = static_cast<int32_t>(index);
  }
}

Column ColumnImporter::importDictionary(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory,
                                        std::shared_ptr<const void> source, int64_t firstRow) const {
  checkShape(array, 2, 0);
  buffer(array, 1, range.length, "dictionary indices");
  const Column nulls = startColumn(array, range, std::move(memory));

  const int64_t numValues = array.dictionary->length;
  INFERF_USER_CHECK(numValues <= kMaxRows, INFERF_ERROR_UNSUPPORTED, "A dictionary has too many values: ", where_,
                    ". Expected at most: ", kMaxRows, ", actual: ", numValues);
  ColumnImporter valueImporter(*format_.dictionary, "dictionary of " + where_, pool_);
  const Column values = valueImporter.import(array.dictionary, 0, numValues, std::move(source), 0);

  PoolArray<int32_t> ids(*pool_, range.length);
  switch (format_.indexId) {
    case TypeId::kInt8:
      decodeIndices<int8_t>(array, nulls, range, numValues, ids.data(), firstRow);
      break;
    case TypeId::kUInt8:
      decodeIndices<uint8_t>(array, nulls, range, numValues, ids.data(), firstRow);
      break;
    case TypeId::kInt16:
      decodeIndices<int16_t>(array, nulls, range, numValues, ids.data(), firstRow);
      break;
    case TypeId::kUInt16:
      decodeIndices<uint16_t>(array, nulls, range, numValues, ids.data(), firstRow);
      break;
    case TypeId::kInt32:
      decodeIndices<int32_t>(array, nulls, range, numValues, ids.data(), firstRow);
      break;
    case TypeId::kUInt32:
      decodeIndices<uint32_t>(array, nulls, range, numValues, ids.data(), firstRow);
      break;
    case TypeId::kInt64:
      decodeIndices<int64_t>(array, nulls, range, numValues, ids.data(), firstRow);
      break;
    default:
      decodeIndices<uint64_t>(array, nulls, range, numValues, ids.data(), firstRow);
      break;
  }
  return columnFromVector(gatherColumn(values, ids.data(), range.length, {}, *pool_), pool_);
}

}  // namespace inferf
