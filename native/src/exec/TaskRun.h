#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/Cancellation.h"
#include "column/ArrowBridge.h"
#include "exec/InputTypes.h"
#include "exec/NullCheck.h"
#include "exec/OutputAssembler.h"
#include "exec/PipelineWorker.h"
#include "exec/ResultQueue.h"
#include "exec/RunCounters.h"
#include "exec/Task.h"

namespace inferf {

/// The exception being handled, as an EngineError.
std::exception_ptr currentEngineError() noexcept;

/// How far a run is. Written by its threads, read by any.
struct RunProgress {
  std::atomic<int64_t> numSourceRows{0};
  std::atomic<int64_t> numOutputRows{0};
  std::atomic<int32_t> phase{0};
};

/// The result schema of a run, once it is known.
class SchemaPromise {
 public:
  void set(std::vector<OutputVector> schema);
  /// Wakes waiters: there will be no schema unless it was set before.
  void abandon();
  /// Waits. nullptr: abandoned.
  const std::vector<OutputVector>* get() const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable settled_;
  std::optional<std::vector<OutputVector>> schema_;
  bool isAbandoned_ = false;
};

/// Everything that exists only while a run is under way: readers, tables, built relations, compiled pipelines. Made by Task::create(), used and
/// destroyed by the driver thread.
class TaskRun {
 public:
  /// What outlives the run: results, progress, counters.
  struct Shared {
    Shared(const Plan& plan) : counters(plan) {}
    CancellationToken cancellation;
    ResultQueue queue;
    SchemaPromise schema;
    RunProgress progress;
    RunCounters counters;
  };

  /// Marks the calling thread as one that works for a run, so that a producer's callback that lets go of the very run it feeds is not waited
  /// for by itself.
  class WorkMark {
   public:
    explicit WorkMark(const Shared& shared);
    ~WorkMark();
    WorkMark(const WorkMark&) = delete;
    WorkMark& operator=(const WorkMark&) = delete;

   private:
    const Shared* const previous_;
  };
  /// True on a thread that works for the run `shared` belongs to.
  static bool isWorkingFor(const Shared& shared);

  TaskRun(std::shared_ptr<const Plan> plan, TaskInputs inputs, std::shared_ptr<MemoryPool> pool, Shared& shared);
  ~TaskRun();

  /// Executes the plan inside the calling thread's TBB arena, on up to `numThreads` threads. Throws the first failure.
  void run(int32_t numThreads);

 private:
  /// Consecutive rows of the streamed table that one worker processes at a time.
  struct Token {
    int64_t number = 0;
    std::vector<Batch> batches;
  };
  class RootSink;

  void compile(TableTypes types, std::vector<Column> tensors);
  void readTables();
  void runRoot(int32_t numThreads);
  /// Works on tokens until there are none left or the run has failed.
  void workOnTokens();
  /// Takes the next token under the input lock; nothing at the end of the stream.
  std::optional<Token> takeToken();
  void publishSchema();

  std::shared_ptr<MemoryPool> pool_;  // first: outlives all that follows
  std::shared_ptr<const Plan> plan_;
  Shared& shared_;
  std::vector<std::unique_ptr<BatchReader>> readers_;
  QueryState state_;
  std::optional<InputTypes> types_;
  std::optional<NullCheck> nullCheck_;
  std::optional<OutputAssembler> assembler_;
  std::vector<CompiledPipeline> pipelines_;
  std::optional<RunEnvironment> environment_;

  std::mutex inputMutex_;
  int64_t nextToken_ = 0;
  bool inputEnded_ = false;
  bool schemaPublished_ = false;
  Batch largeBatch_;            // being cut into tokens
  int64_t largeBatchBegin_ = 0;
};

}  // namespace inferf
