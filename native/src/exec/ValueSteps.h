#pragma once

#include <memory>
#include <vector>

#include "exec/ProgramStep.h"
#include "exec/TensorSetState.h"

namespace inferf {

/// An argument of a step: where its rows are, and what they are.
struct StepOperand {
  size_t matrix = 0;
  int elementType = 0;
  int64_t width = 0;
};

/// Makes the rows of a lower node's value available as matrix `to`: by reference where row ids are the identity, otherwise by copying them.
std::unique_ptr<ProgramStep> makeGatherStep(uint32_t lowerValue, StepOperand to);

/// Makes the step of a value of any kind but LoadColumns and Sum. `arguments` in the order of the value's fields.
std::unique_ptr<ProgramStep> makeValueStep(const proto::Value& value, const std::vector<StepOperand>& arguments, StepOperand result,
                                           const Plan& plan, TensorSet::State& tensors);

/// The values that `value` reads, in the order of its fields.
std::vector<uint32_t> argumentsOf(const proto::Value& value);

/// True if the step of this value may write its result over argument number `argument`: it reads each element before it writes it.
bool mayOverwrite(const proto::Value& value, size_t argument);

}  // namespace inferf
