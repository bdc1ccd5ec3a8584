// Codes and indexes of build sides that are large enough to be built in parts, on one thread and on several, against maps.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "KeyColumns.h"
#include "base/ThreadArena.h"
#include "kernel/JoinIndex.h"
#include "kernel/KeyEncoder.h"
#include "kernel/MixBits.h"
#include "support/ExpectError.h"

namespace inferf {
namespace {

using test::StringColumn;
using test::TestColumn;

constexpr int64_t kLimit = FirstRows::kMinRows;
constexpr int64_t kMinInt64 = std::numeric_limits<int64_t>::min();
constexpr int64_t kMaxInt64 = std::numeric_limits<int64_t>::max();

/// Calls body with the parallelism of an arena of so many threads.
template <typename Body>
void onThreads(int32_t numThreads, const CancellationToken& cancellation, const Body& body) {
  ThreadArena arena(numThreads);
  arena.arena().execute([&] { body(Parallelism(cancellation)); });
}

/// Everything that can be seen of an index over codes, by looking up these codes and others.
struct Seen {
  bool isUnique;
  bool isDense;
  int64_t numKeys;
  int64_t bytes;
  std::vector<int32_t> matches;  // of the rows' own codes
  std::vector<std::vector<int32_t>> groups;  // of the first row with each code; repeated keys only

  bool operator==(const Seen&) const = default;
};

Seen see(const JoinIndex& index, const std::vector<int64_t>& codes, const std::vector<int64_t>& firstRows) {
  Seen seen{index.isUnique(), index.isDense(), index.numKeys(), index.bytes(), std::vector<int32_t>(codes.size()), {}};
  index.lookup(codes.data(), static_cast<int64_t>(codes.size()), seen.matches.data());
  for (const int64_t row : firstRows) {
    if (!seen.isUnique) {
      const auto rows = index.rows(seen.matches[static_cast<size_t>(row)]);
      seen.groups.emplace_back(rows.begin(), rows.end());
    }
  }
  return seen;
}

/// Builds indexes over codes on one to four threads and compares them with a map and each other.
void expectIndexes(const std::vector<int64_t>& codes, uint64_t range) {
  const auto numRows = static_cast<int64_t>(codes.size());
  std::unordered_map<int64_t, int32_t> groupOfCode;
  std::vector<std::vector<int32_t>> rowsOfGroup;
  std::vector<int64_t> firstRows;
  bool isUnique = true;
  for (int64_t row = 0; row < numRows; ++row) {
    const int64_t code = codes[static_cast<size_t>(row)];
    if (code < 0) {
      continue;
    }
    const auto [found, isNew] = groupOfCode.try_emplace(code, static_cast<int32_t>(rowsOfGroup.size()));
    if (isNew) {
      rowsOfGroup.emplace_back();
      firstRows.push_back(row);
    }
    rowsOfGroup[static_cast<size_t>(found->second)].push_back(static_cast<int32_t>(row));
    isUnique = isUnique && isNew;
  }
  std::optional<Seen> serial;
  for (int32_t numThreads = 1; numThreads <= 4; ++numThreads) {
    SCOPED_TRACE("threads: " + std::to_string(numThreads));
    const CancellationToken cancellation;
    onThreads(numThreads, cancellation, [&](const Parallelism& parallelism) {
      MemoryPool pool;
      {
        const JoinIndex index = JoinIndex::build(codes.data(), numRows, range, pool, parallelism);
        EXPECT_LT(pool.bytesInUse() - index.bytes(), 3 * MemoryPool::kAlignment) << "something else is still held";
        Seen seen = see(index, codes, firstRows);
        ASSERT_EQ(seen.isUnique, isUnique);
        ASSERT_EQ(seen.numKeys, static_cast<int64_t>(rowsOfGroup.size()));
        if (!isUnique) {
          ASSERT_EQ(seen.groups, rowsOfGroup);
        }
        for (int64_t row = 0; row < numRows; ++row) {
          const int64_t code = codes[static_cast<size_t>(row)];
          const int32_t expected = code < 0              ? JoinIndex::kMissing
                                   : isUnique            ? static_cast<int32_t>(row)
                                   : index.isDense()     ? static_cast<int32_t>(code)
                                                         : groupOfCode.at(code);
          ASSERT_EQ(seen.matches[static_cast<size_t>(row)], expected) << "row " << row;
        }
        std::vector<int64_t> others;
        for (const int64_t code : codes) {
          if (const int64_t other = (code + 1) % static_cast<int64_t>(range); !groupOfCode.contains(other)) {
            others.push_back(other);
          }
        }
        std::vector<int32_t> matches(others.size());
        index.lookup(others.data(), static_cast<int64_t>(others.size()), matches.data());
        ASSERT_EQ(matches, std::vector<int32_t>(others.size(), JoinIndex::kMissing));
        if (serial.has_value()) {
          ASSERT_TRUE(seen == *serial);
        }
        serial = std::move(seen);
      }
      EXPECT_EQ(pool.bytesInUse(), 0);
    });
  }
}

std::vector<int64_t> codesBy(int64_t numRows, const std::function<int64_t(int64_t)>& codeOf) {
  std::vector<int64_t> codes(static_cast<size_t>(numRows));
  for (int64_t row = 0; row < numRows; ++row) {
    codes[static_cast<size_t>(row)] = codeOf(row);
  }
  return codes;
}

TEST(JoinBuildTest, indexesOfEveryKindAroundTheThreshold) {
  constexpr int64_t kPrime = 1'000'003;
  for (const int64_t numRows : {kLimit - 1, kLimit, kLimit + 1, kLimit + 40'001}) {
    SCOPED_TRACE(numRows);
    std::mt19937_64 random(static_cast<uint64_t>(numRows));
    const auto range = static_cast<uint64_t>(numRows) * kPrime;
    const auto codes = [&](const auto& codeOf) { return codesBy(numRows, codeOf); };
    expectIndexes(codes([](int64_t row) { return row; }), static_cast<uint64_t>(numRows));
    expectIndexes(codes([&](int64_t row) { return numRows - 1 - row; }), static_cast<uint64_t>(numRows) * 3);
    expectIndexes(codes([&](int64_t row) { return row == numRows - 1 ? 0 : row; }), static_cast<uint64_t>(numRows));  // one repeated
    expectIndexes(codes([&](int64_t) { return static_cast<int64_t>(random() % 50'000); }), 50'000);
    expectIndexes(codes([&](int64_t row) { return row * 7919 % numRows * kPrime; }), range);
    expectIndexes(codes([&](int64_t row) { return row == numRows - 1 ? 0 : row * kPrime; }), range);
    expectIndexes(codes([&](int64_t) { return static_cast<int64_t>(random() % 30'000) * kPrime; }), range);
    expectIndexes(codes([&](int64_t row) { return random() % 3 == 0 ? -1 : row * kPrime; }), range);
    expectIndexes(codes([&](int64_t row) { return random() % 3 == 0 ? -1 : row % 20'000 * kPrime; }), range);
    expectIndexes(codes([&](int64_t row) { return row % 3 == 0 ? -1 : row; }), static_cast<uint64_t>(numRows));
  }
}

TEST(JoinBuildTest, indexesOfOneKeyAndOfNone) {
  for (const uint64_t range : {uint64_t{100'000}, uint64_t{1} << 50}) {
    expectIndexes(std::vector<int64_t>(static_cast<size_t>(kLimit), 99'999), range);
    expectIndexes(std::vector<int64_t>(static_cast<size_t>(kLimit), JoinIndex::kMissing), range);
  }
}

/// The value that mixCode() takes to `hash`.
int64_t unmixed(uint64_t hash) {
  const auto inverse = [](uint64_t factor) {
    uint64_t result = factor;  // Newton's iteration: right to three bits, then to twice as many each time
    for (int i = 0; i < 5; ++i) {
      result *= 2 - factor * result;
    }
    return result;
  };
  hash ^= hash >> 33;
  hash *= inverse(0xc4ceb9fe1a85ec53ULL);
  hash ^= hash >> 33;
  hash *= inverse(0xff51afd7ed558ccdULL);
  hash ^= hash >> 33;
  return static_cast<int64_t>(hash);
}

/// Keys whose slots lie at the end of every part of the table, and of the last one, so that their searches go on in the next and the first.
TEST(JoinBuildTest, keysThatDoNotFitIntoTheirPartGoOnInTheNext) {
  ASSERT_EQ(mixCode(unmixed(0x123456789abcdef0ULL)), 0x123456789abcdef0ULL);
  for (const uint64_t numRepeats : {uint64_t{1}, uint64_t{3}}) {
    std::mt19937_64 random(numRepeats);
    std::vector<int64_t> codes;
    while (static_cast<int64_t>(codes.size()) < kLimit) {
      // Parts are numbered by at most eight high bits: ones in all others, but for the lowest, lead to the last slots of any of them.
      const uint64_t hash = (random() << 56) | (~uint64_t{0} >> 8 ^ random() % (uint64_t{1} << 40));
      if (const int64_t code = unmixed(hash); code >= 0) {
        codes.insert(codes.end(), numRepeats, code);
      }
    }
    std::shuffle(codes.begin(), codes.end(), random);
    expectIndexes(codes, uint64_t{kMaxInt64});
  }
}

/// The build side of a join whose keys are known as texts.
struct KeySide {
  std::vector<KeyInput> inputs;
  std::vector<std::optional<std::string>> keys;  // by row; none: NULL
};

/// Encodes and indexes a build side on one to four threads; rows must share a code exactly if they share a key.
void expectCodes(const KeySide& side) {
  const auto numRows = static_cast<int64_t>(side.keys.size());
  std::vector<int64_t> serial;
  for (int32_t numThreads = 1; numThreads <= 4; ++numThreads) {
    SCOPED_TRACE("threads: " + std::to_string(numThreads));
    const CancellationToken cancellation;
    onThreads(numThreads, cancellation, [&](const Parallelism& parallelism) {
      MemoryPool pool;
      std::vector<int64_t> codes(static_cast<size_t>(numRows));
      std::vector<int64_t> probed(static_cast<size_t>(numRows));
      std::vector<int64_t> scratch(static_cast<size_t>(numRows));
      const KeyEncoder encoder(side.inputs, numRows, codes.data(), pool, parallelism);
      encoder.encode(side.inputs, numRows, scratch.data(), probed.data());
      ASSERT_EQ(probed, codes) << "the build side's own keys have other codes when they are probed";
      if (!serial.empty()) {
        ASSERT_EQ(codes, serial);
        return;
      }
      std::unordered_map<std::string, int64_t> codeOfKey;
      std::unordered_map<int64_t, std::string> keyOfCode;
      for (int64_t row = 0; row < numRows; ++row) {
        const int64_t code = codes[static_cast<size_t>(row)];
        const std::optional<std::string>& key = side.keys[static_cast<size_t>(row)];
        ASSERT_EQ(code == KeyEncoder::kMissing, !key.has_value()) << "row " << row;
        if (key.has_value()) {
          ASSERT_GE(code, 0);
          ASSERT_LT(static_cast<uint64_t>(code), encoder.range());
          ASSERT_EQ(codeOfKey.try_emplace(*key, code).first->second, code) << "row " << row;
          ASSERT_EQ(keyOfCode.try_emplace(code, *key).first->second, *key) << "row " << row;
        }
      }
      serial = codes;
    });
  }
}

/// Rows of int64 columns; `nullShare`: one row in so many is NULL, 0: none.
void expectIntegerCodes(int64_t numRows, const std::vector<std::function<int64_t(int64_t)>>& valueOf, uint64_t nullShare) {
  std::mt19937_64 random(5);
  std::vector<std::unique_ptr<TestColumn<int64_t>>> columns;
  KeySide side{{}, std::vector<std::optional<std::string>>(static_cast<size_t>(numRows), "")};
  for (const auto& value : valueOf) {
    std::vector<bool> nulls(nullShare == 0 ? 0 : static_cast<size_t>(numRows));
    const std::vector<int64_t> values = codesBy(numRows, value);
    for (size_t row = 0; row < static_cast<size_t>(numRows); ++row) {
      if (nullShare > 0) {
        nulls[row] = random() % nullShare == 0;
      }
      if (nullShare > 0 && nulls[row]) {
        side.keys[row].reset();
      } else if (side.keys[row].has_value()) {
        *side.keys[row] += std::to_string(values[row]) + ",";
      }
    }
    columns.push_back(std::make_unique<TestColumn<int64_t>>(TypeId::kInt64, values, nulls));
    side.inputs.push_back({&columns.back()->column, nullptr});
  }
  expectCodes(side);
}

TEST(JoinBuildTest, codesOfIntegers) {
  std::mt19937_64 random(3);
  const auto anyOf = [&](uint64_t numValues, int64_t distance) {
    return [&random, numValues, distance](int64_t) {
      return static_cast<int64_t>(random() % numValues - numValues / 2) * distance;
    };
  };
  const auto extremes = [&](int64_t row) { return row == 1000 ? kMinInt64 : row == 70'000 ? kMaxInt64 : static_cast<int64_t>(random()); };
  const auto wide = [&](int64_t row) { return row % 2 == 0 ? static_cast<int64_t>(random()) / 2 : row * 11; };
  for (const uint64_t nullShare : {uint64_t{0}, uint64_t{1}, uint64_t{5}}) {
    SCOPED_TRACE("NULL: one in " + std::to_string(nullShare));
    expectIntegerCodes(kLimit + 5000, {anyOf(1 << 20, 1)}, nullShare);
    expectIntegerCodes(kLimit + 5000, {extremes}, nullShare);
    expectIntegerCodes(kLimit + 5000, {wide}, nullShare);
    expectIntegerCodes(kLimit + 5000, {anyOf(300, 1), anyOf(1000, 7)}, nullShare);
    // The product of the ranges is too large: the first columns are numbered, then the next one as well.
    expectIntegerCodes(kLimit, {anyOf(300, int64_t{1} << 40), anyOf(100, int64_t{1} << 30)}, nullShare);
    expectIntegerCodes(kLimit, {wide, anyOf(100, int64_t{1} << 50), anyOf(10, int64_t{1} << 55)}, nullShare);
  }
}

TEST(JoinBuildTest, codesOfStringsNumberThemByFirstOccurrence) {
  std::mt19937_64 random(4);
  for (const uint64_t numTexts : {uint64_t{1}, uint64_t{1000}, uint64_t{1} << 40}) {
    for (const bool hasNulls : {false, true}) {
      SCOPED_TRACE(std::to_string(numTexts) + (hasNulls ? " texts and NULL" : " texts"));
      const auto numRows = static_cast<size_t>(kLimit + 777);
      std::vector<std::string> texts;
      std::vector<bool> nulls;
      KeySide side;
      for (size_t row = 0; row < numRows; ++row) {
        texts.push_back(random() % 50 == 0 ? "" : "text of " + std::to_string(random() % numTexts));
        nulls.push_back(random() % 7 == 0);
      }
      const StringColumn column(texts, hasNulls ? nulls : std::vector<bool>());
      // In another order, with the null row.
      std::vector<int32_t> rows;
      for (size_t i = 0; i < numRows; ++i) {
        const size_t row = random() % 100 == 0 ? numRows : random() % numRows;
        rows.push_back(static_cast<int32_t>(row));
        side.keys.push_back(row == numRows || (hasNulls && nulls[row]) ? std::nullopt : std::optional(texts[row]));
      }
      side.inputs = {{&column.column, rows.data()}};
      expectCodes(side);
      MemoryPool pool;
      std::vector<int64_t> codes(numRows);
      const StringTable table(side.inputs.front(), static_cast<int64_t>(numRows), codes.data(), pool, {});
      std::unordered_map<std::string, int64_t> numbers;
      for (size_t row = 0; row < numRows; ++row) {
        const int64_t expected =
            side.keys[row].has_value() ? numbers.try_emplace(*side.keys[row], static_cast<int64_t>(numbers.size())).first->second : -1;
        ASSERT_EQ(codes[row], expected) << "row " << row;
      }
      EXPECT_EQ(table.size(), static_cast<int32_t>(numbers.size()));
      EXPECT_EQ(table.find("not there", StringTable::hash("not there")), StringTable::kMissing);
    }
  }
}

TEST(JoinBuildTest, differentStringsWithoutNullsAreNumberedByRow) {
  std::vector<std::string> texts;
  KeySide side;
  for (int64_t row = 0; row < kLimit; ++row) {
    texts.push_back(std::to_string(row * 17));
    side.keys.emplace_back(texts.back());
  }
  const StringColumn column(texts);
  side.inputs = {{&column.column, nullptr}};
  expectCodes(side);
}

/// Keys of each kind that a build in parts has a way of its own for: text and number together, far apart, some of them repeated.
template <typename Body>
void withMixedKeys(const Body& body) {
  std::vector<std::string> texts;
  std::vector<int64_t> numbers;
  for (int64_t row = 0; row < kLimit; ++row) {
    texts.push_back("text " + std::to_string(row % 40'000));
    numbers.push_back(row % 50'000 * (int64_t{1} << 46));
  }
  const StringColumn text(texts);
  const TestColumn<int64_t> number(TypeId::kInt64, numbers);
  body(std::vector<KeyInput>{{&text.column, nullptr}, {&number.column, nullptr}, {&text.column, nullptr}});
}

TEST(JoinBuildTest, aFailedAllocationLeavesNothingBehind) {
  withMixedKeys([](const std::vector<KeyInput>& inputs) {
    const CancellationToken cancellation;
    onThreads(2, cancellation, [&](const Parallelism& parallelism) {
      MemoryPool pool;
      bool isBuilt = false;
      int64_t countdown = 0;
      while (!isBuilt) {
        pool.failAllocation(++countdown);
        try {
          PoolArray<int64_t> codes(pool, kLimit);
          const KeyEncoder encoder(inputs, kLimit, codes.data(), pool, parallelism);
          const JoinIndex index = JoinIndex::build(codes.data(), kLimit, encoder.range(), pool, parallelism);
          isBuilt = true;
        } catch (const EngineError& error) {
          EXPECT_EQ(error.code(), INFERF_ERROR_MEMORY_LIMIT);
        }
        EXPECT_EQ(pool.bytesInUse(), 0);
      }
      pool.failAllocation(0);
      EXPECT_GT(countdown, 15);
    });
  });
}

TEST(JoinBuildTest, aCancelledRunBuildsNothing) {
  withMixedKeys([](const std::vector<KeyInput>& inputs) {
    for (const int32_t numThreads : {1, 3}) {
      CancellationToken cancellation;
      cancellation.cancel();
      onThreads(numThreads, cancellation, [&](const Parallelism& parallelism) {
        MemoryPool pool;
        std::vector<int64_t> codes(static_cast<size_t>(kLimit));
        test::expectError(INFERF_ERROR_CANCELLED, "cancelled", [&] { KeyEncoder(inputs, kLimit, codes.data(), pool, parallelism); });
        for (int64_t row = 0; row < kLimit; ++row) {
          codes[static_cast<size_t>(row)] = row * 1'000'003;
        }
        test::expectError(INFERF_ERROR_CANCELLED, "cancelled",
                          [&] { JoinIndex::build(codes.data(), kLimit, uint64_t{1} << 50, pool, parallelism); });
        EXPECT_EQ(pool.bytesInUse(), 0);
      });
    }
  });
}

}  // namespace
}  // namespace inferf
