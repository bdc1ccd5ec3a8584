#include "exec/NodeProgram.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <set>

#include "exec/ProgramBuilder.h"
#include "exec/TensorSetState.h"

namespace inferf {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kLine = static_cast<int64_t>(MemoryPool::kAlignment);

int64_t wholeLines(int64_t bytes) { return (bytes + kLine - 1) / kLine * kLine; }

int64_t nanosecondsBetween(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count();
}

}  // namespace

struct NodeWorkspace::State {
  explicit State(std::shared_ptr<MemoryPool> workspacePool) : pool(std::move(workspacePool)), scratch(pool) {}

  /// Makes room for a program's temporaries.
  void prepare(const CompiledProgram& program, int64_t chunkRows) {
    int64_t bytes = 0;
    slotOffsets.clear();
    for (const int64_t stride : program.slotStrides) {
      slotOffsets.push_back(bytes);
      bytes += wholeLines(stride * chunkRows);
    }
    if (memory.size() < bytes) {
      memory = PoolArray<uint8_t>();
      memory = PoolArray<uint8_t>(*pool, bytes);
    }
    matrices.resize(program.matrices.size());
    segments.resize(std::max(segments.size(), program.numLoads));
  }

  std::shared_ptr<MemoryPool> pool;
  PoolArray<uint8_t> memory;
  std::vector<int64_t> slotOffsets;
  std::vector<ChunkMatrix> matrices;
  std::vector<std::vector<ChunkSegment>> segments;
  std::vector<SumItem<float>> floatItems;
  std::vector<SumItem<double>> doubleItems;
  std::vector<RowsView<uint64_t>> maskRows;
  StepScratch scratch;
};

NodeWorkspace::NodeWorkspace(std::shared_ptr<MemoryPool> pool) : state_(std::make_unique<State>(std::move(pool))) {}
NodeWorkspace::~NodeWorkspace() = default;

struct NodeProgram::State {
  std::shared_ptr<const Plan> plan;
  uint32_t node = 0;
  std::shared_ptr<MemoryPool> pool;
  std::shared_ptr<const TensorSet> tensors;
  CompiledProgram program;

  /// Points every matrix of the program at the rows of the chunk that starts at `begin`.
  void placeMatrices(NodeWorkspace::State& workspace, std::vector<StoredValue>& stored, int64_t outRow) const {
    for (size_t m = 0; m < program.matrices.size(); ++m) {
      const ProgramMatrix& matrix = program.matrices[m];
      if (matrix.stored >= 0) {
        StoredValue& value = stored[static_cast<size_t>(matrix.stored)];
        workspace.matrices[m] = {value.row(outRow), value.strideBytes};
      } else {
        uint8_t* data = workspace.memory.data() + workspace.slotOffsets[static_cast<size_t>(matrix.slot)];
        workspace.matrices[m] = {data, matrix.strideBytes};
      }
    }
  }
};

ProgramScope ProgramScope::whole(const Plan& plan, uint32_t node) {
  ProgramScope scope{.values = plan.valuesAt(node), .stored = {}};
  std::copy_if(scope.values.begin(), scope.values.end(), std::back_inserter(scope.stored), [&](uint32_t value) { return plan.escapes(value); });
  return scope;
}

NodeProgram::NodeProgram(std::shared_ptr<const Plan> plan, uint32_t node, std::shared_ptr<const TensorSet> tensors,
                         std::shared_ptr<MemoryPool> pool)
    : NodeProgram(plan, node, ProgramScope::whole(*plan, node), std::move(tensors), std::move(pool)) {}

NodeProgram::NodeProgram(std::shared_ptr<const Plan> plan, uint32_t node, ProgramScope scope, std::shared_ptr<const TensorSet> tensors,
                         std::shared_ptr<MemoryPool> pool)
    : state_(std::make_unique<State>()) {
  state_->program = ProgramBuilder(plan, node, std::move(scope), tensors->state(), *pool).build();
  state_->plan = std::move(plan);
  state_->node = node;
  state_->tensors = std::move(tensors);
  state_->pool = std::move(pool);
}

NodeProgram::~NodeProgram() = default;

const std::vector<uint32_t>& NodeProgram::storedValues() const { return state_->program.storedValues; }

int64_t NodeProgram::flopsPerRow() const {
  int64_t flops = 0;
  for (const CompiledProgram::Scheduled& scheduled : state_->program.steps) {
    flops += scheduled.step->flopsPerRow;
  }
  return flops;
}

StoredValue NodeProgram::allocate(size_t i, int64_t numRows, MemoryPool& pool) const {
  const proto::Value& value = state_->plan->fragment().values(static_cast<int>(storedValues()[i]));
  StoredValue stored;
  stored.numRows = numRows;
  stored.strideBytes = rowStrideBytes(value.type(), value.width());
  INFERF_USER_CHECK(numRows == 0 || stored.strideBytes <= std::numeric_limits<int64_t>::max() / 2 / numRows, INFERF_ERROR_MEMORY_LIMIT,
                    "A value of the model is too large to be stored. Rows: ", numRows, ", bytes per row: ", stored.strideBytes);
  stored.memory = PoolArray<uint8_t>(pool, numRows * stored.strideBytes);
  return stored;
}

void NodeProgram::run(const RowContext& context, std::vector<StoredValue>& stored, int64_t outBegin, NodeWorkspace& workspace,
                      const CancellationToken& cancellation, std::vector<ValueCost>& costs) const {
  const CompiledProgram& program = state_->program;
  const int64_t numRows = context.numRows();
  INFERF_CHECK(stored.size() == program.storedValues.size());
  INFERF_CHECK(costs.size() == state_->plan->valuesAt(state_->node).size());
  for (const StoredValue& value : stored) {
    INFERF_CHECK(outBegin >= 0 && outBegin + numRows <= value.numRows);
  }
  const int64_t chunkRows = std::min(program.chunkRows, numRows);
  NodeWorkspace::State& scratch = workspace.state();
  scratch.prepare(program, chunkRows);
  for (int64_t begin = 0; begin < numRows; begin += chunkRows) {
    cancellation.check();
    state_->placeMatrices(scratch, stored, outBegin + begin);
    ChunkFrame frame{.context = context,
                     .begin = begin,
                     .numRows = std::min(chunkRows, numRows - begin),
                     .matrices = scratch.matrices,
                     .segments = scratch.segments,
                     .floatItems = scratch.floatItems,
                     .doubleItems = scratch.doubleItems,
                     .maskRows = scratch.maskRows,
                     .scratch = scratch.scratch,
                     .cancellation = cancellation};
    Clock::time_point before = Clock::now();
    for (const CompiledProgram::Scheduled& scheduled : program.steps) {
      scheduled.step->run(frame);
      const Clock::time_point after = Clock::now();
      ValueCost& cost = costs[scheduled.costIndex];
      cost.nanoseconds += nanosecondsBetween(before, after);
      cost.bytes += scheduled.step->bytesPerRow * frame.numRows;
      cost.flops += scheduled.step->flopsPerRow * frame.numRows;
      before = after;
    }
  }
  for (const size_t counted : program.counted) {
    costs[counted].numRows += numRows;
  }
}

std::vector<std::pair<uint32_t, uint32_t>> NodeProgram::nullCheckedColumns(const Plan& plan) {
  std::set<std::pair<uint32_t, uint32_t>> columns;
  for (const proto::Value& value : plan.fragment().values()) {
    if (value.has_load_columns() && value.load_columns().null_policy() == proto::NULL_POLICY_ERROR) {
      for (const proto::ColumnRef& column : value.load_columns().columns()) {
        columns.emplace(column.table(), column.column());
      }
    }
  }
  return {columns.begin(), columns.end()};
}

}  // namespace inferf
