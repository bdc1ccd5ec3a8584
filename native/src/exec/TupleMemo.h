#pragma once

#include <cstdint>
#include <vector>

#include "base/Cancellation.h"
#include "base/MemoryPool.h"
#include "exec/NodeProgram.h"
#include "exec/RowContext.h"
#include "exec/RunCounters.h"
#include "exec/TuplePrograms.h"
#include "exec/TupleSwitch.h"
#include "exec/TupleTable.h"

namespace inferf {

/// The values of tuples that one worker remembers at one node. Bounded: see docs/TUPLES.md.
class TupleMemo {
 public:
  /// Most bytes a worker holds at one node, but for a moment while it moves what it holds to a larger place.
  static constexpr int64_t kMaxBytes = int64_t{128} << 20;

  /// `keys` are those of `programs`. `numWorkers` share the memory that the pool's limit leaves.
  TupleMemo(const TuplePrograms& programs, std::vector<TupleKey> keys, MemoryPool& pool, int32_t numWorkers);

  /// Computes the values of the node for `rows`, at most kMaxMorselRows, as the node's whole program would (NodeProgram::run with outBegin 0), tuple by
  /// tuple; false, without having done anything, while that does not pay.
  bool run(const RowContext& rows, std::vector<StoredValue>& stored, NodeWorkspace& workspace, const CancellationToken& cancellation,
           std::vector<ValueCost>& costs);

  const TupleCost& cost() const { return cost_; }

 private:
  /// Takes the memory for the first tuples; false if there is not enough.
  bool open();
  void close();
  bool isOpen() const { return !codes_.empty(); }
  /// Makes room for more tuples if most of it is taken and there may be more.
  void growIfNeeded();
  /// True if `bytes` are within the worker's share.
  bool mayTake(int64_t bytes) const;
  void encode(const RowContext& rows);
  void computeNew(const RowContext& rows, int64_t numNew, int64_t firstNumber, NodeWorkspace& workspace, const CancellationToken& cancellation,
                  std::vector<ValueCost>& costs);
  void copyEscaping(int64_t numRows, std::vector<StoredValue>& stored) const;
  /// Memory for the values of so many tuples and of a morsel's rows beyond them.
  std::vector<StoredValue> allocateValues(int64_t maxTuples) const;
  int64_t heldBytes() const;

  const TuplePrograms& programs_;
  const std::vector<TupleKey> keys_;
  MemoryPool& pool_;
  const int32_t numWorkers_;
  int64_t numCodes_ = 0;       // 0: too many to tell tuples apart
  int64_t bytesPerTuple_ = 0;
  bool mayGrow_ = true;

  TupleSwitch switch_;
  TupleCost cost_;
  TupleTable table_;
  std::vector<StoredValue> values_;  // of tuples by number, in the order of TupleSplit::sharedValues
  PoolArray<int64_t> codes_;         // by row of the morsel
  PoolArray<int32_t> numbers_;       // by row of the morsel
  PoolArray<int32_t> newRows_;
  std::vector<const int32_t*> ids_;  // by key
  PoolArray<int32_t> newIds_;        // by key and new row
};

}  // namespace inferf
