#include "exec/BuildCache.h"

#include <iterator>
#include <utility>

namespace inferf {

std::shared_ptr<const CachedBuild> BuildCache::find(const std::string& fingerprint) {
  const std::lock_guard lock(mutex_);
  const auto found = byFingerprint_.find(fingerprint);
  if (found == byFingerprint_.end()) {
    ++usage_.numMisses;
    return nullptr;
  }
  ++usage_.numHits;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->build;
}

void BuildCache::insert(const std::string& fingerprint, std::shared_ptr<const CachedBuild> build) {
  Entries evicted;
  while (true) {
    Entries fresh;
    fresh.push_back({fingerprint, build});
    {
      const std::lock_guard lock(mutex_);
      if (build->bytes > limit_ || byFingerprint_.contains(fingerprint)) {
        return;
      }
      if (usage_.bytes + build->bytes <= limit_) {
        byFingerprint_.emplace(fresh.front().fingerprint, fresh.begin());
        entries_.splice(entries_.begin(), fresh);
        usage_.bytes += build->bytes;
        return;
      }
      if (evict(usage_.bytes + build->bytes - limit_, evicted) == 0) {
        return;
      }
    }
    evicted.clear();  // may free entries for eviction that the evicted ones used
  }
}

void BuildCache::clear() noexcept {
  Entries dropped;
  const std::lock_guard lock(mutex_);
  byFingerprint_.clear();
  dropped.swap(entries_);
  usage_.bytes = 0;
}

BuildCache::Usage BuildCache::usage() const {
  const std::lock_guard lock(mutex_);
  return usage_;
}

bool BuildCache::reclaim(int64_t bytes) noexcept {
  int64_t reclaimed = 0;
  while (reclaimed < bytes) {
    Entries evicted;
    const std::lock_guard lock(mutex_);
    const int64_t now = evict(bytes - reclaimed, evicted);
    if (now == 0) {
      break;
    }
    reclaimed += now;
  }
  return reclaimed > 0;
}

int64_t BuildCache::reclaimableBytes() const noexcept {
  const std::lock_guard lock(mutex_);
  int64_t numBytes = 0;
  for (const Entry& entry : entries_) {
    numBytes += entry.build.use_count() == 1 ? entry.build->bytes : 0;
  }
  return numBytes;
}

int64_t BuildCache::evict(int64_t bytes, Entries& evicted) noexcept {
  int64_t numBytes = 0;
  for (auto entry = entries_.end(); entry != entries_.begin() && numBytes < bytes;) {
    --entry;
    if (entry->build.use_count() > 1) {
      continue;
    }
    numBytes += entry->build->bytes;
    usage_.bytes -= entry->build->bytes;
    byFingerprint_.erase(entry->fingerprint);
    const auto evictedEntry = entry++;
    evicted.splice(evicted.end(), entries_, evictedEntry);
  }
  return numBytes;
}

}  // namespace inferf
