#include "capi/QueryRun.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/Error.h"
#include "capi/Boundary.h"
#include "plan/PlanComparison.h"

namespace inferf {

namespace {

/// What a tensor's array is expected to look like, and whether it does.
bool hasElementType(const Column& column, proto::ElementType type) {
  switch (type) {
    case proto::ELEMENT_TYPE_FLOAT32:
      return column.type.id == TypeId::kFloat32;
    case proto::ELEMENT_TYPE_FLOAT64:
      return column.type.id == TypeId::kFloat64;
    case proto::ELEMENT_TYPE_INT64:
      return column.type.id == TypeId::kInt64;
    case proto::ELEMENT_TYPE_BYTES:
      return column.type.id == TypeId::kUInt8;
    default:
      return column.type.id == TypeId::kString || column.type.id == TypeId::kLargeString;
  }
}

constexpr int32_t kPhaseFinished = 3;
constexpr int64_t kMaxTableKeyBytes = 1024;

}  // namespace

QueryRun::QueryRun(std::shared_ptr<const Plan> plan, std::shared_ptr<MemoryPool> pool, std::shared_ptr<ThreadArena> arena,
                   std::shared_ptr<BuildCache> cache)
    : plan_(std::move(plan)), pool_(std::move(pool)), arena_(std::move(arena)), cache_(std::move(cache)) {
  tableKeys_.resize(static_cast<size_t>(plan_->fragment().tables_size()));
  tables_.resize(static_cast<size_t>(plan_->fragment().tables_size()));
  tensors_.resize(static_cast<size_t>(plan_->fragment().tensors_size()));
}

QueryRun::~QueryRun() { finish(); }

void QueryRun::checkNotExecuted() const {
  INFERF_USER_CHECK(stage_ != Stage::kExecuted, INFERF_ERROR_INVALID_ARGUMENT, "The query has been executed already.");
}

void QueryRun::checkNotBuilt() const {
  checkNotExecuted();
  INFERF_USER_CHECK(stage_ == Stage::kBinding, INFERF_ERROR_INVALID_ARGUMENT, "The query has been built already.");
}

void QueryRun::checkIsTable(int32_t table) const {
  INFERF_USER_CHECK(table >= 0 && table < plan_->fragment().tables_size(), INFERF_ERROR_INVALID_ARGUMENT,
                    "There is no such table. Expected: less than ", plan_->fragment().tables_size(), ", actual: ", table);
}

void QueryRun::keyTable(int32_t table, const uint8_t* key, int64_t size) {
  checkNotBuilt();
  checkIsTable(table);
  INFERF_USER_CHECK(size >= 1 && size <= kMaxTableKeyBytes, INFERF_ERROR_INVALID_ARGUMENT, "key_size is out of range. Expected: 1 to ",
                    kMaxTableKeyBytes, ", actual: ", size);
  std::string& bound = tableKeys_[static_cast<size_t>(table)];
  INFERF_USER_CHECK(bound.empty(), INFERF_ERROR_INVALID_ARGUMENT, "A table has a key already: ", table, " '",
                    plan_->fragment().tables(table).name(), "'");
  bound.assign(reinterpret_cast<const char*>(key), static_cast<size_t>(size));
}

void QueryRun::bindTable(int32_t table, ArrowHandle<ArrowArrayStream> stream) {
  checkNotBuilt();
  checkIsTable(table);
  const proto::Table& description = plan_->fragment().tables(table);
  std::unique_ptr<BatchReader>& bound = tables_[static_cast<size_t>(table)];
  std::vector<std::string> columns(description.columns().begin(), description.columns().end());
  std::string name = description.name();
  // Everything that may throw on this side of the move has been done: from here on the reader owns the stream.
  const ArrowArrayStream moved = std::exchange(*stream.get(), ArrowArrayStream{});
  if (bound != nullptr) {
    bound->addPart(moved);
    return;
  }
  bound = std::make_unique<BatchReader>(moved, std::move(name), std::move(columns), pool_);
}

void QueryRun::bindTensor(int32_t tensor, ArrowHandle<ArrowSchema> schema, ArrowHandle<ArrowArray> array) {
  checkNotExecuted();
  INFERF_USER_CHECK(tensor >= 0 && tensor < plan_->fragment().tensors_size(), INFERF_ERROR_INVALID_ARGUMENT,
                    "There is no such tensor. Expected: less than ", plan_->fragment().tensors_size(), ", actual: ", tensor);
  const proto::Tensor& description = plan_->fragment().tensors(tensor);
  std::optional<Column>& bound = tensors_[static_cast<size_t>(tensor)];
  INFERF_USER_CHECK(!bound.has_value(), INFERF_ERROR_INVALID_ARGUMENT, "A tensor is bound already: ", tensor, " '", description.name(),
                    "'");
  Column column = importTensor(std::exchange(*schema.get(), ArrowSchema{}), std::exchange(*array.get(), ArrowArray{}),
                               description.name(), pool_);
  INFERF_USER_CHECK(hasElementType(column, description.type()), INFERF_ERROR_TYPE_MISMATCH, "A tensor has the wrong type: '",
                    description.name(), "'. Expected: ", proto::ElementType_Name(description.type()), ", actual format: '",
                    column.type.format, "'");
  const int64_t expected = int64_t{description.rows()} * description.columns();
  INFERF_USER_CHECK(column.length == expected, INFERF_ERROR_INVALID_DATA, "A tensor has the wrong length: '", description.name(),
                    "'. Expected: ", description.rows(), " x ", description.columns(), " = ", expected, " elements, actual: ",
                    column.length);
  bound = std::move(column);
}

void QueryRun::checkTablesBound() const {
  for (size_t i = 0; i < tables_.size(); ++i) {
    INFERF_USER_CHECK(tables_[i] != nullptr, INFERF_ERROR_INVALID_ARGUMENT, "A table is not bound: ", i, " '",
                      plan_->fragment().tables(static_cast<int>(i)).name(), "'");
  }
}

void QueryRun::checkTensorsBound() const {
  for (size_t i = 0; i < tensors_.size(); ++i) {
    INFERF_USER_CHECK(tensors_[i].has_value(), INFERF_ERROR_INVALID_ARGUMENT, "A tensor is not bound: ", i, " '",
                      plan_->fragment().tensors(static_cast<int>(i)).name(), "'");
  }
}

void QueryRun::adopt(const std::shared_ptr<Task>& created) {
  const bool anyKey = std::any_of(tableKeys_.begin(), tableKeys_.end(), [](const std::string& key) { return !key.empty(); });
  if (anyKey && cache_->limit() > 0) {
    created->useCache(cache_, tableKeys_);
  }
  const std::lock_guard lock(mutex_);
  task_ = created;
  if (cancelled_) {
    created->cancel();
  }
}

std::vector<Column> QueryRun::takeTensors() {
  std::vector<Column> tensors;
  for (std::optional<Column>& tensor : tensors_) {
    tensors.push_back(std::move(*tensor));
  }
  tensors_.clear();
  return tensors;
}

void QueryRun::build() {
  checkNotBuilt();
  checkTablesBound();
  stage_ = Stage::kExecuted;  // until it has succeeded
  try {
    const std::shared_ptr<Task> created = Task::createRelations(plan_, std::exchange(tables_, {}), pool_, arena_);
    adopt(created);
    observations_ = created->build();
    stage_ = Stage::kBuilt;
  } catch (...) {
    recordFailure();
    throw;
  }
}

std::vector<inferf_observation> QueryRun::observations() const {
  INFERF_USER_CHECK(observations_.has_value(), INFERF_ERROR_INVALID_ARGUMENT, "Observations can be read only after the query has been built.");
  return *observations_;
}

void QueryRun::replan(std::shared_ptr<const Plan> plan) {
  checkNotExecuted();
  INFERF_USER_CHECK(stage_ == Stage::kBuilt, INFERF_ERROR_INVALID_ARGUMENT, "The plan can be replaced only after the query has been built.");
  checkSameRelations(*plan_, *plan);
  std::vector<std::optional<Column>> tensors(static_cast<size_t>(plan->fragment().tensors_size()));
  plan_ = std::move(plan);
  tensors_ = std::move(tensors);
}

void QueryRun::execute() {
  checkNotExecuted();
  if (stage_ == Stage::kBinding) {
    checkTablesBound();
  }
  checkTensorsBound();
  const bool isBuilt = std::exchange(stage_, Stage::kExecuted) == Stage::kBuilt;
  try {
    if (isBuilt) {
      task()->bindModel(plan_, takeTensors());
    } else {
      TaskInputs inputs;
      inputs.tables = std::exchange(tables_, {});
      inputs.tensors = takeTensors();
      adopt(Task::create(plan_, std::move(inputs), pool_, arena_));
    }
    task()->start();
  } catch (...) {
    recordFailure();
    finish();  // lets go of what has been built
    throw;
  }
}

std::shared_ptr<Task> QueryRun::task() const noexcept {
  const std::lock_guard lock(mutex_);
  return task_;
}

std::shared_ptr<Task> QueryRun::startedTask() const {
  std::shared_ptr<Task> started = task();
  INFERF_CHECK(started != nullptr);
  return started;
}

void QueryRun::recordFailure() noexcept {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  if (failure_.code == INFERF_OK) {
    describeCurrentException(&failure_);
  }
}

void QueryRun::resultSchema(ArrowSchema* out) {
  try {
    exportSchema(startedTask()->outputSchema(), out);
  } catch (...) {
    recordFailure();
    throw;
  }
}

bool QueryRun::nextResult(ArrowArray* out) {
  if (const inferf_error earlier = failure(); earlier.code != INFERF_OK) {
    throw EngineError(earlier.code, static_cast<ErrorKind>(earlier.kind), earlier.message);
  }
  if (drained_) {
    return false;  // also if the run has been cancelled since: its rows are complete
  }
  try {
    const bool found = startedTask()->next(out);
    if (!found) {
      drained_ = true;
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    return found;
  } catch (...) {
    recordFailure();
    throw;
  }
}

void QueryRun::cancel() noexcept {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (task_ != nullptr) {
    task_->cancel();
  }
}

void QueryRun::finish() noexcept {
  if (const std::shared_ptr<Task> running = task(); running != nullptr) {
    running->finish();
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
}

inferf_error QueryRun::failure() const noexcept {
  const std::lock_guard lock(mutex_);
  return failure_;
}

inferf_progress QueryRun::progress() const {
  const std::shared_ptr<Task> running = task();
  return running == nullptr ? inferf_progress{} : running->progress();
}

std::vector<inferf_counter> QueryRun::counters() const {
  const std::shared_ptr<Task> run = task();
  bool ended = false;
  {
    const std::lock_guard lock(mutex_);
    ended = ended_;
  }
  INFERF_USER_CHECK(run != nullptr && (ended || run->progress().phase == kPhaseFinished), INFERF_ERROR_INVALID_ARGUMENT,
                    "Counters can be read only after the run has ended.");
  return run->counters();
}

}  // namespace inferf
