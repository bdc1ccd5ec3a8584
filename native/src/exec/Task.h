#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/MemoryPool.h"
#include "base/ThreadArena.h"
#include "column/ArrowBridge.h"
#include "column/Column.h"
#include "exec/BuildCache.h"
#include "inferf/arrow_c.h"
#include "inferf/inferf.h"
#include "plan/Plan.h"

namespace inferf {

/// What a run reads besides its plan.
struct TaskInputs {
  std::vector<std::unique_ptr<BatchReader>> tables;  // by table
  std::vector<Column> tensors;                       // by tensor
};

/// One run of a plan: a driver thread that executes the build pipelines and then, with the arena's number of threads, the root pipeline, whose
/// batches next() hands out in the order in which the streamed table's rows were taken: its own if it has one part. See Lifecycle.md for who keeps whom alive.
///
/// A run may be made in two steps: build() executes the joins of the build sides, without values and on the caller's thread; bindModel() then says what
/// is computed over them, by the same plan or another one.
///
/// One reader thread calls build(), bindModel(), start(), outputSchema() and next(); finish(), cancel(), progress() and counters() may be called by any
/// thread.
class Task {
 public:
  /// Compiles the plan for the types of its inputs. Throws TYPE_MISMATCH, UNSUPPORTED, INVALID_PLAN or MEMORY_LIMIT.
  static std::shared_ptr<Task> create(std::shared_ptr<const Plan> plan, TaskInputs inputs, std::shared_ptr<MemoryPool> pool,
                                      std::shared_ptr<ThreadArena> arena);

  /// The same without the model: joins and filters only. build() and bindModel() must follow before start().
  static std::shared_ptr<Task> createRelations(std::shared_ptr<const Plan> plan, std::vector<std::unique_ptr<BatchReader>> tables,
                                               std::shared_ptr<MemoryPool> pool, std::shared_ptr<ThreadArena> arena);

  /// Finishes the run.
  ~Task();
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  /// Shares build sides with other runs (TaskRun::useCache). Before build() and start().
  void useCache(std::shared_ptr<BuildCache> cache, std::vector<std::string> tableKeys);

  /// Builds the relations of the build sides and probes a sample of the streamed table; blocks. Returns an entry per relational node. After a
  /// failure, which it throws, the run is over and holds nothing any more.
  std::vector<inferf_observation> build();

  /// Compiles values and outputs of `plan`, which has the tables and relational nodes of the one the task was made of.
  void bindModel(std::shared_ptr<const Plan> plan, std::vector<Column> tensors);

  /// Starts the driver thread; returns at once. Call once.
  void start();

  /// The output columns, as empty vectors. Blocks until list lengths that only data tells are known. Throws the run's failure.
  const std::vector<OutputVector>& outputSchema() const;

  /// Moves the next record batch to `out`, which the caller releases. Blocks. False at the end. Throws the run's first failure, again on every
  /// call.
  bool next(ArrowArray* out);

  /// Asks the run to stop: next() fails with CANCELLED from now on.
  void cancel() noexcept;

  /// Cancels the run unless it has ended, waits for its threads, and releases all it holds: bound streams, tables, batches not read. Any thread.
  /// On a thread of the run itself (a producer's callback) it cannot wait: the run then ends and releases on its own.
  void finish() noexcept;

  inferf_progress progress() const;
  std::vector<inferf_counter> counters() const;

 private:
  struct State;
  explicit Task(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // shared with the driver thread
};

}  // namespace inferf
