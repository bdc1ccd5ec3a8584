#pragma once

#include <memory>

#include "base/Cancellation.h"
#include "base/MemoryPool.h"
#include "plan/Plan.h"

namespace inferf {

class LazyValues;
class NullCheck;
class RunCounters;

/// What all pipelines of a run share.
struct RunEnvironment {
  const Plan& plan;
  const std::shared_ptr<MemoryPool>& pool;
  const CancellationToken& cancellation;
  NullCheck& nullCheck;
  RunCounters& counters;
  LazyValues& lazyValues;
  bool predicatesReadValues;  // then values are computed even while NULLs are only counted
};

}  // namespace inferf
