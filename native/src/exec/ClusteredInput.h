#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "exec/ClusterChoice.h"
#include "exec/RunEnvironment.h"
#include "exec/StreamInput.h"

namespace inferf {

/// The rows of the streamed table, many at a time in the order of the build rows that they meet in one join. Workers read the stream side by side until a
/// batch is full; one of them puts it in order while the others work on what is left of the batch before.
class ClusteredInput {
 public:
  /// Rows of a batch in their new order.
  struct ClusteredBatch {
    Batch rows;
    PoolArray<int32_t> order;
  };

  /// Some rows for one worker: order[begin, begin + numRows) of the batch.
  struct Slice {
    int64_t number = 0;  // 0, 1, 2 …, in the order in which slices are taken
    std::shared_ptr<const ClusteredBatch> batch;
    int64_t begin = 0;
    int64_t numRows = 0;

    const int32_t* rows() const { return batch->order.data() + begin; }
  };

  /// `layout` is the root pipeline, `state` what the build phase has made of the plan. All must outlive the input.
  ClusteredInput(const ClusterChoice& choice, const Pipeline& layout, const QueryState& state, const RunEnvironment& environment, const StreamInput::Source& source);

  /// Takes the next slice; nothing at the end of the stream. Any thread, each with a place of its own. Throws what reading throws.
  std::optional<Slice> take(StreamInput::Place& place);

 private:
  /// True if the rows that have been read and not been taken are fewer than should be, so that somebody must read.
  bool needsRows() const { return !hasEnded_ && numGathered_ + numReady_ < choice_.batchRows + choice_.batchRows / 4; }
  /// True if what has been read is to be put in order: there is enough of it, or no more.
  bool isBatchComplete() const { return numGathered_ >= choice_.batchRows || (hasEnded_ && numReading_ == 0 && numGathered_ > 0); }
  std::shared_ptr<const ClusteredBatch> cluster(const std::vector<Batch>& parts) const;
  Batch join(const std::vector<Batch>& parts) const;
  Slice takeReady();

  const ClusterChoice choice_;
  const PipelineLevel& level_;
  const QueryState& state_;
  const RunEnvironment& environment_;
  const StreamInput::Source& source_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Batch> gathered_;  // read, to become the next batch
  int64_t numGathered_ = 0;
  std::deque<Slice> ready_;
  int64_t numReady_ = 0;    // rows of ready_
  int64_t numReading_ = 0;  // workers that read, or put a batch in order
  int64_t nextNumber_ = 0;
  bool hasEnded_ = false;
};

}  // namespace inferf
