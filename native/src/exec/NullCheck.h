#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

#include "exec/Morsel.h"
#include "plan/Plan.h"

namespace inferf {

/// Counts the NULLs that would reach model inputs which cannot take any, over all rows of PlanFragment.null_check_node, and reports them per
/// column. Thread-safe. Columns that cannot be NULL cost nothing.
///
/// It also guards null rows that have no values: the engine computes those of a LEFT JOIN ahead, whether a miss will refer to them or not, so an operator
/// that fails on them (an id outside of its table, an integer division by zero) fails the query only when a row does refer to one.
class NullCheck {
 public:
  /// `columns` are (table, column) pairs. Throws INVALID_PLAN if a table is not under the check's node.
  NullCheck(const Plan& plan, std::vector<std::pair<uint32_t, uint32_t>> columns);

  /// True if there is nothing to check.
  bool isEmpty() const { return columns_.empty() && failures_.empty(); }

  /// True if rows of `table` are available where the check runs.
  bool sees(uint32_t table) const { return plan_.isUnder(table, plan_.fragment().null_check_node()); }
  /// Remembers that the values of the null row of `table`, which sees() holds for, could not be computed. Between pipelines only.
  void failNullRow(uint32_t table, std::exception_ptr failure);

  /// Adds the rows of a morsel of the check's node. If none of them has a NULL but one refers to a null row without values, throws why it has none.
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
  std::vector<std::pair<uint32_t, std::exception_ptr>> failures_;  // table, failure of its null row
};

}  // namespace inferf
