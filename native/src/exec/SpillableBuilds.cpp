#include "exec/SpillableBuilds.h"

#include <algorithm>

#include "exec/Morsel.h"
#include "exec/StoredValue.h"

namespace inferf {

namespace {

// What a row costs at most in the structures of kernel/: slots of hash tables are half empty at best and three quarters at worst.
constexpr int64_t kCodeBytes = sizeof(int64_t);
constexpr int64_t kCodeTableBytes = 4 * 16;
constexpr int64_t kStringTableBytes = 4 * 8 + 16;
constexpr int64_t kGroupBytes = 5 * sizeof(int32_t);
// Scratch of one worker's programs beyond what grows with the rows of a morsel: chunks are sized for the L2 cache.
constexpr int64_t kWorkerBytes = int64_t{2} << 20;
// Result batches that may wait for the reader: ready ones, and those of each worker.
constexpr int64_t kWaitingBatches = 4;

int64_t storedBytes(const proto::Value& value) {
  const int64_t bytes = static_cast<int64_t>(value.width()) * elementBytes(value.type());
  return bytes < 64 ? bytes : (bytes + 63) / 64 * 64;
}

int64_t storedBytesAt(const Plan& plan, uint32_t node) {
  int64_t bytes = 0;
  for (const uint32_t value : plan.valuesAt(node)) {
    bytes += plan.escapes(value) ? storedBytes(plan.fragment().values(static_cast<int>(value))) : 0;
  }
  return bytes;
}

int64_t outputBytes(const Plan& plan, const proto::OutputColumn& output) {
  if (output.has_struct_()) {
    int64_t bytes = 0;
    for (const proto::OutputColumn& field : output.struct_().fields()) {
      bytes += outputBytes(plan, field);
    }
    return bytes;
  }
  constexpr int64_t kScalarBytes = 16;  // a number and its validity, or a short string
  return output.source_case() == proto::OutputColumn::kValue
             ? storedBytes(plan.fragment().values(static_cast<int>(output.value()))) + kScalarBytes
             : kScalarBytes;
}

}  // namespace

std::vector<SpillableBuild> findSpillableBuilds(const Plan& plan, const std::vector<const Pipeline*>& pipelines) {
  std::vector<SpillableBuild> builds;
  for (const PipelineLevel& level : pipelines.back()->levels) {
    if (level.join == nullptr) {
      continue;
    }
    SpillableBuild build;
    build.join = level.node;
    build.isInner = level.join->type() == proto::JOIN_TYPE_INNER;
    while (pipelines[build.pipeline]->consumer != level.node) {
      ++build.pipeline;
    }
    build.table = pipelines[build.pipeline]->driverTable;
    for (const proto::JoinKey& key : level.join->keys()) {
      if (key.probe().table() == plan.streamedTable() && key.build().table() == build.table) {
        build.streamedColumns.push_back(key.probe().column());
        build.columns.push_back(key.build().column());
      }
    }
    if (!build.columns.empty()) {
      builds.push_back(std::move(build));
    }
  }
  return builds;
}

int64_t storedBytesPerRow(const Plan& plan, const Pipeline& pipeline) {
  int64_t bytes = 0;
  for (const PipelineLevel& level : pipeline.levels) {
    bytes += level.storesValues ? storedBytesAt(plan, level.node) : 0;
  }
  return bytes;
}

int64_t heldBytesPerRow(const Plan& plan, const Pipeline& pipeline, const TableTypes& types) {
  const proto::HashJoinNode& join = plan.fragment().nodes(static_cast<int>(pipeline.consumer)).hash_join();
  int64_t bytes = kCodeBytes + kCodeTableBytes + kGroupBytes;
  for (const proto::JoinKey& key : join.keys()) {
    const TypeId type = types[key.build().table()][key.build().column()].id;
    bytes += type == TypeId::kString || type == TypeId::kLargeString ? kStringTableBytes : 0;
  }
  bytes += join.keys_size() > 1 ? kCodeBytes + kCodeTableBytes : 0;
  bytes += storedBytesPerRow(plan, pipeline);
  if (pipeline.levels.size() > 1) {
    // Row ids of every table below, in morsels and collected.
    for (uint32_t table = 0; table < types.size(); ++table) {
      bytes += plan.isUnder(table, pipeline.topNode()) ? 2 * static_cast<int64_t>(sizeof(int32_t)) : 0;
    }
  }
  return bytes;
}

int64_t probeBytes(const Plan& plan, const Pipeline& root, int32_t numThreads) {
  int64_t bytesPerRow = 0;
  for (const PipelineLevel& level : root.levels) {
    bytesPerRow += level.storesValues ? storedBytesAt(plan, level.node) : 0;
    // Ids of the slots carried over, and what a probe or a filter writes.
    bytesPerRow += static_cast<int64_t>(sizeof(int32_t)) * static_cast<int64_t>(root.numSlots()) + 32;
  }
  int64_t bytesPerResultRow = 0;
  for (const proto::OutputColumn& output : plan.fragment().outputs()) {
    bytesPerResultRow += outputBytes(plan, output);
  }
  const int64_t perWorker = kWorkerBytes + kMaxMorselRows * bytesPerRow + kWaitingBatches * kMorselRows * bytesPerResultRow;
  return perWorker * numThreads + kWaitingBatches * kMorselRows * bytesPerResultRow;
}

}  // namespace inferf
