#include "exec/StreamInput.h"

#include <algorithm>
#include <utility>

#include "exec/Morsel.h"

namespace inferf {

std::optional<Batch> StreamInput::read(InputTypes& types) {
  std::optional<Batch> batch;
  if (!ended_) {
    batch = reader_->next();
    ended_ = !batch.has_value();
  }
  if (batch.has_value() && batch->numRows > 0) {
    types.admit(table_, *batch);
  }
  return batch;
}

std::optional<Batch> StreamInput::next(InputTypes& types) {
  if (ahead_.empty()) {
    return read(types);
  }
  std::optional<Batch> batch = std::move(ahead_.front());
  ahead_.pop_front();
  return batch;
}

void StreamInput::readAhead(int64_t numRows, InputTypes& types, const CancellationToken& cancellation) {
  const std::lock_guard lock(mutex_);
  int64_t numRead = 0;
  while (numRead < numRows) {
    cancellation.check();
    std::optional<Batch> batch = read(types);
    if (!batch.has_value()) {
      return;
    }
    if (batch->numRows > 0) {
      numRead += batch->numRows;
      ahead_.push_back(std::move(*batch));
    }
  }
}

std::optional<StreamInput::Token> StreamInput::take(InputTypes& types, const CancellationToken& cancellation,
                                                    const std::function<void()>& onTypesKnown) {
  const std::lock_guard lock(mutex_);
  Token token;
  while (token.numRows < kMorselRows) {
    cancellation.check();
    if (largeBatchBegin_ < largeBatch_.numRows) {
      const int64_t count = std::min(kMorselRows, largeBatch_.numRows - largeBatchBegin_);
      token.batches.push_back(sliceRows(largeBatch_, largeBatchBegin_, count));
      largeBatchBegin_ += count;
      token.numRows += count;
      continue;
    }
    largeBatch_ = Batch();
    largeBatchBegin_ = 0;
    std::optional<Batch> batch = next(types);
    if (!typesKnown_ && (!batch.has_value() || batch->numRows > 0)) {
      typesKnown_ = true;
      onTypesKnown();
    }
    if (!batch.has_value()) {
      break;
    }
    if (batch->numRows > kMaxMorselRows) {
      largeBatch_ = std::move(*batch);
    } else if (batch->numRows > 0) {
      token.numRows += batch->numRows;
      token.batches.push_back(std::move(*batch));
    }
  }
  if (token.batches.empty()) {
    return std::nullopt;
  }
  token.number = nextToken_++;
  return token;
}

}  // namespace inferf
