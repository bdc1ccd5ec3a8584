#include <cstring>
#include <limits>
#include <utility>

#include "base/Error.h"
#include "column/Bitmap.h"
#include "column/ColumnImporter.h"

namespace inferf {

namespace {

/// One element of a view column (Arrow columnar format, "Variable-size Binary View Layout"): up to 12 bytes inline, or a place in a buffer.
struct StringView {
  struct Place {
    char prefix[4];
    int32_t bufferIndex;
    int32_t offset;
  };

  int32_t length;
  union {
    char inlined[12];
    Place place;
  };
};
static_assert(sizeof(StringView) == 16);

constexpr int32_t kMaxInlineLength = 12;
constexpr int64_t kMaxVariadicBuffers = 1 << 20;

}  // namespace

Column ColumnImporter::importStringViews(const ArrowArray& array, Range range, std::shared_ptr<ColumnMemory> memory) const {
  INFERF_USER_CHECK(array.n_buffers >= 3 && array.n_buffers <= kMaxVariadicBuffers, INFERF_ERROR_INVALID_DATA,
                    "A string view array has the wrong number of buffers: ", where_, ". Expected at least: 3, actual: ",
                    array.n_buffers);
  checkShape(array, array.n_buffers, 0);
  const int64_t numVariadic = array.n_buffers - 3;
  Column column = startColumn(array, range, memory);
  if (column.validity != nullptr) {
    uint8_t* validity = memory->allocate(bitmapBytes(range.length));
    std::memset(validity, 0, static_cast<size_t>(bitmapBytes(range.length)));
    copyBits(column.validity, range.offset, range.length, validity, 0);
    column.validity = validity;
  }
  column.offset = 0;
  const auto* views = static_cast<const uint8_t*>(buffer(array, 1, range.length, "views"));
  const auto* sizes = static_cast<const uint8_t*>(buffer(array, array.n_buffers - 1, numVariadic, "sizes"));

  const auto bytesOf = [&](int64_t row) -> std::string_view {
    if (column.isNull(row)) {
      return {};
    }
    const uint8_t* at = views + (range.offset + row) * static_cast<int64_t>(sizeof(StringView));
    StringView view;
    std::memcpy(&view, at, sizeof(view));
    INFERF_USER_CHECK(view.length >= 0, INFERF_ERROR_INVALID_DATA, "A string view has a negative length: ", where_, ", element ", row,
                      ", length ", view.length);
    if (view.length <= kMaxInlineLength) {
      return {reinterpret_cast<const char*>(at + offsetof(StringView, inlined)), static_cast<size_t>(view.length)};
    }
    INFERF_USER_CHECK(view.place.bufferIndex >= 0 && view.place.bufferIndex < numVariadic, INFERF_ERROR_INVALID_DATA,
                      "A string view refers to a buffer that does not exist: ", where_, ", element ", row, ", buffer ",
                      view.place.bufferIndex, " of ", numVariadic);
    int64_t size;
    std::memcpy(&size, sizes + view.place.bufferIndex * static_cast<int64_t>(sizeof(size)), sizeof(size));
    const auto* data = static_cast<const char*>(array.buffers[2 + view.place.bufferIndex]);
    INFERF_USER_CHECK(data != nullptr && view.place.offset >= 0 && int64_t{view.place.offset} + view.length <= size,
                      INFERF_ERROR_INVALID_DATA, "A string view lies outside its buffer: ", where_, ", element ", row, ", offset ",
                      view.place.offset, ", length ", view.length, ", buffer size ", size);
    return {data + view.place.offset, static_cast<size_t>(view.length)};
  };

  int64_t total = 0;
  for (int64_t i = 0; i < range.length; ++i) {
    total += static_cast<int64_t>(bytesOf(i).size());
  }
  INFERF_USER_CHECK(total <= std::numeric_limits<int32_t>::max(), INFERF_ERROR_UNSUPPORTED,
                    "The strings of a batch exceed 2^31 - 1 bytes: ", where_, ", bytes ", total);
  auto* offsets = reinterpret_cast<int32_t*>(memory->allocate((range.length + 1) * static_cast<int64_t>(sizeof(int32_t))));
  uint8_t* bytes = memory->allocate(total);
  int32_t end = 0;
  offsets[0] = 0;
  for (int64_t i = 0; i < range.length; ++i) {
    const std::string_view text = bytesOf(i);
    if (!text.empty()) {
      std::memcpy(bytes + end, text.data(), text.size());
    }
    end += static_cast<int32_t>(text.size());
    offsets[i + 1] = end;
  }
  column.offsets = offsets;
  column.data = bytes;
  return column;
}

}  // namespace inferf
