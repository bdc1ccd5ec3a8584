#pragma once

#include <memory>

#include "base/MemoryPool.h"
#include "base/ThreadArena.h"
#include "capi/QueryRun.h"
#include "exec/BuildCache.h"

/// The structs behind the opaque handles of inferf.h: references to shared state, so that handles may be destroyed in any order.

struct inferf_engine {
  std::shared_ptr<inferf::MemoryPool> pool;
  std::shared_ptr<inferf::ThreadArena> arena;
  std::shared_ptr<inferf::BuildCache> cache;
};

struct inferf_query {
  std::shared_ptr<inferf::QueryRun> run;
};
