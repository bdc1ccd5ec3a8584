#include "column/SpilledRows.h"

#include <algorithm>

#include "ColumnFixture.h"
#include "column/VectorColumn.h"

namespace inferf {
namespace {

using namespace test;  // NOLINT: the fixture's vocabulary

class SpilledRowsTest : public ColumnTest {
 protected:
  /// Appends rows of a column as a run of two partitions: the first `first` rows, and the rest.
  void append(SpilledRows& spilled, const Column& column, int64_t first) {
    std::vector<OutputVector> columns;
    columns.push_back(gatherColumn(column, nullptr, column.length, "c", *pool_));
    spilled.append(columns, {0, first, column.length});
  }

  static std::vector<std::string> texts(const Column& column) {
    std::vector<std::string> rendered;
    for (int64_t row = 0; row < column.length; ++row) {
      rendered.push_back(render(column, row));
    }
    return rendered;
  }

  Column readPartitions(const SpilledRows& spilled, size_t first, size_t last) {
    const std::vector<SpilledRows::Segment> segments = spilled.segments(first, last);
    return spilled.read(segments, nullptr, pool_, CancellationToken()).columns.at(0);
  }

  /// Two runs of one column, with NULLs in the second only.
  void expectRoundTrip(const Column& first, const Column& second) {
    SpilledRows spilled("", "t", 2);
    append(spilled, first, 3);
    append(spilled, second, 1);
    std::vector<std::string> expected;
    const std::vector<std::string> of[] = {texts(first), texts(second)};
    expected.insert(expected.end(), of[0].begin(), of[0].begin() + 3);
    expected.insert(expected.end(), of[1].begin(), of[1].begin() + 1);
    EXPECT_EQ(texts(readPartitions(spilled, 0, 1)), expected);
    EXPECT_EQ(spilled.sizes()[0].numRows, 4);
    expected.assign(of[0].begin() + 3, of[0].end());
    expected.insert(expected.end(), of[1].begin() + 1, of[1].end());
    const Column rest = readPartitions(spilled, 1, 2);
    EXPECT_EQ(texts(rest), expected);
    EXPECT_EQ(rest.nullCount, std::count(expected.begin(), expected.end(), "-"));
    EXPECT_EQ(readPartitions(spilled, 0, 2).length, first.length + second.length);
    EXPECT_GT(spilled.numBytes(), 0);
  }

  static Column fixed(TypeId id, const void* values, int32_t width, int64_t length, const uint8_t* validity, int64_t nullCount) {
    Column column;
    column.type.id = id;
    column.type.byteWidth = width;
    column.length = length;
    column.data = values;
    column.validity = validity;
    column.nullCount = nullCount;
    return column;
  }
};

constexpr uint8_t kValidity[] = {0b11101101, 0b1};

TEST_F(SpilledRowsTest, integersAndBooleansComeBack) {
  const int64_t values[] = {1, -2, 3, 4, 5, 6, 7, 8, 9};
  expectRoundTrip(fixed(TypeId::kInt64, values, 8, 9, nullptr, 0), fixed(TypeId::kInt64, values, 8, 9, kValidity, 2));
  const uint8_t bits[] = {0b10110010, 0b1};
  expectRoundTrip(fixed(TypeId::kBool, bits, 0, 9, nullptr, 0), fixed(TypeId::kBool, bits, 0, 9, kValidity, 2));
}

TEST_F(SpilledRowsTest, stringsComeBack) {
  const char* bytes = "abcdefghijklmnop";
  const int32_t offsets[] = {0, 1, 1, 4, 5, 6, 9, 12, 13, 16};
  Column plain = fixed(TypeId::kString, bytes, 0, 9, nullptr, 0);
  plain.offsets = offsets;
  Column withNulls = fixed(TypeId::kString, bytes, 0, 9, kValidity, 2);
  withNulls.offsets = offsets;
  expectRoundTrip(plain, withNulls);
  const int64_t wide[] = {0, 1, 1, 4, 5, 6, 9, 12, 13, 16};
  plain.type.id = withNulls.type.id = TypeId::kLargeString;
  plain.offsets = withNulls.offsets = wide;
  expectRoundTrip(plain, withNulls);
}

TEST_F(SpilledRowsTest, listsOfALengthThatTurnsUpLateComeBack) {
  Column unknown;
  unknown.type = {TypeId::kFixedSizeList, 0, 0, TypeId::kFloat32, "f"};
  unknown.length = 4;
  unknown.nullCount = 4;
  const uint8_t allNull[] = {0};
  unknown.validity = allNull;
  const float values[] = {0, 1, 2, 3, 4, 5, 6, 7};
  Column known = unknown;
  known.type = {TypeId::kFixedSizeList, 8, 2, TypeId::kFloat32, "f"};
  known.data = values;
  known.validity = nullptr;
  known.nullCount = 0;
  const uint8_t elements[] = {0b11110111};
  known.elementValidity = elements;
  SpilledRows spilled("", "t", 2);
  append(spilled, unknown, 1);
  append(spilled, known, 1);
  const Column read = readPartitions(spilled, 0, 2);
  ASSERT_EQ(read.length, 8);
  EXPECT_EQ(read.type.listLength, 2);
  EXPECT_EQ(read.nullCount, 4);
  EXPECT_TRUE(read.isNull(3));
  EXPECT_EQ(static_cast<const float*>(read.data)[2 * 4 + 5], 5);
  EXPECT_EQ(read.elementValidity[1], 0b11110111);
}

TEST_F(SpilledRowsTest, anEmptyPartitionHasNoRows) {
  const int64_t values[] = {1, 2};
  SpilledRows spilled("", "t", 2);
  append(spilled, fixed(TypeId::kInt64, values, 8, 2, nullptr, 0), 2);
  EXPECT_TRUE(spilled.segments(1, 2).empty());
  const std::vector<ColumnType> types{fixed(TypeId::kInt64, values, 8, 0, nullptr, 0).type};
  const Batch none = spilled.read({}, &types, pool_, CancellationToken());
  EXPECT_EQ(none.numRows, 0);
  ASSERT_EQ(none.columns.size(), 1U);
  EXPECT_EQ(none.columns[0].length, 0);
}

}  // namespace
}  // namespace inferf
