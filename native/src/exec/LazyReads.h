#pragma once

#include <cstdint>
#include <vector>

#include "plan/Plan.h"

namespace inferf {

/// The lazy nodes whose stored values are read by the values computed at `node`; ascending, each once.
std::vector<uint32_t> lazyNodesReadAt(const Plan& plan, uint32_t node);

/// The same for a scalar expression.
std::vector<uint32_t> lazyNodesReadBy(const Plan& plan, const proto::ScalarExpression& expression);

/// The same for the output columns.
std::vector<uint32_t> lazyNodesReadByOutputs(const Plan& plan);

}  // namespace inferf
