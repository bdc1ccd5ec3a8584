#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/MemoryPool.h"

namespace inferf {

/// Something that a run has finished and later runs can use. Immutable.
struct CachedBuild {
  explicit CachedBuild(std::shared_ptr<MemoryPool> ofMemory) : pool(std::move(ofMemory)) {}
  virtual ~CachedBuild() = default;
  CachedBuild(const CachedBuild&) = delete;
  CachedBuild& operator=(const CachedBuild&) = delete;

  const std::shared_ptr<MemoryPool> pool;  // outlives what derived structs hold
  int64_t bytes = 0;                       // held, without what other entries hold
};

/// What the runs of an engine have finished about build sides, by fingerprint. Bounded: the least recently used entries go first, but not those in
/// use by a run or by another entry, since that would free nothing. Thread-safe.
class BuildCache final : public MemoryReclaimer {
 public:
  struct Usage {
    int64_t bytes = 0;
    int64_t numHits = 0;
    int64_t numMisses = 0;
  };

  /// `limit` in bytes; 0 caches nothing.
  explicit BuildCache(int64_t limit) : limit_(limit) {}

  int64_t limit() const { return limit_; }

  /// The entry of a fingerprint, or nullptr. Counts as a hit or a miss.
  std::shared_ptr<const CachedBuild> find(const std::string& fingerprint);

  /// Adds an entry unless there is one or room cannot be made for it.
  void insert(const std::string& fingerprint, std::shared_ptr<const CachedBuild> build);

  /// Forgets every entry. Those in use live until they are not.
  void clear() noexcept;

  Usage usage() const;

  bool reclaim(int64_t bytes) noexcept override;
  int64_t reclaimableBytes() const noexcept override;

 private:
  struct Entry {
    std::string fingerprint;
    std::shared_ptr<const CachedBuild> build;
  };
  using Entries = std::list<Entry>;  // most recently used first

  /// Moves entries that nobody uses to `evicted`, whose owner destroys them without the lock: what that releases may call back. Returns their bytes.
  int64_t evict(int64_t bytes, Entries& evicted) noexcept;

  const int64_t limit_;
  mutable std::mutex mutex_;  // guards what follows
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> byFingerprint_;
  Usage usage_;
};

}  // namespace inferf
