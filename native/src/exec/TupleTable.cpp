#include "exec/TupleTable.h"

#include <algorithm>
#include <utility>

namespace inferf {

TupleTable::TupleTable(MemoryPool& pool, int64_t numCodes, int64_t maxTuples) : maxTuples_(maxTuples) {
  if (numCodes <= kMaxDirectCodes) {
    direct_ = PoolArray<int32_t>(pool, numCodes);
    std::fill(direct_.begin(), direct_.end(), kUnknown);
  } else {
    hashed_ = CodeTable(pool, maxTuples);
    codes_ = PoolArray<int64_t>(pool, maxTuples);
  }
}

void TupleTable::grow(MemoryPool& pool, int64_t maxTuples) {
  if (direct_.empty()) {
    CodeTable hashed(pool, maxTuples);
    PoolArray<int64_t> codes(pool, maxTuples);
    for (int64_t i = 0; i < size_; ++i) {
      codes[i] = codes_[i];
      hashed.insert(codes[i]);
    }
    hashed_ = std::move(hashed);
    codes_ = std::move(codes);
  }
  maxTuples_ = maxTuples;
}

int64_t TupleTable::number(const int64_t* codes, int64_t numRows, int32_t* numbers, int32_t* newRows) {
  const int64_t before = size_;
  int64_t numNew = 0;
  if (direct_.empty()) {
    hashed_.find(codes, numRows, numbers);
    for (int64_t i = 0; i < numRows; ++i) {
      if (numbers[i] != CodeTable::kMissing) {
        continue;
      }
      // It may have come in with a row before, in this call.
      const bool isFull = size_ == maxTuples_;
      const int32_t number = isFull ? hashed_.find(codes[i]) : hashed_.insert(codes[i]);
      if (!isFull && number == size_) {
        codes_[size_++] = codes[i];
      } else if (number != CodeTable::kMissing) {
        numbers[i] = number;
        continue;
      }
      newRows[numNew] = static_cast<int32_t>(i);
      numbers[i] = static_cast<int32_t>(before + numNew++);
    }
    return numNew;
  }
  int32_t* direct = direct_.data();
  for (int64_t i = 0; i < numRows; ++i) {
    int32_t number = direct[codes[i]];
    if (number == kUnknown) {
      number = static_cast<int32_t>(before + numNew);
      newRows[numNew++] = static_cast<int32_t>(i);
      if (size_ < maxTuples_) {
        direct[codes[i]] = number;
        ++size_;
      }
    }
    numbers[i] = number;
  }
  return numNew;
}

int64_t TupleTable::bytesFor(int64_t numCodes, int64_t maxTuples) {
  if (numCodes <= kMaxDirectCodes) {
    return numCodes * static_cast<int64_t>(sizeof(int32_t));
  }
  // Slots of 16 bytes, at most half of them taken and a power of two; and the codes.
  return maxTuples * (4 * 16 + static_cast<int64_t>(sizeof(int64_t)));
}

}  // namespace inferf
