#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/Plan.h"

namespace inferf {

/// Something whose rows are addressed by row ids: base table t is entity t; the values stored at relational node n are entity
/// numTables + n.
using EntityId = uint32_t;

/// One step of a pipeline: a relational node. Level 0 is the scan of the driver table; every level above is a filter of, or a join
/// probed by, the rows of the level below.
struct PipelineLevel {
  uint32_t node = 0;
  /// The hash join whose built relation this level probes; nullptr for scans and filters.
  const proto::HashJoinNode* join = nullptr;
  const proto::FilterNode* filter = nullptr;
  /// True if values computed at this node are read elsewhere.
  bool storesValues = false;
  /// Slots that are read at or above this level: what a step that drops or repeats rows must carry over.
  std::vector<uint32_t> liveSlots;
};

/// How a pipeline reaches an entity: directly (its slot holds the entity's ids), or through the relation built for a join (its slot holds
/// the relation's row ids).
struct EntitySource {
  static constexpr uint32_t kUnreachable = UINT32_MAX;
  static constexpr uint32_t kDirect = UINT32_MAX;
  uint32_t slot = kUnreachable;
  uint32_t join = kDirect;  // the join node
};

/// A maximal chain of nodes through which rows flow without being collected: from the scan of the driver table up to the root, or up to the
/// build side of a join.
///
/// Every morsel of a pipeline has the same slots, each an array of row ids: slot 2k belongs to the rows that level k brings in (of the driver
/// table, or of the relation it probes), slot 2k + 1 to the values stored at level k.
struct Pipeline {
  static constexpr uint32_t kNoConsumer = UINT32_MAX;

  uint32_t driverTable = 0;
  std::vector<PipelineLevel> levels;
  /// The join whose build side this pipeline computes; kNoConsumer for the root pipeline.
  uint32_t consumer = kNoConsumer;
  /// True if a LEFT JOIN above may refer to the null row of this pipeline's relation.
  bool nullExtended = false;
  /// By entity.
  std::vector<EntitySource> sources;
  /// What nodes above this pipeline read of it (build pipelines).
  std::vector<EntityId> keptEntities;

  static uint32_t rowSlot(size_t level) { return static_cast<uint32_t>(2 * level); }
  static uint32_t valueSlot(size_t level) { return static_cast<uint32_t>(2 * level + 1); }
  size_t numSlots() const { return 2 * levels.size(); }
  uint32_t topNode() const { return levels.back().node; }
};

/// The entity of values stored at a node.
inline EntityId valueEntity(const Plan& plan, uint32_t node) {
  return static_cast<EntityId>(plan.fragment().tables_size()) + node;
}

/// "alias.column", for messages.
std::string columnName(const Plan& plan, uint32_t table, uint32_t column);

/// Cuts the plan into pipelines in an order of execution: every pipeline after those that build what it probes, the root pipeline last.
/// `nullChecked` are the (table, column) pairs read by the check at PlanFragment.null_check_node.
std::vector<Pipeline> cutIntoPipelines(const Plan& plan, const std::vector<std::pair<uint32_t, uint32_t>>& nullChecked);

}  // namespace inferf
