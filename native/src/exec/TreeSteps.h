#pragma once

#include <memory>
#include <vector>

#include "exec/ProgramStep.h"
#include "exec/TensorSetState.h"
#include "exec/ValueSteps.h"

namespace inferf {

/// Where a step that reads rows of lower nodes in place finds an argument.
struct RowsOperand {
  bool isLower = false;
  uint32_t index = 0;  // RowContext::valueRows(index), or ChunkFrame::matrices[index]
};

/// True for values whose arguments of lower nodes are read in place, through row ids: a row of masks is long, and read once.
bool readsLowerRows(const proto::Value& value);

/// Makes the step of a MaskAnd or TreeScore. `masks` in the order of its field.
std::unique_ptr<ProgramStep> makeMaskStep(const proto::Value& value, const std::vector<RowsOperand>& masks, StepOperand result,
                                          TensorSet::State& tensors);

/// Makes the step of a TreeMask or TreeTraversal.
std::unique_ptr<ProgramStep> makeTreeStep(const proto::Value& value, StepOperand features, StepOperand result, TensorSet::State& tensors);

}  // namespace inferf
