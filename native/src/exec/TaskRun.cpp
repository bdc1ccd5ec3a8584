#include "exec/TaskRun.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <functional>
#include <new>
#include <utility>

#include "exec/FallibleNullRows.h"
#include "exec/KeptEntities.h"
#include "exec/LazyReads.h"
#include "exec/RelationBuilder.h"
#include "exec/SampleProbe.h"
#include "exec/ValueBuilder.h"

namespace inferf {

namespace {

thread_local const TaskRun::Shared* workingFor = nullptr;

bool anyFilterReadsValues(const Plan& plan) {
  return std::any_of(plan.fragment().nodes().begin(), plan.fragment().nodes().end(),
                     [](const proto::RelationalNode& node) { return node.has_filter() && readsValues(node.filter()); });
}

}  // namespace

std::exception_ptr currentEngineError() noexcept {
  try {
    throw;
  } catch (const EngineError&) {
    return std::current_exception();
  } catch (const std::bad_alloc&) {
    return std::make_exception_ptr(EngineError(INFERF_ERROR_MEMORY_LIMIT, ErrorKind::kUser, "The system has no memory left."));
  } catch (const std::exception& error) {
    return std::make_exception_ptr(EngineError(INFERF_ERROR_INTERNAL, ErrorKind::kInternal, error.what()));
  } catch (...) {
    return std::make_exception_ptr(EngineError(INFERF_ERROR_INTERNAL, ErrorKind::kInternal, "An unknown exception was thrown."));
  }
}

void SchemaPromise::set(std::vector<OutputVector> schema) {
  const std::lock_guard lock(mutex_);
  schema_ = std::move(schema);
  settled_.notify_all();
}

void SchemaPromise::abandon() {
  const std::lock_guard lock(mutex_);
  isAbandoned_ = true;
  settled_.notify_all();
}

const std::vector<OutputVector>* SchemaPromise::get() const {
  std::unique_lock lock(mutex_);
  settled_.wait(lock, [&] { return schema_.has_value() || isAbandoned_; });
  return schema_.has_value() ? &*schema_ : nullptr;
}

TaskRun::WorkMark::WorkMark(const Shared& shared) : previous_(std::exchange(workingFor, &shared)) {}

TaskRun::WorkMark::~WorkMark() { workingFor = previous_; }

bool TaskRun::isWorkingFor(const Shared& shared) { return workingFor == &shared; }

/// Pushes the morsels of the root to the reader.
class TaskRun::RootSink final : public MorselSink {
 public:
  explicit RootSink(TaskRun& run) : run_(run) {}

  void begin(int64_t token) { token_ = token; }

  void consume(const Morsel& morsel, const std::vector<int64_t>& /*levelBases*/) override {
    std::vector<OutputVector> vectors = run_.assembler_->assemble(morsel, workspace_, *run_.pool_);
    if (run_.nullCheck_->foundAny()) {
      return;  // the run will fail: the reader needs no more rows
    }
    ArrowHandle<ArrowArray> batch;
    exportBatch(std::move(vectors), morsel.numRows(), run_.pool_, batch.get());
    if (run_.shared_.queue.push(token_, std::move(batch))) {
      run_.shared_.progress.numOutputRows.fetch_add(morsel.numRows(), std::memory_order_relaxed);
    }
  }

 private:
  TaskRun& run_;
  OutputAssembler::Workspace workspace_;
  int64_t token_ = 0;
};

TaskRun::TaskRun(std::shared_ptr<const Plan> plan, std::vector<std::unique_ptr<BatchReader>> tables, std::shared_ptr<MemoryPool> pool,
                 Shared& shared)
    : pool_(std::move(pool)), plan_(std::move(plan)), shared_(shared), readers_(std::move(tables)) {
  const proto::PlanFragment& fragment = plan_->fragment();
  INFERF_CHECK(readers_.size() == static_cast<size_t>(fragment.tables_size()));
  TableTypes types;
  for (const std::unique_ptr<BatchReader>& reader : readers_) {
    types.push_back(reader->types());
  }
  input_.emplace(plan_->streamedTable(), std::move(readers_[plan_->streamedTable()]));
  state_.tables.resize(static_cast<size_t>(fragment.tables_size()));
  state_.rowSets.resize(static_cast<size_t>(fragment.nodes_size()));
  state_.joins.resize(static_cast<size_t>(fragment.nodes_size()));
  types_.emplace(*plan_, std::move(types));
  compileRelations();
  std::vector<Pipeline> layouts;
  for (const CompiledPipeline& pipeline : pipelines_) {
    layouts.push_back(pipeline.layout);
  }
  state_.homes = initialHomes(*plan_, layouts);
}

TaskRun::~TaskRun() = default;

void TaskRun::compileRelations() {
  pipelines_.clear();
  for (Pipeline& layout : cutIntoPipelines(*plan_)) {
    CompiledPipeline& pipeline = pipelines_.emplace_back();
    for (const PipelineLevel& level : layout.levels) {
      CompiledPipeline::Level& compiled = pipeline.levels.emplace_back();
      if (level.filter != nullptr) {
        compiled.predicate.emplace(*plan_, level.filter->predicate(), types_->types());
        compiled.predicateReads = lazyNodesReadBy(*plan_, level.filter->predicate());
        const ScalarType type = compiled.predicate->type();
        INFERF_USER_CHECK(type == ScalarType::kBool || type == ScalarType::kNull, INFERF_ERROR_TYPE_MISMATCH,
                          "A filter's predicate must be a boolean. Node: ", level.node);
      }
    }
    pipeline.layout = std::move(layout);
  }
}

void TaskRun::useCache(std::shared_ptr<BuildCache> cache, std::vector<std::string> tableKeys) {
  cached_.emplace(std::move(cache), pool_, std::move(tableKeys));
}

void TaskRun::bindModel(std::shared_ptr<const Plan> plan, std::vector<Column> tensors) {
  if (plan != plan_) {
    replan(std::move(plan));
  }
  const std::vector<std::pair<uint32_t, uint32_t>> checkedColumns = NodeProgram::nullCheckedColumns(*plan_);
  nullCheck_.emplace(*plan_, checkedColumns);
  assembler_.emplace(*plan_, types_->types());
  state_.values.resize(static_cast<size_t>(plan_->fragment().values_size()));
  std::vector<std::pair<uint32_t, uint32_t>> readColumns = checkedColumns;
  for (const uint32_t table : tablesWithFallibleNullRows(*plan_)) {
    readColumns.emplace_back(table, 0);  // the check looks at its row ids
  }
  uses_.emplace(*plan_, readColumns);
  tensors_ = std::make_shared<const TensorSet>(plan_, std::move(tensors), pool_);
  for (CompiledPipeline& pipeline : pipelines_) {
    for (size_t k = 0; k < pipeline.levels.size(); ++k) {
      if (const PipelineLevel& level = pipeline.layout.levels[k]; level.storesValues) {
        pipeline.levels[k].program = std::make_unique<NodeProgram>(plan_, level.node, tensors_, pool_);
        pipeline.levels[k].programReads = lazyNodesReadAt(*plan_, level.node);
        if (&pipeline == &pipelines_.back()) {
          pipeline.levels[k].tuples = TuplePrograms::compile(plan_, level.node, tensors_, pool_);
        }
      }
    }
  }
  pipelines_.back().outputReads = lazyNodesReadByOutputs(*plan_);
  lazyValues_.emplace(*plan_, state_, *pool_);
  environment_.emplace(
      RunEnvironment{*plan_, pool_, shared_.cancellation, *nullCheck_, shared_.counters, *lazyValues_, anyFilterReadsValues(*plan_)});
  if (!assembler_->needsListLengths(*types_)) {
    publishSchema();
  }
}

void TaskRun::replan(std::shared_ptr<const Plan> plan) {
  // List lengths that only followed from the model inputs of the plan before are inferred again.
  std::deque<Batch>& ahead = input_->ahead();
  for (uint32_t table = 0; table < state_.tables.size(); ++table) {
    types_->forgetInferred(table, state_.tables[table]);
  }
  for (Batch& batch : ahead) {
    types_->forgetInferred(plan_->streamedTable(), batch);
  }
  TableTypes known = types_->types();
  plan_ = std::move(plan);
  types_.emplace(*plan_, std::move(known));
  for (uint32_t table = 0; table < state_.tables.size(); ++table) {
    if (table != plan_->streamedTable() && !isSpilled(table)) {
      types_->admit(table, state_.tables[table]);
    }
  }
  for (const std::unique_ptr<SpilledTable>& spilled : spilled_) {
    Batch typed = spilled->emptyBatch();
    types_->admit(spilled->build.table, typed);
  }
  for (Batch& batch : ahead) {
    types_->admit(plan_->streamedTable(), batch);
  }
  compileRelations();
}

void TaskRun::publishSchema() {
  shared_.schema.set(assembler_->schema(types_->resolvedTypes()));
  types_->publish();
  schemaPublished_ = true;
}

std::vector<inferf_observation> TaskRun::build() {
  for (const CompiledPipeline& pipeline : pipelines_) {
    INFERF_USER_CHECK(pipeline.layout.consumer == Pipeline::kNoConsumer || !pipeline.layout.computesOnTheWay, INFERF_ERROR_UNSUPPORTED,
                      "A filter of a build side reads values of the model, so the build sides cannot be built without them. Execute the plan "
                      "at once. Table: ", plan_->fragment().tables(static_cast<int>(pipeline.layout.driverTable)).name());
  }
  shared_.progress.phase.store(1, std::memory_order_relaxed);
  std::vector<inferf_observation> observations = noObservations();
  NullCheck noCheck(*plan_, {});
  LazyValues noValues(*plan_, state_, *pool_);
  const RunEnvironment environment{*plan_, pool_, shared_.cancellation, noCheck, shared_.counters, noValues, false};
  restoreCached(true);
  readTables();
  if (!spilled_.empty()) {
    return {};
  }
  for (size_t i = 0; i + 1 < pipelines_.size(); ++i) {
    buildRelation(i, environment, nullptr, &observations);
  }
  if (cached_.has_value()) {
    cached_->observe(pipelines_, observations);
  }
  const std::vector<inferf_counter> counted = shared_.counters.read();
  for (inferf_observation& observation : observations) {
    const auto node = static_cast<uint32_t>(observation.node);
    observation.num_rows = plan_->isStreamed(node) ? -1 : counted[node].num_rows_out;
  }
  input_->readAhead(kMaxSampleRows, *types_, shared_.cancellation);
  probeSample(plan_, input_->ahead(), types_->types(), state_, environment, observations);
  isBuilt_ = true;
  return observations;
}

void TaskRun::run(int32_t numThreads) {
  shared_.progress.phase.store(1, std::memory_order_relaxed);
  if (isLoaded_) {
    makeRoomForValues();
  } else {
    restoreCached(false);
    readTables();
  }
  if (cached_.has_value()) {
    cached_->setTensors(tensors_);
  }
  buildInMemory();
  resolvePipeline(*plan_, *uses_, {}, pipelines_.back().layout);
  if (spilled_.empty()) {
    keepReadRows();
    shared_.progress.phase.store(2, std::memory_order_relaxed);
    runRoot(numThreads, [this](StreamInput::Place& place) { return takeToken(place); });
  } else {
    runPartitioned(numThreads);
  }
  nullCheck_->throwIfFound();
}

void TaskRun::buildInMemory() {
  for (size_t i = 0; i + 1 < pipelines_.size(); ++i) {
    if (isSpilled(pipelines_[i].layout.driverTable)) {
      continue;
    }
    if (!isBuilt_) {
      buildRelation(i, *environment_, &*uses_, nullptr);
    }
    ValueBuilder(pipelines_[i], state_, *environment_, cached_.has_value() ? &*cached_ : nullptr).compute();
    releaseProbedRows(pipelines_[i].layout);
  }
}

void TaskRun::runPartitioned(int32_t numThreads) {
  PartitionedProbe probe(pipelines_, state_, *types_, *environment_, *uses_, spilled_, [this] { return std::make_shared<WorkMark>(shared_); });
  shared_.progress.phase.store(2, std::memory_order_relaxed);
  probe.partition([this](StreamInput::Place& place) { return takeToken(place); });
  shared_.progress.numSpilledBytes.fetch_add(probe.numBytes(), std::memory_order_relaxed);
  probe.forEachCell([&](const StreamInput::Source& source) {
    keepReadRows();
    runRoot(numThreads, source);
  });
}

void TaskRun::makeRoomForValues() {
  if (!makeLoader().makeRoomForValues(isBuilt_)) {
    return;
  }
  countSpilledBytes();
  if (std::exchange(isBuilt_, false)) {
    discardRelations();
  }
}

void TaskRun::discardRelations() {
  for (std::unique_ptr<RowSet>& rows : state_.rowSets) {
    rows.reset();
  }
  for (std::unique_ptr<JoinTable>& join : state_.joins) {
    join.reset();
  }
  if (cached_.has_value()) {
    cached_->forgetRows();
  }
  shared_.counters.clearNodes();
}

bool TaskRun::isSpilled(uint32_t table) const {
  return std::any_of(spilled_.begin(), spilled_.end(), [table](const auto& spilled) { return spilled->build.table == table; });
}

void TaskRun::countSpilledBytes() {
  int64_t numBytes = 0;
  for (const std::unique_ptr<SpilledTable>& spilled : spilled_) {
    numBytes += spilled->rows.numBytes();
  }
  shared_.progress.numSpilledBytes.store(numBytes, std::memory_order_relaxed);
}

std::vector<inferf_observation> TaskRun::noObservations() const {
  std::vector<inferf_observation> observations;
  for (uint32_t node = 0; node < state_.homes.size(); ++node) {
    observations.push_back({static_cast<int32_t>(node), 0, -1, -1, -1, -1, 0, 0});
  }
  return observations;
}

void TaskRun::restoreCached(bool isObserving) {
  if (!cached_.has_value()) {
    return;
  }
  cached_->identify(*plan_, pipelines_, types_->types());
  for (const uint32_t table : cached_->restoreRows(*plan_, pipelines_, state_, shared_.counters, isObserving)) {
    readers_[table].reset();
    types_->admit(table, state_.tables[table]);
  }
}

void TaskRun::buildRelation(size_t pipeline, const RunEnvironment& environment, const EntityUses* uses,
                            std::vector<inferf_observation>* observations) {
  if (cached_.has_value() && cached_->isRestored(pipeline)) {
    return;
  }
  if (!cached_.has_value() || !cached_->canKeep(pipelines_[pipeline].layout, state_)) {
    RelationBuilder(pipelines_[pipeline], state_, environment, uses, observations).build();
    return;
  }
  // Other plans will use it, and want to know what was observed.
  std::vector<inferf_observation> own;
  if (observations == nullptr) {
    own = noObservations();
  }
  std::vector<inferf_observation>& observed = observations == nullptr ? own : *observations;
  RelationBuilder(pipelines_[pipeline], state_, environment, nullptr, &observed).build();
  const uint32_t consumer = pipelines_[pipeline].layout.consumer;
  if (observations == nullptr && plan_->isStreamed(consumer)) {
    state_.joins[consumer]->referenced = {};
  }
  cached_->keepRows(*plan_, pipelines_[pipeline], pipeline, *types_, state_, observed, shared_.counters.read());
}

bool TaskRun::isLazyHome(uint32_t node) const {
  for (uint32_t lazy = 0; lazy < state_.homes.size(); ++lazy) {
    if (plan_->isLazy(lazy) && state_.homes[lazy] == rowsOf(*plan_, node)) {
      return true;
    }
  }
  return false;
}

void TaskRun::releaseProbedRows(const Pipeline& pipeline) {
  for (const PipelineLevel& level : pipeline.levels) {
    if (level.join == nullptr) {
      continue;
    }
    // The build side's own pipeline, from its top down.
    for (uint32_t node = level.join->build();;) {
      if (!isLazyHome(node)) {
        state_.rowSets[node].reset();
      }
      const proto::RelationalNode& relational = plan_->fragment().nodes(static_cast<int>(node));
      if (relational.has_scan()) {
        break;
      }
      node = relational.has_filter() ? relational.filter().input() : relational.hash_join().probe();
    }
  }
}

void TaskRun::keepReadRows() {
  const KeptEntities kept(*plan_, state_.homes);
  for (const PipelineLevel& level : pipelines_.back().layout.levels) {
    if (level.join == nullptr || isLazyHome(level.join->build())) {
      continue;
    }
    RowSet& rows = *state_.rowSets[level.join->build()];
    for (EntityId entity = 0; entity < rows.entities.size(); ++entity) {
      if (!rows.entities[entity].isIdentity && !kept.isReadAbove(*uses_, entity, level.join->build())) {
        rows.entities[entity] = {};
      }
    }
  }
}

TableLoader TaskRun::makeLoader() {
  return TableLoader(pipelines_, state_, *types_, pool_, *plan_, shared_.cancellation, spilled_,
                     [this] { return std::make_shared<WorkMark>(shared_); });
}

void TaskRun::readTables() {
  makeLoader().load(readers_);
  countSpilledBytes();
  isLoaded_ = true;
}

void TaskRun::runRoot(int32_t numThreads, const StreamInput::Source& source) {
  shared_.queue.setNumWorkers(numThreads);
  const Pipeline& layout = pipelines_.back().layout;
  std::optional<ClusteredInput> clustered;
  // Parts of build sides that were moved to disk are small.
  if (const auto choice = ClusterChoice::choose(*plan_, layout, state_, types_->types(), pool_->bytesAvailable()); choice.has_value() && spilled_.empty()) {
    clustered.emplace(*choice, layout, state_, *environment_, source);
  }
  // Loops of our own rather than a parallel_pipeline: ResultQueue relies on every token that was taken being worked on by a live thread.
  tbb::parallel_for(
      tbb::blocked_range<int32_t>(0, numThreads, 1),
      [&](const tbb::blocked_range<int32_t>& range) {
        const WorkMark mark(shared_);
        for (int32_t i = range.begin(); i < range.end(); ++i) {
          try {
            clustered.has_value() ? workOnSlices(*clustered) : workOnTokens(source);
          } catch (...) {
            // Other workers may wait for room in the queue, so they must hear of it before this loop ends.
            shared_.queue.fail(currentEngineError());
            shared_.cancellation.cancel();
          }
        }
      },
      tbb::simple_partitioner{});
  if (const std::exception_ptr failure = shared_.queue.failure()) {
    std::rethrow_exception(failure);
  }
}

void TaskRun::workOnTokens(const StreamInput::Source& source) {
  RootSink sink(*this);
  PipelineWorker worker(pipelines_.back(), state_, *environment_, sink, true);
  StreamInput::Place place;
  while (std::optional<StreamInput::Token> token = source(place)) {
    sink.begin(token->number);
    for (const Batch& batch : token->batches) {
      worker.process(batch);
    }
    shared_.queue.complete(token->number);
  }
}

void TaskRun::workOnSlices(ClusteredInput& input) {
  RootSink sink(*this);
  PipelineWorker worker(pipelines_.back(), state_, *environment_, sink, true);
  StreamInput::Place place;
  while (std::optional<ClusteredInput::Slice> slice = input.take(place)) {
    sink.begin(slice->number);
    worker.process(slice->batch->rows, slice->rows(), slice->numRows);
    shared_.queue.complete(slice->number);
  }
}

std::optional<StreamInput::Token> TaskRun::takeToken(StreamInput::Place& place) {
  std::optional<StreamInput::Token> token = input_->take(place, *types_, shared_.cancellation, [this] {
    if (!schemaPublished_) {
      publishSchema();
    }
  });
  if (token.has_value()) {
    shared_.progress.numSourceRows.fetch_add(token->numRows, std::memory_order_relaxed);
  }
  return token;
}

}  // namespace inferf
