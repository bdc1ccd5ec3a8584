#include "base/MemoryPool.h"

#include <algorithm>
#include <limits>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "base/Error.h"

namespace inferf {

namespace {
int64_t rounded(int64_t bytes) {
  constexpr int64_t kMask = static_cast<int64_t>(MemoryPool::kAlignment) - 1;
  return (bytes + kMask) & ~kMask;
}

// Tables of this size are read at random rows, where the translation of addresses costs more than the rows: they go on huge pages.
constexpr int64_t kHugePageBytes = int64_t{2} << 20;
constexpr int64_t kHugePageThreshold = 2 * kHugePageBytes;

std::align_val_t alignmentOf(int64_t size) {
  return std::align_val_t{size >= kHugePageThreshold ? static_cast<size_t>(kHugePageBytes) : MemoryPool::kAlignment};
}

// Only advice: where the system has no huge pages to give, ordinary ones do.
void adviseHugePages([[maybe_unused]] void* data, [[maybe_unused]] int64_t size) {
#if defined(__linux__)
  if (size >= kHugePageThreshold) {
    static_cast<void>(madvise(data, static_cast<size_t>(size), MADV_HUGEPAGE));
  }
#endif
}

}  // namespace

void* MemoryPool::allocate(int64_t bytes) {
  if (bytes == 0) {
    return nullptr;
  }
  INFERF_USER_CHECK(bytes > 0 && bytes < std::numeric_limits<int64_t>::max() / 2, INFERF_ERROR_MEMORY_LIMIT,
                    "The requested size is too large. Bytes: ", bytes);
  if (failCountdown_.load(std::memory_order_relaxed) > 0 && failCountdown_.fetch_sub(1, std::memory_order_relaxed) == 1) {
    throwUser(INFERF_ERROR_MEMORY_LIMIT, "The allocation was made to fail by a test. Bytes: ", bytes);
  }
  const int64_t size = rounded(bytes);
  int64_t now = inUse_.fetch_add(size, std::memory_order_relaxed) + size;
  while (limit_ > 0 && now > limit_) {
    inUse_.fetch_sub(size, std::memory_order_relaxed);
    if (size > limit_ || !reclaim(now - limit_)) {
      throwUser(INFERF_ERROR_MEMORY_LIMIT, "The memory limit is reached. Limit: ", limit_, " bytes, in use: ", now - size,
                ", requested: ", bytes);
    }
    now = inUse_.fetch_add(size, std::memory_order_relaxed) + size;
  }
  void* data = ::operator new(static_cast<size_t>(size), alignmentOf(size), std::nothrow);
  if (data == nullptr) {
    inUse_.fetch_sub(size, std::memory_order_relaxed);
    throwUser(INFERF_ERROR_MEMORY_LIMIT, "The system has no memory left. Requested: ", bytes, " bytes");
  }
  adviseHugePages(data, size);
  int64_t peak = peak_.load(std::memory_order_relaxed);
  while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
  return data;
}

int64_t MemoryPool::bytesAvailable() const noexcept {
  if (limit_ == 0) {
    return std::numeric_limits<int64_t>::max();
  }
  const std::shared_ptr<MemoryReclaimer> reclaimer = reclaimer_.lock();
  return std::max<int64_t>(0, limit_ - bytesInUse() + (reclaimer == nullptr ? 0 : reclaimer->reclaimableBytes()));
}

bool MemoryPool::reclaim(int64_t bytes) const noexcept {
  const std::shared_ptr<MemoryReclaimer> reclaimer = reclaimer_.lock();
  return reclaimer != nullptr && reclaimer->reclaim(bytes);
}

void MemoryPool::release(void* data, int64_t bytes) noexcept {
  if (data == nullptr) {
    return;
  }
  ::operator delete(data, alignmentOf(rounded(bytes)));
  inUse_.fetch_sub(rounded(bytes), std::memory_order_relaxed);
}

}  // namespace inferf
