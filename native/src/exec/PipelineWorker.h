#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "exec/JoinProbe.h"
#include "exec/LazyValues.h"
#include "exec/Morsel.h"
#include "exec/NodeProgram.h"
#include "exec/NullCheck.h"
#include "exec/Pipeline.h"
#include "exec/RunCounters.h"
#include "exec/RunEnvironment.h"
#include "exec/ScalarProgram.h"
#include "exec/TupleMemo.h"

namespace inferf {

/// A pipeline with what its levels execute. Immutable while it runs; shared by its workers.
struct CompiledPipeline {
  struct Level {
    std::unique_ptr<NodeProgram> program;    // levels that store values
    std::unique_ptr<const TuplePrograms> tuples;  // the same in two parts, if tuples may save work
    std::optional<ScalarProgram> predicate;  // filters
    // Lazy nodes whose values are read, by either.
    std::vector<uint32_t> programReads;
    std::vector<uint32_t> predicateReads;
  };

  Pipeline layout;
  std::vector<Level> levels;
  std::vector<uint32_t> outputReads;  // of the root pipeline: lazy nodes that output columns read
};

/// Takes what comes out at the top of a pipeline. One per worker.
class MorselSink {
 public:
  virtual ~MorselSink() = default;

  /// The rows of a morsel of the top level, valid during the call. `levelBases` are, by level, the rows that keepRows() has been given since
  /// the worker began with the slice at hand, without those of the morsel at hand.
  virtual void consume(const Morsel& morsel, const std::vector<int64_t>& levelBases) = 0;

  /// The same for the rows of a level below the top that keeps them (PipelineLevel::keepsRows), before they move up.
  virtual void keepRows(size_t /*level*/, const Morsel& /*morsel*/, const std::vector<int64_t>& /*levelBases*/) {}
};

/// Moves morsels of the driver table up through the levels of a pipeline. One per thread; buffers are reused between morsels.
class PipelineWorker {
 public:
  /// `runsPrograms`: compute the values of each level for the morsel at hand.
  PipelineWorker(const CompiledPipeline& pipeline, const QueryState& state, const RunEnvironment& environment, MorselSink& sink,
                 bool runsPrograms);
  /// Adds what the worker did to the run's counters.
  ~PipelineWorker();
  PipelineWorker(const PipelineWorker&) = delete;
  PipelineWorker& operator=(const PipelineWorker&) = delete;

  /// Processes a slice of the driver table.
  void process(const Batch& batch);
  /// The same for rows `rows[0, numRows)` of it.
  void process(const Batch& batch, const int32_t* rows, int64_t numRows);

 private:
  struct LevelState {
    std::vector<StoredValue> stored;  // reused
    ScalarWorkspace scalars;
    PoolArray<int32_t> selection;
    std::optional<JoinProbe> probe;
    NodeCost cost;
    std::vector<ValueCost> valueCosts;
    std::optional<TupleMemo> tuples;
  };

  /// Does what happens with rows that have arrived at a level (morsels_[level]): checks, programs, and the levels above.
  void arrive(size_t level);
  void runProgram(size_t level);
  void filter(size_t level);
  void join(size_t level);

  const CompiledPipeline& pipeline_;
  const RunEnvironment& environment_;
  MorselSink& sink_;
  const bool runsPrograms_;
  LazyReader lazyReader_;
  NodeWorkspace workspace_;
  std::vector<LevelValues> levelValues_;
  std::vector<LevelState> levels_;
  std::vector<int64_t> levelBases_;
  std::vector<std::unique_ptr<Morsel>> morsels_;
};

}  // namespace inferf
