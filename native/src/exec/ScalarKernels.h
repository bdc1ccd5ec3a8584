#pragma once

#include <vector>

#include "exec/ScalarProgram.h"

namespace inferf {

/// Computes one node of a scalar program for all rows of `context` into `out`, from the vectors of its arguments. Throws ARITHMETIC.
void evaluateNode(const ScalarProgram::Node& node, const RowContext& context, const std::vector<ScalarVector>& vectors,
                  ScalarVector& out, MemoryPool& pool);

}  // namespace inferf
