#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "exec/NodeProgram.h"
#include "exec/QueryState.h"
#include "exec/RowSetRows.h"
#include "exec/RunEnvironment.h"

namespace inferf {

/// Which rows of the lazy nodes (PlanFragment.lazy_nodes) have their stored values by now: a byte per row. Shared by all workers.
///
/// A row is absent until a worker claims it. The worker computes what it claimed as one batch, writes it into the rows of QueryState::values and says
/// that it is there; others wait for it. A worker that fails makes its claims absent again, so that nobody waits for ever. Whoever holds claims at a
/// node waits for rows of lower nodes only, so nothing waits in a circle.
class LazyValues {
 public:
  LazyValues(const Plan& plan, QueryState& state, MemoryPool& pool);

  /// Makes the rows of a lazy node, the null row among them if values are stored for it, wait to be computed by `program`, which must stay.
  void add(uint32_t node, const NodeProgram& program, int64_t numRows);

  /// Says that a row's values have been stored. Before any worker reads.
  void markThere(uint32_t node, int64_t row);

 private:
  friend class LazyReader;

  static constexpr uint8_t kAbsent = 0;
  static constexpr uint8_t kClaimed = 1;
  static constexpr uint8_t kThere = 2;

  struct Node {
    std::atomic_ref<uint8_t> at(int64_t row) { return std::atomic_ref<uint8_t>(rows[row]); }

    const NodeProgram* program = nullptr;
    PoolArray<uint8_t> rows;
    std::vector<uint32_t> reads;  // lazy nodes below that the program reads
    std::mutex mutex;
    std::condition_variable released;  // claims are there, or absent again
  };

  const Plan& plan_;
  QueryState& state_;
  MemoryPool& pool_;
  std::vector<std::unique_ptr<Node>> nodes_;  // by node; only lazy ones
};

/// One worker's access to the lazy nodes, with the memory it computes their rows in.
class LazyReader {
 public:
  explicit LazyReader(const RunEnvironment& environment);
  /// Adds what the worker computed to the run's counters.
  ~LazyReader();
  LazyReader(const LazyReader&) = delete;
  LazyReader& operator=(const LazyReader&) = delete;

  /// Returns once the stored values of all rows that `ids` names are there (nullptr: rows 0 …): computes those that no worker has claimed yet and
  /// waits for those that others are at. At most kMaxMorselRows ids. Throws what the node's program throws on a row.
  void ensureRows(uint32_t node, const int32_t* ids, int64_t numRows);

  /// The same for the rows of several nodes that `rows`, a Morsel or RowSetRows, refers to.
  template <typename Rows>
  void ensure(const std::vector<uint32_t>& nodes, const Rows& rows) {
    for (const uint32_t node : nodes) {
      if (!rows.hasOwnValuesOf(node)) {
        ensureRows(node, rows.entityIds(homeOf(node)), rows.numRows());
      }
    }
  }

 private:
  /// What computing rows of one node takes.
  struct Worker {
    Worker(const RunEnvironment& environment, const QueryState& state, uint32_t node);
    RowSetRows rows;
    NodeWorkspace workspace;
    PoolArray<int32_t> missing;
    PoolArray<int32_t> claimed;
    std::vector<StoredValue> computed;
    std::vector<ValueCost> costs;
  };

  EntityId homeOf(uint32_t node) const;
  Worker& workerOf(uint32_t node);
  /// Computes rows that this worker has claimed and says that they are there.
  void computeClaimed(uint32_t node, Worker& worker, int64_t numRows);
  /// Ends the claims of this worker.
  void release(LazyValues::Node& node, const Worker& worker, int64_t numRows, uint8_t state);

  const RunEnvironment& environment_;
  LazyValues& values_;
  std::vector<std::unique_ptr<Worker>> workers_;  // by node
};

}  // namespace inferf
