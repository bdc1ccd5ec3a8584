#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/Error.h"
#include "exec/NodeProgram.h"
#include "kernel/Elementwise.h"
#include "kernel/Gemm.h"
#include "kernel/RowsView.h"

namespace inferf {

/// Bytes between the rows of a value in memory: whole cache lines for rows of at least one, otherwise dense (opaque bytes hold numbers of 8 bytes; sums
/// step through rows of half precision in floats).
inline int64_t rowStrideBytes(int elementType, int64_t width) {
  const int64_t unit = elementType == proto::ELEMENT_TYPE_BYTES ? 8 : elementType == proto::ELEMENT_TYPE_FLOAT16 ? sizeof(float) : 1;
  const int64_t bytes = (width * elementBytes(elementType) + unit - 1) / unit * unit;
  return bytes >= 64 ? (bytes + 63) / 64 * 64 : bytes;
}

/// Calls `function` with a zero of the C++ type of a numeric element type.
template <class Function>
void withNumericType(int elementType, const Function& function) {
  switch (elementType) {
    case proto::ELEMENT_TYPE_FLOAT32:
      return function(float{});
    case proto::ELEMENT_TYPE_FLOAT64:
      return function(double{});
    default:
      INFERF_CHECK(elementType == proto::ELEMENT_TYPE_INT64);
      return function(int64_t{});
  }
}

/// Like withNumericType, FLOAT32 and FLOAT64 only.
template <class Function>
void withFloatType(int elementType, const Function& function) {
  if (elementType == proto::ELEMENT_TYPE_FLOAT32) {
    return function(float{});
  }
  INFERF_CHECK(elementType == proto::ELEMENT_TYPE_FLOAT64);
  return function(double{});
}

/// Like withNumericType, with std::string_view too.
template <class Function>
void withElementType(int elementType, const Function& function) {
  if (elementType == proto::ELEMENT_TYPE_STRING) {
    return function(std::string_view{});
  }
  withNumericType(elementType, function);
}

/// Where the rows of one value in the current chunk are: a temporary of the workspace, rows of a StoredValue, or (read only) the rows of a
/// value of a lower node.
struct ChunkMatrix {
  uint8_t* data = nullptr;
  int64_t strideBytes = 0;
};

/// Elements [begin, begin + length) of a value whose rows are read where they are. Offsets in bytes, otherwise as RowsView.
struct ChunkSegment {
  int64_t begin = 0;
  int64_t length = 0;
  const uint8_t* base = nullptr;
  int64_t strideBytes = 0;
  const int32_t* ids = nullptr;
  int32_t nullRow = -1;
  const uint8_t* nullData = nullptr;
};

/// Memory that steps use while they run, one after the other. Belongs to a workspace; grows, and is kept between chunks.
class StepScratch {
 public:
  explicit StepScratch(std::shared_ptr<MemoryPool> pool) : pool_(std::move(pool)) {}

  /// `bytes` bytes, 64-byte aligned, with unspecified contents; valid until the next call.
  uint8_t* reserve(int64_t bytes) {
    if (memory_.size() < bytes) {
      memory_ = PoolArray<uint8_t>();  // gives the memory back before more is taken
      memory_ = PoolArray<uint8_t>(*pool_, bytes);
    }
    return memory_.data();
  }

 private:
  std::shared_ptr<MemoryPool> pool_;
  PoolArray<uint8_t> memory_;
};

/// The rows a program works on at one time, and where its values are meanwhile. Its vectors belong to the workspace and keep their capacity.
struct ChunkFrame {
  const RowContext& context;
  int64_t begin;  // first row of the chunk in the context
  int64_t numRows;
  std::vector<ChunkMatrix>& matrices;                // by matrix index of the program
  std::vector<std::vector<ChunkSegment>>& segments;  // by load index of the program
  std::vector<SumItem<float>>& floatItems;           // scratch of sums
  std::vector<SumItem<double>>& doubleItems;
  std::vector<RowsView<uint64_t>>& maskRows;         // scratch of steps over leaf masks
  StepScratch& scratch;
  const CancellationToken& cancellation;             // for steps that take long

  std::vector<SumItem<float>>& items(float) { return floatItems; }
  std::vector<SumItem<double>>& items(double) { return doubleItems; }

  /// Matrix number `index` with elements of type T.
  template <typename T>
  Matrix<T> matrix(size_t index, int64_t width) const {
    const ChunkMatrix& matrix = matrices[index];
    return {reinterpret_cast<T*>(matrix.data), matrix.strideBytes / static_cast<int64_t>(sizeof(std::remove_const_t<T>)), width};
  }
};

/// One operation on a chunk. Immutable; shared by all threads.
class ProgramStep {
 public:
  ProgramStep() = default;
  ProgramStep(const ProgramStep&) = delete;
  ProgramStep& operator=(const ProgramStep&) = delete;
  virtual ~ProgramStep() = default;

  virtual void run(ChunkFrame& frame) const = 0;

  /// What one row costs, for the counters.
  int64_t flopsPerRow = 0;
  int64_t bytesPerRow = 0;
};

}  // namespace inferf
