#include "exec/TaskRun.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <new>
#include <utility>

#include "exec/RelationBuilder.h"
#include "plan/ValueArguments.h"

namespace inferf {

namespace {

thread_local const TaskRun::Shared* workingFor = nullptr;

bool anyPredicateReadsValues(const Plan& plan) {
  bool reads = false;
  for (const proto::RelationalNode& node : plan.fragment().nodes()) {
    if (node.has_filter()) {
      forEachScalarValue(node.filter().predicate(), [&](uint32_t) { reads = true; });
    }
  }
  return reads;
}

/// True for operators that fail on some values.
bool isFallible(const proto::Value& value) {
  const auto divides = [](proto::BinaryFunction function) {
    return function == proto::BINARY_FUNCTION_DIVIDE || function == proto::BINARY_FUNCTION_MODULO || function == proto::BINARY_FUNCTION_REMAINDER;
  };
  switch (value.kind_case()) {
    case proto::Value::kBinary:
      return value.type() == proto::ELEMENT_TYPE_INT64 && divides(value.binary().function());
    case proto::Value::kConstantBinary:
      return value.type() == proto::ELEMENT_TYPE_INT64 && divides(value.constant_binary().function());
    case proto::Value::kOneHot:
      return value.one_hot().unknown_is_error();
    case proto::Value::kCast:
    case proto::Value::kEmbedding:
    case proto::Value::kOnnxRun:
      return true;
    default:
      return false;
  }
}

/// Tables whose null row a LEFT JOIN may refer to, and below whose join values may fail on it; only those that the NULL check can see.
std::vector<uint32_t> tablesWithFallibleNullRows(const Plan& plan) {
  const proto::PlanFragment& fragment = plan.fragment();
  std::vector<bool> isChosen(static_cast<size_t>(fragment.tables_size()));
  for (const proto::RelationalNode& node : fragment.nodes()) {
    if (!node.has_hash_join() || node.hash_join().type() != proto::JOIN_TYPE_LEFT) {
      continue;
    }
    const uint32_t build = node.hash_join().build();
    const bool mayFail = std::any_of(fragment.values().begin(), fragment.values().end(), [&](const proto::Value& value) {
      return isFallible(value) && plan.isAncestorOrSelf(build, value.node());
    });
    for (uint32_t table = 0; mayFail && table < isChosen.size(); ++table) {
      isChosen[table] = isChosen[table] || (plan.isUnder(table, build) && plan.isUnder(table, fragment.null_check_node()));
    }
  }
  std::vector<uint32_t> tables;
  for (uint32_t table = 0; table < isChosen.size(); ++table) {
    if (isChosen[table]) {
      tables.push_back(table);
    }
  }
  return tables;
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

TaskRun::TaskRun(std::shared_ptr<const Plan> plan, TaskInputs inputs, std::shared_ptr<MemoryPool> pool, Shared& shared)
    : pool_(std::move(pool)), plan_(std::move(plan)), shared_(shared), readers_(std::move(inputs.tables)) {
  const proto::PlanFragment& fragment = plan_->fragment();
  INFERF_CHECK(readers_.size() == static_cast<size_t>(fragment.tables_size()));
  TableTypes types;
  for (const std::unique_ptr<BatchReader>& reader : readers_) {
    types.push_back(reader->types());
  }
  state_.tables.resize(static_cast<size_t>(fragment.tables_size()));
  state_.relations.resize(static_cast<size_t>(fragment.nodes_size()));
  state_.values.resize(static_cast<size_t>(fragment.values_size()));
  compile(std::move(types), std::move(inputs.tensors));
}

TaskRun::~TaskRun() = default;

void TaskRun::compile(TableTypes types, std::vector<Column> tensors) {
  const std::vector<std::pair<uint32_t, uint32_t>> checkedColumns = NodeProgram::nullCheckedColumns(*plan_);
  types_.emplace(*plan_, std::move(types));
  nullCheck_.emplace(*plan_, checkedColumns);
  assembler_.emplace(*plan_, types_->types());
  const auto tensorSet = std::make_shared<const TensorSet>(plan_, std::move(tensors), pool_);
  std::vector<std::pair<uint32_t, uint32_t>> readColumns = checkedColumns;
  for (const uint32_t table : tablesWithFallibleNullRows(*plan_)) {
    readColumns.emplace_back(table, 0);  // the check looks at its row ids
  }
  for (Pipeline& layout : cutIntoPipelines(*plan_, readColumns)) {
    CompiledPipeline& pipeline = pipelines_.emplace_back();
    for (const PipelineLevel& level : layout.levels) {
      CompiledPipeline::Level& compiled = pipeline.levels.emplace_back();
      if (level.storesValues) {
        compiled.program = std::make_unique<NodeProgram>(plan_, level.node, tensorSet, pool_);
      }
      if (level.filter != nullptr) {
        compiled.predicate.emplace(*plan_, level.filter->predicate(), types_->types());
        const ScalarType type = compiled.predicate->type();
        INFERF_USER_CHECK(type == ScalarType::kBool || type == ScalarType::kNull, INFERF_ERROR_TYPE_MISMATCH,
                          "A filter's predicate must be a boolean. Node: ", level.node);
      }
    }
    pipeline.layout = std::move(layout);
  }
  environment_.emplace(RunEnvironment{*plan_, pool_, shared_.cancellation, *nullCheck_, shared_.counters,
                                      anyPredicateReadsValues(*plan_)});
  if (!assembler_->needsListLengths(*types_)) {
    publishSchema();
  }
}

void TaskRun::publishSchema() {
  shared_.schema.set(assembler_->schema(types_->resolvedTypes()));
  types_->publish();
  schemaPublished_ = true;
}

void TaskRun::run(int32_t numThreads) {
  shared_.progress.phase.store(1, std::memory_order_relaxed);
  readTables();
  for (size_t i = 0; i + 1 < pipelines_.size(); ++i) {
    RelationBuilder(pipelines_[i], state_, *environment_).build();
  }
  shared_.progress.phase.store(2, std::memory_order_relaxed);
  runRoot(numThreads);
}

void TaskRun::readTables() {
  for (uint32_t table = 0; table < readers_.size(); ++table) {
    if (table == plan_->streamedTable()) {
      continue;
    }
    shared_.cancellation.check();
    state_.tables[table] = readers_[table]->readAll();
    readers_[table].reset();
    types_->admit(table, state_.tables[table]);
  }
}

void TaskRun::runRoot(int32_t numThreads) {
  // Loops of our own rather than a parallel_pipeline: ResultQueue relies on every token that was taken being worked on by a live thread.
  tbb::parallel_for(
      tbb::blocked_range<int32_t>(0, numThreads, 1),
      [this](const tbb::blocked_range<int32_t>& range) {
        const WorkMark mark(shared_);
        for (int32_t i = range.begin(); i < range.end(); ++i) {
          try {
            workOnTokens();
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
  nullCheck_->throwIfFound();
}

void TaskRun::workOnTokens() {
  RootSink sink(*this);
  PipelineWorker worker(pipelines_.back(), state_, *environment_, sink, nullptr);
  while (std::optional<Token> token = takeToken()) {
    sink.begin(token->number);
    for (const Batch& batch : token->batches) {
      worker.process(batch, 0);
    }
    shared_.queue.complete(token->number);
  }
}

std::optional<TaskRun::Token> TaskRun::takeToken() {
  const std::lock_guard lock(inputMutex_);
  Token token;
  int64_t numRows = 0;
  while (numRows < kMorselRows) {
    shared_.cancellation.check();
    if (largeBatchBegin_ < largeBatch_.numRows) {
      const int64_t count = std::min(kMorselRows, largeBatch_.numRows - largeBatchBegin_);
      token.batches.push_back(sliceRows(largeBatch_, largeBatchBegin_, count));
      largeBatchBegin_ += count;
      numRows += count;
      continue;
    }
    largeBatch_ = Batch();
    largeBatchBegin_ = 0;
    std::optional<Batch> batch;
    if (!inputEnded_) {
      batch = readers_[plan_->streamedTable()]->next();
      inputEnded_ = !batch.has_value();
    }
    if (batch.has_value() && batch->numRows > 0) {
      types_->admit(plan_->streamedTable(), *batch);
    }
    if (!schemaPublished_ && (inputEnded_ || batch->numRows > 0)) {
      publishSchema();
    }
    if (inputEnded_) {
      break;
    }
    if (batch->numRows > kMaxMorselRows) {
      largeBatch_ = std::move(*batch);
    } else if (batch->numRows > 0) {
      numRows += batch->numRows;
      token.batches.push_back(std::move(*batch));
    }
  }
  if (token.batches.empty()) {
    return std::nullopt;
  }
  shared_.progress.numSourceRows.fetch_add(numRows, std::memory_order_relaxed);
  token.number = nextToken_++;
  return token;
}

}  // namespace inferf
