#include "exec/LazyValues.h"

#include <algorithm>
#include <cstring>

#include "base/Error.h"
#include "exec/LazyReads.h"
#include "exec/Morsel.h"
#include "exec/RunCounters.h"

namespace inferf {

LazyValues::LazyValues(const Plan& plan, QueryState& state, MemoryPool& pool)
    : plan_(plan), state_(state), pool_(pool), nodes_(static_cast<size_t>(plan.fragment().nodes_size())) {}

void LazyValues::add(uint32_t node, const NodeProgram& program, int64_t numRows) {
  auto added = std::make_unique<Node>();
  added->program = &program;
  added->rows = PoolArray<uint8_t>(pool_, numRows);
  std::fill(added->rows.begin(), added->rows.end(), kAbsent);
  added->reads = lazyNodesReadAt(plan_, node);
  nodes_[node] = std::move(added);
}

void LazyValues::markThere(uint32_t node, int64_t row) { nodes_[node]->at(row).store(kThere, std::memory_order_release); }

LazyReader::Worker::Worker(const RunEnvironment& environment, const QueryState& state, uint32_t node)
    : rows(environment.plan, state, node, *environment.pool),
      workspace(environment.pool),
      missing(*environment.pool, kMaxMorselRows),
      claimed(*environment.pool, kMaxMorselRows),
      costs(environment.plan.valuesAt(node).size()) {}

LazyReader::LazyReader(const RunEnvironment& environment)
    : environment_(environment), values_(environment.lazyValues), workers_(values_.nodes_.size()) {}

LazyReader::~LazyReader() {
  for (uint32_t node = 0; node < workers_.size(); ++node) {
    if (workers_[node] != nullptr) {
      environment_.counters.addValues(node, workers_[node]->costs);
    }
  }
}

EntityId LazyReader::homeOf(uint32_t node) const { return values_.state_.homes[node]; }

LazyReader::Worker& LazyReader::workerOf(uint32_t node) {
  if (workers_[node] == nullptr) {
    workers_[node] = std::make_unique<Worker>(environment_, values_.state_, node);
  }
  return *workers_[node];
}

void LazyReader::ensureRows(uint32_t node, const int32_t* ids, int64_t numRows) {
  LazyValues::Node& lazy = *values_.nodes_[node];
  const auto isThere = [&lazy](int64_t row) { return lazy.at(row).load(std::memory_order_acquire) == LazyValues::kThere; };
  int64_t first = 0;
  while (first < numRows && isThere(ids == nullptr ? first : ids[first])) {
    ++first;
  }
  if (first == numRows) {
    return;
  }
  INFERF_CHECK(numRows <= kMaxMorselRows);
  Worker& worker = workerOf(node);
  int32_t* missing = worker.missing.data();
  int64_t numMissing = 0;
  for (int64_t i = first; i < numRows; ++i) {
    const int32_t row = ids == nullptr ? static_cast<int32_t>(i) : ids[i];
    missing[numMissing] = row;
    numMissing += isThere(row) ? 0 : 1;
  }
  while (numMissing > 0) {
    environment_.cancellation.check();
    int64_t numClaimed = 0;
    for (int64_t i = 0; i < numMissing; ++i) {
      uint8_t expected = LazyValues::kAbsent;
      if (lazy.at(missing[i]).compare_exchange_strong(expected, LazyValues::kClaimed, std::memory_order_acquire)) {
        worker.claimed[numClaimed++] = missing[i];
      }
    }
    if (numClaimed > 0) {
      computeClaimed(node, worker, numClaimed);
    }
    numMissing = std::remove_if(missing, missing + numMissing, isThere) - missing;
    if (numMissing > 0) {
      // Whoever has claimed the row ends the claim in any case, so this is no wait for something that may never come.
      std::unique_lock lock(lazy.mutex);
      lazy.released.wait(lock, [&] { return lazy.at(missing[0]).load(std::memory_order_acquire) != LazyValues::kClaimed; });
    }
  }
}

void LazyReader::computeClaimed(uint32_t node, Worker& worker, int64_t numRows) {
  LazyValues::Node& lazy = *values_.nodes_[node];
  const NodeProgram& program = *lazy.program;
  const std::vector<uint32_t>& storedValues = program.storedValues();
  try {
    worker.rows.setRows(worker.claimed.data(), numRows);
    ensure(lazy.reads, worker.rows);
    worker.computed.resize(storedValues.size());
    for (size_t i = 0; i < storedValues.size(); ++i) {
      if (worker.computed[i].numRows < numRows) {
        worker.computed[i] = StoredValue();  // gives the memory back before more is taken
        worker.computed[i] = program.allocate(i, numRows, *environment_.pool);
      }
    }
    program.run(worker.rows, worker.computed, 0, worker.workspace, environment_.cancellation, worker.costs);
  } catch (...) {
    release(lazy, worker, numRows, LazyValues::kAbsent);
    throw;
  }
  for (size_t i = 0; i < storedValues.size(); ++i) {
    StoredValue& stored = values_.state_.values[storedValues[i]];
    const auto rowBytes = static_cast<size_t>(stored.strideBytes);
    for (int64_t row = 0; row < numRows; ++row) {
      std::memcpy(stored.row(worker.claimed[row]), worker.computed[i].row(row), rowBytes);
    }
  }
  release(lazy, worker, numRows, LazyValues::kThere);
}

void LazyReader::release(LazyValues::Node& node, const Worker& worker, int64_t numRows, uint8_t state) {
  for (int64_t i = 0; i < numRows; ++i) {
    node.at(worker.claimed[i]).store(state, std::memory_order_release);
  }
  { const std::lock_guard lock(node.mutex); }  // whoever found a row claimed waits by now
  node.released.notify_all();
}

}  // namespace inferf
