#include "exec/KeptEntities.h"

namespace inferf {

KeptEntities::KeptEntities(const Plan& plan, const std::vector<EntityId>& homes)
    : plan_(plan), numTables_(static_cast<uint32_t>(plan.fragment().tables_size())), homes_(homes), nodesAt_(homes.size()) {
  for (uint32_t node = 0; node < homes.size(); ++node) {
    if (homes[node] >= numTables_) {
      nodesAt_[homes[node] - numTables_].push_back(node);
    }
  }
}

std::vector<EntityId> KeptEntities::reachable(uint32_t node) const {
  std::vector<EntityId> entities;
  for (uint32_t table = 0; table < numTables_; ++table) {
    if (plan_.isUnder(table, node)) {
      entities.push_back(table);
    }
  }
  for (uint32_t below = 0; below < node; ++below) {
    if (!nodesAt_[below].empty() && plan_.isAncestorOrSelf(node, below)) {
      entities.push_back(rowsOf(plan_, below));
    }
  }
  return entities;
}

template <typename Visit>
bool KeptEntities::anyName(EntityId entity, const Visit& visit) const {
  if (entity < numTables_) {
    // Values of a scan have their home in its table.
    return visit(entity) || visit(rowsOf(plan_, plan_.scanOf(entity)));
  }
  for (const uint32_t node : nodesAt_[entity - numTables_]) {
    if (visit(rowsOf(plan_, node))) {
      return true;
    }
  }
  return false;
}

bool KeptEntities::isReadAbove(const EntityUses& uses, EntityId entity, uint32_t node) const {
  return anyName(entity, [&](EntityId name) { return uses.isReadAbove(name, node); });
}

bool KeptEntities::isReadByValues(const EntityUses& uses, EntityId entity, uint32_t node) const {
  return anyName(entity, [&](EntityId name) {
    bool reads = false;
    uses.forEachReadingNode(name, [&](uint32_t reader) { reads = reads || homes_[reader] == rowsOf(plan_, node); });
    return reads;
  });
}

}  // namespace inferf
