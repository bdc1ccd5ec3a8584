#include "exec/RelationBuilder.h"

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <numeric>

namespace inferf {

namespace {

/// The one row in which every column is NULL.
class NullRowContext final : public RowContext {
 public:
  explicit NullRowContext(const QueryState& state) : state_(state) {
    for (const Batch& table : state.tables) {
      tableIds_.push_back(static_cast<int32_t>(table.numRows));
    }
    for (const StoredValue& value : state.values) {
      valueIds_.push_back(static_cast<int32_t>(value.numRows - 1));
    }
  }

  int64_t numRows() const override { return 1; }
  TableRows tableRows(uint32_t table) const override { return {&state_.tables[table], &tableIds_[table]}; }
  ValueRows valueRows(uint32_t value) const override { return {&state_.values[value], &valueIds_[value]}; }

 private:
  const QueryState& state_;
  std::vector<int32_t> tableIds_;
  std::vector<int32_t> valueIds_;
};

}  // namespace

struct RelationBuilder::MorselRows {
  struct Block {
    std::vector<StoredValue> stored;
    int64_t numRows;
  };

  /// Rows a level stored values for.
  int64_t numStored(size_t level) const {
    int64_t sum = 0;
    for (const Block& block : blocks[level]) {
      sum += block.numRows;
    }
    return sum;
  }

  int64_t numRows = 0;
  // By index into Pipeline::keptEntities: the ids, in parts. Value ids count from the first row this morsel stored values for.
  std::vector<std::vector<PoolArray<int32_t>>> ids;
  std::vector<std::vector<Block>> blocks;  // by level
};

/// Collects what one worker's morsels yield, each into its own place.
class RelationBuilder::Sink final : public MorselSink {
 public:
  Sink(const RelationBuilder& builder, std::atomic<int64_t>& numRows) : builder_(builder), numRows_(numRows) {}

  void begin(MorselRows& rows, int64_t driverBegin) {
    rows_ = &rows;
    driverBegin_ = driverBegin;
    rows.ids.resize(builder_.pipeline_.layout.keptEntities.size());
    rows.blocks.resize(builder_.pipeline_.layout.levels.size());
  }

  void consume(const Morsel& morsel, const std::vector<int64_t>& levelBases) override {
    const Pipeline& layout = builder_.pipeline_.layout;
    const int64_t numRows = morsel.numRows();
    INFERF_USER_CHECK(numRows_.fetch_add(numRows, std::memory_order_relaxed) + numRows <= BuiltRelation::kMaxRows,
                      INFERF_ERROR_UNSUPPORTED, "The build side of a join has too many rows. Limit: ", BuiltRelation::kMaxRows);
    for (size_t i = 0; i < layout.keptEntities.size(); ++i) {
      const EntityId entity = layout.keptEntities[i];
      const int32_t* ids = morsel.entityIds(entity);
      const auto base = static_cast<int32_t>(baseOf(entity, levelBases));
      PoolArray<int32_t>& part = rows_->ids[i].emplace_back(*builder_.environment_.pool, numRows);
      for (int64_t row = 0; row < numRows; ++row) {
        part[row] = base + (ids == nullptr ? static_cast<int32_t>(row) : ids[row]);
      }
    }
    rows_->numRows += numRows;
  }

  bool keepsValues() const override { return true; }

  void keepValues(size_t level, std::vector<StoredValue> stored, int64_t numRows) override {
    rows_->blocks[level].push_back({std::move(stored), numRows});
  }

 private:
  /// The id that the morsel's number 0 stands for.
  int64_t baseOf(EntityId entity, const std::vector<int64_t>& levelBases) const {
    const Pipeline& layout = builder_.pipeline_.layout;
    const EntitySource& source = layout.sources[entity];
    if (source.join != EntitySource::kDirect) {
      return 0;
    }
    return entity == layout.driverTable ? driverBegin_ : levelBases[source.slot / 2];
  }

  const RelationBuilder& builder_;
  std::atomic<int64_t>& numRows_;  // of all workers
  MorselRows* rows_ = nullptr;
  int64_t driverBegin_ = 0;
};

RelationBuilder::RelationBuilder(const CompiledPipeline& pipeline, QueryState& state, const RunEnvironment& environment)
    : pipeline_(pipeline),
      state_(state),
      environment_(environment),
      plan_(environment.plan),
      driver_(state.tables[pipeline.layout.driverTable]),
      levelRows_(pipeline.levels.size()) {}

void RelationBuilder::build() {
  INFERF_USER_CHECK(driver_.numRows <= BuiltRelation::kMaxRows, INFERF_ERROR_UNSUPPORTED,
                    "A table that is held in memory has too many rows. Table: ",
                    plan_.fragment().tables(static_cast<int>(pipeline_.layout.driverTable)).name(), ", rows: ", driver_.numRows);
  levelRows_[0] = driver_.numRows;
  if (const NodeProgram* program = pipeline_.levels[0].program.get()) {
    for (size_t i = 0; i < program->storedValues().size(); ++i) {
      scanValues_.push_back(program->allocate(i, driver_.numRows + (pipeline_.layout.nullExtended ? 1 : 0), *environment_.pool));
    }
  }
  auto relation = std::make_unique<BuiltRelation>();
  relation->entities.resize(pipeline_.layout.sources.size());
  std::vector<MorselRows> results(static_cast<size_t>((driver_.numRows + kMorselRows - 1) / kMorselRows));
  runMorsels(results);
  environment_.nullCheck.throwIfFound();
  collectIds(results, *relation);
  collectValues(results);
  if (pipeline_.layout.nullExtended) {
    computeNullRows();
  }
  indexKeys(*relation);
  for (const PipelineLevel& level : pipeline_.layout.levels) {
    if (level.join != nullptr) {
      state_.relations[level.node].reset();
    }
  }
  state_.relations[pipeline_.layout.consumer] = std::move(relation);
}

void RelationBuilder::runMorsels(std::vector<MorselRows>& results) {
  struct Worker {
    Worker(const RelationBuilder& builder, std::atomic<int64_t>& numRows, std::vector<StoredValue>* scanValues)
        : sink(builder, numRows), worker(builder.pipeline_, builder.state_, builder.environment_, sink, scanValues) {}
    Sink sink;
    PipelineWorker worker;
  };
  std::atomic<int64_t> numRows{0};
  tbb::enumerable_thread_specific<std::unique_ptr<Worker>> workers;
  tbb::parallel_for(
      tbb::blocked_range<size_t>(0, results.size(), 1),
      [&](const tbb::blocked_range<size_t>& range) {
        std::unique_ptr<Worker>& worker = workers.local();
        if (worker == nullptr) {
          worker = std::make_unique<Worker>(*this, numRows, &scanValues_);
        }
        for (size_t i = range.begin(); i < range.end(); ++i) {
          const int64_t begin = static_cast<int64_t>(i) * kMorselRows;
          const Batch slice = sliceRows(driver_, begin, std::min(kMorselRows, driver_.numRows - begin));
          worker->sink.begin(results[i], begin);
          worker->worker.process(slice, begin);
        }
      },
      tbb::simple_partitioner{});
}

int64_t RelationBuilder::nullRowOf(EntityId entity) const {
  const EntitySource& source = pipeline_.layout.sources[entity];
  if (source.join != EntitySource::kDirect) {
    const BuiltRelation& relation = *state_.relations[source.join];
    const BuiltRelation::EntityIds& ids = relation.entities[entity];
    return ids.isIdentity ? relation.numRows : ids.ids[relation.numRows];
  }
  return entity == pipeline_.layout.driverTable ? driver_.numRows : levelRows_[source.slot / 2];
}

void RelationBuilder::collectIds(std::vector<MorselRows>& results, BuiltRelation& relation) {
  const Pipeline& layout = pipeline_.layout;
  for (const MorselRows& rows : results) {
    relation.numRows += rows.numRows;
    for (size_t level = 1; level < layout.levels.size(); ++level) {
      levelRows_[level] += rows.numStored(level);
      INFERF_USER_CHECK(levelRows_[level] <= BuiltRelation::kMaxRows, INFERF_ERROR_UNSUPPORTED,
                        "Values below a join are stored for too many rows. Node: ", layout.levels[level].node, ", limit: ",
                        BuiltRelation::kMaxRows);
    }
  }
  for (size_t i = 0; i < layout.keptEntities.size(); ++i) {
    const EntityId entity = layout.keptEntities[i];
    BuiltRelation::EntityIds& target = relation.entities[entity];
    if (layout.levels.size() == 1) {
      continue;  // a bare scan: row i is row i
    }
    const EntitySource& source = layout.sources[entity];
    const bool countsFromMorsel = source.join == EntitySource::kDirect && entity != layout.driverTable && source.slot / 2 > 0;
    target.isIdentity = false;
    target.ids = PoolArray<int32_t>(*environment_.pool, relation.numRows + 1);
    int32_t* out = target.ids.data();
    int32_t base = 0;
    for (MorselRows& rows : results) {
      for (const PoolArray<int32_t>& part : rows.ids[i]) {
        for (const int32_t id : part) {
          *out++ = base + id;
        }
      }
      rows.ids[i].clear();
      if (countsFromMorsel) {
        base += static_cast<int32_t>(rows.numStored(source.slot / 2));
      }
    }
    *out = static_cast<int32_t>(nullRowOf(entity));
  }
}

void RelationBuilder::collectValues(std::vector<MorselRows>& results) {
  if (const NodeProgram* program = pipeline_.levels[0].program.get()) {
    for (size_t i = 0; i < scanValues_.size(); ++i) {
      state_.values[program->storedValues()[i]] = std::move(scanValues_[i]);
    }
  }
  for (size_t level = 1; level < pipeline_.levels.size(); ++level) {
    const NodeProgram* program = pipeline_.levels[level].program.get();
    if (program == nullptr) {
      continue;
    }
    for (size_t i = 0; i < program->storedValues().size(); ++i) {
      StoredValue all =
          program->allocate(i, levelRows_[level] + (pipeline_.layout.nullExtended ? 1 : 0), *environment_.pool);
      int64_t row = 0;
      for (MorselRows& rows : results) {
        for (MorselRows::Block& block : rows.blocks[level]) {
          const StoredValue part = std::move(block.stored[i]);
          std::memcpy(all.row(row), part.row(0), static_cast<size_t>(block.numRows * all.strideBytes));
          row += block.numRows;
        }
      }
      state_.values[program->storedValues()[i]] = std::move(all);
    }
  }
}

void RelationBuilder::computeNullRows() {
  NodeWorkspace workspace(environment_.pool);
  for (size_t level = 0; level < pipeline_.levels.size(); ++level) {
    const NodeProgram* program = pipeline_.levels[level].program.get();
    if (program == nullptr) {
      continue;
    }
    const uint32_t node = pipeline_.layout.levels[level].node;
    std::vector<StoredValue> stored;
    for (const uint32_t value : program->storedValues()) {
      stored.push_back(std::move(state_.values[value]));
    }
    std::vector<ValueCost> costs(plan_.valuesAt(node).size());
    try {
      program->run(NullRowContext(state_), stored, levelRows_[level], workspace, environment_.cancellation, costs);
    } catch (const EngineError& error) {
      handleNullRowFailure(error, stored, levelRows_[level]);
    }
    for (size_t i = 0; i < stored.size(); ++i) {
      state_.values[program->storedValues()[i]] = std::move(stored[i]);
    }
  }
}

void RelationBuilder::handleNullRowFailure(const EngineError& error, std::vector<StoredValue>& stored, int64_t nullRow) {
  const uint32_t table = pipeline_.layout.driverTable;
  const bool isOperators = error.code() == INFERF_ERROR_INVALID_DATA || error.code() == INFERF_ERROR_ARITHMETIC;
  if (!isOperators || !environment_.nullCheck.sees(table)) {
    throw;
  }
  for (StoredValue& value : stored) {
    std::memset(value.row(nullRow), 0, static_cast<size_t>(value.strideBytes));
  }
  // Whoever refers to the null row of any part of this relation refers to the null row of its driver table.
  environment_.nullCheck.failNullRow(table, std::current_exception());
}

void RelationBuilder::indexKeys(BuiltRelation& relation) {
  const uint32_t joinNode = pipeline_.layout.consumer;
  NodeCost cost;
  {
    const ScopedTimer timer(cost.nanoseconds);
    std::vector<KeyInput> keys;
    for (const proto::JoinKey& key : plan_.fragment().nodes(static_cast<int>(joinNode)).hash_join().keys()) {
      const uint32_t table = key.build().table();
      keys.push_back({&state_.tables[table].columns[key.build().column()], relation.entities[table].data()});
    }
    PoolArray<int64_t> codes(*environment_.pool, relation.numRows);
    relation.encoder = KeyEncoder(keys, relation.numRows, codes.data(), *environment_.pool);
    relation.index = JoinIndex::build(codes.data(), relation.numRows, relation.encoder.range(), *environment_.pool);
    cost.bytes = codes.size() * static_cast<int64_t>(sizeof(int64_t));
  }
  environment_.counters.addNode(joinNode, cost);
}

}  // namespace inferf
