#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/Cancellation.h"
#include "column/ArrowBridge.h"
#include "exec/InputTypes.h"

namespace inferf {

/// The rows of the streamed table on their way to the workers.
class StreamInput {
 public:
  /// Consecutive rows that one worker processes at a time. Numbered 0, 1, 2 …
  struct Token {
    int64_t number = 0;
    int64_t numRows = 0;
    std::vector<Batch> batches;
  };

  StreamInput(uint32_t table, std::unique_ptr<BatchReader> reader) : table_(table), reader_(std::move(reader)) {}

  /// Reads batches until there are `numRows` rows or the stream ends. They are handed out later like any others.
  void readAhead(int64_t numRows, InputTypes& types, const CancellationToken& cancellation);

  /// The batches that readAhead() has read and nobody has taken yet.
  std::deque<Batch>& ahead() { return ahead_; }

  /// Takes the next token; nothing at the end of the stream. `onTypesKnown` is called once, when the first rows are there or there are none. Any
  /// thread; one at a time gets in.
  std::optional<Token> take(InputTypes& types, const CancellationToken& cancellation, const std::function<void()>& onTypesKnown);

 private:
  /// The next batch, admitted; nothing at the end.
  std::optional<Batch> next(InputTypes& types);
  std::optional<Batch> read(InputTypes& types);

  const uint32_t table_;
  std::unique_ptr<BatchReader> reader_;
  std::mutex mutex_;
  std::deque<Batch> ahead_;
  bool ended_ = false;
  bool typesKnown_ = false;
  int64_t nextToken_ = 0;
  Batch largeBatch_;  // being cut into tokens
  int64_t largeBatchBegin_ = 0;
};

}  // namespace inferf
