#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exec/BuildCache.h"
#include "exec/CachedBuild.h"
#include "exec/InputTypes.h"
#include "exec/NodeProgram.h"
#include "exec/PipelineWorker.h"
#include "exec/QueryState.h"
#include "exec/RunCounters.h"
#include "inferf/inferf.h"

namespace inferf {

/// What one run takes from the engine's cache of build sides, and what it adds to it. Used by the run's driver thread.
///
/// What the run finishes is moved into an entry, and the run goes on with views of that, as a later run that finds the entry does.
class CachedBuilds {
 public:
  /// `tableKeys` by table; empty: the table has none.
  CachedBuilds(std::shared_ptr<BuildCache> cache, std::shared_ptr<MemoryPool> pool, std::vector<std::string> tableKeys);

  /// Finds out which build sides can be cached. Before any table is read: their types are those of the schemas.
  void identify(const Plan& plan, const std::vector<CompiledPipeline>& pipelines, const TableTypes& types);

  /// True if the rows of a pipeline have a fingerprint.
  bool isCacheable(size_t pipeline) const { return !builds_.empty() && builds_[pipeline].fingerprint.has_value(); }

  /// True if there is a point in building a cacheable pipeline so that it can be kept: its table fits the cache, and what it probes was kept.
  bool canKeep(const Pipeline& layout, const QueryState& state) const;

  /// True if the pipeline's rows are those of an entry.
  bool isRestored(size_t pipeline) const { return !builds_.empty() && builds_[pipeline].isRestored; }

  /// Puts the rows that the cache has into `state`, but the join tables only of those that are still probed, ready to observe
  /// references if that is asked for. Returns the tables that need not be read.
  std::vector<uint32_t> restoreRows(const Plan& plan, const std::vector<CompiledPipeline>& pipelines, QueryState& state,
                                    RunCounters& counters, bool isObserving);

  /// What restored pipelines were observed to be. `observations` has an entry per node.
  void observe(const std::vector<CompiledPipeline>& pipelines, std::vector<inferf_observation>& observations) const;

  /// Caches the rows of a pipeline that were built for any plan, with observations; `state` has views of them then. `counted` is what the run's counters say by now.
  void keepRows(const Plan& plan, const CompiledPipeline& pipeline, size_t index, const InputTypes& types, QueryState& state,
                const std::vector<inferf_observation>& observations, const std::vector<inferf_counter>& counted);

  /// Takes no part in the run any more: its relations are built again, some of them from parts of their tables. What was restored stays alive.
  void forgetRows();

  /// From now on, values are those of these constants.
  void setTensors(std::shared_ptr<const TensorSet> tensors);

  /// Puts what a level's program stores into `state` if the cache has it.
  bool restoreValues(const Plan& plan, const CompiledPipeline& pipeline, size_t level, QueryState& state, RunCounters& counters);

  /// Caches what a level's program has stored, which `state` then has views of.
  void keepValues(const Plan& plan, const CompiledPipeline& pipeline, size_t level, QueryState& state);

 private:
  /// One pipeline.
  struct Build {
    std::optional<std::string> fingerprint;
    std::shared_ptr<const CachedRows> rows;  // once restored or kept
    bool isRestored = false;
  };

  void restore(const Plan& plan, const std::vector<CompiledPipeline>& pipelines, size_t index, std::shared_ptr<const CachedRows> rows,
               QueryState& state, RunCounters& counters, std::vector<uint32_t>& tables);
  /// Makes `state` have views of an entry's rows.
  static void viewRows(const Plan& plan, const Pipeline& layout, const CachedRows& rows, QueryState& state);
  size_t pipelineOf(uint32_t topNode) const { return pipelineOfTop_[topNode]; }
  std::optional<std::string> fingerprintOf(const Plan& plan, const CompiledPipeline& pipeline, size_t level);
  static void viewValues(const NodeProgram& program, const CachedValues& values, QueryState& state);

  const std::shared_ptr<BuildCache> cache_;
  const std::shared_ptr<MemoryPool> pool_;
  const std::vector<std::string> tableKeys_;
  std::vector<Build> builds_;                               // by pipeline
  std::vector<size_t> pipelineOfTop_;                       // by node that is the top of a pipeline
  std::vector<std::shared_ptr<const CachedBuild>> values_;  // in use
  std::shared_ptr<const TensorSet> tensors_;
  std::optional<std::string> tensorDigest_;
};

}  // namespace inferf
