#pragma once

#include <cstdint>
#include <vector>

#include "base/MemoryPool.h"
#include "exec/Morsel.h"
#include "exec/Pipeline.h"
#include "exec/QueryState.h"

namespace inferf {

/// Joins morsels of the probe side with a build side: one level of a pipeline, for one worker thread.
///
/// start() looks up all keys of a morsel; next() hands out the joined rows, at most kMaxMorselRows at a time, in probe order and, for
/// equal keys, in build order.
class JoinProbe {
 public:
  JoinProbe(const Pipeline& pipeline, size_t level, const QueryState& state, MemoryPool& pool);

  /// Takes the rows to join. `below` must stay unchanged until next() has returned false.
  void start(const Morsel& below);

  /// Makes `joined` the next rows of the join; false if there are no more.
  bool next(Morsel& joined);

 private:
  /// Marks the rows of the build side that `numRows` joined rows refer to, if somebody asks.
  void markReferenced(int64_t numRows);
  bool nextUnique(Morsel& joined);
  bool nextExpanded(Morsel& joined);

  const PipelineLevel& level_;
  const uint32_t slot_;  // of the build side's row ids
  const QueryState& state_;
  MemoryPool& pool_;
  JoinTable* table_ = nullptr;
  const Morsel* below_ = nullptr;

  std::vector<KeyInput> keys_;
  PoolArray<int64_t> codes_;
  PoolArray<int64_t> scratch_;
  PoolArray<int32_t> matches_;
  PoolArray<int32_t> selection_;
  PoolArray<int32_t> buildRows_;
  int64_t nextRow_ = 0;    // of below_
  size_t nextMatch_ = 0;   // among the matches of nextRow_
};

}  // namespace inferf
