#pragma once

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <cstdint>
#include <optional>

namespace inferf {

/// The worker threads of one engine: a TBB arena of a fixed number of slots. Thread-safe; shared by all runs of the engine.
class ThreadArena {
 public:
  /// Most threads that may be asked for.
  static constexpr int32_t kMaxThreads = 1024;

  /// `numThreads` in [0, kMaxThreads]; 0: one per available core. More threads than cores are honoured.
  explicit ThreadArena(int32_t numThreads);

  int32_t numThreads() const noexcept { return numThreads_; }
  tbb::task_arena& arena() noexcept { return arena_; }

 private:
  const int32_t numThreads_;
  std::optional<tbb::global_control> oversubscription_;  // TBB starts no more workers than cores unless told
  tbb::task_arena arena_;
};

}  // namespace inferf
