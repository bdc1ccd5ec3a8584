#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/Cancellation.h"
#include "exec/JoinProbe.h"
#include "exec/Morsel.h"
#include "exec/NodeProgram.h"
#include "exec/NullCheck.h"
#include "exec/Pipeline.h"
#include "exec/RunCounters.h"
#include "exec/ScalarProgram.h"

namespace inferf {

/// A pipeline with what its levels execute. Immutable while it runs; shared by its workers.
struct CompiledPipeline {
  struct Level {
    std::unique_ptr<NodeProgram> program;    // levels that store values
    std::optional<ScalarProgram> predicate;  // filters
  };

  Pipeline layout;
  std::vector<Level> levels;
};

/// What all pipelines of a run share.
struct RunEnvironment {
  const Plan& plan;
  const std::shared_ptr<MemoryPool>& pool;
  const CancellationToken& cancellation;
  NullCheck& nullCheck;
  RunCounters& counters;
  bool predicatesReadValues;  // then values are computed even while NULLs are only counted
};

/// Takes what comes out at the top of a pipeline. One per worker.
class MorselSink {
 public:
  virtual ~MorselSink() = default;

  /// The rows of a morsel of the top level, valid during the call. `levelBases` are, by level, the rows this worker stored values for since
  /// the sink last took them all, without those of the morsel at hand.
  virtual void consume(const Morsel& morsel, const std::vector<int64_t>& levelBases) = 0;

  /// True if the values a level stores must outlive its morsel.
  virtual bool keepsValues() const { return false; }

  /// Takes the values that a level above the scan stored for one of its morsels, of which the first `numRows` rows are filled.
  virtual void keepValues(size_t /*level*/, std::vector<StoredValue> /*stored*/, int64_t /*numRows*/) {}
};

/// Moves morsels of the driver table up through the levels of a pipeline. One per thread; buffers are reused between morsels.
class PipelineWorker {
 public:
  /// `scanValues`: where the scan's values of all rows of the driver table go (build pipelines), or nullptr to keep them per morsel.
  PipelineWorker(const CompiledPipeline& pipeline, const QueryState& state, const RunEnvironment& environment, MorselSink& sink,
                 std::vector<StoredValue>* scanValues);
  /// Adds what the worker did to the run's counters.
  ~PipelineWorker();
  PipelineWorker(const PipelineWorker&) = delete;
  PipelineWorker& operator=(const PipelineWorker&) = delete;

  /// Processes a slice of the driver table that begins at row `begin` of it.
  void process(const Batch& batch, int64_t begin);

 private:
  struct LevelState {
    std::vector<StoredValue> stored;  // reused, or handed to the sink
    ScalarWorkspace scalars;
    PoolArray<int32_t> selection;
    std::optional<JoinProbe> probe;
    NodeCost cost;
    std::vector<ValueCost> valueCosts;
  };

  /// Does what happens with rows that have arrived at a level (morsels_[level]): checks, programs, and the levels above.
  void arrive(size_t level);
  void runProgram(size_t level);
  void filter(size_t level);
  void join(size_t level);

  const CompiledPipeline& pipeline_;
  const RunEnvironment& environment_;
  MorselSink& sink_;
  std::vector<StoredValue>* scanValues_;
  int64_t scanBegin_ = 0;
  NodeWorkspace workspace_;
  std::vector<LevelValues> levelValues_;
  std::vector<LevelState> levels_;
  std::vector<int64_t> levelBases_;
  std::vector<std::unique_ptr<Morsel>> morsels_;
};

}  // namespace inferf
