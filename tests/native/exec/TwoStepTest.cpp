#include <algorithm>
#include <thread>

#include "BushyFixture.h"

namespace inferf {
namespace {

using namespace test;  // NOLINT: the fixture's vocabulary

constexpr auto kNone = std::nullopt;

class TwoStepTest : public QueryTest {
 protected:
  void SetUp() override { digits() = 9; }
};

TEST_F(TwoStepTest, anyPlacementYieldsTheSameRowsInOneStepAndInTwo) {
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const BushyJoin join(seed);
    const ResultRows expected = run(join.plan(BushyJoin::kAtRoot), join.tables(), 1);
    for (const BushyJoin::Placement& placement : BushyJoin::placements()) {
      SCOPED_TRACE("first at " + std::to_string(placement.first) + ", second at " + std::to_string(placement.second));
      const auto plan = join.plan(placement);
      EXPECT_EQ(run(plan, join.tables(), 3), expected);
      EXPECT_EQ(runInTwoSteps(plan, plan, join.tables(), 2), expected);
      EXPECT_EQ(runInTwoSteps(join.plan(BushyJoin::kAtRoot), plan, join.tables(), 3), expected) << "pushed down";
      EXPECT_EQ(runInTwoSteps(plan, join.plan(BushyJoin::kAtRoot), join.tables(), 1), expected) << "pulled up";
    }
    if (HasFailure()) {
      return;
    }
  }
}

TEST_F(TwoStepTest, valuesAreComputedForNoMoreRowsThanNeeded) {
  // d has three rows, of which the filter drops one; each of the others meets two rows of p.
  const TestTable fact{"f", {{"n", Cells<int64_t>{0, 1}}, {"a", Cells<int64_t>{1, 2}}}, 10, 0};
  const TestTable d{"d", {{"k", Cells<int64_t>{1, 2, 3}}, {"x", Cells<int64_t>{1, 2, 3}}}, 10, 0};
  const TestTable p{"p", {{"k", Cells<int64_t>{1, 1, 2, 2}}, {"w", Cells<int64_t>{4, 5, 6, 7}}}, 10, 0};
  PlanBuilder builder;
  const uint32_t f = builder.scan(fact, true);
  const uint32_t scanD = builder.scan(d);
  const uint32_t scanP = builder.scan(p);
  const uint32_t filtered = builder.filter(scanD, call(proto::SCALAR_FUNCTION_LESS, {columnExpression(1, 1), integer(3)}));
  const uint32_t upper = builder.join(proto::JOIN_TYPE_INNER, filtered, scanP, {{column(1, 0), column(2, 0)}});
  const uint32_t root = builder.join(proto::JOIN_TYPE_INNER, f, upper, {{column(0, 1), column(1, 0)}});
  const uint32_t atScan = builder.load(scanD, column(1, 1), proto::NULL_POLICY_CONSTANT);
  const uint32_t atFilter = builder.sum(filtered, {atScan, builder.load(filtered, column(1, 0), proto::NULL_POLICY_CONSTANT)});
  const uint32_t atUpper = builder.sum(upper, {atFilter, builder.load(upper, column(2, 1), proto::NULL_POLICY_CONSTANT)});
  builder.outputValue(builder.sum(root, {atUpper}));
  const auto plan = builder.plan();
  for (const bool inTwoSteps : {false, true}) {
    const auto task = inTwoSteps ? makeRelations(plan, {fact, d, p}) : makeTask(plan, {fact, d, p});
    if (inTwoSteps) {
      task->build();
      task->bindModel(plan, {});
    }
    EXPECT_EQ(finish(*task), (ResultRows{{"6"}, {"7"}, {"10"}, {"11"}}));
    const auto rowsOf = [&](uint32_t value) { return task->counters()[6 + value].num_rows_out; };
    EXPECT_EQ(rowsOf(atScan), 3);
    EXPECT_EQ(rowsOf(atFilter), 2) << "The join above repeats rows: values are computed below it.";
    EXPECT_EQ(rowsOf(atUpper), 4);
    const auto counters = task->counters();
    EXPECT_EQ(counters[0].num_rows_out, 2) << "The sample is not counted.";
    EXPECT_EQ(counters[1].num_rows_out, 3);
    EXPECT_EQ(counters[filtered].num_rows_out, 2);
    EXPECT_EQ(counters[upper].num_rows_out, 4);
    EXPECT_EQ(counters[root].num_rows_out, 4);
  }
}

TEST_F(TwoStepTest, observesRowsKeysAndReferences) {
  const TestTable fact{"f", {{"n", Cells<int64_t>{0, 1, 2, 3, 4}}, {"a", Cells<int64_t>{1, 1, 2, 9, kNone}}}, 2, 0};
  const TestTable d{"d", {{"k", Cells<int64_t>{1, 2, 3, 1, kNone}}, {"o", Cells<int64_t>{7, 7, 8, kNone, 9}}}, 2, 0};
  const TestTable o{"o", {{"k", Cells<int64_t>{7, 8, 5, 6}}, {"y", Cells<int64_t>{1, 2, 3, 4}}}, 2, 0};
  PlanBuilder builder;
  const uint32_t f = builder.scan(fact, true);
  const uint32_t scanD = builder.scan(d);
  const uint32_t scanO = builder.scan(o);
  const uint32_t lower = builder.join(proto::JOIN_TYPE_LEFT, scanD, scanO, {{column(1, 1), column(2, 0)}});
  const uint32_t filtered = builder.filter(lower, call(proto::SCALAR_FUNCTION_LESS, {columnExpression(1, 1), integer(8)}));
  const uint32_t middle = builder.join(proto::JOIN_TYPE_LEFT, f, filtered, {{column(0, 1), column(1, 0)}});
  const uint32_t score = builder.load(middle, column(2, 1), proto::NULL_POLICY_CONSTANT);
  const uint32_t root = builder.filter(middle, call(proto::SCALAR_FUNCTION_GREATER, {valueExpression(score), single(0)}));
  builder.output(column(0, 0));
  const auto plan = builder.plan();
  const auto task = makeRelations(plan, {fact, d, o});
  const std::vector<inferf_observation> found = task->build();
  ASSERT_EQ(found.size(), 7u);
  const auto expectNode = [&](uint32_t node, const std::vector<int64_t>& expected) {
    const inferf_observation& at = found[node];
    EXPECT_EQ(at.node, static_cast<int32_t>(node));
    EXPECT_EQ((std::vector<int64_t>{at.num_rows, at.num_distinct_keys, at.num_build_rows, at.num_referenced_rows, at.num_sampled_rows_in,
                                    at.num_sampled_rows_out}),
              expected)
        << "node " << node;
  };
  expectNode(f, {-1, -1, -1, -1, 5, 5});
  expectNode(scanD, {5, -1, -1, -1, 0, 0});
  expectNode(scanO, {4, -1, -1, -1, 0, 0});
  expectNode(lower, {5, 4, 4, 2, 0, 0});
  expectNode(filtered, {2, -1, -1, -1, 0, 0});
  expectNode(middle, {-1, 2, 2, 2, 5, 5});
  expectNode(root, {-1, -1, -1, -1, 5, -1});
  EXPECT_EQ(task->progress().num_source_rows, 0);
  task->bindModel(plan, {});
  EXPECT_EQ(finish(*task), (ResultRows{{"0"}, {"1"}, {"2"}}));
  EXPECT_EQ(task->progress().num_source_rows, 5);
}

TEST_F(TwoStepTest, theSampleEndsAfterSomeRows) {
  const TestTable fact{"f", {{"n", Cells<int64_t>(40000, 1)}}, 5000, 0};
  const TestTable large{"f", {{"n", Cells<int64_t>(40000, 1)}}, 40000, 0};
  PlanBuilder builder;
  const uint32_t scan = builder.scan(fact, true);
  builder.filter(scan, call(proto::SCALAR_FUNCTION_EQUAL, {columnExpression(0, 0), integer(1)}));
  builder.output(column(0, 0));
  const auto plan = builder.plan();
  for (const TestTable& table : {fact, large}) {
    const auto task = makeRelations(plan, {table});
    EXPECT_EQ(task->build()[1].num_sampled_rows_out, 16384);
    task->bindModel(plan, {});
    EXPECT_EQ(finish(*task).size(), 40000u);
  }
}

TEST_F(TwoStepTest, aFilterOnABuildSideThatReadsValuesNeedsOneStep) {
  const TestTable fact{"f", {{"n", Cells<int64_t>{0, 1, 2}}, {"a", Cells<int64_t>{1, 2, 3}}}, 10, 0};
  const TestTable d{"d", {{"k", Cells<int64_t>{1, 2, 3}}, {"o", Cells<int64_t>{5, 6, 5}}}, 10, 0};
  const TestTable o{"o", {{"k", Cells<int64_t>{5, 6}}, {"y", Cells<int64_t>{10, 20}}}, 10, 0};
  PlanBuilder builder;
  const uint32_t f = builder.scan(fact, true);
  const uint32_t scanD = builder.scan(d);
  const uint32_t scanO = builder.scan(o);
  const uint32_t lower = builder.join(proto::JOIN_TYPE_INNER, scanD, scanO, {{column(1, 1), column(2, 0)}});
  const uint32_t below = builder.load(scanO, column(2, 1), proto::NULL_POLICY_CONSTANT);
  const uint32_t own = builder.sum(lower, {below, builder.load(lower, column(1, 0), proto::NULL_POLICY_CONSTANT)});
  const uint32_t filtered =
      builder.filter(lower, call(proto::SCALAR_FUNCTION_AND, {call(proto::SCALAR_FUNCTION_LESS, {valueExpression(own), single(13)}),
                                                              call(proto::SCALAR_FUNCTION_LESS, {valueExpression(below), single(20)})}));
  const uint32_t root = builder.join(proto::JOIN_TYPE_LEFT, f, filtered, {{column(0, 1), column(1, 0)}});
  builder.output(column(0, 0));
  builder.outputValue(builder.sum(root, {own}));
  for (const bool isLazy : {false, true}) {
    if (isLazy) {
      builder.fragment.add_lazy_nodes(scanO);
      builder.fragment.add_lazy_nodes(lower);
    }
    const auto plan = builder.plan();
    EXPECT_EQ(run(plan, {fact, d, o}), (ResultRows{{"0", "11"}, {"1", "0"}, {"2", "0"}}));
    const auto task = makeRelations(plan, {fact, d, o});
    expectFailure(INFERF_ERROR_UNSUPPORTED, "Table: d", [&] { task->build(); });
  }
}

TEST_F(TwoStepTest, failuresOfTheBuildLetGoOfEverything) {
  const BushyJoin join(7);
  std::vector<TestTable> tables = join.tables();
  tables[1].endError = 5;
  const auto plan = join.plan(BushyJoin::kPushed);
  const auto task = makeRelations(plan, tables);
  expectFailure(INFERF_ERROR_SOURCE, "the producer broke", [&] { task->build(); });
  EXPECT_EQ(liveStreams.load(), 0);
  EXPECT_EQ(pool_->bytesInUse(), 0);
  EXPECT_EQ(task->progress().phase, 3);
}

TEST_F(TwoStepTest, cancelsInEveryState) {
  const BushyJoin join(11);
  const auto plan = join.plan(BushyJoin::kPushed);
  const auto before = makeRelations(plan, join.tables());
  before->cancel();
  expectFailure(INFERF_ERROR_CANCELLED, "cancelled", [&] { before->build(); });

  const auto between = makeRelations(plan, join.tables());
  between->build();
  between->cancel();
  between->bindModel(plan, {});
  between->start();
  ArrowArray batch{};
  expectFailure(INFERF_ERROR_CANCELLED, "cancelled", [&] { between->next(&batch); });
  between->finish();

  const auto abandoned = makeRelations(plan, join.tables());
  abandoned->build();
  EXPECT_GT(pool_->bytesInUse(), 0);
  abandoned->finish();
  EXPECT_EQ(pool_->bytesInUse(), 0);
  EXPECT_EQ(liveStreams.load(), 0);
}

TEST_F(TwoStepTest, everyFailedAllocationIsACleanError) {
  const BushyJoin join(3);
  const auto built = join.plan(BushyJoin::kAtRoot);
  const auto executed = join.plan(BushyJoin::kPushed, {BushyJoin::kO, BushyJoin::kLower, BushyJoin::kUpper, BushyJoin::kE});
  const ResultRows expected = run(built, join.tables());
  int numFailed = 0;
  for (int64_t countdown = 1;; countdown += 1) {
    pool_->failAllocation(countdown);
    bool failed = false;
    try {
      EXPECT_EQ(runInTwoSteps(built, executed, join.tables()), expected);
    } catch (const EngineError& error) {
      EXPECT_EQ(error.code(), INFERF_ERROR_MEMORY_LIMIT) << error.what();
      failed = true;
    }
    pool_->failAllocation(0);
    ASSERT_EQ(pool_->bytesInUse(), 0) << "countdown " << countdown;
    ASSERT_EQ(liveStreams.load(), 0);
    numFailed += failed ? 1 : 0;
    if (!failed) {
      break;
    }
  }
  EXPECT_GT(numFailed, 50);
}

/// Lists whose length only the model input tells.
TEST_F(TwoStepTest, listLengthsAreInferredAgain) {
  const TestTable fact{"f", {{"a", Cells<int64_t>{1, 2}}, {"v", Cells<FloatList>{kNone, kNone}}}, 10, 0};
  const TestTable d{"d", {{"k", Cells<int64_t>{1}}, {"u", Cells<FloatList>{kNone}}}, 10, 0};
  const auto plan = [&](uint32_t width) {
    PlanBuilder builder;
    const uint32_t f = builder.scan(fact, true);
    const uint32_t scanD = builder.scan(d);
    const uint32_t root = builder.join(proto::JOIN_TYPE_LEFT, f, scanD, {{column(0, 0), column(1, 0)}});
    builder.outputValue(builder.loadAll(root, width, {column(0, 1)}, proto::NULL_POLICY_CONSTANT, 1));
    builder.outputValue(builder.loadAll(root, width, {column(1, 1)}, proto::NULL_POLICY_CONSTANT, 2));
    builder.output(column(0, 1));
    return builder.plan();
  };
  const ResultRows expected{{"[1 1 1]", "[2 2 2]", "-"}, {"[1 1 1]", "[2 2 2]", "-"}};
  EXPECT_EQ(runInTwoSteps(plan(3), plan(3), {fact, d}), expected);
  EXPECT_EQ(runInTwoSteps(plan(5), plan(3), {fact, d}), expected);
}

}  // namespace
}  // namespace inferf
