#include "kernel/Selection.h"

#include <algorithm>
#include <cstring>

#include <hwy/cache_control.h>

#include "base/Error.h"

namespace inferf {

namespace {

/// Runs shorter than this on average are not worth a memcpy each.
constexpr int64_t kMinRun = 4;

struct Wide {
  uint64_t low;
  uint64_t high;
};

template <typename Element>
void selectElements(const int32_t* indices, int64_t width, const uint8_t* from, int64_t fromStride, uint8_t* to, int64_t toStride, int64_t numRows) {
  for (int64_t i = 0; i < numRows; ++i) {
    const uint8_t* source = from + i * fromStride;
    uint8_t* target = to + i * toStride;
    for (int64_t j = 0; j < width; ++j) {
      std::memcpy(target + j * static_cast<int64_t>(sizeof(Element)), source + indices[j] * static_cast<int64_t>(sizeof(Element)), sizeof(Element));
    }
  }
}

}  // namespace

ColumnSelection::ColumnSelection(const int64_t* indices, int64_t count, int64_t argumentWidth, std::string_view name, MemoryPool& pool)
    : width_(count), indices_(pool, count) {
  int64_t numRuns = 0;
  for (int64_t j = 0; j < count; ++j) {
    INFERF_USER_CHECK(indices[j] >= 0 && indices[j] < argumentWidth, INFERF_ERROR_INVALID_DATA,
                      "A selection of columns names an element that is not there. Tensor: '", name, "', position: ", j,
                      ", expected: 0 to ", argumentWidth - 1, ", actual: ", indices[j]);
    indices_[j] = static_cast<int32_t>(indices[j]);
    numRuns += j == 0 || indices[j] != indices[j - 1] + 1 ? 1 : 0;
  }
  copiesRuns_ = count >= numRuns * kMinRun;
  if (!copiesRuns_) {
    return;
  }
  runs_.reserve(static_cast<size_t>(numRuns));
  for (int64_t j = 0; j < count; ++j) {
    if (j == 0 || indices[j] != indices[j - 1] + 1) {
      runs_.push_back({indices_[j], static_cast<int32_t>(j), 0});
    }
    ++runs_.back().length;
  }
}

void ColumnSelection::apply(const uint8_t* from, int64_t fromStride, uint8_t* to, int64_t toStride, int64_t elementBytes, int64_t numRows) const {
  if (copiesRuns_) {
    for (int64_t i = 0; i < numRows; ++i) {
      for (const Run& run : runs_) {
        std::memcpy(to + i * toStride + run.to * elementBytes, from + i * fromStride + run.from * elementBytes,
                    static_cast<size_t>(run.length * elementBytes));
      }
    }
    return;
  }
  switch (elementBytes) {
    case sizeof(uint32_t):
      return selectElements<uint32_t>(indices_.data(), width_, from, fromStride, to, toStride, numRows);
    case sizeof(uint64_t):
      return selectElements<uint64_t>(indices_.data(), width_, from, fromStride, to, toStride, numRows);
    default:
      INFERF_CHECK(elementBytes == sizeof(Wide));
      return selectElements<Wide>(indices_.data(), width_, from, fromStride, to, toStride, numRows);
  }
}

void gatherEmbeddings(const uint8_t* table, int64_t numTableRows, int64_t rowBytes, Matrix<const int64_t> ids, uint8_t* to, int64_t toStride,
                      int64_t numRows) {
  constexpr int64_t kAhead = 8;
  constexpr int64_t kLine = 64;
  const int64_t numIds = ids.width * numRows;
  // The id that comes `position`-th, as a row of the table; not yet known to exist.
  const auto rowAt = [&](int64_t position) {
    const int64_t id = ids.row(position / ids.width)[position % ids.width];
    return id < 0 ? id + numTableRows : id;
  };
  const auto prefetch = [&](int64_t position) {
    if (position < numIds) {
      if (const int64_t row = rowAt(position); row >= 0 && row < numTableRows) {
        for (int64_t byte = 0; byte < rowBytes; byte += kLine) {
          hwy::Prefetch(table + row * rowBytes + byte);
        }
      }
    }
  };
  for (int64_t position = 0; position < std::min(kAhead, numIds); ++position) {
    prefetch(position);
  }
  int64_t position = 0;
  for (int64_t i = 0; i < numRows; ++i) {
    uint8_t* target = to + i * toStride;
    for (int64_t j = 0; j < ids.width; ++j, ++position) {
      prefetch(position + kAhead);
      const int64_t row = rowAt(position);
      INFERF_USER_CHECK(row >= 0 && row < numTableRows, INFERF_ERROR_INVALID_DATA, "An embedding has no row of this id. Expected: ",
                        -numTableRows, " to ", numTableRows - 1, ", actual: ", ids.row(i)[j]);
      std::memcpy(target + j * rowBytes, table + row * rowBytes, static_cast<size_t>(rowBytes));
    }
  }
}

}  // namespace inferf
