#pragma once

#include <cstdint>
#include <vector>

#include "base/Error.h"
#include "exec/CachedBuilds.h"
#include "exec/PipelineWorker.h"
#include "exec/QueryState.h"

namespace inferf {

/// Computes the values that the levels of a build pipeline store, in parallel, once the pipeline's rows are complete, unless the cache has them. Rows of
/// lazy nodes are left to those who refer to them.
class ValueBuilder {
 public:
  /// `state` has the pipeline's row sets and the values of the pipelines it probes; the values are added to it.
  /// `cached` is what the run shares with others, or nullptr.
  ValueBuilder(const CompiledPipeline& pipeline, QueryState& state, const RunEnvironment& environment, CachedBuilds* cached);

  /// Computes all of them, inside the calling thread's TBB arena.
  void compute();

 private:
  void computeLevel(size_t level);
  bool restoreLevel(size_t level);
  void computeRows(size_t level, std::vector<StoredValue>& stored, int64_t numRows);
  /// Computes the row that a miss of a LEFT JOIN above refers to, whether one will or not.
  void computeNullRow(size_t level, std::vector<StoredValue>& stored, int64_t nullRow);
  /// Gives the null row of a program that failed on it zeros, which no row may then refer to; throws again what is no failure of an operator.
  void handleNullRowFailure(const EngineError& error, std::vector<StoredValue>& stored, int64_t nullRow);

  const CompiledPipeline& pipeline_;
  QueryState& state_;
  const RunEnvironment& environment_;
  CachedBuilds* const cached_;
  bool nullRowFailed_ = false;
};

}  // namespace inferf
