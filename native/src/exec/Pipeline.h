#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "plan/Plan.h"

namespace inferf {

class EntityUses;

/// Something whose rows are addressed by row ids: base table t is entity t; the rows of relational node n, with what is stored for them, are entity
/// numTables + n.
using EntityId = uint32_t;

/// One step of a pipeline: a relational node. Level 0 is the scan of the driver table; every level above is a filter of, or a join
/// probed by, the rows of the level below.
struct PipelineLevel {
  uint32_t node = 0;
  /// The hash join whose build side this level probes; nullptr for scans and filters.
  const proto::HashJoinNode* join = nullptr;
  const proto::FilterNode* filter = nullptr;
  /// True if values computed at this node are read elsewhere.
  bool storesValues = false;
  /// True if the rows of this level of a build pipeline become a row set of their own, because a join above repeats them.
  bool keepsRows = false;
  /// Slots that are read at or above this level: what a step that drops or repeats rows must carry over.
  std::vector<uint32_t> liveSlots;
};

/// How a pipeline reaches an entity: directly (its slot holds the entity's ids), or through the row set of a join's build side (its slot holds
/// the row set's row ids).
struct EntitySource {
  static constexpr uint32_t kUnreachable = UINT32_MAX;
  static constexpr uint32_t kDirect = UINT32_MAX;
  uint32_t slot = kUnreachable;
  uint32_t rowSet = kDirect;  // the build side's top node
};

/// A maximal chain of nodes through which rows flow without being collected: from the scan of the driver table up to the root, or up to the
/// build side of a join.
///
/// Every morsel of a pipeline has the same slots, each an array of row ids: slot 2k belongs to the rows that level k brings in (of the driver
/// table, or of the row set it probes), slot 2k + 1 to the rows of level k itself.
struct Pipeline {
  static constexpr uint32_t kNoConsumer = UINT32_MAX;

  uint32_t driverTable = 0;
  std::vector<PipelineLevel> levels;
  /// The join whose build side this pipeline computes; kNoConsumer for the root pipeline.
  uint32_t consumer = kNoConsumer;
  /// True if a LEFT JOIN above may refer to the null row of this pipeline's rows.
  bool nullExtended = false;
  /// True if its levels compute their values for each morsel: the root pipeline, and those with a filter that reads values.
  bool computesOnTheWay = false;
  /// By entity.
  std::vector<EntitySource> sources;

  static uint32_t rowSlot(size_t level) { return static_cast<uint32_t>(2 * level); }
  static uint32_t levelSlot(size_t level) { return static_cast<uint32_t>(2 * level + 1); }
  size_t numSlots() const { return 2 * levels.size(); }
  uint32_t topNode() const { return levels.back().node; }
};

/// What must be kept of the rows of one level of a build pipeline.
struct KeptRows {
  size_t level = 0;
  std::vector<EntityId> entities;
};

/// The entity of a node's rows.
inline EntityId rowsOf(const Plan& plan, uint32_t node) { return static_cast<EntityId>(plan.fragment().tables_size()) + node; }

/// "alias.column", for messages.
std::string columnName(const Plan& plan, uint32_t table, uint32_t column);

/// True if the predicate of a filter reads values of the model.
bool readsValues(const proto::FilterNode& filter);

/// Cuts the plan into pipelines in an order of execution: every pipeline after those that build what it probes, the root pipeline last. What a
/// pipeline must carry is left open: resolvePipeline() says it.
std::vector<Pipeline> cutIntoPipelines(const Plan& plan);

/// By node, the home of values stored there (QueryState::homes) as long as no join repeats rows: the table of a scan, the rows of the top of a
/// build pipeline, and for nodes of the root pipeline their own.
std::vector<EntityId> initialHomes(const Plan& plan, const std::vector<Pipeline>& pipelines);

/// Finds out how the pipeline reaches each entity and which slots each level has to carry over: those with something that `uses` reads, and on a
/// build side those of `kept`.
void resolvePipeline(const Plan& plan, const EntityUses& uses, const std::vector<KeptRows>& kept, Pipeline& pipeline);

}  // namespace inferf
