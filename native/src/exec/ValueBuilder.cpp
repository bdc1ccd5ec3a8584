#include "exec/ValueBuilder.h"

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "exec/LazyValues.h"
#include "exec/RowSetRows.h"

namespace inferf {

ValueBuilder::ValueBuilder(const CompiledPipeline& pipeline, QueryState& state, const RunEnvironment& environment, CachedBuilds* cached)
    : pipeline_(pipeline), state_(state), environment_(environment), cached_(cached) {}

void ValueBuilder::compute() {
  for (size_t level = 0; level < pipeline_.levels.size(); ++level) {
    if (pipeline_.levels[level].program != nullptr && !restoreLevel(level)) {
      computeLevel(level);
    }
  }
}

bool ValueBuilder::restoreLevel(size_t level) {
  return cached_ != nullptr && cached_->restoreValues(environment_.plan, pipeline_, level, state_, environment_.counters);
}

void ValueBuilder::computeLevel(size_t level) {
  const NodeProgram& program = *pipeline_.levels[level].program;
  const uint32_t node = pipeline_.layout.levels[level].node;
  const bool isLazy = environment_.plan.isLazy(node);
  const int64_t numRows = state_.numRowsOf(state_.homes[node]);
  const int64_t numStored = numRows + (pipeline_.layout.nullExtended ? 1 : 0);
  std::vector<StoredValue> stored;
  for (size_t i = 0; i < program.storedValues().size(); ++i) {
    stored.push_back(program.allocate(i, numStored, *environment_.pool));
  }
  if (isLazy) {
    environment_.lazyValues.add(node, program, numStored);
  } else {
    computeRows(level, stored, numRows);
  }
  nullRowFailed_ = false;
  if (pipeline_.layout.nullExtended) {
    computeNullRow(level, stored, numRows);
    if (isLazy) {
      environment_.lazyValues.markThere(node, numRows);
    }
  }
  for (size_t i = 0; i < stored.size(); ++i) {
    state_.values[program.storedValues()[i]] = std::move(stored[i]);
  }
  if (cached_ != nullptr && !nullRowFailed_) {
    cached_->keepValues(environment_.plan, pipeline_, level, state_);
  }
}

void ValueBuilder::computeRows(size_t level, std::vector<StoredValue>& stored, int64_t numRows) {
  const CompiledPipeline::Level& compiled = pipeline_.levels[level];
  const uint32_t node = pipeline_.layout.levels[level].node;
  struct Worker {
    Worker(const RunEnvironment& runEnvironment, const QueryState& state, uint32_t ofNode)
        : environment(runEnvironment),
          node(ofNode),
          rows(environment.plan, state, node, *environment.pool),
          lazyReader(environment),
          workspace(environment.pool),
          costs(environment.plan.valuesAt(node).size()) {}
    ~Worker() { environment.counters.addValues(node, costs); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    const RunEnvironment& environment;
    const uint32_t node;
    RowSetRows rows;
    LazyReader lazyReader;
    NodeWorkspace workspace;
    std::vector<ValueCost> costs;
  };
  tbb::enumerable_thread_specific<std::unique_ptr<Worker>> workers;
  tbb::parallel_for(
      tbb::blocked_range<int64_t>(0, (numRows + kMorselRows - 1) / kMorselRows, 1),
      [&](const tbb::blocked_range<int64_t>& range) {
        std::unique_ptr<Worker>& worker = workers.local();
        if (worker == nullptr) {
          worker = std::make_unique<Worker>(environment_, state_, node);
        }
        for (int64_t i = range.begin(); i < range.end(); ++i) {
          environment_.cancellation.check();
          const int64_t begin = i * kMorselRows;
          worker->rows.setRange(begin, std::min(kMorselRows, numRows - begin));
          worker->lazyReader.ensure(compiled.programReads, worker->rows);
          compiled.program->run(worker->rows, stored, begin, worker->workspace, environment_.cancellation, worker->costs);
        }
      },
      tbb::simple_partitioner{});
}

void ValueBuilder::computeNullRow(size_t level, std::vector<StoredValue>& stored, int64_t nullRow) {
  const uint32_t node = pipeline_.layout.levels[level].node;
  const auto id = static_cast<int32_t>(nullRow);
  RowSetRows rows(environment_.plan, state_, node, *environment_.pool);
  rows.setRows(&id, 1);
  NodeWorkspace workspace(environment_.pool);
  std::vector<ValueCost> costs(environment_.plan.valuesAt(node).size());
  try {
    pipeline_.levels[level].program->run(rows, stored, nullRow, workspace, environment_.cancellation, costs);
  } catch (const EngineError& error) {
    handleNullRowFailure(error, stored, nullRow);
  }
}

void ValueBuilder::handleNullRowFailure(const EngineError& error, std::vector<StoredValue>& stored, int64_t nullRow) {
  const uint32_t table = pipeline_.layout.driverTable;
  const bool isOperators = error.code() == INFERF_ERROR_INVALID_DATA || error.code() == INFERF_ERROR_ARITHMETIC;
  if (!isOperators || !environment_.nullCheck.sees(table)) {
    throw;
  }
  nullRowFailed_ = true;
  for (StoredValue& value : stored) {
    std::memset(value.row(nullRow), 0, static_cast<size_t>(value.strideBytes));
  }
  // Whoever refers to the null row of any part of this relation refers to the null row of its driver table.
  environment_.nullCheck.failNullRow(table, std::current_exception());
}

}  // namespace inferf
