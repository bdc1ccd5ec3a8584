#include "base/NearestName.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace inferf {

namespace {

// Longer names and longer lists are not worth the quadratic work of a suggestion.
constexpr size_t kMaxNameLength = 128;
constexpr size_t kMaxCandidates = 4096;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Levenshtein (1966): insertions, deletions and substitutions, each costing one; one row of the matrix at a time.
size_t editDistance(std::string_view a, std::string_view b, std::vector<size_t>& row) {
  row.resize(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t substituted = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearestName(std::string_view name, const std::vector<std::string_view>& candidates) {
  if (name.size() > kMaxNameLength) {
    return {};
  }
  std::vector<size_t> row;
  std::string_view best;
  size_t bestDistance = kMaxNameLength;
  for (size_t i = 0; i < std::min(candidates.size(), kMaxCandidates); ++i) {
    const std::string_view candidate = candidates[i];
    if (candidate.size() > kMaxNameLength) {
      continue;
    }
    const size_t distance = editDistance(name, candidate, row);
    const size_t length = std::max(name.size(), candidate.size());
    // A distance of the whole length: nothing is alike, as in 'x' and 'k'.
    if (distance <= (length + 2) / 3 && distance < length && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return std::string(best);
}

}  // namespace inferf
