#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/Error.h"
#include "kernel/JoinIndex.h"
#include "kernel/KeyEncoder.h"
#include "kernel/KeyHash.h"
#include "KeyColumns.h"

namespace inferf {
namespace {

using test::StringColumn;
using test::TestColumn;

/// The build rows that each probe row matches, found with encoder and index.
std::vector<std::vector<int32_t>> matchesOf(const std::vector<KeyInput>& build, int64_t numBuild,
                                            const std::vector<KeyInput>& probe, int64_t numProbe, MemoryPool& pool) {
  PoolArray<int64_t> codes(pool, numBuild);
  const KeyEncoder encoder(build, numBuild, codes.data(), pool);
  const JoinIndex index = JoinIndex::build(codes.data(), numBuild, encoder.range(), pool);
  PoolArray<int64_t> probeCodes(pool, numProbe);
  PoolArray<int64_t> scratch(pool, numProbe);
  PoolArray<int32_t> found(pool, numProbe);
  encoder.encode(probe, numProbe, scratch.data(), probeCodes.data());
  index.lookup(probeCodes.data(), numProbe, found.data());
  std::vector<std::vector<int32_t>> result(static_cast<size_t>(numProbe));
  for (int64_t i = 0; i < numProbe; ++i) {
    if (found[i] < 0) {
      continue;
    }
    if (index.isUnique()) {
      result[static_cast<size_t>(i)] = {found[i]};
    } else {
      const auto rows = index.rows(found[i]);
      result[static_cast<size_t>(i)].assign(rows.begin(), rows.end());
    }
  }
  return result;
}

using Rows = std::vector<std::vector<int32_t>>;

TEST(JoinKeysTest, integersOfDifferentWidthsMatchByValue) {
  MemoryPool pool;
  const TestColumn<int64_t> build(TypeId::kInt64, {7, -3, 100000, 0});
  const TestColumn<int8_t> probe(TypeId::kInt8, {0, -3, 7, 5});
  EXPECT_EQ(matchesOf({{&build.column, nullptr}}, 4, {{&probe.column, nullptr}}, 4, pool), (Rows{{3}, {1}, {0}, {}}));
}

TEST(JoinKeysTest, unsignedKeysAboveInt64DoNotMatchNegativeOnes) {
  MemoryPool pool;
  const TestColumn<uint64_t> build(TypeId::kUInt64, {std::numeric_limits<uint64_t>::max(), 5, uint64_t{1} << 63});
  const TestColumn<int64_t> probe(TypeId::kInt64, {-1, 5, std::numeric_limits<int64_t>::min()});
  EXPECT_EQ(matchesOf({{&build.column, nullptr}}, 3, {{&probe.column, nullptr}}, 3, pool), (Rows{{}, {1}, {}}));
  EXPECT_EQ(matchesOf({{&probe.column, nullptr}}, 3, {{&build.column, nullptr}}, 3, pool), (Rows{{}, {1}, {}}));
}

TEST(JoinKeysTest, nullsMatchNothingEvenInTheWidestRange) {
  MemoryPool pool;
  constexpr int64_t kLow = std::numeric_limits<int64_t>::min();
  constexpr int64_t kHigh = std::numeric_limits<int64_t>::max();
  const TestColumn<int64_t> build(TypeId::kInt64, {kLow, kHigh, 0, 0, -1}, {false, false, true, false, false});
  const TestColumn<int64_t> probe(TypeId::kInt64, {kHigh, 0, kLow, 1, -1}, {false, false, false, false, true});
  EXPECT_EQ(matchesOf({{&build.column, nullptr}}, 5, {{&probe.column, nullptr}}, 5, pool), (Rows{{1}, {3}, {0}, {}, {}}));
}

TEST(JoinKeysTest, nullRowMatchesNothing) {
  MemoryPool pool;
  const TestColumn<int32_t> build(TypeId::kInt32, {4, 5});
  const TestColumn<int32_t> probe(TypeId::kInt32, {5, 4});
  const std::vector<int32_t> rows = {2, 1, 0};  // 2 is the null row
  EXPECT_EQ(matchesOf({{&build.column, nullptr}}, 2, {{&probe.column, rows.data()}}, 3, pool), (Rows{{}, {0}, {1}}));
}

TEST(JoinKeysTest, stringsMatchByBytesAndDuplicatesKeepBuildOrder) {
  MemoryPool pool;
  const StringColumn build({"a", "", "b", "a"});
  const StringColumn probe({"", "a", "c"});
  EXPECT_EQ(matchesOf({{&build.column, nullptr}}, 4, {{&probe.column, nullptr}}, 3, pool), (Rows{{1}, {0, 3}, {}}));
}

TEST(JoinKeysTest, emptyBuildSideMatchesNothing) {
  MemoryPool pool;
  const TestColumn<int32_t> build(TypeId::kInt32, {});
  const TestColumn<int32_t> probe(TypeId::kInt32, {0});
  EXPECT_EQ(matchesOf({{&build.column, nullptr}}, 0, {{&probe.column, nullptr}}, 1, pool), (Rows{{}}));
}

/// Composite keys whose ranges are small, large or too large together, against a map.
TEST(JoinKeysTest, compositeKeysAgreeWithAMap) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    MemoryPool pool;
    const size_t numColumns = 1 + random() % 4;
    const size_t numBuild = random() % 200;
    const size_t numProbe = random() % 200;
    std::vector<TestColumn<int64_t>> build;
    std::vector<TestColumn<int64_t>> probe;
    for (size_t k = 0; k < numColumns; ++k) {
      // Few distinct values far apart: so that keys meet in ranges of any size.
      const int shift = static_cast<int>(random() % 62);
      const auto column = [&](size_t numRows) {
        std::vector<int64_t> values;
        std::vector<bool> nulls;
        for (size_t i = 0; i < numRows; ++i) {
          values.push_back((static_cast<int64_t>(random() % 4) - 2) * (int64_t{1} << shift));
          nulls.push_back(random() % 10 == 0);
        }
        return TestColumn<int64_t>(TypeId::kInt64, values, nulls);
      };
      build.push_back(column(numBuild));
      probe.push_back(column(numProbe));
    }
    const auto keyOf = [](const std::vector<TestColumn<int64_t>>& columns, size_t row) {
      std::optional<std::vector<int64_t>> key(std::in_place);
      for (const auto& column : columns) {
        if (column.column.isNull(static_cast<int64_t>(row))) {
          return std::optional<std::vector<int64_t>>();
        }
        key->push_back(column.values[row]);
      }
      return key;
    };
    std::map<std::vector<int64_t>, std::vector<int32_t>> expectedByKey;
    for (size_t row = 0; row < numBuild; ++row) {
      if (const auto key = keyOf(build, row)) {
        expectedByKey[*key].push_back(static_cast<int32_t>(row));
      }
    }
    Rows expected(numProbe);
    for (size_t row = 0; row < numProbe; ++row) {
      if (const auto key = keyOf(probe, row)) {
        expected[row] = expectedByKey[*key];
      }
    }
    std::vector<KeyInput> buildInput;
    std::vector<KeyInput> probeInput;
    for (size_t k = 0; k < numColumns; ++k) {
      // The pointers move with the vector, the buffers do not.
      buildInput.push_back({&build[k].column, nullptr});
      probeInput.push_back({&probe[k].column, nullptr});
    }
    EXPECT_EQ(matchesOf(buildInput, static_cast<int64_t>(numBuild), probeInput, static_cast<int64_t>(numProbe), pool), expected);
    EXPECT_EQ(pool.bytesInUse(), 0);
  }
}

TEST(JoinKeysTest, typesThatCannotBeComparedAreNamed) {
  ColumnType integer{TypeId::kInt32, 4, 0, TypeId::kNull, "i"};
  ColumnType text{TypeId::kString, 0, 0, TypeId::kNull, "u"};
  ColumnType number{TypeId::kFloat64, 8, 0, TypeId::kNull, "g"};
  try {
    KeyEncoder::checkTypes(integer, "a.x", text, "b.y");
    FAIL();
  } catch (const EngineError& error) {
    EXPECT_EQ(error.code(), INFERF_ERROR_TYPE_MISMATCH);
    EXPECT_NE(std::string(error.what()).find("a.x"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("b.y"), std::string::npos);
  }
  try {
    KeyEncoder::checkTypes(number, "a.x", number, "b.y");
    FAIL();
  } catch (const EngineError& error) {
    EXPECT_EQ(error.code(), INFERF_ERROR_UNSUPPORTED);
  }
}

/// Hashes of all rows of a key of these columns.
std::vector<uint64_t> hashesOf(const std::vector<KeyInput>& keys, size_t numRows) {
  std::vector<uint64_t> hashes(numRows);
  hashKeys(keys, static_cast<int64_t>(numRows), hashes.data());
  return hashes;
}

TEST(KeyHashTest, equalKeysOfAnyTypesHaveEqualHashes) {
  const TestColumn<int8_t> narrow(TypeId::kInt8, {1, 0, 127});
  const TestColumn<uint16_t> middle(TypeId::kUInt16, {1, 0, 127});
  const TestColumn<int64_t> wide(TypeId::kInt64, {1, 0, 127});
  const TestColumn<uint64_t> widest(TypeId::kUInt64, {1, 0, 127});
  const std::vector<uint64_t> expected = hashesOf({{&wide.column, nullptr}}, 3);
  EXPECT_EQ(hashesOf({{&narrow.column, nullptr}}, 3), expected);
  EXPECT_EQ(hashesOf({{&middle.column, nullptr}}, 3), expected);
  EXPECT_EQ(hashesOf({{&widest.column, nullptr}}, 3), expected);
  EXPECT_NE(expected[0], expected[1]);
  const TestColumn<int32_t> negative(TypeId::kInt32, {-1, -128});
  const TestColumn<int8_t> narrowNegative(TypeId::kInt8, {-1, -128});
  EXPECT_EQ(hashesOf({{&negative.column, nullptr}}, 2), hashesOf({{&narrowNegative.column, nullptr}}, 2));
  const StringColumn text({"a", "", "bc"});
  const StringColumn shifted({"x", "a", "", "bc"});
  const int32_t rows[] = {1, 2, 3};
  EXPECT_EQ(hashesOf({{&text.column, nullptr}}, 3), hashesOf({{&shifted.column, rows}}, 3));
  EXPECT_EQ(hashesOf({{&text.column, nullptr}, {&narrow.column, nullptr}}, 3), hashesOf({{&shifted.column, rows}, {&wide.column, nullptr}}, 3));
  EXPECT_NE(hashesOf({{&wide.column, nullptr}, {&text.column, nullptr}}, 3), hashesOf({{&text.column, nullptr}, {&wide.column, nullptr}}, 3));
}

TEST(KeyHashTest, rowsWithNullSpreadOverThePartitions) {
  const TestColumn<int64_t> column(TypeId::kInt64, std::vector<int64_t>(64, 7), std::vector<bool>(64, true));
  std::map<uint64_t, int> parts;
  for (const uint64_t hash : hashesOf({{&column.column, nullptr}}, 64)) {
    ++parts[hash >> 61];
  }
  EXPECT_GE(parts.size(), 6U);
}

}  // namespace
}  // namespace inferf
