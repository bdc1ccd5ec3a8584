#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/MemoryPool.h"
#include "base/ThreadArena.h"
#include "column/ArrowBridge.h"
#include "column/ArrowHandle.h"
#include "exec/Task.h"
#include "inferf/inferf.h"
#include "plan/Plan.h"

namespace inferf {

/// A query from its plan to the end of its run; shared by the query handle and the result stream.
///
/// Binding and executing are for one thread at a time; reading results for one thread at a time, which may be another one; the rest
/// for any thread.
class QueryRun {
 public:
  QueryRun(std::shared_ptr<const Plan> plan, std::shared_ptr<MemoryPool> pool, std::shared_ptr<ThreadArena> arena,
           std::shared_ptr<BuildCache> cache);
  ~QueryRun();
  QueryRun(const QueryRun&) = delete;
  QueryRun& operator=(const QueryRun&) = delete;

  /// Binds a stream of a table; the first one, or one with further rows. Throws INVALID_ARGUMENT or what reading the schema throws.
  void bindTable(int32_t table, ArrowHandle<ArrowArrayStream> stream);
  /// Names the contents of a table. Throws INVALID_ARGUMENT.
  void keyTable(int32_t table, const uint8_t* key, int64_t size);
  /// Binds a tensor. Throws INVALID_ARGUMENT, INVALID_DATA or TYPE_MISMATCH.
  void bindTensor(int32_t tensor, ArrowHandle<ArrowSchema> schema, ArrowHandle<ArrowArray> array);

  /// Builds the relations of the build sides and probes a sample; blocks. Throws INVALID_ARGUMENT if a table is not bound (and may then be called
  /// again), or the failure of the run (and may then not).
  void build();
  /// What build() found, by node. Throws INVALID_ARGUMENT before it.
  std::vector<inferf_observation> observations() const;
  /// Goes on with another plan after build(), and drops the tensors. Throws INVALID_ARGUMENT or INVALID_PLAN, and then changes nothing.
  void replan(std::shared_ptr<const Plan> plan);

  /// Starts the run, or what build() has left of it. Throws INVALID_ARGUMENT if something is not bound (and may then be called again), or what creating the task
  /// throws (and may then not).
  void execute();

  /// Describes the result batches.
  void resultSchema(ArrowSchema* out);
  /// The next result batch; false at the end. The first failure is recorded, and thrown again by every later call.
  bool nextResult(ArrowArray* out);

  void cancel() noexcept;
  /// Cancels the run if it is under way and waits until its workers are done.
  void finish() noexcept;

  /// The first failure of the run; code INFERF_OK if there is none.
  inferf_error failure() const noexcept;
  inferf_progress progress() const;
  /// Throws INVALID_ARGUMENT unless the run has ended.
  std::vector<inferf_counter> counters() const;

 private:
  std::shared_ptr<Task> task() const noexcept;
  std::shared_ptr<Task> startedTask() const;
  /// Where the query is on its way; failures lead to kExecuted, too.
  enum class Stage : uint8_t { kBinding, kBuilt, kExecuted };

  void checkIsTable(int32_t table) const;
  /// Throws INVALID_ARGUMENT if the run has been started.
  void checkNotExecuted() const;
  /// Throws INVALID_ARGUMENT if it has been started or built.
  void checkNotBuilt() const;
  void checkTablesBound() const;
  void checkTensorsBound() const;
  /// Lets a new task use the cache, and makes it the one that cancel() and progress() refer to.
  void adopt(const std::shared_ptr<Task>& created);
  std::vector<Column> takeTensors();
  /// Records the exception being handled as the run's failure unless there is one already.
  void recordFailure() noexcept;

  std::shared_ptr<const Plan> plan_;
  const std::shared_ptr<MemoryPool> pool_;
  const std::shared_ptr<ThreadArena> arena_;
  const std::shared_ptr<BuildCache> cache_;
  std::vector<std::string> tableKeys_;  // by table; empty: none
  std::vector<std::unique_ptr<BatchReader>> tables_;
  std::vector<std::optional<Column>> tensors_;
  std::optional<std::vector<inferf_observation>> observations_;
  Stage stage_ = Stage::kBinding;
  bool drained_ = false;  // the reader has seen the end

  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<Task> task_;
  bool cancelled_ = false;
  bool ended_ = false;
  inferf_error failure_{};
};

}  // namespace inferf
