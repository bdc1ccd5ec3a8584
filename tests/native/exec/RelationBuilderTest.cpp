#include "exec/RelationBuilder.h"

#include <algorithm>
#include <map>

#include "QueryFixture.h"
#include "kernel/FirstRows.h"

namespace inferf {
namespace {

using namespace test;  // NOLINT: the fixture's vocabulary

/// Build sides that are large enough to be encoded and indexed by all threads.
class RelationBuilderTest : public QueryTest {
 protected:
  static constexpr int64_t kBuildRows = FirstRows::kMinRows + 4000;
  static constexpr int64_t kFactRows = 3000;

  /// The key of a build row or a fact: every number from 0 on; far apart, so that the index is a hash table.
  static std::string text(int64_t i) { return "t" + std::to_string(i % 300); }
  static int64_t number(int64_t i) { return i / 300 * (int64_t{1} << 40); }

  /// `numRepeats` rows with each key, the last of every 50 without a number.
  static TestTable dims(int64_t numRepeats) {
    Cells<std::string> texts;
    Cells<int64_t> numbers;
    Cells<int64_t> rows;
    for (int64_t row = 0; row < kBuildRows; ++row) {
      const int64_t key = row * 7919 % kBuildRows / numRepeats;
      texts.emplace_back(text(key));
      numbers.push_back(row % 50 == 49 ? std::nullopt : std::optional(number(key)));
      rows.emplace_back(row);
    }
    return {"dims", {{"text", texts}, {"number", numbers}, {"row", rows}}, 9000, 0};
  }
  static TestTable facts() {
    Cells<std::string> texts;
    Cells<int64_t> numbers;
    Cells<int64_t> rows;
    for (int64_t row = 0; row < kFactRows; ++row) {
      const int64_t key = row * 31 % (kBuildRows + 10'000);
      texts.emplace_back(text(key));
      numbers.push_back(row % 20 == 19 ? std::nullopt : std::optional(number(key)));
      rows.emplace_back(row);
    }
    return {"facts", {{"text", texts}, {"number", numbers}, {"row", rows}}, 1000, 0};
  }

  /// Fact rows with the build rows they match, or NULL.
  static std::shared_ptr<const Plan> plan() {
    PlanBuilder builder;
    const uint32_t probe = builder.scan(TestTable{"facts", {{"text", Cells<std::string>()}, {"number", Cells<int64_t>()}, {"row", Cells<int64_t>()}}}, true);
    const uint32_t build = builder.scan(TestTable{"dims", {{"text", Cells<std::string>()}, {"number", Cells<int64_t>()}, {"row", Cells<int64_t>()}}});
    builder.join(proto::JOIN_TYPE_LEFT, probe, build, {{column(0, 0), column(1, 0)}, {column(0, 1), column(1, 1)}});
    builder.output(column(0, 2));
    builder.output(column(1, 2));
    return builder.plan();
  }

  /// What plan() yields, found with a map.
  static ResultRows joined(const TestTable& factTable, const TestTable& dimensionTable) {
    using Key = std::pair<std::string, int64_t>;
    const auto keyOf = [](const TestTable& table, size_t row) -> std::optional<Key> {
      const auto& numberCell = std::get<Cells<int64_t>>(table.columns[1].second)[row];
      return numberCell.has_value() ? std::optional(Key(*std::get<Cells<std::string>>(table.columns[0].second)[row], *numberCell)) : std::nullopt;
    };
    std::map<Key, std::vector<size_t>> rowsOfKey;
    for (size_t row = 0; row < static_cast<size_t>(kBuildRows); ++row) {
      if (const std::optional<Key> key = keyOf(dimensionTable, row)) {
        rowsOfKey[*key].push_back(row);
      }
    }
    ResultRows rows;
    for (size_t row = 0; row < static_cast<size_t>(kFactRows); ++row) {
      const std::optional<Key> key = keyOf(factTable, row);
      if (!key.has_value() || !rowsOfKey.contains(*key)) {
        rows.push_back({std::to_string(row), "-"});
        continue;
      }
      for (const size_t match : rowsOfKey.at(*key)) {
        rows.push_back({std::to_string(row), std::to_string(match)});
      }
    }
    return rows;
  }
};

TEST_F(RelationBuilderTest, largeBuildSidesMatchTheSameRowsInTheSameOrderOnAnyNumberOfThreads) {
  const TestTable factTable = facts();
  for (const int64_t numRepeats : {1, 4}) {
    const TestTable dimensionTable = dims(numRepeats);
    ResultRows expected = joined(factTable, dimensionTable);
    std::optional<int64_t> bytes;
    for (const int32_t numThreads : {1, 2, 4}) {
      SCOPED_TRACE(numThreads);
      const std::shared_ptr<Task> task = makeRelations(plan(), {factTable, dimensionTable}, numThreads);
      task->build();
      // The relations are all that is held now: the same whoever built them.
      EXPECT_EQ(bytes.value_or(pool_->bytesInUse()), pool_->bytesInUse());
      bytes = pool_->bytesInUse();
      task->bindModel(plan(), tensors_);
      ResultRows rows = finish(*task);
      if (numThreads > 1) {  // tokens come in any order, the rows of a fact one after the other
        std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return std::stoll(a[0]) < std::stoll(b[0]); });
      }
      EXPECT_EQ(rows, expected);
    }
  }
}

/// Where the limit is met, the answer is the error of the limit or, with the build side on disk, the same rows.
TEST_F(RelationBuilderTest, aMemoryLimitChangesNoRows) {
  const TestTable factTable = facts();
  const TestTable dimensionTable = dims(2);
  ResultRows expected = joined(factTable, dimensionTable);
  std::sort(expected.begin(), expected.end());
  run(plan(), {factTable, dimensionTable});
  const int64_t peak = pool_->bytesPeak();
  int numAnswers = 0;
  for (int64_t tenth = 1; tenth <= 10; tenth += 3) {
    pool_ = std::make_shared<MemoryPool>(peak * tenth / 10);
    try {
      ResultRows rows = run(plan(), {factTable, dimensionTable});
      std::sort(rows.begin(), rows.end());
      EXPECT_EQ(rows, expected);
      ++numAnswers;
    } catch (const EngineError& error) {
      EXPECT_EQ(error.code(), INFERF_ERROR_MEMORY_LIMIT) << error.what();
    }
    EXPECT_EQ(pool_->bytesInUse(), 0);
  }
  EXPECT_GT(numAnswers, 0);
}

}  // namespace
}  // namespace inferf
