#include "exec/ResultQueue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace inferf {

void ResultQueue::setNumWorkers(int32_t numWorkers) {
  const std::lock_guard lock(mutex_);
  maxHeld_ = kMaxAheadPerWorker * static_cast<size_t>(std::max(numWorkers, 1));
}

bool ResultQueue::hasRoom(int64_t token) const {
  return token == firstIncomplete_ ? ready_.size() < kMaxReady : ready_.size() + numPending_ < maxHeld_;
}

bool ResultQueue::push(int64_t token, ArrowHandle<ArrowArray> batch) {
  std::unique_lock lock(mutex_);
  roomMade_.wait(lock, [&] { return isStopped_ || hasRoom(token); });
  if (isStopped_) {
    return false;
  }
  if (token == firstIncomplete_) {
    ready_.push_back(std::move(batch));
  } else {
    pending_[token].batches.push_back(std::move(batch));
    ++numPending_;
  }
  batchReady_.notify_one();
  return true;
}

void ResultQueue::complete(int64_t token) {
  const std::lock_guard lock(mutex_);
  pending_[token].isComplete = true;
  advance();
}

void ResultQueue::advance() {
  while (true) {
    const auto first = pending_.find(firstIncomplete_);
    if (first == pending_.end()) {
      break;
    }
    numPending_ -= first->second.batches.size();
    std::move(first->second.batches.begin(), first->second.batches.end(), std::back_inserter(ready_));
    first->second.batches.clear();
    if (!first->second.isComplete) {
      break;
    }
    pending_.erase(first);
    ++firstIncomplete_;
  }
  batchReady_.notify_one();
  roomMade_.notify_all();
}

void ResultQueue::close() {
  const std::lock_guard lock(mutex_);
  isClosed_ = true;
  batchReady_.notify_all();
}

void ResultQueue::fail(std::exception_ptr failure) {
  // Released outside of the lock: that runs code of whoever allocated the batches.
  std::deque<ArrowHandle<ArrowArray>> ready;
  std::map<int64_t, Pending> pending;
  {
    const std::lock_guard lock(mutex_);
    if (failure_ == nullptr) {
      failure_ = std::move(failure);
    }
    isStopped_ = true;
    ready.swap(ready_);
    pending.swap(pending_);
    numPending_ = 0;
    roomMade_.notify_all();
    batchReady_.notify_all();
  }
}

bool ResultQueue::pop(ArrowArray* out) {
  std::unique_lock lock(mutex_);
  batchReady_.wait(lock, [&] { return failure_ != nullptr || !ready_.empty() || isClosed_; });
  if (failure_ != nullptr) {
    std::rethrow_exception(failure_);
  }
  if (ready_.empty()) {
    return false;
  }
  *out = std::exchange(*ready_.front().get(), ArrowArray{});
  ready_.pop_front();
  roomMade_.notify_all();
  return true;
}

std::exception_ptr ResultQueue::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace inferf
