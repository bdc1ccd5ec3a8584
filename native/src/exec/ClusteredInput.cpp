#include "exec/ClusteredInput.h"

#include <algorithm>
#include <utility>

#include "column/Concatenate.h"
#include "exec/Morsel.h"
#include "kernel/RowClusters.h"

namespace inferf {

namespace {

/// Counts a worker that is doing something outside of the lock, and wakes the others when it is back, however that ends.
class Absence {
 public:
  Absence(std::unique_lock<std::mutex>& lock, int64_t& numAbsent, std::condition_variable& changed)
      : lock_(lock), numAbsent_(numAbsent), changed_(changed) {
    ++numAbsent_;
    lock_.unlock();
  }
  ~Absence() {
    lock_.lock();
    --numAbsent_;
    changed_.notify_all();
  }
  Absence(const Absence&) = delete;
  Absence& operator=(const Absence&) = delete;

 private:
  std::unique_lock<std::mutex>& lock_;
  int64_t& numAbsent_;
  std::condition_variable& changed_;
};

}  // namespace

ClusteredInput::ClusteredInput(const ClusterChoice& choice, const Pipeline& layout, const QueryState& state, const RunEnvironment& environment,
                               const StreamInput::Source& source)
    : choice_(choice), level_(layout.levels[choice.level]), state_(state), environment_(environment), source_(source) {}

std::optional<ClusteredInput::Slice> ClusteredInput::take(StreamInput::Place& place) {
  std::unique_lock lock(mutex_);
  while (true) {
    environment_.cancellation.check();
    if (isBatchComplete()) {
      const std::vector<Batch> parts = std::exchange(gathered_, {});
      const int64_t numRows = std::exchange(numGathered_, 0);
      std::shared_ptr<const ClusteredBatch> batch;
      {
        const Absence absence(lock, numReading_, changed_);
        batch = cluster(parts);
      }
      for (int64_t begin = 0; begin < numRows; begin += kMorselRows) {
        ready_.push_back({nextNumber_++, batch, begin, std::min(kMorselRows, numRows - begin)});
      }
      numReady_ += numRows;
    } else if (needsRows()) {
      std::optional<StreamInput::Token> token;
      {
        const Absence absence(lock, numReading_, changed_);
        token = source_(place);
      }
      if (!token.has_value()) {
        hasEnded_ = true;
        continue;
      }
      numGathered_ += token->numRows;
      std::move(token->batches.begin(), token->batches.end(), std::back_inserter(gathered_));
    } else if (!ready_.empty()) {
      return takeReady();
    } else if (hasEnded_ && numReading_ == 0) {
      return std::nullopt;
    } else {
      changed_.wait(lock);
    }
  }
}

ClusteredInput::Slice ClusteredInput::takeReady() {
  Slice slice = std::move(ready_.front());
  ready_.pop_front();
  numReady_ -= slice.numRows;
  return slice;
}

Batch ClusteredInput::join(const std::vector<Batch>& parts) const {
  Batch joined;
  for (const Batch& part : parts) {
    joined.numRows += part.numRows;
  }
  for (size_t c = 0; c < parts.front().columns.size(); ++c) {
    std::vector<Column> columns;
    const ColumnType* type = &parts.front().columns[c].type;
    for (const Batch& part : parts) {
      columns.push_back(part.columns[c]);
      // Lists that are all NULL may have been read before their length was known.
      type = part.columns[c].type.listLength > type->listLength ? &part.columns[c].type : type;
    }
    const auto table = environment_.plan.streamedTable();
    joined.columns.push_back(concatenate(columns, *type, columnName(environment_.plan, table, static_cast<uint32_t>(c)), environment_.pool));
  }
  return joined;
}

std::shared_ptr<const ClusteredInput::ClusteredBatch> ClusteredInput::cluster(const std::vector<Batch>& parts) const {
  auto batch = std::make_shared<ClusteredBatch>();
  batch->rows = join(parts);
  const int64_t numRows = batch->rows.numRows;
  MemoryPool& pool = *environment_.pool;
  const JoinTable& table = *state_.joins[level_.node];
  PoolArray<int32_t> matches(pool, numRows);
  PoolArray<int64_t> codes(pool, std::min(numRows, kMorselRows));
  PoolArray<int64_t> scratch(pool, level_.join->keys_size() > 1 ? codes.size() : 0);
  for (int64_t begin = 0; begin < numRows; begin += kMorselRows) {
    environment_.cancellation.check();
    const Batch slice = sliceRows(batch->rows, begin, std::min(kMorselRows, numRows - begin));
    std::vector<KeyInput> keys;
    for (const proto::JoinKey& key : level_.join->keys()) {
      keys.push_back({&slice.columns[key.probe().column()], nullptr});
    }
    table.encoder.encode(keys, slice.numRows, scratch.data(), codes.data());
    table.index.lookup(codes.data(), slice.numRows, matches.data() + begin);
  }
  batch->order = PoolArray<int32_t>(pool, numRows);
  clusterRows(matches.data(), numRows, choice_.numKeys, batch->order.data());
  return batch;
}

}  // namespace inferf
