#pragma once

#include <memory>
#include <vector>

#include "base/Error.h"
#include "exec/PipelineWorker.h"
#include "exec/QueryState.h"

namespace inferf {

/// Executes a build pipeline over its in-memory driver table, in parallel, and collects its rows and stored values. The result does not depend
/// on the number of threads: what the morsels yield is concatenated in their order.
class RelationBuilder {
 public:
  /// `state` has everything the pipeline probes; the result is added to it.
  RelationBuilder(const CompiledPipeline& pipeline, QueryState& state, const RunEnvironment& environment);

  /// Runs the pipeline inside the calling thread's TBB arena, indexes its rows for the join that consumes them, and frees the relations
  /// that it probed.
  void build();

 private:
  /// What one driver morsel yielded.
  struct MorselRows;
  class Sink;

  void runMorsels(std::vector<MorselRows>& results);
  void collectIds(std::vector<MorselRows>& results, BuiltRelation& relation);
  void collectValues(std::vector<MorselRows>& results);
  void computeNullRows();
  /// Gives the null rows of a program that failed on them zeros, which no row may then refer to; throws again what is no failure of an operator.
  void handleNullRowFailure(const EngineError& error, std::vector<StoredValue>& stored, int64_t nullRow);
  void indexKeys(BuiltRelation& relation);
  int64_t nullRowOf(EntityId entity) const;

  const CompiledPipeline& pipeline_;
  QueryState& state_;
  const RunEnvironment& environment_;
  const Plan& plan_;
  const Batch& driver_;
  std::vector<StoredValue> scanValues_;
  std::vector<int64_t> levelRows_;  // by level: rows that values are stored for
};

}  // namespace inferf
