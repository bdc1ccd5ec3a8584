#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <random>

#include "QueryFixture.h"

namespace inferf {
namespace {

using namespace test;  // NOLINT: the fixture's vocabulary

constexpr int64_t kLimit = int64_t{4} << 20;

/// Joins whose build sides exceed the memory limit, compared with the same joins without one.
class SpillTest : public QueryTest {
 protected:
  void SetUp() override {
    digits() = 9;
    directory_ = std::filesystem::temp_directory_path() / ("inferf-spill-test-" + std::to_string(::getpid()));
    std::filesystem::create_directory(directory_);
  }
  void TearDown() override {
    EXPECT_TRUE(std::filesystem::is_empty(directory_));
    std::filesystem::remove_all(directory_);
    QueryTest::TearDown();
  }

  void limitMemory(int64_t limit = kLimit) { pool_ = std::make_shared<MemoryPool>(limit, directory_.string()); }
  void unlimitMemory() { pool_ = std::make_shared<MemoryPool>(); }

  static ResultRows sorted(ResultRows rows) {
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  /// Runs the plan with and without a limit and expects the same rows. Returns how many there are.
  size_t expectSameRows(const std::shared_ptr<const Plan>& plan, const std::vector<TestTable>& tables, int64_t limit = kLimit) {
    unlimitMemory();
    const ResultRows expected = sorted(run(plan, tables, 1));
    limitMemory(limit);
    const auto task = makeTask(plan, tables, 2);
    const ResultRows actual = sorted(finish(*task));
    EXPECT_GT(task->progress().num_spilled_bytes, 0);
    EXPECT_TRUE(actual == expected) << actual.size() << " rows instead of " << expected.size();
    EXPECT_LE(pool_->bytesPeak(), limit);
    return actual.size();
  }

  Cells<int64_t> numbers(size_t count, int64_t range, bool withNulls) {
    Cells<int64_t> cells;
    for (size_t i = 0; i < count; ++i) {
      cells.push_back(withNulls && random_() % 16 == 0 ? std::optional<int64_t>()
                                                       : std::optional<int64_t>(static_cast<int64_t>(random_() % static_cast<uint64_t>(range))));
    }
    return cells;
  }
  static Cells<std::string> texts(const Cells<int64_t>& from, const std::string& prefix) {
    Cells<std::string> cells;
    for (const std::optional<int64_t>& cell : from) {
      cells.push_back(cell ? std::optional<std::string>(prefix + std::to_string(*cell)) : std::nullopt);
    }
    return cells;
  }
  static Cells<int64_t> counted(size_t count) {
    Cells<int64_t> cells;
    for (size_t i = 0; i < count; ++i) {
      cells.push_back(static_cast<int64_t>(i));
    }
    return cells;
  }

  /// facts(n, k, text) and dim(k, text, x, vector), whose keys are taken from [0, range).
  std::vector<TestTable> star(size_t numFacts, size_t numDimension, int64_t range, bool withNulls) {
    const Cells<int64_t> factKeys = numbers(numFacts, range, withNulls);
    const Cells<int64_t> dimensionKeys = numbers(numDimension, range, withNulls);
    Cells<FloatList> lists;
    for (size_t i = 0; i < numDimension; ++i) {
      lists.push_back(i % 9 == 0 ? std::optional<FloatList>() : FloatList{static_cast<float>(i), 0.5F});
    }
    return {{"facts", {{"n", counted(numFacts)}, {"k", factKeys}, {"text", texts(factKeys, "key ")}}, 700, 0},
            {"dim",
             {{"k", dimensionKeys}, {"text", texts(dimensionKeys, "key ")}, {"x", counted(numDimension)}, {"vector", lists}},
             999,
             0}};
  }

  /// SELECT f.n, d.text, d.x + f.n, d.vector, joined by the columns with the given indices.
  static PlanBuilder starPlan(const std::vector<TestTable>& tables, proto::JoinType type, const std::vector<uint32_t>& keys) {
    PlanBuilder builder;
    const uint32_t facts = builder.scan(tables[0], true);
    const uint32_t dimension = builder.scan(tables[1]);
    std::vector<std::pair<proto::ColumnRef, proto::ColumnRef>> pairs;
    for (const uint32_t key : keys) {
      pairs.emplace_back(column(0, key + 1), column(1, key));
    }
    const uint32_t root = builder.join(type, facts, dimension, pairs);
    const uint32_t x = builder.load(dimension, column(1, 2), proto::NULL_POLICY_CONSTANT, -1);
    builder.output(column(0, 0));
    builder.output(column(1, 1));
    builder.outputValue(builder.sum(root, {x, builder.load(root, column(0, 0), proto::NULL_POLICY_ERROR)}));
    builder.output(column(1, 3));
    return builder;
  }

  std::mt19937 random_{7};
  std::filesystem::path directory_;
};

TEST_F(SpillTest, innerAndLeftJoinsByAnyKeyYieldTheSameRows) {
  constexpr size_t kDimension = 60000;
  const std::vector<std::pair<std::vector<uint32_t>, proto::JoinType>> joins{
      {{0}, proto::JOIN_TYPE_INNER}, {{1}, proto::JOIN_TYPE_LEFT}, {{0, 1}, proto::JOIN_TYPE_INNER}, {{0, 1}, proto::JOIN_TYPE_LEFT}};
  for (const auto& [keys, type] : joins) {
    SCOPED_TRACE("keys " + std::to_string(keys.size()) + ", first " + std::to_string(keys[0]) + ", type " + std::to_string(type));
    const auto tables = star(6000, kDimension, static_cast<int64_t>(kDimension), true);
    EXPECT_GT(expectSameRows(starPlan(tables, type, keys).plan(), tables), 3000U);
  }
}

TEST_F(SpillTest, lazyNodesAndEmptyStreamsWork) {
  auto tables = star(3000, 60000, 20000, false);
  PlanBuilder builder = starPlan(tables, proto::JOIN_TYPE_LEFT, {0});
  builder.fragment.add_lazy_nodes(1);
  EXPECT_GT(expectSameRows(builder.plan(), tables), 3000U);
  std::visit([](auto& cells) { cells.clear(); }, tables[0].columns[0].second);
  std::visit([](auto& cells) { cells.clear(); }, tables[0].columns[1].second);
  std::visit([](auto& cells) { cells.clear(); }, tables[0].columns[2].second);
  EXPECT_EQ(expectSameRows(builder.plan(), tables), 0U);
}

TEST_F(SpillTest, theSpilledTableMayItselfBeJoinedAndFiltered) {
  const auto star_ = star(5000, 60000, 50000, true);
  const TestTable outer{"outer", {{"k", numbers(800, 1000, true)}, {"y", counted(800)}}, 100, 0};
  const std::vector<TestTable> tables{star_[0], star_[1], outer};
  for (const proto::JoinType type : {proto::JOIN_TYPE_INNER, proto::JOIN_TYPE_LEFT}) {
    PlanBuilder builder;
    const uint32_t facts = builder.scan(tables[0], true);
    const uint32_t dimension = builder.scan(tables[1]);
    const uint32_t outerScan = builder.scan(tables[2]);
    const uint32_t lower = builder.join(type, dimension, outerScan, {{column(1, 2), column(2, 0)}});
    const uint32_t filtered = builder.filter(lower, call(proto::SCALAR_FUNCTION_LESS, {columnExpression(1, 2), integer(40000)}));
    const uint32_t root = builder.join(proto::JOIN_TYPE_LEFT, facts, filtered, {{column(0, 1), column(1, 0)}});
    const uint32_t y = builder.load(outerScan, column(2, 1), proto::NULL_POLICY_CONSTANT, 0.5);
    const uint32_t partial = builder.sum(filtered, {y, builder.load(filtered, column(1, 2), proto::NULL_POLICY_CONSTANT)});
    builder.output(column(0, 0));
    builder.output(column(2, 1));
    builder.outputValue(builder.sum(root, {partial, builder.load(root, column(0, 0), proto::NULL_POLICY_ERROR)}));
    EXPECT_GE(expectSameRows(builder.plan(), tables), 5000U);
  }
}

/// facts JOIN left JOIN right by columns of facts.
class TwoSpilledTablesTest : public SpillTest {
 protected:
  std::shared_ptr<const Plan> plan(proto::JoinType first, proto::JoinType second) {
    const auto one = star(4000, 50000, 40000, true);
    tables_ = {one[0], one[1], star(1, 45000, 40000, true)[1]};
    tables_[0].columns.emplace_back("other", numbers(4000, 40000, true));
    PlanBuilder builder;
    const uint32_t facts = builder.scan(tables_[0], true);
    const uint32_t left = builder.scan(tables_[1]);
    const uint32_t right = builder.scan(tables_[2]);
    const uint32_t lower = builder.join(first, facts, left, {{column(0, 1), column(1, 0)}});
    const uint32_t root = builder.join(second, lower, right, {{column(0, 3), column(2, 0)}});
    const uint32_t x = builder.load(left, column(1, 2), proto::NULL_POLICY_CONSTANT, -1);
    const uint32_t y = builder.load(right, column(2, 2), proto::NULL_POLICY_CONSTANT, -2);
    builder.output(column(0, 0));
    builder.output(column(1, 1));
    builder.outputValue(builder.sum(root, {x, y}));
    return builder.plan();
  }
  std::vector<TestTable> tables_;
};

TEST_F(TwoSpilledTablesTest, areJoinedCellByCell) {
  const auto leftJoins = plan(proto::JOIN_TYPE_LEFT, proto::JOIN_TYPE_LEFT);
  EXPECT_GE(expectSameRows(leftJoins, tables_), 4000U);
  const auto innerJoins = plan(proto::JOIN_TYPE_INNER, proto::JOIN_TYPE_INNER);
  EXPECT_GT(expectSameRows(innerJoins, tables_), 1000U);
}

TEST_F(SpillTest, manyRowsOfOneKeyAreJoinedInSlices) {
  auto tables = star(40, 60000, 1, false);
  auto& keys = std::get<Cells<int64_t>>(tables[0].columns[1].second);
  for (size_t i = 1; i < keys.size(); ++i) {
    keys[i] = 5;  // found nowhere
  }
  EXPECT_EQ(expectSameRows(starPlan(tables, proto::JOIN_TYPE_INNER, {0}).plan(), tables), 60000U);
  limitMemory();
  expectFailure(INFERF_ERROR_MEMORY_LIMIT, "memory limit", [&] { run(starPlan(tables, proto::JOIN_TYPE_LEFT, {0}).plan(), tables); });
}

TEST_F(SpillTest, aJoinByAColumnOfAnotherBuildSideFailsClearly) {
  const auto one = star(100, 200, 100, false);
  const std::vector<TestTable> tables{one[0], one[1], star(1, 60000, 40000, false)[1]};
  PlanBuilder builder;
  const uint32_t facts = builder.scan(tables[0], true);
  const uint32_t near = builder.scan(tables[1]);
  const uint32_t far = builder.scan(tables[2]);
  const uint32_t lower = builder.join(proto::JOIN_TYPE_INNER, facts, near, {{column(0, 1), column(1, 0)}});
  builder.join(proto::JOIN_TYPE_INNER, lower, far, {{column(1, 2), column(2, 0)}});
  builder.output(column(2, 1));
  limitMemory(kLimit / 4);
  expectFailure(INFERF_ERROR_MEMORY_LIMIT, "memory limit", [&] { run(builder.plan(), tables); });
}

TEST_F(SpillTest, twoStepsYieldTheSameRowsAndNoObservations) {
  const auto tables = star(5000, 60000, 50000, true);
  const auto plan = starPlan(tables, proto::JOIN_TYPE_LEFT, {0}).plan();
  const ResultRows expected = sorted(run(plan, tables));
  limitMemory();
  const auto task = makeRelations(plan, tables);
  EXPECT_TRUE(task->build().empty());
  task->bindModel(starPlan(tables, proto::JOIN_TYPE_LEFT, {0}).plan(), {});
  EXPECT_TRUE(sorted(finish(*task)) == expected);
}

TEST_F(SpillTest, aTableIsMovedWhenTheValuesOfASecondPlanDoNotFit) {
  const auto tables = star(5000, 8000, 7000, true);
  const auto narrow = starPlan(tables, proto::JOIN_TYPE_INNER, {0}).plan();
  PlanBuilder builder = starPlan(tables, proto::JOIN_TYPE_INNER, {0});
  // 128 copies of a column for every row of dim.
  const std::vector<proto::ColumnRef> copies(128, column(1, 2));
  builder.outputValue(builder.loadAll(1, 128, copies, proto::NULL_POLICY_CONSTANT));
  const auto wide = builder.plan();
  const ResultRows expected = sorted(run(wide, tables));
  limitMemory(int64_t{8} << 20);
  const auto task = makeRelations(narrow, tables);
  EXPECT_FALSE(task->build().empty());
  EXPECT_EQ(task->progress().num_spilled_bytes, 0);
  task->bindModel(wide, {});
  const ResultRows actual = sorted(finish(*task));
  EXPECT_TRUE(actual == expected);
  EXPECT_GT(task->progress().num_spilled_bytes, 0);
  EXPECT_EQ(task->counters()[1].num_rows_out, 8000) << "what the first build counted is forgotten";
}

TEST_F(SpillTest, theNullCheckCountsAsInMemory) {
  const auto tables = star(3000, 60000, 50000, true);
  PlanBuilder builder = starPlan(tables, proto::JOIN_TYPE_INNER, {1});
  builder.outputValue(builder.load(1, column(1, 0), proto::NULL_POLICY_ERROR));
  builder.outputValue(builder.loadAll(1, 2, {column(1, 3)}, proto::NULL_POLICY_ERROR));
  std::string expected;
  try {
    run(builder.plan(), tables);
  } catch (const EngineError& error) {
    expected = error.what();
  }
  EXPECT_NE(expected.find("dim.vector"), std::string::npos);
  limitMemory();
  expectFailure(INFERF_ERROR_NULL_INPUT, expected, [&] { run(builder.plan(), tables); });
}

TEST_F(SpillTest, aMissingDirectoryIsNamed) {
  const auto tables = star(100, 60000, 50000, false);
  pool_ = std::make_shared<MemoryPool>(kLimit, "/nonexistent/inferf");
  expectFailure(INFERF_ERROR_SOURCE, "/nonexistent/inferf", [&] { run(starPlan(tables, proto::JOIN_TYPE_INNER, {0}).plan(), tables); });
}

TEST_F(SpillTest, aFailingProducerEndsTheRun) {
  for (const size_t broken : {0U, 1U}) {
    auto tables = star(3000, 60000, 50000, false);
    tables[broken].endError = 5;
    limitMemory();
    expectFailure(INFERF_ERROR_SOURCE, "the producer broke", [&] { run(starPlan(tables, proto::JOIN_TYPE_INNER, {0}).plan(), tables); });
  }
}

TEST_F(SpillTest, cancellingLeavesNothingBehind) {
  const auto tables = star(20000, 60000, 30000, false);
  const auto plan = starPlan(tables, proto::JOIN_TYPE_INNER, {0}).plan();
  limitMemory();
  for (int64_t numBatches = 0; numBatches < 3; ++numBatches) {
    const auto task = makeTask(plan, tables);
    task->start();
    ArrowArray batch{};
    for (int64_t i = 0; i < numBatches && task->next(&batch); ++i) {
      batch.release(&batch);
    }
    task->cancel();
    expectFailure(INFERF_ERROR_CANCELLED, "cancelled", [&] { task->next(&batch); });
    task->finish();
    EXPECT_EQ(pool_->bytesInUse(), 0);
  }
}

TEST_F(SpillTest, anyFailedAllocationEndsTheRunCleanly) {
  const auto tables = star(2000, 60000, 50000, true);
  const auto plan = starPlan(tables, proto::JOIN_TYPE_LEFT, {1}).plan();
  const ResultRows expected = sorted(run(plan, tables));
  limitMemory();
  int numFailed = 0;
  for (int64_t countdown = 1;; countdown += 1 + countdown / 2) {
    pool_->failAllocation(countdown);
    bool failed = false;
    try {
      EXPECT_TRUE(sorted(run(plan, tables)) == expected);
    } catch (const EngineError& error) {
      EXPECT_EQ(error.code(), INFERF_ERROR_MEMORY_LIMIT) << error.what();
      failed = true;
    }
    pool_->failAllocation(0);
    EXPECT_EQ(pool_->bytesInUse(), 0) << "countdown " << countdown;
    numFailed += failed ? 1 : 0;
    if (!failed) {
      break;
    }
  }
  EXPECT_GT(numFailed, 10);
}

}  // namespace
}  // namespace inferf
