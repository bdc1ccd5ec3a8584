#include "exec/RunCounters.h"

#include <algorithm>
#include <utility>

namespace inferf {

RunCounters::RunCounters(std::shared_ptr<const Plan> plan) {
  for (int32_t node = 0; node < plan->fragment().nodes_size(); ++node) {
    counters_.push_back({INFERF_COUNTER_NODE, node, 0, 0, 0, 0, 0});
  }
  setPlan(std::move(plan));
}

void RunCounters::setPlan(std::shared_ptr<const Plan> plan) {
  const std::lock_guard lock(mutex_);
  plan_ = std::move(plan);
  counters_.resize(static_cast<size_t>(plan_->fragment().nodes_size()));
  for (int32_t value = 0; value < plan_->fragment().values_size(); ++value) {
    counters_.push_back({INFERF_COUNTER_VALUE, value, 0, 0, 0, 0, 0});
  }
}

void RunCounters::clearNodes() {
  const std::lock_guard lock(mutex_);
  for (int32_t node = 0; node < plan_->fragment().nodes_size(); ++node) {
    counters_[static_cast<size_t>(node)] = {INFERF_COUNTER_NODE, node, 0, 0, 0, 0, 0};
  }
}

void RunCounters::addNode(uint32_t node, const NodeCost& cost) {
  const std::lock_guard lock(mutex_);
  inferf_counter& counter = counters_[node];
  counter.num_rows_in += cost.numRowsIn;
  counter.num_rows_out += cost.numRowsOut;
  counter.nanoseconds += cost.nanoseconds;
  counter.bytes += cost.bytes;
}

void RunCounters::addValues(uint32_t node, const std::vector<ValueCost>& costs) {
  const std::lock_guard lock(mutex_);
  const std::vector<uint32_t>& values = plan_->valuesAt(node);
  for (size_t i = 0; i < costs.size(); ++i) {
    inferf_counter& counter = counters_[static_cast<size_t>(plan_->fragment().nodes_size()) + values[i]];
    counter.num_rows_in += costs[i].numRows;
    counter.num_rows_out += costs[i].numRows;
    counter.nanoseconds += costs[i].nanoseconds;
    counter.bytes += costs[i].bytes;
    counter.flops += costs[i].flops;
  }
}

void RunCounters::addCached(int32_t kind, uint32_t node, int64_t numRows, int64_t bytes) {
  const std::lock_guard lock(mutex_);
  cached_.push_back({kind, static_cast<int32_t>(node), 0, numRows, 0, bytes, 0});
}

void RunCounters::addTuples(uint32_t node, const TupleCost& cost) {
  const std::lock_guard lock(mutex_);
  const auto id = static_cast<int32_t>(node);
  auto counter = std::find_if(tuples_.begin(), tuples_.end(), [id](const inferf_counter& known) { return known.id == id; });
  if (counter == tuples_.end()) {
    counter = tuples_.insert(counter, {INFERF_COUNTER_TUPLES, id, 0, 0, 0, 0, 0});
  }
  counter->num_rows_in += cost.numRows;
  counter->num_rows_out += cost.numComputed;
  counter->nanoseconds += cost.nanoseconds;
  counter->bytes += cost.bytes;
}

std::vector<inferf_counter> RunCounters::read() const {
  const std::lock_guard lock(mutex_);
  std::vector<inferf_counter> counters = counters_;
  counters.insert(counters.end(), cached_.begin(), cached_.end());
  counters.insert(counters.end(), tuples_.begin(), tuples_.end());
  return counters;
}

}  // namespace inferf
