#include "exec/ClusterChoice.h"

#include <algorithm>
#include <set>
#include <utility>

#include "exec/ValueSteps.h"

namespace inferf {

namespace {

/// Build sides of which less is gathered stay in the last cache anyhow: half of what a core of the machines we know has to itself.
constexpr int64_t kFarBytes = 16 << 20;
/// What a batch may hold: as much as caches, so that reading it out of order is cheap.
constexpr int64_t kMaxBatchBytes = 32 << 20;
constexpr int64_t kMaxBatchRows = 1 << 20;
constexpr int64_t kMinBatchRows = 1 << 16;
/// A batch refers to each row of the build side so many times on average, if it may be as large as that.
constexpr int64_t kReuse = 4;
/// Nanoseconds, by measurement on Zen 3: what a line from memory costs more than one from the cache, a row of a column that is read out of order more
/// than one in order, and finding and sorting a row's key.
constexpr double kFarLine = 3.5;
constexpr double kDisorder = 2.5;
constexpr double kSorting = 12;
/// Clustering must save this many times what it costs.
constexpr double kMargin = 1.5;
/// Bytes of a string, in the average.
constexpr int64_t kStringBytes = 24;

int64_t linesOf(int64_t bytes) { return (bytes + 63) / 64; }

int64_t bytesOf(const ColumnType& type) {
  const bool isText = type.id == TypeId::kString || type.id == TypeId::kLargeString;
  return isText ? kStringBytes : std::max<int64_t>(type.byteWidth, 1);
}

/// What the rows of the root pipeline gather from one build side.
struct Gathered {
  int64_t linesPerRow = 0;
  int64_t bytes = 0;  // of everything that may be gathered

  void add(int64_t numRows, int64_t rowBytes) {
    linesPerRow += linesOf(rowBytes);
    bytes += numRows * rowBytes;
  }
};

Gathered gatheredFrom(const Plan& plan, uint32_t build, const QueryState& state) {
  Gathered gathered;
  std::set<uint32_t> values;
  std::set<std::pair<uint32_t, uint32_t>> columns;
  for (const proto::Value& value : plan.fragment().values()) {
    if (!plan.isStreamed(value.node())) {
      continue;
    }
    for (const uint32_t argument : argumentsOf(value)) {
      const uint32_t node = plan.fragment().values(static_cast<int>(argument)).node();
      if (plan.isAncestorOrSelf(build, node) && values.insert(argument).second) {
        const StoredValue& stored = state.values[argument];
        gathered.add(stored.numRows, stored.strideBytes);
      }
    }
    for (const proto::ColumnRef& reference : value.load_columns().columns()) {
      if (plan.isUnder(reference.table(), build) && columns.emplace(reference.table(), reference.column()).second) {
        const Batch& table = state.tables[reference.table()];
        gathered.add(table.numRows, bytesOf(table.columns[reference.column()].type));
      }
    }
  }
  return gathered;
}

bool hasKeysOf(const proto::HashJoinNode& join, uint32_t table) {
  return std::all_of(join.keys().begin(), join.keys().end(), [table](const proto::JoinKey& key) { return key.probe().table() == table; });
}

}  // namespace

std::optional<ClusterChoice> ClusterChoice::choose(const Plan& plan, const Pipeline& layout, const QueryState& state, const TableTypes& types,
                                                   int64_t availableBytes) {
  int64_t rowBytes = sizeof(int32_t) * 2;
  int64_t rowLines = 0;
  for (const ColumnType& type : types[layout.driverTable]) {
    rowBytes += bytesOf(type);
    rowLines += linesOf(bytesOf(type));
  }
  const int64_t maxRows = std::min(kMaxBatchRows, std::min(kMaxBatchBytes, availableBytes / 4) / rowBytes);
  const double cost = kSorting + kDisorder * static_cast<double>(rowLines);
  std::optional<ClusterChoice> best;
  double mostSaved = kMargin * cost;
  for (size_t k = 1; k < layout.levels.size(); ++k) {
    const proto::HashJoinNode* join = layout.levels[k].join;
    if (join == nullptr || !hasKeysOf(*join, layout.driverTable)) {
      continue;
    }
    const JoinTable& table = *state.joins[layout.levels[k].node];
    const int64_t numKeys = table.index.isUnique() ? table.numRows : table.index.numKeys();
    const int64_t batchRows = std::clamp(kReuse * table.numRows, kMinBatchRows, std::max(kMinBatchRows, maxRows));
    const Gathered gathered = gatheredFrom(plan, join->build(), state);
    if (gathered.bytes < kFarBytes || batchRows > maxRows) {
      continue;
    }
    const double reuse = static_cast<double>(batchRows) / static_cast<double>(std::max<int64_t>(table.numRows, 1));
    const double saved = kFarLine * static_cast<double>(gathered.linesPerRow) * std::max(0.0, 1 - 1 / reuse);
    if (saved > mostSaved) {
      mostSaved = saved;
      best = ClusterChoice{.level = k, .numKeys = numKeys, .batchRows = batchRows};
    }
  }
  return best;
}

}  // namespace inferf
