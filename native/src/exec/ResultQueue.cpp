#include "exec/ResultQueue.h"

#include <utility>

namespace inferf {

ResultQueue::~ResultQueue() {
  dropAll(ready_);
  for (auto& [token, pending] : pending_) {
    dropAll(pending.batches);
  }
}

void ResultQueue::dropAll(std::deque<ArrowArray>& batches) {
  for (ArrowArray& batch : batches) {
    batch.release(&batch);
  }
  batches.clear();
}

bool ResultQueue::hasRoom(int64_t token) {
  return token == firstIncomplete_ ? ready_.size() < kMaxReady : pending_[token].batches.size() < kMaxAheadPerToken;
}

bool ResultQueue::push(int64_t token, ArrowArray* batch) {
  std::unique_lock lock(mutex_);
  roomMade_.wait(lock, [&] { return isStopped_ || hasRoom(token); });
  if (isStopped_) {
    lock.unlock();
    batch->release(batch);
    return false;
  }
  (token == firstIncomplete_ ? ready_ : pending_[token].batches).push_back(std::exchange(*batch, ArrowArray{}));
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
    ready_.insert(ready_.end(), first->second.batches.begin(), first->second.batches.end());
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
  std::deque<ArrowArray> ready;
  std::map<int64_t, Pending> pending;
  {
    const std::lock_guard lock(mutex_);
    if (failure_ == nullptr) {
      failure_ = std::move(failure);
    }
    isStopped_ = true;
    ready.swap(ready_);
    pending.swap(pending_);
    roomMade_.notify_all();
    batchReady_.notify_all();
  }
  // Outside of the lock: releasing runs code of whoever allocated the batches.
  dropAll(ready);
  for (auto& [token, held] : pending) {
    dropAll(held.batches);
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
  *out = ready_.front();
  ready_.pop_front();
  roomMade_.notify_all();
  return true;
}

std::exception_ptr ResultQueue::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace inferf
