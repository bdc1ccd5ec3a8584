#include "column/Concatenate.h"

#include <cstring>
#include <limits>
#include <utility>

#include "base/Error.h"
#include "column/Bitmap.h"
#include "column/VectorColumn.h"

namespace inferf {

namespace {

class Concatenation {
 public:
  Concatenation(const std::vector<Column>& parts, const ColumnType& type, const std::string& where, MemoryPool& pool)
      : parts_(parts), where_(where), pool_(pool) {
    result_.type = type;
    for (const Column& part : parts) {
      result_.length += part.length;
      result_.nullCount += part.nullCount;
      anyElementNull_ |= part.elementValidity != nullptr;
    }
  }

  OutputVector run() {
    concatenateValidity();
    switch (result_.type.id) {
      case TypeId::kNull:
        break;
      case TypeId::kBool:
        concatenateBits();
        break;
      case TypeId::kString:
        concatenateStrings<int32_t>();
        break;
      case TypeId::kLargeString:
        concatenateStrings<int64_t>();
        break;
      default:
        concatenateValues();
        concatenateElementValidity();
        break;
    }
    return std::move(result_);
  }

 private:
  PoolArray<uint8_t> filledBitmap(int64_t numBits) {
    PoolArray<uint8_t> bitmap(pool_, bitmapBytes(numBits));
    if (!bitmap.empty()) {
      std::memset(bitmap.data(), 0xff, static_cast<size_t>(bitmap.size()));
    }
    return bitmap;
  }

  void concatenateValidity() {
    if (result_.nullCount == 0 || result_.type.id == TypeId::kNull) {
      return;
    }
    result_.validity = filledBitmap(result_.length);
    int64_t row = 0;
    for (const Column& part : parts_) {
      if (part.validity != nullptr) {
        copyBits(part.validity, part.offset, part.length, result_.validity.data(), row);
      }
      row += part.length;
    }
  }

  void concatenateBits() {
    result_.data = filledBitmap(result_.length);
    int64_t row = 0;
    for (const Column& part : parts_) {
      if (part.length > 0) {
        copyBits(static_cast<const uint8_t*>(part.data), part.offset, part.length, result_.data.data(), row);
      }
      row += part.length;
    }
  }

  void concatenateValues() {
    const int64_t width = result_.type.byteWidth;
    result_.data = PoolArray<uint8_t>(pool_, result_.length * width);
    uint8_t* target = result_.data.data();
    for (const Column& part : parts_) {
      const auto bytes = static_cast<size_t>(part.length * width);
      if (bytes == 0) {
        continue;
      }
      if (part.type.byteWidth == width) {
        std::memcpy(target, static_cast<const uint8_t*>(part.data) + part.offset * width, bytes);
      } else {
        std::memset(target, 0, bytes);  // lists of a length that was not known yet: all NULL
      }
      target += bytes;
    }
  }

  void concatenateElementValidity() {
    if (!anyElementNull_) {
      return;
    }
    const int64_t listLength = result_.type.listLength;
    const int64_t numElements = result_.length * listLength;
    result_.elementValidity = filledBitmap(numElements);
    int64_t row = 0;
    for (const Column& part : parts_) {
      if (part.elementValidity != nullptr) {
        copyBits(part.elementValidity, part.offset * listLength, part.length * listLength, result_.elementValidity.data(),
                 row * listLength);
      }
      row += part.length;
    }
    result_.elementNullCount = numElements - countSetBits(result_.elementValidity.data(), 0, numElements);
  }

  template <typename Offset>
  void concatenateStrings() {
    result_.offsets = PoolArray<uint8_t>(pool_, (result_.length + 1) * static_cast<int64_t>(sizeof(Offset)));
    auto* offsets = reinterpret_cast<Offset*>(result_.offsets.data());
    offsets[0] = 0;
    int64_t row = 0;
    int64_t total = 0;
    for (const Column& part : parts_) {
      if (part.length == 0) {
        continue;
      }
      const Offset* from = static_cast<const Offset*>(part.offsets) + part.offset;
      const int64_t bytes = static_cast<int64_t>(from[part.length]) - static_cast<int64_t>(from[0]);
      INFERF_USER_CHECK(bytes <= std::numeric_limits<Offset>::max() - total, INFERF_ERROR_UNSUPPORTED,
                        "A column of more than 2^31 - 1 bytes of strings needs the type large_utf8: ", where_);
      for (int64_t i = 1; i <= part.length; ++i) {
        offsets[row + i] = static_cast<Offset>(total + (from[i] - from[0]));
      }
      row += part.length;
      total += bytes;
    }
    result_.data = PoolArray<uint8_t>(pool_, total);
    uint8_t* target = result_.data.data();
    for (const Column& part : parts_) {
      if (part.length == 0) {
        continue;
      }
      const Offset* from = static_cast<const Offset*>(part.offsets) + part.offset;
      const auto bytes = static_cast<size_t>(from[part.length] - from[0]);
      if (bytes > 0) {
        std::memcpy(target, static_cast<const uint8_t*>(part.data) + from[0], bytes);
        target += bytes;
      }
    }
  }

  const std::vector<Column>& parts_;
  const std::string& where_;
  MemoryPool& pool_;
  OutputVector result_;
  bool anyElementNull_ = false;
};

}  // namespace

Column concatenate(const std::vector<Column>& parts, const ColumnType& type, const std::string& where,
                   std::shared_ptr<MemoryPool> pool) {
  OutputVector joined = Concatenation(parts, type, where, *pool).run();
  return columnFromVector(std::move(joined), std::move(pool));
}

}  // namespace inferf
