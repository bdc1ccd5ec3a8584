#include "exec/TuplePrograms.h"

#include <algorithm>
#include <set>
#include <utility>

namespace inferf {

namespace {

/// Operations per row below which finding a row's tuple costs as much as computing its values.
constexpr int64_t kMinFlopsPerRow = 64;

}  // namespace

std::unique_ptr<const TuplePrograms> TuplePrograms::compile(const std::shared_ptr<const Plan>& plan, uint32_t node,
                                                            const std::shared_ptr<const TensorSet>& tensors,
                                                            const std::shared_ptr<MemoryPool>& pool) {
  std::optional<TupleSplit> split = splitByTuples(*plan, node);
  if (!split.has_value()) {
    return nullptr;
  }
  std::unique_ptr<TuplePrograms> made(new TuplePrograms);
  made->plan_ = plan;
  made->split_ = *std::move(split);
  made->tuples_ =
      std::make_unique<NodeProgram>(plan, node, ProgramScope{made->split_.tupleValues, made->split_.sharedValues}, tensors, pool);
  if (made->tuples_->flopsPerRow() < kMinFlopsPerRow) {
    return nullptr;
  }
  const ProgramScope whole = ProgramScope::whole(*plan, node);
  if (!made->split_.rowValues.empty()) {
    made->rows_ = std::make_unique<NodeProgram>(plan, node, ProgramScope{made->split_.rowValues, whole.stored}, tensors, pool);
  }
  for (size_t stored = 0; stored < whole.stored.size(); ++stored) {
    const std::vector<uint32_t>& shared = made->split_.sharedValues;
    if (const auto place = std::find(shared.begin(), shared.end(), whole.stored[stored]); place != shared.end()) {
      made->escaping_.push_back({static_cast<size_t>(place - shared.begin()), stored});
    }
  }
  return made;
}

std::vector<TupleKey> TuplePrograms::keys(const QueryState& state) const {
  std::vector<TupleKey> keys;
  std::set<EntityId> known;
  for (const uint32_t table : split_.tables) {
    known.insert(table);
    keys.push_back({.isTable = true, .index = table, .numRows = state.tables[table].numRows + 1});  // with the null row
  }
  for (const uint32_t value : split_.handedOver) {
    if (known.insert(state.homes[plan_->fragment().values(static_cast<int>(value)).node()]).second) {
      keys.push_back({.isTable = false, .index = value, .numRows = state.values[value].numRows});
    }
  }
  return keys;
}

}  // namespace inferf
