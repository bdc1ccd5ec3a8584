#pragma once

#include <cstdint>

namespace inferf {

/// Bitmaps as Arrow lays them out: bit i is bit i % 8, least significant first, of byte i / 8.

/// Bytes that `numBits` bits take.
constexpr int64_t bitmapBytes(int64_t numBits) { return (numBits + 7) / 8; }

inline bool bitAt(const uint8_t* bits, int64_t i) { return (bits[i >> 3] >> (i & 7) & 1) != 0; }
inline void setBit(uint8_t* bits, int64_t i) { bits[i >> 3] = static_cast<uint8_t>(bits[i >> 3] | 1u << (i & 7)); }
inline void clearBit(uint8_t* bits, int64_t i) { bits[i >> 3] = static_cast<uint8_t>(bits[i >> 3] & ~(1u << (i & 7))); }

/// Number of ones among bits [offset, offset + length).
int64_t countSetBits(const uint8_t* bits, int64_t offset, int64_t length);

/// Sets bits [offset, offset + length) to one.
void fillBits(uint8_t* bits, int64_t offset, int64_t length);

/// Copies `length` bits; the ranges do not overlap. Other bits of the target's bytes keep their value.
void copyBits(const uint8_t* source, int64_t sourceOffset, int64_t length, uint8_t* target, int64_t targetOffset);

}  // namespace inferf
