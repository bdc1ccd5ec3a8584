#include "exec/Task.h"

#include <tbb/task_arena.h>

#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/Error.h"
#include "exec/TaskRun.h"

namespace inferf {

struct Task::State {
  State(std::shared_ptr<const Plan> boundPlan, std::shared_ptr<MemoryPool> boundPool, std::shared_ptr<ThreadArena> boundThreads)
      : pool(std::move(boundPool)), threads(std::move(boundThreads)), shared(std::move(boundPlan)) {}

  void drive() noexcept;
  /// Calls `body` in an arena of the run's own: the calling thread always has a slot in it, so a run whose reader has stopped reading, and whose
  /// workers therefore wait, cannot keep another run from advancing.
  template <typename Body>
  void work(const Body& body) {
    const TaskRun::WorkMark mark(shared);
    tbb::task_arena arena(threads->numThreads(), 1);
    arena.execute(body);
  }
  /// Lets go of the run and tells the reader how it ended.
  void end(std::exception_ptr failure) noexcept;

  std::shared_ptr<MemoryPool> pool;  // first: outlives all that follows
  std::shared_ptr<ThreadArena> threads;
  TaskRun::Shared shared;
  std::unique_ptr<TaskRun> run;  // until the driver thread is done with it
  std::mutex finishMutex;  // guards what follows: the query and its result stream may be let go of at the same time
  bool isStarted = false;
  std::thread driver;
};

std::shared_ptr<Task> Task::create(std::shared_ptr<const Plan> plan, TaskInputs inputs, std::shared_ptr<MemoryPool> pool,
                                   std::shared_ptr<ThreadArena> arena) {
  std::shared_ptr<Task> task = createRelations(plan, std::move(inputs.tables), std::move(pool), std::move(arena));
  task->bindModel(std::move(plan), std::move(inputs.tensors));
  return task;
}

std::shared_ptr<Task> Task::createRelations(std::shared_ptr<const Plan> plan, std::vector<std::unique_ptr<BatchReader>> tables,
                                            std::shared_ptr<MemoryPool> pool, std::shared_ptr<ThreadArena> arena) {
  auto state = std::make_shared<State>(plan, std::move(pool), std::move(arena));
  state->run = std::make_unique<TaskRun>(std::move(plan), std::move(tables), state->pool, state->shared);
  return std::shared_ptr<Task>(new Task(std::move(state)));
}

Task::Task(std::shared_ptr<State> state) : state_(std::move(state)) {}

Task::~Task() { finish(); }

void Task::useCache(std::shared_ptr<BuildCache> cache, std::vector<std::string> tableKeys) {
  INFERF_CHECK(!state_->isStarted && state_->run != nullptr);
  state_->run->useCache(std::move(cache), std::move(tableKeys));
}

std::vector<inferf_observation> Task::build() {
  INFERF_CHECK(!state_->isStarted && state_->run != nullptr);
  std::vector<inferf_observation> observations;
  try {
    state_->work([&] { observations = state_->run->build(); });
  } catch (...) {
    const std::exception_ptr failure = currentEngineError();
    state_->end(failure);
    std::rethrow_exception(failure);
  }
  return observations;
}

void Task::bindModel(std::shared_ptr<const Plan> plan, std::vector<Column> tensors) {
  INFERF_CHECK(!state_->isStarted && state_->run != nullptr);
  state_->shared.counters.setPlan(plan);
  state_->run->bindModel(std::move(plan), std::move(tensors));
}

void Task::start() {
  const std::lock_guard lock(state_->finishMutex);
  INFERF_CHECK(!state_->isStarted && state_->run != nullptr);
  try {
    state_->driver = std::thread([state = state_] { state->drive(); });
    state_->isStarted = true;
  } catch (const std::system_error& error) {
    throwUser(INFERF_ERROR_MEMORY_LIMIT, "The system starts no more threads: ", error.what());
  }
}

void Task::State::drive() noexcept {
  const TaskRun::WorkMark mark(shared);
  std::exception_ptr failure;
  try {
    work([this] { run->run(threads->numThreads()); });
  } catch (...) {
    failure = currentEngineError();
  }
  end(std::move(failure));
}

void Task::State::end(std::exception_ptr failure) noexcept {
  run.reset();  // bound streams are released here, on the driver's thread, before the reader hears of the end
  shared.progress.phase.store(3, std::memory_order_relaxed);
  if (failure != nullptr) {
    shared.queue.fail(std::move(failure));
  } else {
    shared.queue.close();
  }
  shared.schema.abandon();
}

const std::vector<OutputVector>& Task::outputSchema() const {
  const std::vector<OutputVector>* schema = state_->shared.schema.get();
  if (schema == nullptr) {
    if (const std::exception_ptr failure = state_->shared.queue.failure()) {
      std::rethrow_exception(failure);
    }
    INFERF_CHECK(schema != nullptr);
  }
  return *schema;
}

bool Task::next(ArrowArray* out) { return state_->shared.queue.pop(out); }

void Task::cancel() noexcept {
  state_->shared.cancellation.cancel();
  try {
    state_->shared.queue.fail(
        std::make_exception_ptr(EngineError(INFERF_ERROR_CANCELLED, ErrorKind::kUser, "The query was cancelled.")));
    state_->shared.schema.abandon();
  } catch (...) {
    // Only memory for the message can be lacking; the token alone stops the run.
  }
}

void Task::finish() noexcept {
  if (TaskRun::isWorkingFor(state_->shared)) {
    cancel();
    // Whoever holds the lock is waiting for this thread already.
    if (const std::unique_lock lock(state_->finishMutex, std::try_to_lock); lock.owns_lock() && state_->driver.joinable()) {
      state_->driver.detach();  // it shares the state, and destroys it at its end
    }
    return;
  }
  const std::lock_guard lock(state_->finishMutex);
  if (state_->driver.joinable()) {
    cancel();
    state_->driver.join();
  } else if (!state_->isStarted) {
    cancel();
    state_->run.reset();
  }
}

inferf_progress Task::progress() const {
  const RunProgress& progress = state_->shared.progress;
  return {progress.numSourceRows.load(std::memory_order_relaxed), progress.numOutputRows.load(std::memory_order_relaxed),
          progress.phase.load(std::memory_order_relaxed), 0, progress.numSpilledBytes.load(std::memory_order_relaxed)};
}

std::vector<inferf_counter> Task::counters() const { return state_->shared.counters.read(); }

}  // namespace inferf
