#pragma once

#include <cstdint>
#include <vector>

#include "plan/Plan.h"

namespace inferf {

/// Tables whose null row a LEFT JOIN may refer to, and below whose join values may fail on it; only those that the NULL check can see.
std::vector<uint32_t> tablesWithFallibleNullRows(const Plan& plan);

}  // namespace inferf
