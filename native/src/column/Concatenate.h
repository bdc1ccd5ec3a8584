#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/MemoryPool.h"
#include "column/Column.h"

namespace inferf {

/// Joins parts of one column to a contiguous one in memory of the pool. `type` is the final type: a variable list's parts that were read before its
/// length was known consist of NULLs. `where` names the column in messages.
Column concatenate(const std::vector<Column>& parts, const ColumnType& type, const std::string& where, std::shared_ptr<MemoryPool> pool);

}  // namespace inferf
