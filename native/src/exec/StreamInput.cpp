#include "exec/StreamInput.h"

#include <algorithm>
#include <utility>

#include "exec/Morsel.h"

namespace inferf {

StreamInput::StreamInput(uint32_t table, std::unique_ptr<BatchReader> reader) : table_(table), reader_(std::move(reader)) {
  for (size_t part = 0; part < reader_->numParts(); ++part) {
    parts_.push_back(std::make_unique<Part>());
  }
}

std::optional<Batch> StreamInput::read(size_t part, InputTypes& types, const std::function<void()>& onTypesKnown) {
  while (std::optional<Batch> batch = reader_->next(part)) {
    if (batch->numRows > 0) {
      const std::lock_guard lock(typesMutex_);
      types.admit(table_, *batch);
      announceTypes(onTypesKnown);
      return batch;
    }
  }
  const std::lock_guard lock(partsMutex_);
  parts_[part]->hasEnded = true;
  return std::nullopt;
}

void StreamInput::announceTypes(const std::function<void()>& onTypesKnown) {
  if (!typesKnown_ && onTypesKnown) {
    typesKnown_ = true;
    onTypesKnown();
  }
}

void StreamInput::readAhead(int64_t numRows, InputTypes& types, const CancellationToken& cancellation) {
  int64_t numRead = 0;
  for (size_t part = 0; part < parts_.size(); ++part) {
    while (numRead < numRows) {
      cancellation.check();
      std::optional<Batch> batch = read(part, types, nullptr);
      if (!batch.has_value()) {
        break;
      }
      numRead += batch->numRows;
      ahead_.batches.push_back(std::move(*batch));
    }
  }
}

std::optional<StreamInput::Token> StreamInput::take(Place& place, InputTypes& types, const CancellationToken& cancellation,
                                                    const std::function<void()>& onTypesKnown) {
  Token token;
  if (fillFrom(ahead_, std::nullopt, token, types, cancellation, onTypesKnown)) {
    return token;
  }
  do {
    if (place.part != Place::kNone &&
        fillFrom(parts_[place.part]->waiting, place.part, token, types, cancellation, onTypesKnown)) {
      return token;
    }
  } while (move(place));
  const std::lock_guard lock(typesMutex_);
  announceTypes(onTypesKnown);
  return std::nullopt;
}

bool StreamInput::fillFrom(Waiting& waiting, std::optional<size_t> part, Token& token, InputTypes& types,
                           const CancellationToken& cancellation, const std::function<void()>& onTypesKnown) {
  const std::lock_guard lock(waiting.mutex);
  fill(token, waiting);
  while (part.has_value() && token.numRows < kMorselRows) {
    cancellation.check();
    std::optional<Batch> batch = read(*part, types, onTypesKnown);
    if (!batch.has_value()) {
      break;
    }
    waiting.batches.push_back(std::move(*batch));
    fill(token, waiting);
  }
  if (token.batches.empty()) {
    return false;
  }
  if (!part.has_value()) {
    const std::lock_guard typesLock(typesMutex_);
    announceTypes(onTypesKnown);
  }
  // Numbered under the lock, so that the tokens of one part are in the order of its rows.
  token.number = nextToken_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void StreamInput::fill(Token& token, Waiting& waiting) {
  while (token.numRows < kMorselRows && !waiting.batches.empty()) {
    Batch& first = waiting.batches.front();
    if (first.numRows <= kMaxMorselRows) {
      token.numRows += first.numRows;
      token.batches.push_back(std::move(first));
      waiting.batches.pop_front();
      continue;
    }
    const int64_t count = std::min(kMorselRows, first.numRows - waiting.begin);
    token.batches.push_back(sliceRows(first, waiting.begin, count));
    token.numRows += count;
    waiting.begin += count;
    if (waiting.begin == first.numRows) {
      waiting.batches.pop_front();
      waiting.begin = 0;
    }
  }
}

bool StreamInput::move(Place& place) {
  const std::lock_guard lock(partsMutex_);
  if (place.part != Place::kNone) {
    --parts_[place.part]->numWorkers;
    place.part = Place::kNone;
  }
  for (size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = *parts_[i];
    if (part.hasEnded) {
      continue;
    }
    const bool isBetter = place.part == Place::kNone || (!part.isOpened && parts_[place.part]->isOpened) ||
                          (part.isOpened == parts_[place.part]->isOpened && part.numWorkers < parts_[place.part]->numWorkers);
    if (isBetter) {
      place.part = i;
    }
  }
  if (place.part == Place::kNone) {
    return false;
  }
  parts_[place.part]->isOpened = true;
  ++parts_[place.part]->numWorkers;
  return true;
}

}  // namespace inferf
