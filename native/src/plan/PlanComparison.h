#pragma once

#include "plan/Plan.h"

namespace inferf {

/// Checks that `after` may take the place of `before` once the relations of the build sides exist: the same tables and the same relational nodes.
/// Only a filter that reads values, which has not been evaluated by then, may have another predicate, as long as it reads values too. Throws
/// INVALID_PLAN with the first place that differs.
void checkSameRelations(const Plan& before, const Plan& after);

}  // namespace inferf
