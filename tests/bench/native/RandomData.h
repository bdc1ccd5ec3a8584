#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "base/MemoryPool.h"

namespace inferf {

/// `count` floats drawn uniformly from (-1, 1), always the same.
inline PoolArray<float> randomFloats(MemoryPool& pool, int64_t count) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  PoolArray<float> values(pool, count);
  for (float& value : values) {
    value = uniform(random);
  }
  return values;
}

/// `count` row numbers drawn uniformly from [0, tableRows).
inline std::vector<int32_t> randomIds(int64_t count, int64_t tableRows, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<int32_t> ids(static_cast<size_t>(count));
  for (int32_t& id : ids) {
    id = static_cast<int32_t>(random() % static_cast<uint64_t>(tableRows));
  }
  return ids;
}

}  // namespace inferf
