#pragma once

#include <cstdint>

namespace inferf {

// Two mixers, because keys that were chosen by the bits of one must still spread over a table by the bits of the other. Both are bijections of 64 bits in
// which every input bit reaches every output bit. The functions of blocks yield the same bits as those of one value, whatever the processor.

/// Where tables put a key code: the finalizer of MurmurHash3 (Appleby, public domain).
inline uint64_t mixCode(int64_t code) {
  auto value = static_cast<uint64_t>(code);
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdULL;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53ULL;
  value ^= value >> 33;
  return value;
}

/// hashes[i] = mixCode(codes[i]).
void mixCodes(const int64_t* codes, int64_t count, uint64_t* hashes);

/// Hash of a key: the finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
inline uint64_t mixHash(uint64_t value) {
  value ^= value >> 30;
  value *= 0xbf58476d1ce4e5b9ULL;
  value ^= value >> 27;
  value *= 0x94d049bb133111ebULL;
  value ^= value >> 31;
  return value;
}

/// Adds a column to the hashes of those before it: hashes[i] = mixHash(hashes[i] + values[i]).
void mixHashes(const uint64_t* values, int64_t count, uint64_t* hashes);

}  // namespace inferf
