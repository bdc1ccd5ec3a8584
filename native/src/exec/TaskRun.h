#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/Cancellation.h"
#include "column/ArrowBridge.h"
#include "exec/CachedBuilds.h"
#include "exec/ClusteredInput.h"
#include "exec/EntityUses.h"
#include "exec/InputTypes.h"
#include "exec/LazyValues.h"
#include "exec/NullCheck.h"
#include "exec/OutputAssembler.h"
#include "exec/PartitionedProbe.h"
#include "exec/PipelineWorker.h"
#include "exec/ResultQueue.h"
#include "exec/RunCounters.h"
#include "exec/StreamInput.h"
#include "exec/TableLoader.h"
#include "exec/Task.h"

namespace inferf {

/// The exception being handled, as an EngineError.
std::exception_ptr currentEngineError() noexcept;

/// How far a run is. Written by its threads, read by any.
struct RunProgress {
  std::atomic<int64_t> numSourceRows{0};
  std::atomic<int64_t> numOutputRows{0};
  std::atomic<int64_t> numSpilledBytes{0};
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
    explicit Shared(std::shared_ptr<const Plan> plan) : counters(std::move(plan)) {}
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

  /// Compiles the joins and filters for the types of the tables.
  TaskRun(std::shared_ptr<const Plan> plan, std::vector<std::unique_ptr<BatchReader>> tables, std::shared_ptr<MemoryPool> pool,
          Shared& shared);
  ~TaskRun();

  /// Shares build sides with other runs: `tableKeys` name the contents of tables, by table, empty if nothing is known. Before build() and run().
  void useCache(std::shared_ptr<BuildCache> cache, std::vector<std::string> tableKeys);

  /// Compiles values and outputs. `plan` is the plan the run was made of, or after build() another one with the same tables and relational nodes.
  void bindModel(std::shared_ptr<const Plan> plan, std::vector<Column> tensors);

  /// Builds the relations of all build sides so that any plan can go on with them, and probes a sample, inside the calling thread's TBB arena. Returns
  /// what was found, an entry per node; none if a table exceeds the memory limit and is on disk now, so that its relation is built part by part later.
  std::vector<inferf_observation> build();

  /// Executes what is left of the plan inside the calling thread's TBB arena, on up to `numThreads` threads. Throws the first failure.
  void run(int32_t numThreads);

 private:
  class RootSink;

  void compileRelations();
  void replan(std::shared_ptr<const Plan> plan);
  void restoreCached(bool isObserving);
  void readTables();
  TableLoader makeLoader();
  /// Moves tables to disk that were read for another plan, if this plan's values need the room.
  void makeRoomForValues();
  /// Forgets all relations: they will be built again.
  void discardRelations();
  /// Builds the relations, and computes the values, of the build sides that are in memory.
  void buildInMemory();
  /// Joins the streamed table part by part with the tables on disk.
  void runPartitioned(int32_t numThreads);
  bool isSpilled(uint32_t table) const;
  void countSpilledBytes();
  /// Builds the relation of a build pipeline. `observations` has an entry per node, or is nullptr.
  void buildRelation(size_t pipeline, const RunEnvironment& environment, const EntityUses* uses,
                     std::vector<inferf_observation>* observations);
  std::vector<inferf_observation> noObservations() const;
  /// True if values that are computed later are computed for the rows of `node`.
  bool isLazyHome(uint32_t node) const;
  /// Frees the row sets that a finished build pipeline has probed: their ids have been composed into its own.
  void releaseProbedRows(const Pipeline& pipeline);
  /// Frees ids of the root pipeline's build sides that nothing reads any more.
  void keepReadRows();
  /// Works on what `source` yields until there is nothing left or the run has failed, on up to `numThreads` threads.
  void runRoot(int32_t numThreads, const StreamInput::Source& source);
  void workOnTokens(const StreamInput::Source& source);
  void workOnSlices(ClusteredInput& input);
  std::optional<StreamInput::Token> takeToken(StreamInput::Place& place);
  void publishSchema();

  std::shared_ptr<MemoryPool> pool_;  // first: outlives all that follows
  std::shared_ptr<const Plan> plan_;
  Shared& shared_;
  std::vector<std::unique_ptr<BatchReader>> readers_;  // but that of the streamed table
  QueryState state_;
  std::optional<StreamInput> input_;
  std::optional<InputTypes> types_;
  std::vector<CompiledPipeline> pipelines_;
  std::vector<std::unique_ptr<SpilledTable>> spilled_;
  bool isLoaded_ = false;  // the tables have been read
  std::optional<CachedBuilds> cached_;
  std::shared_ptr<const TensorSet> tensors_;
  bool isBuilt_ = false;
  bool schemaPublished_ = false;

  // Since bindModel().
  std::optional<NullCheck> nullCheck_;
  std::optional<OutputAssembler> assembler_;
  std::optional<EntityUses> uses_;
  std::optional<LazyValues> lazyValues_;
  std::optional<RunEnvironment> environment_;
};

}  // namespace inferf
