#pragma once

#include <cstdint>
#include <vector>

#include "exec/EntityUses.h"
#include "exec/Pipeline.h"

namespace inferf {

/// Finds out which ids the row sets of build sides have to hold. `homes` as in QueryState, known for all nodes below the ones asked for.
class KeptEntities {
 public:
  KeptEntities(const Plan& plan, const std::vector<EntityId>& homes);

  /// Every entity that can be read through the rows of `node`, the rows themselves excepted.
  std::vector<EntityId> reachable(uint32_t node) const;

  /// True if something strictly above `node` reads the entity.
  bool isReadAbove(const EntityUses& uses, EntityId entity, uint32_t node) const;

  /// True if values computed for the rows of `node` read the entity.
  bool isReadByValues(const EntityUses& uses, EntityId entity, uint32_t node) const;

 private:
  /// Calls `visit` for what the plan names the entity: a table, or the nodes whose values have their home in it.
  template <typename Visit>
  bool anyName(EntityId entity, const Visit& visit) const;

  const Plan& plan_;
  const uint32_t numTables_;
  const std::vector<EntityId>& homes_;
  std::vector<std::vector<uint32_t>> nodesAt_;  // by node whose rows are a home: the nodes
};

}  // namespace inferf
