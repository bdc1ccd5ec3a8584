#pragma once

#include <memory>
#include <vector>

#include "base/MemoryPool.h"
#include "base/ThreadArena.h"
#include "column/ArrowBridge.h"
#include "inferf/inferf.h"
#include "plan/Plan.h"

namespace inferf {

/// Everything a run needs besides its plan.
struct TaskInputs {
  std::vector<std::unique_ptr<BatchReader>> tables;  // by table index
  std::vector<Column> tensors;                       // by tensor index
};

/// One run of a plan. Created by execute, shared by the query handle and its result stream.
class Task {
 public:
  /// Validates types against the plan: throws TYPE_MISMATCH or UNSUPPORTED.
  static std::shared_ptr<Task> create(std::shared_ptr<const Plan> plan, TaskInputs inputs, std::shared_ptr<MemoryPool> pool,
                                      std::shared_ptr<ThreadArena> arena);

  /// Starts the driver thread; returns at once.
  void start();
  /// Empty vectors with types and names, for exportSchema.
  const std::vector<OutputVector>& outputSchema() const;
  /// Blocks until the next batch is there; false at the end. Throws the run's first failure (EngineError).
  bool next(ArrowArray* out);
  /// Asks the run to stop. Any thread.
  void cancel() noexcept;
  /// Cancels the run if it is under way, waits for its workers, releases the bound streams.
  void finish() noexcept;
  inferf_progress progress() const;
  /// After the end of the run.
  std::vector<inferf_counter> counters() const;
};

}  // namespace inferf
