#include "base/ThreadArena.h"

#include <tbb/info.h>

#include "base/Error.h"

namespace inferf {

ThreadArena::ThreadArena(int32_t numThreads)
    : numThreads_(numThreads == 0 ? tbb::info::default_concurrency() : numThreads) {
  INFERF_USER_CHECK(numThreads >= 0 && numThreads <= kMaxThreads, INFERF_ERROR_INVALID_ARGUMENT,
                    "The number of threads must lie between 0 and ", kMaxThreads, ". Actual: ", numThreads);
  if (numThreads_ > tbb::info::default_concurrency()) {
    oversubscription_.emplace(tbb::global_control::max_allowed_parallelism, static_cast<size_t>(numThreads_));
  }
  arena_.initialize(numThreads_);
}

}  // namespace inferf
