#include "kernel/LoadColumn.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace inferf {
namespace {

/// A column of scalars that starts at element `offset` of its buffers.
template <typename T>
Column scalars(TypeId id, const std::vector<T>& values, int64_t offset = 0, const std::vector<uint8_t>* validity = nullptr) {
  Column column;
  column.type.id = id;
  column.type.byteWidth = sizeof(T);
  column.length = static_cast<int64_t>(values.size()) - offset;
  column.offset = offset;
  column.data = values.data();
  if (validity != nullptr) {
    column.validity = validity->data();
    for (int64_t i = 0; i < column.length; ++i) {
      column.nullCount += column.isNull(i) ? 1 : 0;
    }
  }
  return column;
}

template <typename To>
std::vector<To> load(const Column& column, ColumnRows rows, int64_t numRows, To null, int64_t width = 1) {
  std::vector<To> out(static_cast<size_t>(numRows * (width + 1)), To{});
  loadColumn(column, rows, numRows, null, Matrix<To>{out.data(), width + 1, width});
  std::vector<To> result;
  for (int64_t i = 0; i < numRows; ++i) {
    result.insert(result.end(), out.begin() + i * (width + 1), out.begin() + i * (width + 1) + width);
  }
  return result;
}

template <typename From>
void expectConverts(TypeId id) {
  const std::vector<From> values = {From(9), From(1), From(0), From(120)};
  const Column column = scalars(id, values, 1);
  EXPECT_EQ(load<float>(column, {.nullRow = 3}, 3, -1.0f), (std::vector<float>{1, 0, 120}));
  EXPECT_EQ(load<double>(column, {.nullRow = 3}, 3, -1.0), (std::vector<double>{1, 0, 120}));
  const std::vector<int32_t> ids = {2, 3, 0};
  EXPECT_EQ(load<int64_t>(column, {.ids = ids.data(), .nullRow = 3}, 3, int64_t{-1}), (std::vector<int64_t>{120, -1, 1}));
}

TEST(LoadColumnTest, ConvertsEveryNumericType) {
  expectConverts<int8_t>(TypeId::kInt8);
  expectConverts<int16_t>(TypeId::kInt16);
  expectConverts<int32_t>(TypeId::kInt32);
  expectConverts<int64_t>(TypeId::kInt64);
  expectConverts<uint8_t>(TypeId::kUInt8);
  expectConverts<uint16_t>(TypeId::kUInt16);
  expectConverts<uint32_t>(TypeId::kUInt32);
  expectConverts<uint64_t>(TypeId::kUInt64);
  expectConverts<float>(TypeId::kFloat32);
  expectConverts<double>(TypeId::kFloat64);
}

TEST(LoadColumnTest, RoundsToNearest) {
  const std::vector<int64_t> big = {16777217, 16777219, 9007199254740993};
  EXPECT_EQ(load<float>(scalars(TypeId::kInt64, big), {.nullRow = 3}, 3, 0.0f), (std::vector<float>{16777216.0f, 16777220.0f, 9007199254740992.0f}));
  const std::vector<double> halves = {0.5, 1.5, -2.5, 2.6, 1e300, std::nan("")};
  EXPECT_EQ(load<int64_t>(scalars(TypeId::kFloat64, halves), {.nullRow = 6}, 6, int64_t{0}),
            (std::vector<int64_t>{0, 2, -2, 3, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::min()}));
}

TEST(LoadColumnTest, NullsBecomeTheConstantWithAnyOffset) {
  const std::vector<float> values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  const std::vector<uint8_t> validity = {0b10110101, 0b00000001};
  for (int64_t offset = 0; offset < 5; ++offset) {
    const Column column = scalars(TypeId::kFloat32, values, offset, &validity);
    const std::vector<float> loaded = load<float>(column, {.firstRow = 1, .nullRow = column.length}, column.length, 100.0f);
    for (int64_t i = 0; i < column.length; ++i) {
      const bool exists = i + 1 < column.length;
      const bool null = !exists || column.isNull(i + 1);
      EXPECT_EQ(loaded[static_cast<size_t>(i)], null ? 100.0f : values[static_cast<size_t>(offset + i + 1)]);
    }
  }
}

TEST(LoadColumnTest, ReadsBits) {
  const std::vector<uint8_t> bits = {0b01101000};
  Column column;
  column.type.id = TypeId::kBool;
  column.length = 5;
  column.offset = 3;
  column.data = bits.data();
  EXPECT_EQ(load<int64_t>(column, {.nullRow = 5}, 5, int64_t{9}), (std::vector<int64_t>{1, 0, 1, 1, 0}));
}

TEST(LoadColumnTest, ReadsListsWithNullRowsAndNullElements) {
  const std::vector<double> values = {1, 2, 3, 4, 5, 6, 7, 8};
  Column column;
  column.type = {.id = TypeId::kFixedSizeList, .byteWidth = 16, .listLength = 2, .elementId = TypeId::kFloat64, .format = "g"};
  column.length = 3;
  column.offset = 1;
  column.data = values.data();
  const std::vector<uint8_t> validity = {0b1011};
  column.validity = validity.data();
  column.nullCount = 1;
  const std::vector<uint8_t> elements = {0b01111111};
  column.elementValidity = elements.data();
  EXPECT_EQ(load<float>(column, {.nullRow = 3}, 3, -1.0f, 2), (std::vector<float>{3, 4, -1, -1, 7, -1}))
      << "row 2 of the buffers and element 7 are NULL";
}

TEST(LoadColumnTest, ReadsText) {
  const std::string bytes = "abcdef";
  const std::vector<int32_t> offsets = {0, 1, 1, 4, 6};
  Column column;
  column.type.id = TypeId::kString;
  column.length = 3;
  column.offset = 1;
  column.data = bytes.data();
  column.offsets = offsets.data();
  const std::vector<int32_t> ids = {2, 3, 0, 1};
  EXPECT_EQ(load<std::string_view>(column, {.ids = ids.data(), .nullRow = 3}, 4, std::string_view{}),
            (std::vector<std::string_view>{"ef", "", "", "bcd"}));
}

TEST(LoadColumnTest, UntypedColumnsAreNull) {
  Column column;
  column.length = 4;
  column.nullCount = 4;
  EXPECT_EQ(load<float>(column, {.nullRow = 4}, 2, 5.0f, 2), (std::vector<float>{5, 5, 5, 5}));
  EXPECT_EQ(load<std::string_view>(column, {.nullRow = 4}, 1, std::string_view{}), (std::vector<std::string_view>{""}));
}

ColumnType typed(TypeId id, TypeId elementId = TypeId::kNull) {
  ColumnType type;
  type.id = id;
  type.elementId = elementId;
  return type;
}

TEST(LoadColumnTest, KnowsWhatAColumnCanBecome) {
  EXPECT_TRUE(isNumeric(typed(TypeId::kBool)));
  EXPECT_FALSE(isNumeric(typed(TypeId::kString)));
  EXPECT_FALSE(isNumeric(typed(TypeId::kFixedWidth)));
  EXPECT_FALSE(isNumeric(typed(TypeId::kFixedSizeList, TypeId::kInt32)));
  EXPECT_TRUE(isNumeric(typed(TypeId::kFixedSizeList, TypeId::kFloat32)));
  EXPECT_TRUE(isText(typed(TypeId::kLargeString)));
  EXPECT_FALSE(isText(typed(TypeId::kFloat32)));
  EXPECT_TRUE(isText(typed(TypeId::kNull)) && isNumeric(typed(TypeId::kNull)));
}

}  // namespace
}  // namespace inferf
