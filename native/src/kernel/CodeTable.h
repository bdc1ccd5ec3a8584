#pragma once

#include <cstdint>

#include "base/MemoryPool.h"

namespace inferf {

/// Maps 64-bit keys to dense 32-bit values in order of first insertion: open addressing with linear probing, load at most one half.
///
/// Built by one thread, then read by any number of them.
class CodeTable {
 public:
  static constexpr int32_t kMissing = -1;

  CodeTable() = default;
  /// Room for up to `maxKeys` distinct keys; it never grows.
  CodeTable(MemoryPool& pool, int64_t maxKeys);

  /// Returns the value of `key`, which is size() - 1 afterwards if the key is new.
  int32_t insert(int64_t key);

  /// The value of one key, or kMissing.
  int32_t find(int64_t key) const;

  /// Looks up a block of keys with software prefetch; `values` may be the same memory as `keys` if V is int64_t.
  template <typename V>
  void find(const int64_t* keys, int64_t numKeys, V* values) const;

  /// Replaces every value v by replacements[v].
  void replaceValues(const int32_t* replacements);

  /// Distinct keys inserted so far.
  int32_t size() const { return size_; }
  bool isAllocated() const { return !slots_.empty(); }
  /// Bytes held.
  int64_t bytes() const { return slots_.bytes(); }

 private:
  struct Slot {
    int64_t key;
    int32_t value;  // kMissing: the slot is free
  };

  /// Finalizer of MurmurHash3 (Appleby, public domain): every input bit reaches every output bit.
  static uint64_t mix(uint64_t key) {
    key ^= key >> 33;
    key *= 0xff51afd7ed558ccdULL;
    key ^= key >> 33;
    key *= 0xc4ceb9fe1a85ec53ULL;
    key ^= key >> 33;
    return key;
  }
  int32_t findFrom(uint64_t slot, int64_t key) const;

  PoolArray<Slot> slots_;
  uint64_t mask_ = 0;
  int32_t size_ = 0;
};

}  // namespace inferf
