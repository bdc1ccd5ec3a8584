#include "exec/SampleProbe.h"

#include <algorithm>

#include "exec/EntityUses.h"
#include "exec/PipelineWorker.h"
#include "exec/RunCounters.h"

namespace inferf {

namespace {

/// The sample is probed in slices of so many rows, and ends after the slice with which its joins have yielded so many rows: a few rows tell as well as
/// many how far joins multiply them.
constexpr int64_t kSliceRows = 1024;
constexpr int64_t kMaxJoinedRows = 64 * kMaxSampleRows;

/// Counts rows only.
class CountingSink final : public MorselSink {
 public:
  void consume(const Morsel& morsel, const std::vector<int64_t>& /*levelBases*/) override { numRows += morsel.numRows(); }
  int64_t numRows = 0;
};

/// The root pipeline up to the first filter that reads values.
CompiledPipeline compileSample(const Plan& plan, const TableTypes& types) {
  CompiledPipeline pipeline;
  pipeline.layout = std::move(cutIntoPipelines(plan).back());
  std::vector<PipelineLevel>& levels = pipeline.layout.levels;
  const auto end = std::find_if(levels.begin(), levels.end(),
                                [](const PipelineLevel& level) { return level.filter != nullptr && readsValues(*level.filter); });
  levels.erase(end, levels.end());
  for (const PipelineLevel& level : levels) {
    CompiledPipeline::Level& compiled = pipeline.levels.emplace_back();
    if (level.filter != nullptr) {
      compiled.predicate.emplace(plan, level.filter->predicate(), types);
    }
  }
  resolvePipeline(plan, EntityUses::ofRelations(plan), {}, pipeline.layout);
  return pipeline;
}

}  // namespace

void probeSample(const std::shared_ptr<const Plan>& sharedPlan, const std::deque<Batch>& batches, const TableTypes& types, QueryState& state,
                 const RunEnvironment& environment, std::vector<inferf_observation>& observations) {
  const Plan& plan = *sharedPlan;
  const CompiledPipeline pipeline = compileSample(plan, types);
  // What the sample costs is no part of the run's counters: its rows are processed again.
  RunCounters counters(sharedPlan);
  const RunEnvironment sampleEnvironment{plan,     environment.pool,       environment.cancellation, environment.nullCheck,
                                         counters, environment.lazyValues, false};
  {
    CountingSink sink;
    PipelineWorker worker(pipeline, state, sampleEnvironment, sink, false);
    int64_t numRows = 0;
    for (auto batch = batches.begin(); batch != batches.end(); ++batch) {
      for (int64_t begin = 0; begin < batch->numRows && numRows < kMaxSampleRows && sink.numRows < kMaxJoinedRows; begin += kSliceRows) {
        const int64_t count = std::min({kSliceRows, batch->numRows - begin, kMaxSampleRows - numRows});
        worker.process(sliceRows(*batch, begin, count));
        numRows += count;
      }
    }
  }
  const std::vector<inferf_counter> counted = counters.read();
  int64_t rowsBelow = 0;
  for (const PipelineLevel& level : pipeline.layout.levels) {
    inferf_observation& observation = observations[level.node];
    observation.num_sampled_rows_in = counted[level.node].num_rows_in;
    observation.num_sampled_rows_out = rowsBelow = counted[level.node].num_rows_out;
    if (level.join != nullptr) {
      observation.num_referenced_rows = state.joins[level.node]->numReferenced();
    }
  }
  // Above a filter that reads values nothing is known but what enters the filter.
  for (uint32_t node = plan.parent(pipeline.layout.topNode()); node != PlanTree::kNone; node = plan.parent(node)) {
    observations[node].num_sampled_rows_in = rowsBelow;
    observations[node].num_sampled_rows_out = rowsBelow = -1;
  }
  for (const std::unique_ptr<JoinTable>& join : state.joins) {
    if (join != nullptr) {
      join->referenced = {};
    }
  }
}

}  // namespace inferf
