#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace inferf {

/// Holds memory of a pool that it can do without.
class MemoryReclaimer {
 public:
  virtual ~MemoryReclaimer() = default;

  /// Gives memory back, if possible at least `bytes`; false if there was nothing to give. Any thread, also one that holds locks of its own.
  virtual bool reclaim(int64_t bytes) noexcept = 0;

  /// About how much reclaim() could give back.
  virtual int64_t reclaimableBytes() const noexcept = 0;
};

/// Counts every byte the engine holds and enforces a limit. Thread-safe. All row-proportional memory of the engine comes from here.
class MemoryPool {
 public:
  static constexpr size_t kAlignment = 64;

  /// `limit` in bytes; 0: none. `spillDirectory` is where what exceeds the limit may go; empty: the system's directory for temporary files.
  explicit MemoryPool(int64_t limit = 0, std::string spillDirectory = {}) noexcept
      : limit_(limit), spillDirectory_(std::move(spillDirectory)) {}
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  /// Returns `bytes` bytes (rounded up to a multiple of 64, which is what is counted), 64-byte aligned, uninitialised; nullptr for 0.
  /// From 4 MiB on it lies on huge pages where the system has them.
  /// Where the limit is reached, the reclaimer is asked for memory first. Throws EngineError MEMORY_LIMIT.
  void* allocate(int64_t bytes);
  /// Gives back what allocate(bytes) returned.
  void release(void* data, int64_t bytes) noexcept;

  int64_t bytesInUse() const noexcept { return inUse_.load(std::memory_order_relaxed); }
  int64_t bytesPeak() const noexcept { return peak_.load(std::memory_order_relaxed); }
  int64_t limit() const noexcept { return limit_; }
  /// What may still be allocated, counting what can be reclaimed.
  int64_t bytesAvailable() const noexcept;
  const std::string& spillDirectory() const noexcept { return spillDirectory_; }

  /// Who is asked when the limit is reached. Before the first allocation.
  void setReclaimer(std::weak_ptr<MemoryReclaimer> reclaimer) noexcept { reclaimer_ = std::move(reclaimer); }

  /// Test hook: the `countdown`-th allocation from now fails once; 0 switches it off.
  void failAllocation(int64_t countdown) noexcept { failCountdown_.store(countdown, std::memory_order_relaxed); }

 private:
  bool reclaim(int64_t bytes) const noexcept;

  const int64_t limit_;
  const std::string spillDirectory_;
  std::weak_ptr<MemoryReclaimer> reclaimer_;
  std::atomic<int64_t> inUse_{0};
  std::atomic<int64_t> peak_{0};
  std::atomic<int64_t> failCountdown_{0};
};

/// A move-only array of trivially copyable elements from a pool, 64-byte aligned. The pool must outlive it.
template <typename T>
class PoolArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  PoolArray() noexcept = default;
  /// Uninitialised elements.
  PoolArray(MemoryPool& pool, int64_t size)
      : pool_(&pool), data_(static_cast<T*>(pool.allocate(size * static_cast<int64_t>(sizeof(T))))), size_(size) {}
  PoolArray(PoolArray&& other) noexcept { swap(other); }
  PoolArray& operator=(PoolArray&& other) noexcept {
    PoolArray moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~PoolArray() {
    if (pool_ != nullptr) {
      pool_->release(data_, size_ * static_cast<int64_t>(sizeof(T)));
    }
  }

  /// The elements of another array, which must outlive this one; to be read only.
  static PoolArray viewOf(const PoolArray& owner) noexcept {
    PoolArray view;
    view.data_ = owner.data_;
    view.size_ = owner.size_;
    return view;
  }

  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  int64_t size() const noexcept { return size_; }
  int64_t bytes() const noexcept { return size_ * static_cast<int64_t>(sizeof(T)); }
  bool empty() const noexcept { return size_ == 0; }
  T& operator[](int64_t i) noexcept { return data_[i]; }
  const T& operator[](int64_t i) const noexcept { return data_[i]; }
  T* begin() noexcept { return data_; }
  T* end() noexcept { return data_ + size_; }
  const T* begin() const noexcept { return data_; }
  const T* end() const noexcept { return data_ + size_; }

  void swap(PoolArray& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

 private:
  MemoryPool* pool_ = nullptr;
  T* data_ = nullptr;
  int64_t size_ = 0;
};

}  // namespace inferf
