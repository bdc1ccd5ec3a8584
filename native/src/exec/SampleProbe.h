#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "exec/InputTypes.h"
#include "exec/QueryState.h"
#include "exec/RunEnvironment.h"
#include "inferf/inferf.h"

namespace inferf {

/// Rows of the streamed table that a sample has at most.
inline constexpr int64_t kMaxSampleRows = 16384;

/// Probes the joins of the root pipeline with the first rows of `batches`, at most kMaxSampleRows of them, without computing any value, and adds what
/// was found about its nodes to `observations`, which has an entry per node. Ends below a filter that reads values, and early if the joins multiply rows.
void probeSample(const std::shared_ptr<const Plan>& sharedPlan, const std::deque<Batch>& batches, const TableTypes& types, QueryState& state,
                 const RunEnvironment& environment, std::vector<inferf_observation>& observations);

}  // namespace inferf
