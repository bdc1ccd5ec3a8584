#include "base/MemoryPool.h"

#include <limits>
#include <new>

#include "base/Error.h"

namespace inferf {

namespace {
int64_t rounded(int64_t bytes) {
  constexpr int64_t kMask = static_cast<int64_t>(MemoryPool::kAlignment) - 1;
  return (bytes + kMask) & ~kMask;
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
  const int64_t now = inUse_.fetch_add(size, std::memory_order_relaxed) + size;
  if (limit_ > 0 && now > limit_) {
    inUse_.fetch_sub(size, std::memory_order_relaxed);
    throwUser(INFERF_ERROR_MEMORY_LIMIT, "The memory limit is reached. Limit: ", limit_, " bytes, in use: ", now - size,
              ", requested: ", bytes);
  }
  void* data = ::operator new(static_cast<size_t>(size), std::align_val_t{kAlignment}, std::nothrow);
  if (data == nullptr) {
    inUse_.fetch_sub(size, std::memory_order_relaxed);
    throwUser(INFERF_ERROR_MEMORY_LIMIT, "The system has no memory left. Requested: ", bytes, " bytes");
  }
  int64_t peak = peak_.load(std::memory_order_relaxed);
  while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
  return data;
}

void MemoryPool::release(void* data, int64_t bytes) noexcept {
  if (data == nullptr) {
    return;
  }
  ::operator delete(data, std::align_val_t{kAlignment});
  inUse_.fetch_sub(rounded(bytes), std::memory_order_relaxed);
}

}  // namespace inferf
