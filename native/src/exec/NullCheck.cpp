#include "exec/NullCheck.h"

#include <algorithm>
#include <string>

#include "base/Error.h"

namespace inferf {

namespace {

bool hasNullElement(const Column& column, int64_t row) {
  const int64_t begin = (column.offset + row) * column.type.listLength;
  for (int64_t bit = begin; bit < begin + column.type.listLength; ++bit) {
    if ((column.elementValidity[bit >> 3] >> (bit & 7) & 1) == 0) {
      return true;
    }
  }
  return false;
}

int64_t countNullRows(const int32_t* ids, int64_t numRows, int64_t nullRow) {
  int64_t count = 0;
  for (int64_t i = 0; i < numRows; ++i) {
    count += ids[i] == nullRow ? 1 : 0;
  }
  return count;
}

int64_t countNullCells(const Column& column, const int32_t* ids, int64_t numRows, int64_t nullRow) {
  int64_t count = 0;
  for (int64_t i = 0; i < numRows; ++i) {
    const int64_t row = ids == nullptr ? i : ids[i];
    const bool isNull =
        row == nullRow || column.isNull(row) || (column.elementValidity != nullptr && hasNullElement(column, row));
    count += isNull ? 1 : 0;
  }
  return count;
}

}  // namespace

NullCheck::NullCheck(const Plan& plan, std::vector<std::pair<uint32_t, uint32_t>> columns)
    : plan_(plan),
      columns_(std::move(columns)),
      nullExtended_(static_cast<size_t>(plan.fragment().tables_size())),
      numNulls_(columns_.size()) {
  const uint32_t checkNode = plan.fragment().null_check_node();
  for (const auto& [table, column] : columns_) {
    INFERF_USER_CHECK(plan.isUnder(table, checkNode), INFERF_ERROR_INVALID_PLAN,
                      "The NULL check runs where a checked column is not available. Column ", columnName(plan, table, column),
                      ", null_check_node ", checkNode);
    for (uint32_t node = plan.scanOf(table); node != checkNode; node = plan.parent(node)) {
      const proto::RelationalNode& parent = plan.fragment().nodes(static_cast<int>(plan.parent(node)));
      if (parent.has_hash_join() && parent.hash_join().type() == proto::JOIN_TYPE_LEFT && parent.hash_join().build() == node) {
        nullExtended_[table] = true;
      }
    }
  }
}

void NullCheck::failNullRow(uint32_t table, std::exception_ptr failure) {
  // The null row of a table that is joined part by part fails once for each part, for the same reason.
  const bool isKnown = std::any_of(failures_.begin(), failures_.end(), [table](const auto& known) { return known.first == table; });
  if (!isKnown) {
    failures_.emplace_back(table, std::move(failure));
  }
}

void NullCheck::count(const Morsel& morsel) {
  numRows_.fetch_add(morsel.numRows(), std::memory_order_relaxed);
  // Columns come grouped by table, so the null rows of one are counted once for all of its columns.
  uint32_t countedTable = UINT32_MAX;
  int64_t numNullRows = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const auto [table, columnIndex] = columns_[i];
    const RowContext::TableRows rows = morsel.tableRows(table);
    const Column& column = rows.batch->columns[columnIndex];
    int64_t count = 0;
    if (column.mayHaveNulls() || column.type.id == TypeId::kNull) {
      count = countNullCells(column, rows.ids, morsel.numRows(), rows.batch->numRows);
    } else if (nullExtended_[table]) {
      if (countedTable != table) {
        numNullRows = countNullRows(rows.ids, morsel.numRows(), rows.batch->numRows);
        countedTable = table;
      }
      count = numNullRows;
    }
    if (count > 0) {
      numNulls_[i].fetch_add(count, std::memory_order_relaxed);
      foundAny_.store(true, std::memory_order_relaxed);
    }
  }
  if (foundAny()) {
    return;  // the counts are what the query fails with
  }
  for (const auto& [table, failure] : failures_) {
    const RowContext::TableRows rows = morsel.tableRows(table);
    if (rows.ids != nullptr && countNullRows(rows.ids, morsel.numRows(), rows.batch->numRows) > 0) {
      std::rethrow_exception(failure);
    }
  }
}

void NullCheck::throwIfFound() const {
  if (!foundAny()) {
    return;
  }
  std::string columns;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const int64_t count = numNulls_[i].load(std::memory_order_relaxed);
    if (count > 0) {
      columns += " Column " + columnName(plan_, columns_[i].first, columns_[i].second) + ": " + std::to_string(count) + " of " +
                 std::to_string(numRows_.load(std::memory_order_relaxed)) + " rows.";
    }
  }
  throwUser(INFERF_ERROR_NULL_INPUT, "NULL reached a model input that cannot take it; choose nan or a constant as NULL policy.",
            columns);
}

}  // namespace inferf
