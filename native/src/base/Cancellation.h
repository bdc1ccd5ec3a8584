#pragma once

#include <atomic>

#include "base/Error.h"

namespace inferf {

/// A flag that asks a run to stop. Checked once per morsel. Thread-safe.
class CancellationToken {
 public:
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  bool isCancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

  /// Throws EngineError CANCELLED if cancel() was called.
  void check() const {
    INFERF_USER_CHECK(!isCancelled(), INFERF_ERROR_CANCELLED, "The query was cancelled.");
  }

 private:
  std::atomic<bool> cancelled_{false};
};

}  // namespace inferf
