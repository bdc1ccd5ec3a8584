#include "exec/Pipeline.h"

#include <algorithm>

#include "base/Error.h"
#include "exec/EntityUses.h"
#include "plan/ValueArguments.h"

namespace inferf {

namespace {

// Levels call each other recursively while a morsel moves up: bounds the stack.
constexpr size_t kMaxLevels = 1000;

bool storesValues(const Plan& plan, uint32_t node) {
  const std::vector<uint32_t>& values = plan.valuesAt(node);
  return std::any_of(values.begin(), values.end(), [&](uint32_t value) { return plan.escapes(value); });
}

/// Groups the nodes into chains. The i-th result is the pipeline whose scan comes i-th among the nodes.
std::vector<Pipeline> chainNodes(const Plan& plan) {
  const proto::PlanFragment& fragment = plan.fragment();
  std::vector<Pipeline> pipelines;
  std::vector<size_t> pipelineOf(static_cast<size_t>(fragment.nodes_size()));
  for (uint32_t node = 0; node < pipelineOf.size(); ++node) {
    const proto::RelationalNode& relational = fragment.nodes(static_cast<int>(node));
    PipelineLevel level;
    level.node = node;
    level.storesValues = storesValues(plan, node);
    if (relational.has_scan()) {
      pipelineOf[node] = pipelines.size();
      pipelines.emplace_back().driverTable = relational.scan().table();
    } else if (relational.has_filter()) {
      level.filter = &relational.filter();
      pipelineOf[node] = pipelineOf[relational.filter().input()];
    } else {
      level.join = &relational.hash_join();
      pipelineOf[node] = pipelineOf[level.join->probe()];
      pipelines[pipelineOf[level.join->build()]].consumer = node;
    }
    Pipeline& pipeline = pipelines[pipelineOf[node]];
    pipeline.levels.push_back(std::move(level));
    INFERF_USER_CHECK(pipeline.levels.size() <= kMaxLevels, INFERF_ERROR_UNSUPPORTED,
                      "The plan chains too many joins and filters. Limit: ", kMaxLevels);
  }
  return pipelines;
}

bool isUnderLeftBuild(const Plan& plan, uint32_t node) {
  for (uint32_t parent = plan.parent(node); parent != UINT32_MAX; node = parent, parent = plan.parent(parent)) {
    const proto::RelationalNode& relational = plan.fragment().nodes(static_cast<int>(parent));
    if (relational.has_hash_join() && relational.hash_join().type() == proto::JOIN_TYPE_LEFT &&
        relational.hash_join().build() == node) {
      return true;
    }
  }
  return false;
}

/// Calls `visit` for every entity at or below a node.
template <typename Visit>
void forEachEntityUnder(const Plan& plan, uint32_t node, const Visit& visit) {
  const auto numTables = static_cast<uint32_t>(plan.fragment().tables_size());
  for (uint32_t table = 0; table < numTables; ++table) {
    if (plan.isUnder(table, node)) {
      visit(table);
    }
  }
  for (uint32_t below = 0; below <= node; ++below) {
    if (plan.isAncestorOrSelf(node, below)) {
      visit(rowsOf(plan, below));
    }
  }
}

void resolveEntities(const Plan& plan, Pipeline& pipeline) {
  pipeline.sources.assign(static_cast<size_t>(plan.fragment().tables_size() + plan.fragment().nodes_size()), EntitySource{});
  pipeline.sources[pipeline.driverTable].slot = Pipeline::rowSlot(0);
  for (size_t k = 0; k < pipeline.levels.size(); ++k) {
    const PipelineLevel& level = pipeline.levels[k];
    if (level.keepsRows || (level.storesValues && pipeline.computesOnTheWay)) {
      pipeline.sources[rowsOf(plan, level.node)].slot = Pipeline::levelSlot(k);
    }
    if (level.join != nullptr) {
      const EntitySource throughBuild{Pipeline::rowSlot(k), level.join->build()};
      forEachEntityUnder(plan, level.join->build(), [&](EntityId entity) { pipeline.sources[entity] = throughBuild; });
    }
  }
}

}  // namespace

std::string columnName(const Plan& plan, uint32_t table, uint32_t column) {
  const proto::Table& description = plan.fragment().tables(static_cast<int>(table));
  return description.name() + "." + description.columns(static_cast<int>(column));
}

bool readsValues(const proto::FilterNode& filter) {
  bool reads = false;
  forEachScalarValue(filter.predicate(), [&](uint32_t) { reads = true; });
  return reads;
}

std::vector<Pipeline> cutIntoPipelines(const Plan& plan) {
  std::vector<Pipeline> pipelines = chainNodes(plan);
  // A pipeline's top node comes before the join that probes it, hence before the top of the pipeline that contains the join.
  std::sort(pipelines.begin(), pipelines.end(),
            [](const Pipeline& left, const Pipeline& right) { return left.topNode() < right.topNode(); });
  for (Pipeline& pipeline : pipelines) {
    pipeline.nullExtended = isUnderLeftBuild(plan, pipeline.topNode());
    pipeline.computesOnTheWay = pipeline.consumer == Pipeline::kNoConsumer ||
                                std::any_of(pipeline.levels.begin(), pipeline.levels.end(), [](const PipelineLevel& level) {
                                  return level.filter != nullptr && readsValues(*level.filter);
                                });
  }
  INFERF_USER_CHECK(pipelines.back().driverTable == plan.streamedTable(), INFERF_ERROR_INVALID_PLAN,
                    "The streamed table must drive the root pipeline: follow inputs and probe sides down from the root. "
                    "Streamed table: ", plan.fragment().tables(static_cast<int>(plan.streamedTable())).name(), ", driver: ",
                    plan.fragment().tables(static_cast<int>(pipelines.back().driverTable)).name());
  return pipelines;
}

std::vector<EntityId> initialHomes(const Plan& plan, const std::vector<Pipeline>& pipelines) {
  std::vector<EntityId> homes(static_cast<size_t>(plan.fragment().nodes_size()));
  for (const Pipeline& pipeline : pipelines) {
    const bool isRoot = pipeline.consumer == Pipeline::kNoConsumer;
    for (const PipelineLevel& level : pipeline.levels) {
      homes[level.node] = rowsOf(plan, isRoot ? level.node : pipeline.topNode());
    }
    if (!isRoot) {
      homes[pipeline.levels.front().node] = pipeline.driverTable;
    }
  }
  return homes;
}

void resolvePipeline(const Plan& plan, const EntityUses& uses, const std::vector<KeptRows>& kept, Pipeline& pipeline) {
  resolveEntities(plan, pipeline);
  std::vector<size_t> keptUpTo(pipeline.sources.size());  // by entity: the highest level whose rows it is kept for
  for (const KeptRows& rows : kept) {
    for (const EntityId entity : rows.entities) {
      keptUpTo[entity] = std::max(keptUpTo[entity], rows.level);
    }
  }
  for (size_t k = 0; k < pipeline.levels.size(); ++k) {
    PipelineLevel& level = pipeline.levels[k];
    std::vector<bool> isLive(pipeline.numSlots());
    for (EntityId entity = 0; entity < pipeline.sources.size(); ++entity) {
      const uint32_t slot = pipeline.sources[entity].slot;
      // A slot of this level or of one above does not exist yet when the level's step runs.
      if (slot != EntitySource::kUnreachable && slot / 2 < k && (keptUpTo[entity] >= k || uses.isReadAfter(entity, level.node))) {
        isLive[slot] = true;
      }
    }
    level.liveSlots.clear();
    for (uint32_t slot = 0; slot < isLive.size(); ++slot) {
      if (isLive[slot]) {
        level.liveSlots.push_back(slot);
      }
    }
  }
}

}  // namespace inferf
