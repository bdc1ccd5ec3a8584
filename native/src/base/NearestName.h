#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inferf {

/// The candidate that differs from `name` in the fewest characters (Levenshtein distance over bytes, ASCII case ignored), or an empty string if all
/// differ in more than a third of the longer name. For error messages; looks at no more than a few thousand candidates.
std::string nearestName(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace inferf
