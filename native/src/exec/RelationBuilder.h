#pragma once

#include <memory>
#include <vector>

#include "exec/EntityUses.h"
#include "exec/PipelineWorker.h"
#include "exec/QueryState.h"
#include "inferf/inferf.h"

namespace inferf {

/// Executes a build pipeline over its in-memory driver table, in parallel, and collects its rows; values are computed for them afterwards. The
/// result does not depend on the number of threads: what the morsels yield is concatenated in their order.
class RelationBuilder {
 public:
  /// `state` has everything the pipeline probes; the result is added to it. `uses` is what the plan reads, or nullptr if other plans may follow: then
  /// everything is kept that any of them could read. `observations` has an entry per node, or is nullptr.
  RelationBuilder(CompiledPipeline& pipeline, QueryState& state, const RunEnvironment& environment, const EntityUses* uses,
                  std::vector<inferf_observation>* observations);

  /// Makes build() keep the join tables that it probes, because the pipeline runs again over other rows of its driver table.
  RelationBuilder& keepProbedJoins() {
    keepsProbedJoins_ = true;
    return *this;
  }

  /// Runs the pipeline inside the calling thread's TBB arena, indexes its rows for the join that consumes them, and frees the join tables that it
  /// probed.
  void build();

 private:
  /// What one driver morsel yielded.
  struct MorselRows;
  class Sink;

  /// Finds the levels whose rows a join above repeats, and so the homes of the pipeline's nodes.
  void findRowSets();
  /// What must be kept of a level's rows.
  std::vector<EntityId> keptEntities(size_t level) const;
  void runMorsels(std::vector<MorselRows>& results);
  std::unique_ptr<RowSet> collect(std::vector<MorselRows>& results, size_t set);
  int64_t nullRowOf(EntityId entity) const;
  void indexKeys();
  void observeProbes();

  CompiledPipeline& pipeline_;
  QueryState& state_;
  const RunEnvironment& environment_;
  const EntityUses* const uses_;
  std::vector<inferf_observation>* const observations_;
  const Plan& plan_;
  const Batch& driver_;
  std::vector<KeptRows> kept_;  // from the lowest level to the top
  bool keepsProbedJoins_ = false;
};

}  // namespace inferf
