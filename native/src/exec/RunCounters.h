#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "exec/NodeProgram.h"
#include "plan/Plan.h"

namespace inferf {

/// What one relational node did.
struct NodeCost {
  int64_t numRowsIn = 0;
  int64_t numRowsOut = 0;
  int64_t nanoseconds = 0;
  int64_t bytes = 0;
};

/// What remembering values by tuple did at a node.
struct TupleCost {
  int64_t numRows = 0;      // whose tuple was looked up
  int64_t numComputed = 0;  // whose tuple was not known
  int64_t nanoseconds = 0;  // for finding tuples and copying values
  int64_t bytes = 0;        // the most that was held
};

/// Adds the time of its own life to a counter.
class ScopedTimer {
 public:
  explicit ScopedTimer(int64_t& nanoseconds) : nanoseconds_(nanoseconds), begin_(std::chrono::steady_clock::now()) {}
  ~ScopedTimer() {
    nanoseconds_ +=
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - begin_).count();
  }
  ScopedTimer(const ScopedTimer&) = delete;
  ScopedTimer& operator=(const ScopedTimer&) = delete;

 private:
  int64_t& nanoseconds_;
  std::chrono::steady_clock::time_point begin_;
};

/// The counters of a run, summed over its workers. Thread-safe.
class RunCounters {
 public:
  explicit RunCounters(std::shared_ptr<const Plan> plan);

  /// Goes on with another plan, whose relational nodes are the same: starts to count its values.
  void setPlan(std::shared_ptr<const Plan> plan);

  /// Forgets what nodes did: they start over.
  void clearNodes();

  void addNode(uint32_t node, const NodeCost& cost);
  /// `costs` has one entry per value of Plan::valuesAt(node).
  void addValues(uint32_t node, const std::vector<ValueCost>& costs);

  /// Adds what a node was given by the cache of build sides: `kind` says what.
  void addCached(int32_t kind, uint32_t node, int64_t numRows, int64_t bytes);

  /// Adds what one worker saved at a node by computing values once per tuple.
  void addTuples(uint32_t node, const TupleCost& cost);

  /// One counter per node, then one per value, then those of what was cached, then those of tuples.
  std::vector<inferf_counter> read() const;

 private:
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const Plan> plan_;
  std::vector<inferf_counter> counters_;
  std::vector<inferf_counter> cached_;
  std::vector<inferf_counter> tuples_;
};

}  // namespace inferf
