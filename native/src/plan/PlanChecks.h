#pragma once

#include "plan.pb.h"
#include "plan/PlanPath.h"
#include "plan/PlanTree.h"

namespace inferf {

/// The validators of a plan fragment, in the order they must run: each relies on what those before it have established. All throw
/// EngineError INVALID_PLAN.

/// Tables, tensors, and the tree of relational nodes with its join keys and null check; not the predicates of filters.
PlanTree checkRelations(const proto::PlanFragment& fragment);

/// Model expressions: order, nodes, types and widths.
void checkValues(const proto::PlanFragment& fragment, const PlanTree& tree);

/// Predicates of filters.
void checkFilters(const proto::PlanFragment& fragment, const PlanTree& tree);

/// Output columns.
void checkOutputs(const proto::PlanFragment& fragment, const PlanTree& tree);

/// A reference to a column of a table under `node`.
void checkColumn(const proto::PlanFragment& fragment, const PlanTree& tree, const proto::ColumnRef& column, uint32_t node,
                 const PlanPath& path);

/// A scalar expression over the rows of `node`: it may read columns of tables under the node and values computed at or under it.
void checkScalar(const proto::PlanFragment& fragment, const PlanTree& tree, const proto::ScalarExpression& expression, uint32_t node,
                 const PlanPath& path);

}  // namespace inferf
