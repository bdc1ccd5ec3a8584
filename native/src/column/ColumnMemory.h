#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/MemoryPool.h"

namespace inferf {

/// What the pointers of an imported column refer to: a producer's array, memory of the pool, or both.
class ColumnMemory {
 public:
  ColumnMemory(std::shared_ptr<MemoryPool> pool, std::shared_ptr<const void> source)
      : pool_(std::move(pool)), source_(std::move(source)) {}

  /// Uninitialised bytes that live as long as this object.
  uint8_t* allocate(int64_t bytes) { return adopt(PoolArray<uint8_t>(*pool_, bytes)); }
  /// Keeps `array` as long as this object lives.
  uint8_t* adopt(PoolArray<uint8_t> array) { return arrays_.emplace_back(std::move(array)).data(); }

 private:
  std::shared_ptr<MemoryPool> pool_;  // first, so that it outlives the arrays
  std::shared_ptr<const void> source_;
  std::vector<PoolArray<uint8_t>> arrays_;
};

}  // namespace inferf
