#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exec/InputTypes.h"
#include "exec/NodeProgram.h"
#include "exec/Pipeline.h"
#include "plan/Plan.h"

namespace inferf {

/// Everything at or below a node, itself included: tables and rows of nodes, in an order that depends on the shape of the sub-plan only. So the i-th
/// entities of two equal sub-plans stand for each other, whatever numbers their plans give them.
std::vector<EntityId> entitiesUnder(const Plan& plan, uint32_t node);

/// Says all that the rows of a build pipeline depend on, and the index over their keys: the keys of its tables, the types of their columns, the sub-plan.
/// Equal texts mean equal results. Nothing if a table has no key, a filter reads values, or there is too much to say.
std::optional<std::string> fingerprintRows(const Plan& plan, const Pipeline& pipeline, const TableTypes& types,
                                           const std::vector<std::string>& tableKeys);

/// The same for what `program` stores for the rows of a level of the pipeline. `rows` is the fingerprint of these.
std::optional<std::string> fingerprintValues(const Plan& plan, const Pipeline& pipeline, size_t level, const NodeProgram& program,
                                             const std::string& rows, const std::string& tensorDigest);

/// XXH3-128 of the contents of all constants.
std::string digestTensors(const TensorSet& tensors);

}  // namespace inferf
