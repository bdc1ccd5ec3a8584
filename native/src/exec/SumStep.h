#pragma once

#include <memory>
#include <vector>

#include "exec/ProgramStep.h"
#include "exec/TensorSetState.h"

namespace inferf {

/// Consecutive elements of a term's value, and where a sum finds them.
struct SumLeaf {
  enum class Place : uint8_t {
    kMatrix,   // ChunkFrame::matrices[index]
    kSegments, // ChunkFrame::segments[index]
    kLower     // RowContext::valueRows(index)
  };
  Place place = Place::kMatrix;
  uint32_t index = 0;
  int64_t begin = 0;   // first element within that place
  int64_t length = 0;
};

/// A term of a Sum after concatenations and slices have been resolved: leaves in order. Only weighted terms have more than one.
struct SumTerm {
  std::vector<SumLeaf> leaves;
  bool isHalf = false;  // FLOAT16; without a weight, all of the value
  bool hasWeight = false;
  uint32_t weight = 0;
  uint32_t weightRow = 0;
};

/// Makes the step of a Sum value, which writes matrix `matrix`.
std::unique_ptr<ProgramStep> makeSumStep(const proto::Value& value, std::vector<SumTerm> terms, size_t matrix, TensorSet::State& tensors,
                                         MemoryPool& pool);

}  // namespace inferf
