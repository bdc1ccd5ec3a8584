#pragma once

#include <memory>

#include "exec/ProgramStep.h"

namespace inferf {

/// Makes the step of a LoadColumns value.
///
/// The columns are copied into matrix `matrix`. With `loadIndex` >= 0 only weighted sums read the value: list columns that a sum can read
/// where they are, are not copied, and the step fills ChunkFrame::segments[loadIndex] with where the elements are.
std::unique_ptr<ProgramStep> makeLoadStep(std::shared_ptr<const Plan> plan, uint32_t value, size_t matrix, int loadIndex, MemoryPool& pool);

}  // namespace inferf
