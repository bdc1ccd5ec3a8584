#pragma once

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <vector>

#include "exec/ProgramStep.h"
#include "exec/SumStep.h"
#include "exec/ValueSteps.h"

namespace inferf {

/// A matrix that steps of a program read or write: rows of a stored value, or a temporary in one of the workspace's slots.
struct ProgramMatrix {
  int64_t strideBytes = 0;
  int stored = -1;  // index into storedValues(), or
  int slot = -1;    // index into slotStrides
};

/// The compiled form of the values at one node.
struct CompiledProgram {
  struct Scheduled {
    std::unique_ptr<ProgramStep> step;
    size_t costIndex;  // the value that the step is accounted to, as an index into Plan::valuesAt
  };

  std::vector<uint32_t> storedValues;
  std::vector<ProgramMatrix> matrices;
  std::vector<int64_t> slotStrides;  // bytes per row
  std::vector<Scheduled> steps;
  std::vector<size_t> counted;       // the values that are computed, as indices into Plan::valuesAt
  size_t numLoads = 0;               // LoadColumns values whose elements are read in place
  int64_t chunkRows = 0;
};

/// Compiles those values at `node` that are in `scope`: finds out which of them have to exist as matrices (those only read by weighted sums, through any
/// concatenations and slices, need not), makes the steps, and lets temporaries whose lives do not overlap share a slot.
/// What a value is read as does not depend on the scope, so that parts of a program give the same bits as the whole; values of the node that are not in
/// the scope are read like those of lower nodes.
class ProgramBuilder {
 public:
  ProgramBuilder(std::shared_ptr<const Plan> plan, uint32_t node, ProgramScope scope, TensorSet::State& tensors, MemoryPool& pool);
  CompiledProgram build() &&;

 private:
  /// What the users of a value at this node need of it.
  struct Need {
    bool matrix = false;
    bool elements = false;  // wherever they are
  };
  /// Steps by which a matrix is written, and last read.
  struct Life {
    size_t begin = 0;
    size_t end = 0;
    bool isTemporary = true;  // false: stored, or by reference
  };
  /// Where a step reads and writes; what slots are assigned by.
  struct Access {
    std::vector<size_t> reads;
    size_t write = 0;
    std::vector<size_t> overwritable;  // those of `reads` whose place the result may take
  };

  const proto::Value& value(uint32_t index) const { return plan_->fragment().values(static_cast<int>(index)); }
  /// True for a value that this program computes.
  bool isLocal(uint32_t index) const {
    return value(index).node() == node_ && std::binary_search(scope_.values.begin(), scope_.values.end(), index);
  }
  bool readsInPlace(uint32_t index) const { return needs_.at(index).elements && !needs_.at(index).matrix; }

  void findNeeds();
  /// Resolves elements [begin, begin + length) of a value through the concatenations and slices of this node.
  void flatten(uint32_t index, int64_t begin, int64_t length, int depth, std::vector<SumLeaf>& leaves) const;
  size_t addMatrix(uint32_t index, bool isTemporary);
  StepOperand operand(uint32_t index) const;
  void addStep(std::unique_ptr<ProgramStep> step, size_t costIndex, Access access);
  void addLoad(uint32_t index, size_t costIndex);
  void addSum(uint32_t index, size_t costIndex);
  void addMasks(uint32_t index, size_t costIndex);
  void addOther(uint32_t index, size_t costIndex);
  void assignSlots();
  size_t takeSlot(int64_t strideBytes, std::vector<size_t>& freeSlots);
  void chooseChunkRows();

  std::shared_ptr<const Plan> plan_;
  uint32_t node_;
  ProgramScope scope_;
  TensorSet::State& tensors_;
  MemoryPool& pool_;
  CompiledProgram program_;
  std::unordered_map<uint32_t, Need> needs_;
  std::unordered_map<uint32_t, size_t> matrixOf_;
  std::unordered_map<uint32_t, uint32_t> loadOf_;
  std::vector<Life> lives_;       // by matrix
  std::vector<Access> accesses_;  // by step
};

}  // namespace inferf
