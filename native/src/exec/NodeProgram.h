#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/Cancellation.h"
#include "column/Column.h"
#include "exec/RowContext.h"
#include "plan/Plan.h"

namespace inferf {

/// What running a value cost; summed by the caller under its own synchronisation.
struct ValueCost {
  int64_t numRows = 0;
  int64_t nanoseconds = 0;
  int64_t bytes = 0;
  int64_t flops = 0;
};

/// The model's constants, imported once per query and packed for the kernels on first use by a program.
class TensorSet {
 public:
  TensorSet(std::shared_ptr<const Plan> plan, std::vector<Column> tensors, std::shared_ptr<MemoryPool> pool);
  ~TensorSet();
  struct State;
  State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

/// Per-thread scratch of a program: chunk-sized temporaries from the pool. Reused between calls.
class NodeWorkspace {
 public:
  explicit NodeWorkspace(std::shared_ptr<MemoryPool> pool);
  ~NodeWorkspace();
  struct State;
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

/// Which values of a node a program computes, and which of them it stores. Both ascending.
struct ProgramScope {
  std::vector<uint32_t> values;
  std::vector<uint32_t> stored;  // may name more than `values` has: the places of those are left alone

  /// All values of the node; those that escape (Plan::escapes) are stored.
  static ProgramScope whole(const Plan& plan, uint32_t node);
};

/// The values computed at one relational node, compiled: chooses kernels, packs weights, fuses a Sum's terms, and runs them chunk by
/// chunk (chunks sized so that accumulators stay in the L2 cache). Immutable after construction; run() is thread-safe with one workspace
/// per thread.
class NodeProgram {
 public:
  NodeProgram(std::shared_ptr<const Plan> plan, uint32_t node, std::shared_ptr<const TensorSet> tensors, std::shared_ptr<MemoryPool> pool);
  /// A part of it. RowContext::valueRows must know the values of the node that the part reads and does not compute; they must be there as matrices.
  NodeProgram(std::shared_ptr<const Plan> plan, uint32_t node, ProgramScope scope, std::shared_ptr<const TensorSet> tensors,
              std::shared_ptr<MemoryPool> pool);
  ~NodeProgram();

  /// ProgramScope::stored, or values of this node that escape (Plan::escapes), in order: what run() stores.
  const std::vector<uint32_t>& storedValues() const;

  /// Operations that one row takes.
  int64_t flopsPerRow() const;

  /// Allocates room for `numRows` rows of storedValues()[i].
  StoredValue allocate(size_t i, int64_t numRows, MemoryPool& pool) const;

  /// Computes rows [0, context.numRows()) and writes them to rows [outBegin, …) of `stored`, which has one entry per storedValues().
  /// `costs` has one entry per plan value of this node (Plan::valuesAt), added to.
  void run(const RowContext& context, std::vector<StoredValue>& stored, int64_t outBegin, NodeWorkspace& workspace,
           const CancellationToken& cancellation, std::vector<ValueCost>& costs) const;

  /// Columns with NULL_POLICY_ERROR read by any value of the plan, as (table, column) pairs; for the pipeline's null check.
  static std::vector<std::pair<uint32_t, uint32_t>> nullCheckedColumns(const Plan& plan);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace inferf
