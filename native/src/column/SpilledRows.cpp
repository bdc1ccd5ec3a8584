#include "column/SpilledRows.h"

#include <cstring>
#include <limits>
#include <utility>

#include "base/Error.h"
#include "column/Bitmap.h"
#include "column/VectorColumn.h"

namespace inferf {

namespace {

/// Bytes of rows [begin, end) of a column, as far as they are proportional to what the rows hold.
int64_t bytesOfRows(const OutputVector& column, int64_t begin, int64_t end) {
  const int64_t numRows = end - begin;
  int64_t bytes = column.validity.empty() ? 0 : bitmapBytes(numRows);
  switch (column.type.id) {
    case TypeId::kNull:
      return bytes;
    case TypeId::kBool:
      return bytes + bitmapBytes(numRows);
    case TypeId::kString: {
      const auto* offsets = reinterpret_cast<const int32_t*>(column.offsets.data());
      return bytes + numRows * static_cast<int64_t>(sizeof(int32_t)) + (offsets[end] - offsets[begin]);
    }
    case TypeId::kLargeString: {
      const auto* offsets = reinterpret_cast<const int64_t*>(column.offsets.data());
      return bytes + numRows * static_cast<int64_t>(sizeof(int64_t)) + (offsets[end] - offsets[begin]);
    }
    default:
      bytes += column.elementValidity.empty() ? 0 : bitmapBytes(numRows * column.type.listLength);
      return bytes + numRows * column.type.byteWidth;
  }
}

}  // namespace

/// One column of rows being read.
class SpilledRows::ColumnReading {
 public:
  ColumnReading(const SpilledRows& rows, std::span<const Segment> segments, size_t column, ColumnType type, MemoryPool& pool,
                const CancellationToken& cancellation)
      : rows_(rows), segments_(segments), column_(column), pool_(pool), cancellation_(cancellation) {
    result_.type = std::move(type);
    for (const Segment& segment : segments) {
      result_.length += segment.numRows();
    }
  }

  OutputVector run() {
    readBitmap(&ColumnPlace::validity, 1, result_.validity);
    if (result_.type.id == TypeId::kNull) {
      result_.nullCount = result_.length;
      return std::move(result_);
    }
    result_.nullCount = numZeros(result_.validity, result_.length);
    if (result_.nullCount == 0) {
      result_.validity = {};
    }
    switch (result_.type.id) {
      case TypeId::kBool:
        readBitmap(&ColumnPlace::data, 1, result_.data);
        break;
      case TypeId::kString:
        readStrings<int32_t>();
        break;
      case TypeId::kLargeString:
        readStrings<int64_t>();
        break;
      default:
        readValues();
        if (result_.type.id == TypeId::kFixedSizeList) {
          const int64_t numElements = result_.length * result_.type.listLength;
          readBitmap(&ColumnPlace::elementValidity, result_.type.listLength, result_.elementValidity);
          result_.elementNullCount = numZeros(result_.elementValidity, numElements);
          if (result_.elementNullCount == 0) {
            result_.elementValidity = {};
          }
        }
        break;
    }
    return std::move(result_);
  }

 private:
  const ColumnPlace& placeOf(const Segment& segment) const { return rows_.runs_[segment.run].columns[column_]; }

  void read(int64_t offset, void* target, int64_t bytes) const {
    cancellation_.check();
    rows_.file_.read(offset, target, bytes);
  }

  static int64_t numZeros(const PoolArray<uint8_t>& bitmap, int64_t numBits) {
    return bitmap.empty() ? 0 : numBits - countSetBits(bitmap.data(), 0, numBits);
  }

  /// Reads bits, `perRow` a row; runs without the bitmap have ones. Leaves `target` empty if no run has it.
  void readBitmap(int64_t ColumnPlace::*place, int64_t perRow, PoolArray<uint8_t>& target) {
    bool isPresent = false;
    for (const Segment& segment : segments_) {
      isPresent = isPresent || placeOf(segment).*place != ColumnPlace::kAbsent;
    }
    if (!isPresent || result_.length * perRow == 0) {
      return;
    }
    target = PoolArray<uint8_t>(pool_, bitmapBytes(result_.length * perRow));
    std::memset(target.data(), 0xff, static_cast<size_t>(target.size()));
    int64_t bit = 0;
    for (const Segment& segment : segments_) {
      const int64_t begin = segment.begin * perRow;
      const int64_t numBits = segment.numRows() * perRow;
      const int64_t offset = placeOf(segment).*place;
      if (offset != ColumnPlace::kAbsent && numBits > 0) {
        const int64_t firstByte = begin / 8;
        const PoolArray<uint8_t> bytes(pool_, bitmapBytes(begin + numBits) - firstByte);
        read(offset + firstByte, const_cast<uint8_t*>(bytes.data()), bytes.size());
        copyBits(bytes.data(), begin - firstByte * 8, numBits, target.data(), bit);
      }
      bit += numBits;
    }
  }

  void readValues() {
    const int64_t width = result_.type.byteWidth;
    result_.data = PoolArray<uint8_t>(pool_, result_.length * width);
    uint8_t* target = result_.data.data();
    for (const Segment& segment : segments_) {
      const ColumnPlace& place = placeOf(segment);
      const int64_t bytes = segment.numRows() * width;
      if (bytes == 0) {
        continue;
      }
      if (place.data != ColumnPlace::kAbsent && place.type.byteWidth == width) {
        read(place.data + segment.begin * width, target, bytes);
      } else {
        std::memset(target, 0, static_cast<size_t>(bytes));  // lists of a length that was not known yet: all NULL
      }
      target += bytes;
    }
  }

  template <typename Offset>
  void readStrings() {
    result_.offsets = PoolArray<uint8_t>(pool_, (result_.length + 1) * static_cast<int64_t>(sizeof(Offset)));
    auto* offsets = reinterpret_cast<Offset*>(result_.offsets.data());
    offsets[0] = 0;
    int64_t row = 0;
    int64_t total = 0;
    std::vector<std::pair<int64_t, int64_t>> ranges;  // of bytes in the file: begin, size
    for (const Segment& segment : segments_) {
      const int64_t numRows = segment.numRows();
      if (numRows == 0) {
        continue;
      }
      const ColumnPlace& place = placeOf(segment);
      read(place.offsets + segment.begin * static_cast<int64_t>(sizeof(Offset)), offsets + row,
           (numRows + 1) * static_cast<int64_t>(sizeof(Offset)));
      const int64_t first = offsets[row];
      int64_t last = first;
      for (int64_t i = 0; i <= numRows; ++i) {
        const int64_t offset = offsets[row + i];
        // They were increasing when they were written. What is read decides over memory, so it is not believed.
        INFERF_USER_CHECK(offset >= last && offset - first <= std::numeric_limits<Offset>::max() - total,
                          offset >= last ? INFERF_ERROR_UNSUPPORTED : INFERF_ERROR_SOURCE,
                          offset >= last ? "Strings of more than 2^31 - 1 bytes need the type large_utf8. Table: '"
                                         : "A spill file holds other bytes than were written to it. Table: '",
                          rows_.table_, "', directory: '", rows_.file_.directory(), "'");
        last = offset;
        offsets[row + i] = static_cast<Offset>(total + (offset - first));
      }
      ranges.emplace_back(place.data + first, last - first);
      row += numRows;
      total += last - first;
    }
    result_.data = PoolArray<uint8_t>(pool_, total);
    uint8_t* target = result_.data.data();
    for (const auto& [offset, bytes] : ranges) {
      read(offset, target, bytes);
      target += bytes;
    }
  }

  const SpilledRows& rows_;
  const std::span<const Segment> segments_;
  const size_t column_;
  MemoryPool& pool_;
  const CancellationToken& cancellation_;
  OutputVector result_;
};

SpilledRows::SpilledRows(const std::string& directory, std::string table, size_t numPartitions)
    : table_(std::move(table)), file_(directory), sizes_(numPartitions) {}

int64_t SpilledRows::write(const PoolArray<uint8_t>& buffer, int64_t& offset) {
  if (buffer.empty()) {
    return ColumnPlace::kAbsent;
  }
  const int64_t place = offset;
  file_.write(place, buffer.data(), buffer.size());
  offset += buffer.size();
  return place;
}

void SpilledRows::append(const std::vector<OutputVector>& columns, const std::vector<int64_t>& begins) {
  INFERF_CHECK(begins.size() == sizes_.size() + 1);
  int64_t numBytes = 0;
  for (const OutputVector& column : columns) {
    numBytes += column.validity.size() + column.data.size() + column.offsets.size() + column.elementValidity.size();
  }
  int64_t offset = numBytes_.fetch_add(numBytes, std::memory_order_relaxed);
  Run run;
  run.begins = begins;
  for (const OutputVector& column : columns) {
    ColumnPlace& place = run.columns.emplace_back();
    place.type = column.type;
    place.validity = write(column.validity, offset);
    place.data = write(column.data, offset);
    place.offsets = write(column.offsets, offset);
    place.elementValidity = write(column.elementValidity, offset);
  }
  const std::lock_guard lock(mutex_);
  for (size_t partition = 0; partition < sizes_.size(); ++partition) {
    const int64_t begin = begins[partition];
    const int64_t end = begins[partition + 1];
    if (begin == end) {
      continue;
    }
    sizes_[partition].numRows += end - begin;
    for (const OutputVector& column : columns) {
      sizes_[partition].numBytes += bytesOfRows(column, begin, end);
    }
  }
  runs_.push_back(std::move(run));
}

std::vector<SpilledRows::Segment> SpilledRows::segments(size_t first, size_t last) const {
  std::vector<Segment> found;
  for (size_t run = 0; run < runs_.size(); ++run) {
    if (const Segment segment{run, runs_[run].begins[first], runs_[run].begins[last]}; segment.numRows() > 0) {
      found.push_back(segment);
    }
  }
  return found;
}

ColumnType SpilledRows::typeOf(std::span<const Segment> segments, size_t column) const {
  const ColumnType* longest = &runs_[segments.front().run].columns[column].type;
  for (const Segment& segment : segments) {
    const ColumnType& type = runs_[segment.run].columns[column].type;
    longest = type.listLength > longest->listLength ? &type : longest;
  }
  return *longest;
}

Batch SpilledRows::read(std::span<const Segment> segments, const std::vector<ColumnType>* types, const std::shared_ptr<MemoryPool>& pool,
                        const CancellationToken& cancellation) const {
  Batch batch;
  for (const Segment& segment : segments) {
    batch.numRows += segment.numRows();
  }
  const size_t numColumns = types != nullptr ? types->size() : segments.empty() ? 0 : runs_[segments.front().run].columns.size();
  for (size_t column = 0; column < numColumns; ++column) {
    ColumnType type = types != nullptr ? (*types)[column] : typeOf(segments, column);
    OutputVector read = ColumnReading(*this, segments, column, std::move(type), *pool, cancellation).run();
    batch.columns.push_back(columnFromVector(std::move(read), pool));
  }
  return batch;
}

}  // namespace inferf
