#include "exec/CachedBuilds.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/Error.h"
#include "exec/BuildFingerprint.h"

namespace inferf {

namespace {

/// An entry takes so much more than its arrays, about.
constexpr int64_t kEntryBytes = 2048;

int64_t columnBytes(const Column& column) {
  int64_t bytes = 0;
  if (column.validity != nullptr) {
    bytes += column.length / 8;
  }
  if (column.type.id == TypeId::kString || column.type.id == TypeId::kLargeString) {
    const int64_t offsetBytes = column.type.id == TypeId::kString ? sizeof(int32_t) : sizeof(int64_t);
    bytes += column.length * offsetBytes;
    if (column.length > 0) {
      const std::string_view first = column.stringAt(0);
      const std::string_view last = column.stringAt(column.length - 1);
      bytes += last.data() + last.size() - first.data();
    }
  } else if (column.type.id == TypeId::kBool) {
    bytes += column.length / 8;
  } else {
    bytes += column.length * column.type.byteWidth;
  }
  return bytes;
}

int64_t batchBytes(const Batch& batch) {
  return std::accumulate(batch.columns.begin(), batch.columns.end(), kEntryBytes,
                         [](int64_t bytes, const Column& column) { return bytes + columnBytes(column); });
}

/// What the rows of a finished pipeline take.
int64_t rowBytes(const Pipeline& layout, const QueryState& state) {
  const JoinKeys& keys = *state.joins[layout.consumer]->keys;
  int64_t bytes = batchBytes(state.tables[layout.driverTable]) + keys.encoder.bytes() + keys.index.bytes();
  for (const PipelineLevel& level : layout.levels) {
    if (const RowSet* rows = state.rowSets[level.node].get(); rows != nullptr) {
      for (const RowSet::EntityIds& ids : rows->entities) {
        bytes += ids.ids.bytes();
      }
    }
  }
  return bytes;
}

/// The level at whose node the home of a level's values is.
size_t homeOf(const Plan& plan, const Pipeline& layout, size_t level, const QueryState& state) {
  size_t home = level;
  while (state.homes[layout.levels[level].node] != rowsOf(plan, layout.levels[home].node)) {
    ++home;
    INFERF_CHECK(home < layout.levels.size());
  }
  return home;
}

}  // namespace

CachedBuilds::CachedBuilds(std::shared_ptr<BuildCache> cache, std::shared_ptr<MemoryPool> pool, std::vector<std::string> tableKeys)
    : cache_(std::move(cache)), pool_(std::move(pool)), tableKeys_(std::move(tableKeys)) {}

void CachedBuilds::identify(const Plan& plan, const std::vector<CompiledPipeline>& pipelines, const TableTypes& types) {
  builds_.resize(pipelines.size());
  pipelineOfTop_.resize(static_cast<size_t>(plan.fragment().nodes_size()));
  for (size_t i = 0; i + 1 < pipelines.size(); ++i) {
    builds_[i].fingerprint = fingerprintRows(plan, pipelines[i].layout, types, tableKeys_);
    pipelineOfTop_[pipelines[i].layout.topNode()] = i;
  }
}

bool CachedBuilds::canKeep(const Pipeline& layout, const QueryState& state) const {
  const size_t index = pipelineOf(layout.topNode());
  const bool hasKeptInputs = std::all_of(layout.levels.begin(), layout.levels.end(), [this](const PipelineLevel& level) {
    return level.join == nullptr || builds_[pipelineOf(level.join->build())].rows != nullptr;
  });
  return isCacheable(index) && hasKeptInputs && batchBytes(state.tables[layout.driverTable]) <= cache_->limit();
}

std::vector<uint32_t> CachedBuilds::restoreRows(const Plan& plan, const std::vector<CompiledPipeline>& pipelines, QueryState& state,
                                                RunCounters& counters, bool isObserving) {
  std::vector<uint32_t> tables;
  // From above: a build side brings with it the ones that it has probed.
  for (size_t i = builds_.size(); i-- > 0;) {
    if (!isCacheable(i) || isRestored(i)) {
      continue;
    }
    if (auto rows = std::dynamic_pointer_cast<const CachedRows>(cache_->find(*builds_[i].fingerprint)); rows != nullptr) {
      restore(plan, pipelines, i, std::move(rows), state, counters, tables);
      const uint32_t consumer = pipelines[i].layout.consumer;
      state.joins[consumer] = std::make_unique<JoinTable>(builds_[i].rows->keys);
      if (isObserving || !plan.isStreamed(consumer)) {  // a build side above may become an entry, with what it refers to
        state.joins[consumer]->observeReferences(*pool_);
      }
    }
  }
  return tables;
}

void CachedBuilds::restore(const Plan& plan, const std::vector<CompiledPipeline>& pipelines, size_t index,
                           std::shared_ptr<const CachedRows> rows, QueryState& state, RunCounters& counters,
                           std::vector<uint32_t>& tables) {
  const Pipeline& layout = pipelines[index].layout;
  builds_[index].isRestored = true;
  builds_[index].rows = rows;
  state.tables[layout.driverTable] = rows->driver;
  tables.push_back(layout.driverTable);
  viewRows(plan, layout, *rows, state);
  size_t numJoins = 0;
  for (size_t level = 0; level < layout.levels.size(); ++level) {
    const CachedRows::Level& cached = rows->levels[level];
    const uint32_t node = layout.levels[level].node;
    counters.addNode(node, {.numRowsIn = cached.numRowsIn, .numRowsOut = cached.numRowsOut});
    counters.addCached(INFERF_COUNTER_CACHED_ROWS, node, cached.numRowsOut, level + 1 == layout.levels.size() ? rows->bytes : 0);
    if (level > 0) {
      state.homes[node] = rowsOf(plan, layout.levels[cached.home].node);
    }
    if (const proto::HashJoinNode* join = layout.levels[level].join; join != nullptr) {
      restore(plan, pipelines, pipelineOf(join->build()), rows->probed[numJoins++], state, counters, tables);
    }
  }
}

void CachedBuilds::viewRows(const Plan& plan, const Pipeline& layout, const CachedRows& rows, QueryState& state) {
  const std::vector<EntityId> entities = entitiesUnder(plan, layout.topNode());
  for (size_t level = 0; level < layout.levels.size(); ++level) {
    const std::optional<RowSet>& cached = rows.levels[level].rows;
    if (!cached.has_value()) {
      continue;
    }
    auto view = std::make_unique<RowSet>();
    view->numRows = cached->numRows;
    view->entities.resize(state.tables.size() + state.rowSets.size());
    for (size_t i = 0; i < entities.size(); ++i) {
      view->entities[entities[i]].isIdentity = cached->entities[i].isIdentity;
      view->entities[entities[i]].ids = PoolArray<int32_t>::viewOf(cached->entities[i].ids);
    }
    state.rowSets[layout.levels[level].node] = std::move(view);
  }
}

void CachedBuilds::observe(const std::vector<CompiledPipeline>& pipelines, std::vector<inferf_observation>& observations) const {
  for (size_t i = 0; i < builds_.size(); ++i) {
    if (!isRestored(i)) {
      continue;
    }
    const Pipeline& layout = pipelines[i].layout;
    const CachedRows& rows = *builds_[i].rows;
    observations[layout.consumer].num_distinct_keys = rows.keys->index.numKeys();
    observations[layout.consumer].num_build_rows = rows.keys->numRows;
    for (size_t level = 0; level < layout.levels.size(); ++level) {
      if (layout.levels[level].join != nullptr) {
        observations[layout.levels[level].node].num_referenced_rows = rows.levels[level].numReferenced;
      }
    }
  }
}

void CachedBuilds::keepRows(const Plan& plan, const CompiledPipeline& pipeline, size_t index, const InputTypes& types, QueryState& state,
                            const std::vector<inferf_observation>& observations, const std::vector<inferf_counter>& counted) {
  const Pipeline& layout = pipeline.layout;
  const int64_t bytes = rowBytes(layout, state);
  if (bytes > cache_->limit()) {
    return;
  }
  auto rows = std::make_shared<CachedRows>(pool_);
  for (size_t level = 0; level < layout.levels.size(); ++level) {
    const uint32_t node = layout.levels[level].node;
    CachedRows::Level& kept = rows->levels.emplace_back();
    kept.numRowsIn = counted[node].num_rows_in;
    kept.numRowsOut = counted[node].num_rows_out;
    kept.home = level == 0 ? 0 : homeOf(plan, layout, level, state);
    if (const proto::HashJoinNode* join = layout.levels[level].join; join != nullptr) {
      kept.numReferenced = observations[node].num_referenced_rows;
      rows->probed.push_back(builds_[pipelineOf(join->build())].rows);
    }
  }
  rows->bytes = bytes;
  rows->driver = state.tables[layout.driverTable];
  types.forgetInferred(layout.driverTable, rows->driver);
  rows->keys = state.joins[layout.consumer]->keys;
  const std::vector<EntityId> entities = entitiesUnder(plan, layout.topNode());
  for (size_t level = 0; level < layout.levels.size(); ++level) {
    if (const auto& built = state.rowSets[layout.levels[level].node]; built != nullptr) {
      RowSet& moved = rows->levels[level].rows.emplace();
      moved.numRows = built->numRows;
      for (const EntityId entity : entities) {
        moved.entities.push_back(std::move(built->entities[entity]));
      }
    }
  }
  viewRows(plan, layout, *rows, state);
  builds_[index].rows = rows;
  cache_->insert(*builds_[index].fingerprint, rows);
}

void CachedBuilds::forgetRows() {
  for (Build& build : builds_) {
    build.fingerprint.reset();
    build.isRestored = false;
  }
}

void CachedBuilds::setTensors(std::shared_ptr<const TensorSet> tensors) {
  tensors_ = std::move(tensors);
  tensorDigest_.reset();
}

std::optional<std::string> CachedBuilds::fingerprintOf(const Plan& plan, const CompiledPipeline& pipeline, size_t level) {
  const size_t index = pipelineOf(pipeline.layout.topNode());
  const NodeProgram& program = *pipeline.levels[level].program;
  const auto holdsStrings = [&plan](uint32_t value) {
    return plan.fragment().values(static_cast<int>(value)).type() == proto::ELEMENT_TYPE_STRING;
  };
  const std::vector<uint32_t>& storedValues = program.storedValues();
  if (!isCacheable(index) || plan.isLazy(pipeline.layout.levels[level].node) ||
      std::any_of(storedValues.begin(), storedValues.end(), holdsStrings)) {
    return std::nullopt;
  }
  if (!tensorDigest_.has_value()) {
    tensorDigest_ = digestTensors(*tensors_);
  }
  return fingerprintValues(plan, pipeline.layout, level, program, *builds_[index].fingerprint, *tensorDigest_);
}

bool CachedBuilds::restoreValues(const Plan& plan, const CompiledPipeline& pipeline, size_t level, QueryState& state,
                                 RunCounters& counters) {
  const std::optional<std::string> fingerprint = fingerprintOf(plan, pipeline, level);
  if (!fingerprint.has_value()) {
    return false;
  }
  const auto values = std::dynamic_pointer_cast<const CachedValues>(cache_->find(*fingerprint));
  if (values == nullptr) {
    return false;
  }
  values_.push_back(values);
  viewValues(*pipeline.levels[level].program, *values, state);
  counters.addCached(INFERF_COUNTER_CACHED_VALUES, pipeline.layout.levels[level].node, values->stored.front().numRows, values->bytes);
  return true;
}

void CachedBuilds::keepValues(const Plan& plan, const CompiledPipeline& pipeline, size_t level, QueryState& state) {
  const std::optional<std::string> fingerprint = fingerprintOf(plan, pipeline, level);
  const NodeProgram& program = *pipeline.levels[level].program;
  auto values = std::make_shared<CachedValues>(pool_);
  values->bytes = kEntryBytes;
  for (const uint32_t value : program.storedValues()) {
    values->bytes += state.values[value].memory.bytes();
  }
  if (!fingerprint.has_value() || values->bytes > cache_->limit()) {
    return;
  }
  for (const uint32_t value : program.storedValues()) {
    values->stored.push_back(std::move(state.values[value]));
  }
  values_.push_back(values);
  viewValues(program, *values, state);
  cache_->insert(*fingerprint, std::move(values));
}

void CachedBuilds::viewValues(const NodeProgram& program, const CachedValues& values, QueryState& state) {
  for (size_t i = 0; i < values.stored.size(); ++i) {
    const StoredValue& stored = values.stored[i];
    state.values[program.storedValues()[i]] = {PoolArray<uint8_t>::viewOf(stored.memory), stored.numRows, stored.strideBytes};
  }
}

}  // namespace inferf
