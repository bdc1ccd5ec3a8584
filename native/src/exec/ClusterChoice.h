#pragma once

#include <cstdint>
#include <optional>

#include "exec/Pipeline.h"
#include "exec/QueryState.h"
#include "exec/ScalarProgram.h"
#include "plan/Plan.h"

namespace inferf {

/// By which join the rows of the streamed table are clustered, so that rows which gather the same rows of a large build side are processed together and
/// find them in the cache: the second thing, after partial results, that keeps a join from doing the same again for every row.
struct ClusterChoice {
  size_t level = 0;        // of the root pipeline
  int64_t numKeys = 0;     // rows of the build side, or groups of them
  int64_t batchRows = 0;   // rows that are clustered at a time

  /// What is worth it: a join of the root pipeline with keys of the streamed table alone whose build side holds more than caches do and is
  /// referred to several times by the rows of a batch, if the lines saved outweigh reading the streamed table out of order. The build phase is done.
  ///   layout        the root pipeline
  ///   streamedTypes types of the streamed table's columns
  ///   availableBytes what batches may take; they take at most about a quarter
  static std::optional<ClusterChoice> choose(const Plan& plan, const Pipeline& layout, const QueryState& state, const TableTypes& types,
                                             int64_t availableBytes);
};

}  // namespace inferf
