#include "column/Bitmap.h"

#include <bit>
#include <cstring>

namespace inferf {

namespace {
void assignBit(uint8_t* bits, int64_t i, bool value) {
  if (value) {
    setBit(bits, i);
  } else {
    clearBit(bits, i);
  }
}
}  // namespace

int64_t countSetBits(const uint8_t* bits, int64_t offset, int64_t length) {
  int64_t count = 0;
  int64_t i = offset;
  const int64_t end = offset + length;
  for (; i < end && (i & 7) != 0; ++i) {
    count += bitAt(bits, i) ? 1 : 0;
  }
  for (; i + 64 <= end; i += 64) {
    uint64_t word;
    std::memcpy(&word, bits + (i >> 3), sizeof(word));
    count += std::popcount(word);
  }
  for (; i < end; ++i) {
    count += bitAt(bits, i) ? 1 : 0;
  }
  return count;
}

void fillBits(uint8_t* bits, int64_t offset, int64_t length) {
  int64_t i = offset;
  const int64_t end = offset + length;
  for (; i < end && (i & 7) != 0; ++i) {
    setBit(bits, i);
  }
  if (const int64_t whole = (end - i) / 8; whole > 0) {
    std::memset(bits + (i >> 3), 0xff, static_cast<size_t>(whole));
    i += whole * 8;
  }
  for (; i < end; ++i) {
    setBit(bits, i);
  }
}

void copyBits(const uint8_t* source, int64_t sourceOffset, int64_t length, uint8_t* target, int64_t targetOffset) {
  int64_t i = 0;
  for (; i < length && ((targetOffset + i) & 7) != 0; ++i) {
    assignBit(target, targetOffset + i, bitAt(source, sourceOffset + i));
  }
  const int64_t whole = (length - i) / 8;
  const uint8_t* from = source + ((sourceOffset + i) >> 3);
  uint8_t* to = target + ((targetOffset + i) >> 3);
  const auto shift = static_cast<unsigned>((sourceOffset + i) & 7);
  if (shift == 0) {
    if (whole > 0) {
      std::memcpy(to, from, static_cast<size_t>(whole));
    }
  } else {
    for (int64_t byte = 0; byte < whole; ++byte) {
      to[byte] = static_cast<uint8_t>(from[byte] >> shift | from[byte + 1] << (8 - shift));
    }
  }
  for (i += whole * 8; i < length; ++i) {
    assignBit(target, targetOffset + i, bitAt(source, sourceOffset + i));
  }
}

}  // namespace inferf
