#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <mutex>

#include "column/ArrowHandle.h"
#include "inferf/arrow_c.h"

namespace inferf {

/// Hands record batches from the workers of a run to its reader, in the order of the input tokens that they come from, and holds only a few
/// of them: workers that are ahead wait. Also carries the run's first failure. Thread-safe.
///
/// Tokens are numbered 0, 1, 2 … and must be worked on in that order, each by a live thread, from take to complete(): the worker of the first
/// incomplete token is the one the reader waits for, and it waits for no other worker.
class ResultQueue {
 public:
  ResultQueue() = default;
  ResultQueue(const ResultQueue&) = delete;
  ResultQueue& operator=(const ResultQueue&) = delete;

  /// Says how many workers push batches: how many are held depends on it. Before the first push.
  void setNumWorkers(int32_t numWorkers);

  /// Adds a batch of a token; waits while too many are held. False if the queue was stopped.
  bool push(int64_t token, ArrowHandle<ArrowArray> batch);
  /// Says that a token's last batch has been pushed.
  void complete(int64_t token);

  /// Says that the last token is complete: the reader sees the end after what is held.
  void close();
  /// Records a failure, unless there is one already, and stops the queue: held batches are dropped, waiting workers are let go.
  void fail(std::exception_ptr failure);

  /// Moves the next batch to `out`; waits for it. False at the end. Rethrows the failure.
  bool pop(ArrowArray* out);

  /// The first failure, or nullptr.
  std::exception_ptr failure() const;

 private:
  // A reader keeps up with the workers if two batches are ready while a third is made.
  static constexpr size_t kMaxReady = 4;
  // Workers that are ahead go on while the first token's worker is busy, but not without end: the reader may be slow.
  static constexpr size_t kMaxAheadPerWorker = 8;

  struct Pending {
    std::deque<ArrowHandle<ArrowArray>> batches;
    bool isComplete = false;
  };

  bool hasRoom(int64_t token) const;
  void advance();

  mutable std::mutex mutex_;
  std::condition_variable roomMade_;
  std::condition_variable batchReady_;
  std::deque<ArrowHandle<ArrowArray>> ready_;
  std::map<int64_t, Pending> pending_;  // tokens after firstIncomplete_
  size_t numPending_ = 0;              // their batches
  size_t maxHeld_ = kMaxAheadPerWorker;
  int64_t firstIncomplete_ = 0;
  bool isClosed_ = false;
  bool isStopped_ = false;
  std::exception_ptr failure_;
};

}  // namespace inferf
