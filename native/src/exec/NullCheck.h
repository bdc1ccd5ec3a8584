#pragma once

#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "exec/Morsel.h"
#include "plan/Plan.h"

namespace inferf {

/// Counts the NULLs that would reach model inputs which cannot take any, over all rows of PlanFragment.null_check_node, and reports them per
/// column. Thread-safe. Columns that cannot be NULL cost nothing.
class NullCheck {
 public:
  /// `columns` are (table, column) pairs. Throws INVALID_PLAN if a table is not under the check's node.
  NullCheck(const Plan& plan, std::vector<std::pair<uint32_t, uint32_t>> columns);

  /// True if there is nothing to check.
  bool isEmpty() const { return columns_.empty(); }

  /// Adds the rows of a morsel of the check's node.
  void count(const Morsel& morsel);

  /// True once any NULL was counted: the run will fail, and only the counts matter.
  bool foundAny() const { return foundAny_.load(std::memory_order_relaxed); }

  /// Throws NULL_INPUT naming every column with NULLs and how many rows have one, if any was counted.
  void throwIfFound() const;

 private:
  const Plan& plan_;
  std::vector<std::pair<uint32_t, uint32_t>> columns_;
  std::vector<bool> nullExtended_;  // by table: a LEFT JOIN may refer to its null row
  std::vector<std::atomic<int64_t>> numNulls_;  // by index into columns_
  std::atomic<int64_t> numRows_{0};
  std::atomic<bool> foundAny_{false};
};

}  // namespace inferf
