#include "exec/RelationBuilder.h"

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <atomic>

#include "base/Error.h"
#include "exec/KeptEntities.h"
#include "exec/RunCounters.h"

namespace inferf {

struct RelationBuilder::MorselRows {
  struct Part {
    int64_t numRows = 0;
    // By index into KeptRows::entities: the ids, in parts. Ids of rows of a lower level count from the first one of this driver morsel.
    std::vector<std::vector<PoolArray<int32_t>>> ids;
  };
  std::vector<Part> sets;  // by index into kept_
};

/// Collects what one worker's morsels yield, each into its own place.
class RelationBuilder::Sink final : public MorselSink {
 public:
  Sink(const RelationBuilder& builder, std::atomic<int64_t>& numRows) : builder_(builder), numRows_(numRows) {}

  void begin(MorselRows& rows, int64_t driverBegin) {
    rows_ = &rows;
    driverBegin_ = driverBegin;
    rows.sets.resize(builder_.kept_.size());
    for (size_t set = 0; set < builder_.kept_.size(); ++set) {
      rows.sets[set].ids.resize(builder_.kept_[set].entities.size());
    }
  }

  void consume(const Morsel& morsel, const std::vector<int64_t>& levelBases) override {
    INFERF_USER_CHECK(numRows_.fetch_add(morsel.numRows(), std::memory_order_relaxed) + morsel.numRows() <= RowSet::kMaxRows,
                      INFERF_ERROR_UNSUPPORTED, "The build side of a join has too many rows. Limit: ", RowSet::kMaxRows);
    add(builder_.kept_.size() - 1, morsel, levelBases);
  }

  void keepRows(size_t level, const Morsel& morsel, const std::vector<int64_t>& levelBases) override {
    size_t set = 0;
    while (builder_.kept_[set].level != level) {
      ++set;
    }
    add(set, morsel, levelBases);
  }

 private:
  void add(size_t set, const Morsel& morsel, const std::vector<int64_t>& levelBases) {
    const std::vector<EntityId>& entities = builder_.kept_[set].entities;
    const int64_t numRows = morsel.numRows();
    MorselRows::Part& target = rows_->sets[set];
    for (size_t i = 0; i < entities.size(); ++i) {
      const int32_t* ids = morsel.entityIds(entities[i]);
      const auto base = static_cast<int32_t>(baseOf(entities[i], levelBases));
      PoolArray<int32_t>& part = target.ids[i].emplace_back(*builder_.environment_.pool, numRows);
      for (int64_t row = 0; row < numRows; ++row) {
        part[row] = base + (ids == nullptr ? static_cast<int32_t>(row) : ids[row]);
      }
    }
    target.numRows += numRows;
  }

  /// The id that the morsel's number 0 stands for.
  int64_t baseOf(EntityId entity, const std::vector<int64_t>& levelBases) const {
    const Pipeline& layout = builder_.pipeline_.layout;
    const EntitySource& source = layout.sources[entity];
    if (source.rowSet != EntitySource::kDirect) {
      return 0;
    }
    return entity == layout.driverTable ? driverBegin_ : levelBases[source.slot / 2];
  }

  const RelationBuilder& builder_;
  std::atomic<int64_t>& numRows_;  // of all workers
  MorselRows* rows_ = nullptr;
  int64_t driverBegin_ = 0;
};

RelationBuilder::RelationBuilder(CompiledPipeline& pipeline, QueryState& state, const RunEnvironment& environment, const EntityUses* uses,
                                 std::vector<inferf_observation>* observations)
    : pipeline_(pipeline),
      state_(state),
      environment_(environment),
      uses_(uses),
      observations_(observations),
      plan_(environment.plan),
      driver_(state.tables[pipeline.layout.driverTable]) {}

void RelationBuilder::build() {
  Pipeline& layout = pipeline_.layout;
  INFERF_USER_CHECK(driver_.numRows <= RowSet::kMaxRows, INFERF_ERROR_UNSUPPORTED,
                    "A table that is held in memory has too many rows. Table: ",
                    plan_.fragment().tables(static_cast<int>(layout.driverTable)).name(), ", rows: ", driver_.numRows);
  findRowSets();
  if (layout.levels.size() == 1) {  // a bare scan: row i is row i
    auto rows = std::make_unique<RowSet>();
    rows->numRows = driver_.numRows;
    rows->entities.resize(layout.sources.size());
    state_.rowSets[layout.topNode()] = std::move(rows);
    environment_.counters.addNode(layout.topNode(), {.numRowsIn = driver_.numRows, .numRowsOut = driver_.numRows});
  } else {
    std::vector<MorselRows> results(static_cast<size_t>((driver_.numRows + kMorselRows - 1) / kMorselRows));
    runMorsels(results);
    for (size_t set = 0; set < kept_.size(); ++set) {
      state_.rowSets[layout.levels[kept_[set].level].node] = collect(results, set);
    }
  }
  observeProbes();
  for (const PipelineLevel& level : layout.levels) {
    if (level.join != nullptr && !keepsProbedJoins_) {
      state_.joins[level.node].reset();
    }
  }
  indexKeys();
}

void RelationBuilder::findRowSets() {
  Pipeline& layout = pipeline_.layout;
  const size_t top = layout.levels.size() - 1;
  std::vector<size_t> homes(layout.levels.size(), top);
  for (size_t k = top; k-- > 1;) {
    const PipelineLevel& above = layout.levels[k + 1];
    const bool isRepeated = above.join != nullptr && !state_.joins[above.node]->index.isUnique();
    homes[k] = isRepeated ? k : homes[k + 1];
    state_.homes[layout.levels[k].node] = rowsOf(plan_, layout.levels[homes[k]].node);
  }
  for (size_t k = 1; k <= top; ++k) {
    layout.levels[k].keepsRows = false;  // whatever an earlier build with other uses needed
    // Levels below that share this home hold values as well as the level itself.
    bool isHome = uses_ == nullptr && homes[k] == k;
    for (size_t below = 1; below <= k; ++below) {
      isHome = isHome || (homes[below] == k && layout.levels[below].storesValues);
    }
    if (isHome && k < top) {
      layout.levels[k].keepsRows = true;
      kept_.push_back({k, {}});
    }
  }
  kept_.push_back({top, {}});
  for (KeptRows& rows : kept_) {
    rows.entities = keptEntities(rows.level);
  }
  const EntityUses relationUses = EntityUses::ofRelations(plan_);
  resolvePipeline(plan_, uses_ == nullptr ? relationUses : *uses_, kept_, layout);
}

std::vector<EntityId> RelationBuilder::keptEntities(size_t level) const {
  const uint32_t node = pipeline_.layout.levels[level].node;
  const bool isTop = level + 1 == pipeline_.layout.levels.size();
  const KeptEntities kept(plan_, state_.homes);
  std::vector<EntityId> entities = kept.reachable(node);
  if (uses_ != nullptr) {
    std::erase_if(entities, [&](EntityId entity) {
      return !(isTop && kept.isReadAbove(*uses_, entity, node)) && !kept.isReadByValues(*uses_, entity, node);
    });
  }
  return entities;
}

void RelationBuilder::runMorsels(std::vector<MorselRows>& results) {
  struct Worker {
    Worker(const RelationBuilder& builder, std::atomic<int64_t>& numRows, bool runsPrograms)
        : sink(builder, numRows), worker(builder.pipeline_, builder.state_, builder.environment_, sink, runsPrograms) {}
    Sink sink;
    PipelineWorker worker;
  };
  const bool runsPrograms = pipeline_.layout.computesOnTheWay;
  std::atomic<int64_t> numRows{0};
  tbb::enumerable_thread_specific<std::unique_ptr<Worker>> workers;
  tbb::parallel_for(
      tbb::blocked_range<size_t>(0, results.size(), 1),
      [&](const tbb::blocked_range<size_t>& range) {
        std::unique_ptr<Worker>& worker = workers.local();
        if (worker == nullptr) {
          worker = std::make_unique<Worker>(*this, numRows, runsPrograms);
        }
        for (size_t i = range.begin(); i < range.end(); ++i) {
          const int64_t begin = static_cast<int64_t>(i) * kMorselRows;
          const Batch slice = sliceRows(driver_, begin, std::min(kMorselRows, driver_.numRows - begin));
          worker->sink.begin(results[i], begin);
          worker->worker.process(slice);
        }
      },
      tbb::simple_partitioner{});
}

int64_t RelationBuilder::nullRowOf(EntityId entity) const {
  const EntitySource& source = pipeline_.layout.sources[entity];
  if (source.rowSet != EntitySource::kDirect) {
    const RowSet& rows = *state_.rowSets[source.rowSet];
    const RowSet::EntityIds& ids = rows.entities[entity];
    return ids.isIdentity ? rows.numRows : ids.ids[rows.numRows];
  }
  return state_.numRowsOf(entity);
}

std::unique_ptr<RowSet> RelationBuilder::collect(std::vector<MorselRows>& results, size_t set) {
  const Pipeline& layout = pipeline_.layout;
  auto collected = std::make_unique<RowSet>();
  collected->entities.resize(layout.sources.size());
  for (const MorselRows& rows : results) {
    collected->numRows += rows.sets.empty() ? 0 : rows.sets[set].numRows;
  }
  INFERF_USER_CHECK(collected->numRows <= RowSet::kMaxRows, INFERF_ERROR_UNSUPPORTED,
                    "Values below a join are stored for too many rows. Node: ", layout.levels[kept_[set].level].node, ", limit: ",
                    RowSet::kMaxRows);
  for (size_t i = 0; i < kept_[set].entities.size(); ++i) {
    const EntityId entity = kept_[set].entities[i];
    RowSet::EntityIds& target = collected->entities[entity];
    // Rows of a lower level are numbered from the start of a driver morsel.
    const EntitySource& source = layout.sources[entity];
    const bool countsFromMorsel = source.rowSet == EntitySource::kDirect && entity != layout.driverTable;
    size_t lowerSet = 0;
    while (countsFromMorsel && kept_[lowerSet].level != source.slot / 2) {
      ++lowerSet;
    }
    target.isIdentity = false;
    target.ids = PoolArray<int32_t>(*environment_.pool, collected->numRows + 1);
    int32_t* out = target.ids.data();
    int64_t base = 0;
    for (MorselRows& rows : results) {
      for (const PoolArray<int32_t>& part : rows.sets[set].ids[i]) {
        for (const int32_t id : part) {
          *out++ = static_cast<int32_t>(base) + id;
        }
      }
      rows.sets[set].ids[i].clear();
      base += countsFromMorsel ? rows.sets[lowerSet].numRows : 0;
    }
    *out = static_cast<int32_t>(nullRowOf(entity));
  }
  return collected;
}

void RelationBuilder::indexKeys() {
  const uint32_t joinNode = pipeline_.layout.consumer;
  const RowSet& rows = *state_.rowSets[pipeline_.layout.topNode()];
  auto built = std::make_shared<JoinKeys>();
  built->numRows = rows.numRows;
  NodeCost cost;
  {
    const ScopedTimer timer(cost.nanoseconds);
    std::vector<KeyInput> keys;
    for (const proto::JoinKey& key : plan_.fragment().nodes(static_cast<int>(joinNode)).hash_join().keys()) {
      const uint32_t keyTable = key.build().table();
      keys.push_back({&state_.tables[keyTable].columns[key.build().column()], rows.entities[keyTable].data()});
    }
    const Parallelism parallelism(environment_.cancellation);
    PoolArray<int64_t> codes(*environment_.pool, rows.numRows);
    built->encoder = KeyEncoder(keys, rows.numRows, codes.data(), *environment_.pool, parallelism);
    built->index = JoinIndex::build(codes.data(), rows.numRows, built->encoder.range(), *environment_.pool, parallelism);
    cost.bytes = codes.size() * static_cast<int64_t>(sizeof(int64_t));
  }
  environment_.counters.addNode(joinNode, cost);
  auto table = std::make_unique<JoinTable>(std::move(built));
  if (observations_ != nullptr) {
    table->observeReferences(*environment_.pool);
    inferf_observation& observation = (*observations_)[joinNode];
    observation.num_distinct_keys = table->index.numKeys();
    observation.num_build_rows = rows.numRows;
  }
  state_.joins[joinNode] = std::move(table);
}

void RelationBuilder::observeProbes() {
  if (observations_ == nullptr) {
    return;
  }
  for (const PipelineLevel& level : pipeline_.layout.levels) {
    if (level.join != nullptr) {
      (*observations_)[level.node].num_referenced_rows = state_.joins[level.node]->numReferenced();
    }
  }
}

}  // namespace inferf
