#include "exec/TupleTable.h"

#include <gtest/gtest.h>

#include <limits>
#include <unordered_map>
#include <vector>

namespace inferf {
namespace {

class TupleTableTest : public ::testing::TestWithParam<int64_t> {
 protected:
  std::vector<int32_t> number(TupleTable& table, const std::vector<int64_t>& codes) {
    std::vector<int32_t> numbers(codes.size());
    newRows_.resize(codes.size());
    const int64_t numNew = table.number(codes.data(), static_cast<int64_t>(codes.size()), numbers.data(), newRows_.data());
    newRows_.resize(static_cast<size_t>(numNew));
    return numbers;
  }

  MemoryPool pool_;
  std::vector<int32_t> newRows_;
};

TEST_P(TupleTableTest, numbersCodesInOrderOfFirstAppearance) {
  TupleTable table(pool_, GetParam(), 100);
  EXPECT_EQ(number(table, {7, 3, 7, 0}), (std::vector<int32_t>{0, 1, 0, 2}));
  EXPECT_EQ(newRows_, (std::vector<int32_t>{0, 1, 3}));
  EXPECT_EQ(number(table, {3, 999, 0, 999}), (std::vector<int32_t>{1, 3, 2, 3}));
  EXPECT_EQ(newRows_, (std::vector<int32_t>{1}));
  EXPECT_EQ(table.size(), 4);
}

TEST_P(TupleTableTest, givesNumbersBeyondTheLastToWhatItCannotRemember) {
  TupleTable table(pool_, GetParam(), 3);
  number(table, {1, 2});
  // 5 is the last that is remembered.
  EXPECT_EQ(number(table, {5, 6, 1, 6, 5}), (std::vector<int32_t>{2, 3, 0, 4, 2}));
  EXPECT_EQ(newRows_, (std::vector<int32_t>{0, 1, 3}));
  EXPECT_EQ(table.size(), 3);
  EXPECT_EQ(number(table, {6, 5, 2}), (std::vector<int32_t>{3, 2, 1}));
  EXPECT_EQ(newRows_, (std::vector<int32_t>{0}));
  table.grow(pool_, 5);
  EXPECT_EQ(number(table, {5, 6, 6, 1}), (std::vector<int32_t>{2, 3, 3, 0}));
  EXPECT_EQ(table.size(), 4);
}

TEST_P(TupleTableTest, remembersAllAfterGrowing) {
  TupleTable table(pool_, GetParam(), 16);
  std::unordered_map<int64_t, int32_t> expected;
  for (int64_t begin = 0; begin < 1000; begin += 8) {
    std::vector<int64_t> codes;
    for (int64_t i = 0; i < 8; ++i) {
      codes.push_back((begin + i) * 7919 % 1000);
    }
    if (table.size() + 8 > table.maxTuples()) {
      table.grow(pool_, 2 * table.maxTuples());
    }
    const std::vector<int32_t> numbers = number(table, codes);
    for (size_t i = 0; i < codes.size(); ++i) {
      EXPECT_EQ(numbers[i], expected.emplace(codes[i], static_cast<int32_t>(expected.size())).first->second);
    }
  }
  EXPECT_EQ(table.size(), 1000);
  EXPECT_LE(table.bytes(), TupleTable::bytesFor(GetParam(), table.maxTuples()));
}

INSTANTIATE_TEST_SUITE_P(Codes, TupleTableTest, ::testing::Values(int64_t{1000}, TupleTable::kMaxDirectCodes + 1, int64_t{1} << 62));

}  // namespace
}  // namespace inferf
