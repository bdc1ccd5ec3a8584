#pragma once

#include <atomic>
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

/// The rows of the streamed table on their way to the workers. A worker takes rows of a part of the table that nobody else reads, as long as there are
/// such parts; then it shares one with others. So workers read at the same time, and the order of the rows is kept if there is one part.
class StreamInput {
 public:
  /// Rows that one worker processes at a time; consecutive in their part. Numbered 0, 1, 2 … in the order in which they are handed out.
  struct Token {
    int64_t number = 0;
    int64_t numRows = 0;
    std::vector<Batch> batches;
  };

  /// Where a worker takes its rows from; one per worker, kept between calls of take().
  struct Place {
    static constexpr size_t kNone = SIZE_MAX;
    size_t part = kNone;
  };

  /// Yields the next token, or nothing at the end. Any thread, each with a place of its own.
  using Source = std::function<std::optional<Token>(Place&)>;

  StreamInput(uint32_t table, std::unique_ptr<BatchReader> reader);

  /// Reads batches, part by part, until there are `numRows` rows or all parts end. They are handed out later like any others. No worker takes yet.
  void readAhead(int64_t numRows, InputTypes& types, const CancellationToken& cancellation);

  /// The batches that readAhead() has read and nobody has taken yet.
  std::deque<Batch>& ahead() { return ahead_.batches; }

  /// Takes the next token; nothing when all parts have ended. `onTypesKnown` is called once, when the first rows are there or there are none. Any
  /// thread; one at a time gets into a part.
  std::optional<Token> take(Place& place, InputTypes& types, const CancellationToken& cancellation, const std::function<void()>& onTypesKnown);

 private:
  /// Rows that have been read and wait to be taken: usually those of one large batch.
  struct Waiting {
    std::mutex mutex;
    std::deque<Batch> batches;
    int64_t begin = 0;  // rows of the first batch that have been taken
  };

  struct Part {
    Waiting waiting;
    // Guarded by partsMutex_.
    bool isOpened = false;
    bool hasEnded = false;
    int32_t numWorkers = 0;
  };

  /// Reads the next batch of a part that has rows, admitted; nothing at the end.
  std::optional<Batch> read(size_t part, InputTypes& types, const std::function<void()>& onTypesKnown);
  /// Moves rows that wait to the token until it is full or none are left.
  static void fill(Token& token, Waiting& waiting);
  /// Fills a token from rows that wait and, if there is a part, from it. False if there are none any more.
  bool fillFrom(Waiting& waiting, std::optional<size_t> part, Token& token, InputTypes& types, const CancellationToken& cancellation,
                const std::function<void()>& onTypesKnown);
  /// Moves a worker to a part that has not ended: one that nobody has opened, or else the one that fewest workers share. False if there is none.
  bool move(Place& place);
  void announceTypes(const std::function<void()>& onTypesKnown);

  const uint32_t table_;
  const std::unique_ptr<BatchReader> reader_;
  Waiting ahead_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::atomic<int64_t> nextToken_{0};

  std::mutex partsMutex_;
  std::mutex typesMutex_;  // guards the InputTypes and what follows
  bool typesKnown_ = false;
};

}  // namespace inferf
