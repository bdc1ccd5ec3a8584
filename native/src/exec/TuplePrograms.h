#pragma once

#include <memory>
#include <vector>

#include "exec/NodeProgram.h"
#include "exec/QueryState.h"
#include "exec/TupleSplit.h"

namespace inferf {

/// A digit of the number that stands for a tuple: which row of a build side a row refers to.
struct TupleKey {
  bool isTable = false;  // RowContext::tableRows(index), otherwise RowContext::valueRows(index)
  uint32_t index = 0;
  int64_t numRows = 0;   // ids are below it
};

/// The values of a node, compiled in two parts: see TupleSplit. Immutable; shared by all threads.
class TuplePrograms {
 public:
  /// Nothing if the node has no values that tuples could save enough of.
  static std::unique_ptr<const TuplePrograms> compile(const std::shared_ptr<const Plan>& plan, uint32_t node,
                                                      const std::shared_ptr<const TensorSet>& tensors, const std::shared_ptr<MemoryPool>& pool);

  const TupleSplit& split() const { return split_; }
  /// Computes the tuple values and stores TupleSplit::sharedValues.
  const NodeProgram& tuples() const { return *tuples_; }
  /// Computes the row values and stores those that escape, at the place they have among all escaping values of the node; nullptr if there are none.
  const NodeProgram* rows() const { return rows_.get(); }

  /// A shared value that escapes: to be stored for each row.
  struct Escaping {
    size_t shared;  // index into TupleSplit::sharedValues
    size_t stored;  // index into the stored values of the node's whole program
  };
  const std::vector<Escaping>& escaping() const { return escaping_; }

  /// The digits of a tuple, for what has been built by now.
  std::vector<TupleKey> keys(const QueryState& state) const;

 private:
  TuplePrograms() = default;

  std::shared_ptr<const Plan> plan_;
  TupleSplit split_;
  std::unique_ptr<NodeProgram> tuples_;
  std::unique_ptr<NodeProgram> rows_;
  std::vector<Escaping> escaping_;
};

}  // namespace inferf
