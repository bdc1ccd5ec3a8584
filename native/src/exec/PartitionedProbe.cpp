#include "exec/PartitionedProbe.h"

#include <tbb/task_arena.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "base/Error.h"
#include "exec/Morsel.h"
#include "exec/RelationBuilder.h"
#include "exec/ValueBuilder.h"

namespace inferf {

namespace {

constexpr size_t kMaxCells = size_t{1} << 16;
// Runs of the streamed table's file; see TableLoader.
constexpr int64_t kMinRunBytes = int64_t{256} << 10;
constexpr int64_t kMaxRunBytes = int64_t{8} << 20;
constexpr int64_t kRunCopies = 3;

/// The part [numRows * slice / numSlices, numRows * (slice + 1) / numSlices) of the rows that segments name.
std::vector<SpilledRows::Segment> sliceOf(const std::vector<SpilledRows::Segment>& segments, int64_t numRows, int64_t slice, int64_t numSlices) {
  if (numSlices == 1) {
    return segments;
  }
  const int64_t begin = numRows * slice / numSlices;
  const int64_t end = numRows * (slice + 1) / numSlices;
  std::vector<SpilledRows::Segment> sliced;
  int64_t row = 0;
  for (const SpilledRows::Segment& segment : segments) {
    const int64_t from = std::max(begin - row, int64_t{0});
    const int64_t to = std::min(end - row, segment.numRows());
    if (from < to) {
      sliced.push_back({segment.run, segment.begin + from, segment.begin + to});
    }
    row += segment.numRows();
  }
  return sliced;
}

}  // namespace

/// Reads the streamed rows of a cell as tokens.
class PartitionedProbe::CellReader {
 public:
  CellReader(const SpilledRows& rows, size_t cell, int64_t& nextToken, const RunEnvironment& environment)
      : rows_(rows), segments_(rows.segments(cell, cell + 1)), nextToken_(nextToken), environment_(environment) {}

  std::optional<StreamInput::Token> take() {
    StreamInput::Token token;
    std::vector<SpilledRows::Segment> segments;
    {
      const std::lock_guard lock(mutex_);
      while (token.numRows < kMorselRows && next_ < segments_.size()) {
        SpilledRows::Segment& segment = segments_[next_];
        const int64_t count = std::min(kMorselRows - token.numRows, segment.numRows());
        segments.push_back({segment.run, segment.begin, segment.begin + count});
        token.numRows += count;
        segment.begin += count;
        next_ += segment.numRows() == 0 ? 1 : 0;
      }
      if (segments.empty()) {
        return std::nullopt;
      }
      token.number = nextToken_++;
    }
    token.batches.push_back(rows_.read(segments, nullptr, environment_.pool, environment_.cancellation));
    return token;
  }

 private:
  const SpilledRows& rows_;
  std::mutex mutex_;  // guards what follows
  std::vector<SpilledRows::Segment> segments_;
  size_t next_ = 0;
  int64_t& nextToken_;
  const RunEnvironment& environment_;
};

PartitionedProbe::PartitionedProbe(std::vector<CompiledPipeline>& pipelines, QueryState& state, InputTypes& types,
                                   const RunEnvironment& environment, const EntityUses& uses,
                                   const std::vector<std::unique_ptr<SpilledTable>>& spilled, TableLoader::Mark mark)
    : pipelines_(pipelines), state_(state), types_(types), environment_(environment), uses_(uses), spilled_(spilled), mark_(std::move(mark)) {}

bool PartitionedProbe::maySlice(const SpillableBuild& build) const {
  const uint32_t checkNode = environment_.plan.fragment().null_check_node();
  // A check below the join would count the rows that it sees once for every slice.
  return build.isInner && (environment_.nullCheck.isEmpty() || !environment_.plan.isStreamed(checkNode) ||
                           environment_.plan.isAncestorOrSelf(checkNode, build.join));
}

std::vector<PartitionedProbe::Group> PartitionedProbe::groupParts(const SpilledTable& spilled, int64_t budget) const {
  const int64_t bytesPerRow = heldBytesPerRow(environment_.plan, pipelines_[spilled.build.pipeline].layout, types_.types());
  const std::vector<SpilledRows::Size>& sizes = spilled.rows.sizes();
  std::vector<Group> groups;
  int64_t held = 0;
  for (size_t part = 0; part < sizes.size(); ++part) {
    const int64_t bytes = sizes[part].numBytes + sizes[part].numRows * bytesPerRow;
    if (groups.empty() || (held > 0 && held + bytes > budget)) {
      groups.push_back({part, part, 0, 1});
      held = 0;
    }
    Group& group = groups.back();
    held += bytes;
    group.lastPart = part + 1;
    group.numRows += sizes[part].numRows;
    if (held > budget && maySlice(spilled.build)) {
      group.numSlices = std::min((held + budget - 1) / budget, std::max<int64_t>(group.numRows, 1));
    }
  }
  return groups;
}

void PartitionedProbe::partition(const StreamInput::Source& source) {
  const Plan& plan = environment_.plan;
  const std::shared_ptr<MemoryPool>& pool = environment_.pool;
  const int32_t numThreads = tbb::this_task_arena::max_concurrency();
  const int64_t available = std::max<int64_t>(1, pool->bytesAvailable());
  const int64_t probe = probeBytes(plan, pipelines_.back().layout, numThreads);
  const int64_t budget =
      std::max<int64_t>(1, std::max(available / 2, available - probe) / 10 * 9 / static_cast<int64_t>(spilled_.size()));
  size_t numCells = 1;
  std::vector<RowPartitioner::Key> keys;
  for (const std::unique_ptr<SpilledTable>& spilled : spilled_) {
    groups_.push_back(groupParts(*spilled, budget));
    strides_.push_back(numCells);
    const std::vector<Group>& groups = groups_.back();
    INFERF_USER_CHECK(numCells <= kMaxCells / groups.size(), INFERF_ERROR_MEMORY_LIMIT,
                      "The memory limit is too low for build sides of this size, even with parts of them on disk. Limit: ", pool->limit(),
                      " bytes, table: ", plan.fragment().tables(static_cast<int>(spilled->build.table)).name());
    RowPartitioner::Key& key = keys.emplace_back();
    key.columns = spilled->build.streamedColumns;
    for (size_t group = 0; group < groups.size(); ++group) {
      key.partitionOfPart.resize(groups[group].lastPart, static_cast<uint32_t>(numCells * group));
    }
    numCells *= groups.size();
  }
  const std::string& name = plan.fragment().tables(static_cast<int>(plan.streamedTable())).name();
  streamed_ = std::make_unique<SpilledRows>(pool->spillDirectory(), name, numCells);
  std::deque<Batch> batches;
  StreamInput::Place place;
  RowPartitioner(*streamed_, std::move(keys), name, pool, environment_.cancellation)
      .writeAll(
          [&]() -> std::optional<Batch> {
            if (batches.empty()) {
              std::optional<StreamInput::Token> token = source(place);
              if (!token.has_value()) {
                return std::nullopt;
              }
              std::move(token->batches.begin(), token->batches.end(), std::back_inserter(batches));
            }
            std::optional<Batch> batch = std::move(batches.front());
            batches.pop_front();
            return batch;
          },
          std::clamp(available / (4 * kRunCopies * numThreads), kMinRunBytes, kMaxRunBytes), numThreads, mark_);
}

void PartitionedProbe::forEachCell(const std::function<void(const StreamInput::Source&)>& probe) { visit(0, 0, probe); }

bool PartitionedProbe::hasRows(size_t index, size_t cell) const {
  // The tables from `index` on decide over the upper digits of a cell's number.
  const size_t numDecided = index < strides_.size() ? strides_[index] : streamed_->sizes().size();
  for (size_t other = cell; other < streamed_->sizes().size(); other += numDecided) {
    if (streamed_->sizes()[other].numRows > 0) {
      return true;
    }
  }
  return false;
}

void PartitionedProbe::visit(size_t index, size_t cell, const std::function<void(const StreamInput::Source&)>& probe) {
  if (index == spilled_.size()) {
    CellReader reader(*streamed_, cell, nextToken_, environment_);
    probe([&reader](StreamInput::Place& /*place*/) { return reader.take(); });
    return;
  }
  // A check on a build side sees rows that nothing joins, too.
  const bool mustLoadAll =
      !environment_.nullCheck.isEmpty() && !environment_.plan.isStreamed(environment_.plan.fragment().null_check_node());
  for (size_t i = 0; i < groups_[index].size(); ++i) {
    const Group& group = groups_[index][i];
    const size_t chosen = cell + i * strides_[index];
    if (!mustLoadAll && !hasRows(index + 1, chosen)) {
      continue;
    }
    for (int64_t slice = 0; slice < group.numSlices; ++slice) {
      load(*spilled_[index], group, slice);
      visit(index + 1, chosen, probe);
    }
  }
  unload(*spilled_[index]);
}

void PartitionedProbe::load(const SpilledTable& spilled, const Group& group, int64_t slice) {
  unload(spilled);
  const SpillableBuild& build = spilled.build;
  const std::vector<SpilledRows::Segment> segments =
      sliceOf(spilled.rows.segments(group.firstPart, group.lastPart), group.numRows, slice, group.numSlices);
  CompiledPipeline& pipeline = pipelines_[build.pipeline];
  try {
    Batch& table = state_.tables[build.table];
    table = spilled.rows.read(segments, &spilled.types, environment_.pool, environment_.cancellation);
    types_.admit(build.table, table);
    RelationBuilder(pipeline, state_, environment_, &uses_, nullptr).keepProbedJoins().build();
    ValueBuilder(pipeline, state_, environment_, nullptr).compute();
  } catch (const EngineError& error) {
    if (error.code() != INFERF_ERROR_MEMORY_LIMIT) {
      throw;
    }
    throwUser(INFERF_ERROR_MEMORY_LIMIT, "A part of a build side that was moved to disk does not fit into memory with what is computed for it. Table: ",
              environment_.plan.fragment().tables(static_cast<int>(build.table)).name(), ", rows: ", state_.tables[build.table].numRows, ". ",
              error.what());
  }
}

void PartitionedProbe::unload(const SpilledTable& spilled) {
  const SpillableBuild& build = spilled.build;
  state_.joins[build.join].reset();
  for (const PipelineLevel& level : pipelines_[build.pipeline].layout.levels) {
    state_.rowSets[level.node].reset();
    for (const uint32_t value : environment_.plan.valuesAt(level.node)) {
      state_.values[value] = StoredValue();
    }
  }
  state_.tables[build.table] = Batch();
}

}  // namespace inferf
