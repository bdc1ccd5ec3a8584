#include <random>

#include "QueryFixture.h"

namespace inferf {
namespace {

using namespace test;  // NOLINT: the fixture's vocabulary

constexpr auto kNone = std::nullopt;

TestTable facts(Cells<int64_t> keys) {
  Cells<int64_t> numbers;
  for (size_t i = 0; i < keys.size(); ++i) {
    numbers.push_back(static_cast<int64_t>(i));
  }
  return {"facts", {{"number", numbers}, {"key", std::move(keys)}}, 3, 0};
}

class TaskTest : public QueryTest {
 protected:
  /// SELECT facts.number, dim.label FROM facts JOIN dim ON facts.key = dim.key
  std::shared_ptr<const Plan> joinPlan(const TestTable& fact, const TestTable& dimension, proto::JoinType type) {
    PlanBuilder builder;
    const uint32_t probe = builder.scan(fact, true);
    const uint32_t build = builder.scan(dimension);
    builder.join(type, probe, build, {{column(0, 1), column(1, 0)}});
    builder.output(column(0, 0));
    builder.output(column(1, 1));
    return builder.plan();
  }
  ResultRows join(const TestTable& fact, const TestTable& dimension, proto::JoinType type) {
    return run(joinPlan(fact, dimension, type), {fact, dimension});
  }

  /// facts LEFT JOIN dim LEFT JOIN outer_dim (below dim), with partial sums at the dimension nodes.
  PlanBuilder snowflake(const TestTable& fact, const TestTable& dimension, const TestTable& outer) {
    PlanBuilder builder;
    const uint32_t factScan = builder.scan(fact, true);
    const uint32_t dimensionScan = builder.scan(dimension);
    const uint32_t outerScan = builder.scan(outer);
    const uint32_t lower = builder.join(proto::JOIN_TYPE_LEFT, dimensionScan, outerScan, {{column(1, 1), column(2, 0)}});
    const uint32_t root = builder.join(proto::JOIN_TYPE_LEFT, factScan, lower, {{column(0, 1), column(1, 0)}});
    const uint32_t atOuter = builder.load(outerScan, column(2, 1), proto::NULL_POLICY_CONSTANT, 1000);
    const uint32_t atDimension = builder.load(dimensionScan, column(1, 1), proto::NULL_POLICY_CONSTANT, 100);
    const uint32_t atLower = builder.sum(lower, {atOuter, atDimension});
    builder.outputValue(builder.sum(root, {atLower, builder.load(root, column(0, 0), proto::NULL_POLICY_ERROR)}));
    return builder;
  }
};

TEST_F(TaskTest, innerJoinDropsMissesAndNullKeysAndExpandsDuplicates) {
  const TestTable dimension{"dim", {{"key", Cells<int64_t>{5, 7, 5, kNone}}, {"label", Cells<std::string>{"a", "b", "c", "d"}}}, 2, 0};
  EXPECT_EQ(join(facts({5, kNone, 9, 7}), dimension, proto::JOIN_TYPE_INNER), (ResultRows{{"0", "a"}, {"0", "c"}, {"3", "b"}}));
}

TEST_F(TaskTest, leftJoinKeepsMissesAsNull) {
  const TestTable dimension{"dim", {{"key", Cells<int64_t>{5, 7}}, {"label", Cells<std::string>{"a", kNone}}}, 2, 0};
  EXPECT_EQ(join(facts({5, kNone, 9, 7}), dimension, proto::JOIN_TYPE_LEFT),
            (ResultRows{{"0", "a"}, {"1", "-"}, {"2", "-"}, {"3", "-"}}));
}

TEST_F(TaskTest, emptySidesGiveEmptyOrNullRows) {
  const TestTable empty{"dim", {{"key", Cells<int64_t>{}}, {"label", Cells<std::string>{}}}, 2, 0};
  EXPECT_EQ(join(facts({5}), empty, proto::JOIN_TYPE_INNER), ResultRows{});
  EXPECT_EQ(join(facts({5}), empty, proto::JOIN_TYPE_LEFT), (ResultRows{{"0", "-"}}));
  EXPECT_EQ(join(facts({}), empty, proto::JOIN_TYPE_LEFT), ResultRows{});
}

TEST_F(TaskTest, partialResultsReachTheRootThroughLeftJoins) {
  const TestTable fact = facts({1, 2, 3, kNone});
  const TestTable dimension{"dim", {{"key", Cells<int64_t>{1, 2}}, {"outer", Cells<int64_t>{10, 20}}}, 2, 0};
  const TestTable outer{"outer", {{"key", Cells<int64_t>{10}}, {"x", Cells<double>{0.5}}}, 2, 0};
  // Row 0 finds both; row 1 misses the outer table; rows 2 and 3 miss both, so that both constants apply.
  EXPECT_EQ(run(snowflake(fact, dimension, outer).plan(), {fact, dimension, outer}),
            (ResultRows{{"10.5"}, {"1021"}, {"1102"}, {"1103"}}));
}

/// facts LEFT JOIN dim, with an embedding of dim.id, which has three rows, at the scan of dim.
class NullRowTest : public TaskTest {
 protected:
  ResultRows embed(const Cells<int64_t>& keys, proto::NullPolicy policy, double constant) {
    const TestTable fact = facts(keys);
    const TestTable dimension{"dim", {{"key", Cells<int64_t>{1, 2}}, {"id", Cells<int64_t>{0, 2}}}, 2, 0};
    PlanBuilder builder;
    const uint32_t factScan = builder.scan(fact, true);
    const uint32_t dimensionScan = builder.scan(dimension);
    const uint32_t root = builder.join(proto::JOIN_TYPE_LEFT, factScan, dimensionScan, {{column(0, 1), column(1, 0)}});
    const uint32_t id = builder.load(dimensionScan, column(1, 1), policy, constant);
    builder.fragment.mutable_values(static_cast<int>(id))->set_type(proto::ELEMENT_TYPE_INT64);
    proto::Tensor* table = builder.fragment.add_tensors();
    table->set_type(proto::ELEMENT_TYPE_FLOAT32);
    table->set_rows(3);
    table->set_columns(1);
    proto::Value* embedding = builder.fragment.add_values();
    embedding->set_node(dimensionScan);
    embedding->set_type(proto::ELEMENT_TYPE_FLOAT32);
    embedding->set_width(1);
    embedding->mutable_embedding()->set_value(id);
    const auto embedded = static_cast<uint32_t>(builder.fragment.values_size() - 1);
    builder.outputValue(builder.sum(root, {embedded, builder.load(root, column(0, 0), proto::NULL_POLICY_ERROR)}));
    static const float kTable[] = {100, 200, 300};
    Column tensor;
    tensor.type.id = TypeId::kFloat32;
    tensor.length = 3;
    tensor.data = kTable;
    tensors_ = {tensor};
    return run(builder.plan(), {fact, dimension});
  }
};

TEST_F(NullRowTest, aNullRowThatFailsMattersOnlyToRowsThatReferToIt) {
  EXPECT_EQ(embed({1, 2, 2}, proto::NULL_POLICY_CONSTANT, 7), (ResultRows{{"100"}, {"301"}, {"302"}}));
  EXPECT_EQ(embed({1, 9}, proto::NULL_POLICY_CONSTANT, 1), (ResultRows{{"100"}, {"201"}}));
  expectFailure(INFERF_ERROR_INVALID_DATA, "no row of this id. Expected: -3 to 2, actual: 7",
                [&] { embed({1, 9}, proto::NULL_POLICY_CONSTANT, 7); });
}

TEST_F(NullRowTest, theNullCheckComesFirst) {
  expectFailure(INFERF_ERROR_NULL_INPUT, "dim.id: 1 of 2 rows", [&] { embed({1, 9}, proto::NULL_POLICY_ERROR, 0); });
}

TEST_F(TaskTest, randomStarsAgreeWithNestedLoopsForAnyNumberOfThreads) {
  for (uint32_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto keys = [&](size_t numRows, int64_t range) {
      Cells<int64_t> cells;
      for (size_t i = 0; i < numRows; ++i) {
        cells.push_back(random() % 8 == 0 ? std::optional<int64_t>() : std::optional<int64_t>(random() % static_cast<uint32_t>(range)));
      }
      return cells;
    };
    const int64_t range = 1 + static_cast<int64_t>(random() % 40);
    const Cells<int64_t> first = keys(random() % 300, range);
    const Cells<int64_t> second = keys(first.size(), range);
    Cells<int64_t> numbers;
    for (size_t i = 0; i < first.size(); ++i) {
      numbers.push_back(static_cast<int64_t>(i));
    }
    const TestTable fact{"f", {{"n", numbers}, {"a", first}, {"b", second}}, 1 + static_cast<int64_t>(random() % 100), 0};
    std::vector<TestTable> dimensions;
    for (const char* name : {"d", "e"}) {
      const Cells<int64_t> dimensionKeys = keys(random() % 60, range);
      Cells<int64_t> payload;
      for (size_t i = 0; i < dimensionKeys.size(); ++i) {
        payload.push_back(static_cast<int64_t>(random() % 100));
      }
      dimensions.push_back({name, {{"k", dimensionKeys}, {"x", payload}}, 16, 0});
    }
    const proto::JoinType types[] = {random() % 2 == 0 ? proto::JOIN_TYPE_INNER : proto::JOIN_TYPE_LEFT,
                                     random() % 2 == 0 ? proto::JOIN_TYPE_INNER : proto::JOIN_TYPE_LEFT};
    PlanBuilder builder;
    const uint32_t scan = builder.scan(fact, true);
    const uint32_t d = builder.scan(dimensions[0]);
    const uint32_t e = builder.scan(dimensions[1]);
    const uint32_t joinD = builder.join(types[0], scan, d, {{column(0, 1), column(1, 0)}});
    const uint32_t filtered =
        builder.filter(joinD, call(proto::SCALAR_FUNCTION_OR, {call(proto::SCALAR_FUNCTION_LESS, {columnExpression(1, 1), integer(70)}),
                                                               call(proto::SCALAR_FUNCTION_IS_NULL, {columnExpression(1, 1)})}));
    const uint32_t root = builder.join(types[1], filtered, e, {{column(0, 2), column(2, 0)}});
    const uint32_t pushed = builder.load(d, column(1, 1), proto::NULL_POLICY_CONSTANT, -1);
    const uint32_t middle = builder.sum(filtered, {pushed, builder.load(filtered, column(0, 0), proto::NULL_POLICY_ERROR)});
    builder.output(column(0, 0));
    builder.output(column(1, 1));
    builder.output(column(2, 1));
    builder.outputValue(builder.sum(root, {middle, builder.load(root, column(2, 1), proto::NULL_POLICY_CONSTANT, -1)}));

    ResultRows expected;
    const auto matches = [&](const std::optional<int64_t>& key, const TestTable& table, proto::JoinType type) {
      const auto& tableKeys = std::get<Cells<int64_t>>(table.columns[0].second);
      const auto& payload = std::get<Cells<int64_t>>(table.columns[1].second);
      Cells<int64_t> found;
      for (size_t i = 0; i < tableKeys.size(); ++i) {
        if (key && tableKeys[i] == key) {
          found.push_back(payload[i]);
        }
      }
      if (found.empty() && type == proto::JOIN_TYPE_LEFT) {
        found.push_back(kNone);
      }
      return found;
    };
    const auto text = [](const std::optional<int64_t>& value) { return value ? std::to_string(*value) : std::string("-"); };
    for (size_t i = 0; i < first.size(); ++i) {
      for (const auto& x : matches(first[i], dimensions[0], types[0])) {
        if (x && *x >= 70) {
          continue;
        }
        for (const auto& y : matches(second[i], dimensions[1], types[1])) {
          expected.push_back({std::to_string(i), text(x), text(y), std::to_string(static_cast<int64_t>(i) + x.value_or(-1) + y.value_or(-1))});
        }
      }
    }
    const std::shared_ptr<const Plan> plan = builder.plan();
    EXPECT_EQ(run(plan, {fact, dimensions[0], dimensions[1]}, 1), expected);
    EXPECT_EQ(run(plan, {fact, dimensions[0], dimensions[1]}, 4), expected);
  }
}

TEST_F(TaskTest, nullInputFailsWithTheNumberOfRowsPerColumn) {
  const TestTable fact = facts({1, 2, 3, kNone});
  const TestTable dimension{"dim", {{"key", Cells<int64_t>{1, 2}}, {"x", Cells<double>{0.5, kNone}}}, 2, 0};
  PlanBuilder builder;
  const uint32_t probe = builder.scan(fact, true);
  const uint32_t build = builder.scan(dimension);
  const uint32_t root = builder.join(proto::JOIN_TYPE_LEFT, probe, build, {{column(0, 1), column(1, 0)}});
  const uint32_t pushed = builder.load(build, column(1, 1), proto::NULL_POLICY_ERROR);
  builder.outputValue(builder.sum(root, {pushed}));
  const auto plan = builder.plan();
  expectFailure(INFERF_ERROR_NULL_INPUT, "Column dim.x: 3 of 4 rows.", [&] { run(plan, {fact, dimension}); });
}

TEST_F(TaskTest, expressionsFollowThreeValuedLogic) {
  const TestTable fact{"f", {{"a", Cells<int64_t>{1, kNone, 3}}, {"b", Cells<double>{0.0, 2.0, NAN}}}, 10, 0};
  PlanBuilder builder;
  builder.scan(fact, true);
  const auto a = columnExpression(0, 0);
  const auto b = columnExpression(0, 1);
  builder.outputScalar(call(proto::SCALAR_FUNCTION_DIVIDE, {a, b}));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_GREATER, {b, a}));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_EQUAL, {b, b}));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_AND,
                            {call(proto::SCALAR_FUNCTION_GREATER, {a, integer(1)}), call(proto::SCALAR_FUNCTION_LESS, {b, integer(1)})}));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_COALESCE, {a, integer(9)}));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_NEGATE, {call(proto::SCALAR_FUNCTION_ADD, {a, integer(1)})}));
  EXPECT_EQ(run(builder.plan(), {fact}), (ResultRows{{"inf", "0", "1", "0", "1", "-2"},
                                                     {"-", "-", "1", "0", "9", "-"},
                                                     {"nan", "1", "1", "0", "3", "-4"}}));
}

TEST_F(TaskTest, arithmeticHasTheTypesOfDuckDb) {
  const TestTable fact{"f",
                       {{"i", Cells<int64_t>{1, -1, 0, 16777217}},
                        {"f", Cells<float>{3, 0, 0, 0}},
                        {"d", Cells<double>{0.1, 0, 0, kNone}}},
                       10,
                       0};
  PlanBuilder builder;
  builder.scan(fact, true);
  const auto i = columnExpression(0, 0);
  const auto f = columnExpression(0, 1);
  const auto d = columnExpression(0, 2);
  builder.outputScalar(call(proto::SCALAR_FUNCTION_DIVIDE, {f, f}));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_DIVIDE, {i, f}));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_DIVIDE, {i, i}));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_ADD, {i, f}));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_MULTIPLY, {f, single(0.1f)}));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_SUBTRACT, {f, d}));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_NEGATE, {f}));
  // 1/3 as a FLOAT differs from 1/3 as a DOUBLE, and 3 * 0.1 rounds differently in both.
  builder.outputScalar(call(proto::SCALAR_FUNCTION_EQUAL, {call(proto::SCALAR_FUNCTION_DIVIDE, {i, f}), single(1.0f / 3.0f)}));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_EQUAL, {call(proto::SCALAR_FUNCTION_MULTIPLY, {f, single(0.1f)}), single(3.0f * 0.1f)}));
  const std::shared_ptr<const Plan> plan = builder.plan();
  const auto task = makeTask(plan, {fact});
  task->start();
  std::string formats;
  for (const OutputVector& column : task->outputSchema()) {
    formats += column.type.format;
  }
  task->finish();
  EXPECT_EQ(formats, "ffgffgfbb");
  const ResultRows rows = run(plan, {fact});
  EXPECT_EQ(rows[0], (std::vector<std::string>{"1", "0.333333", "1", "4", "0.3", "2.9", "-3", "1", "1"}));
  EXPECT_EQ(rows[1][1], "-inf");
  EXPECT_EQ(rows[1][2], "1");
  for (const size_t notANumber : {0, 1, 2}) {
    EXPECT_EQ(rows[2][notANumber].substr(rows[2][notANumber].size() - 3), "nan");
  }
  EXPECT_EQ(rows[3][1], "inf");
  EXPECT_EQ(rows[3][3], "1.67772e+07");
  EXPECT_EQ(rows[3][5], "-");
}

TEST_F(TaskTest, datesAreComparedWithDates) {
  const TestTable fact{"f", {{"a", Cells<int32_t>{1, 5, kNone, -3}}, {"b", Cells<int32_t>{2, 5, 1, -4}}, {"i", Cells<int64_t>{1, 1, 1, 1}}}, 3, 0};
  PlanBuilder builder;
  const uint32_t scan = builder.scan(fact, true);
  builder.filter(scan, call(proto::SCALAR_FUNCTION_NOT, {call(proto::SCALAR_FUNCTION_GREATER, {columnExpression(0, 0), columnExpression(0, 1)})}));
  builder.output(column(0, 0));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_EQUAL, {columnExpression(0, 0), columnExpression(0, 1)}));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_COALESCE, {columnExpression(0, 1), columnExpression(0, 0)}));
  EXPECT_EQ(run(builder.plan(), {fact}), (ResultRows{{"1", "0", "2"}, {"5", "1", "5"}}));
  PlanBuilder mixed;
  mixed.scan(fact, true);
  mixed.outputScalar(call(proto::SCALAR_FUNCTION_LESS, {columnExpression(0, 0), columnExpression(0, 2)}));
  const auto plan = mixed.plan();
  expectFailure(INFERF_ERROR_TYPE_MISMATCH, "f.a", [&] { makeTask(plan, {fact}); });
}

TEST_F(TaskTest, predictionsFilterAndAreReadFromBelowTheFilter) {
  const TestTable fact = facts({1, 2, 3, kNone, 2});
  const TestTable dimension{"dim", {{"key", Cells<int64_t>{1, 2, 3}}, {"x", Cells<float>{10, -10, 0.5}}}, 2, 0};
  PlanBuilder builder;
  const uint32_t probe = builder.scan(fact, true);
  const uint32_t build = builder.scan(dimension);
  const uint32_t joined = builder.join(proto::JOIN_TYPE_LEFT, probe, build, {{column(0, 1), column(1, 0)}});
  const uint32_t pushed = builder.load(build, column(1, 1), proto::NULL_POLICY_CONSTANT, 100);
  const uint32_t score = builder.sum(joined, {pushed, builder.load(joined, column(0, 0), proto::NULL_POLICY_ERROR)});
  const uint32_t root = builder.filter(joined, call(proto::SCALAR_FUNCTION_GREATER, {valueExpression(score), single(0)}));
  builder.output(column(0, 0));
  builder.outputValue(score);
  builder.outputValue(builder.sum(root, {score, pushed}));
  builder.outputScalar(call(proto::SCALAR_FUNCTION_MULTIPLY, {valueExpression(score), single(0.5f)}));
  EXPECT_EQ(run(builder.plan(), {fact, dimension}),
            (ResultRows{{"0", "10", "20", "5"}, {"2", "2.5", "3", "1.25"}, {"3", "103", "203", "51.5"}}));
}

TEST_F(TaskTest, outputsMayBeListsStructsAndText) {
  const TestTable fact{"f", {{"x", Cells<float>{1, 2}}, {"y", Cells<float>{3, 4}}, {"s", Cells<std::string>{"a", "bc"}}}, 1, 0};
  PlanBuilder builder;
  const uint32_t scan = builder.scan(fact, true);
  const uint32_t pair = builder.loadAll(scan, 2, {column(0, 0), column(0, 1)}, proto::NULL_POLICY_ERROR);
  const uint32_t one = builder.load(scan, column(0, 1), proto::NULL_POLICY_ERROR);
  const uint32_t text = builder.load(scan, column(0, 2), proto::NULL_POLICY_ERROR);
  builder.fragment.mutable_values(static_cast<int>(text))->set_type(proto::ELEMENT_TYPE_STRING);
  builder.outputValue(pair);
  builder.outputValue(one);
  builder.fragment.mutable_outputs(1)->set_as_list(true);
  builder.outputValue(text);
  proto::StructOutput* all = builder.outputStruct();
  for (const uint32_t value : {text, one, pair}) {
    proto::OutputColumn* field = all->add_fields();
    field->set_name("v" + std::to_string(value));
    field->set_value(value);
  }
  EXPECT_EQ(run(builder.plan(), {fact}),
            (ResultRows{{"[1 3]", "[3]", "a", "{a 3 [1 3]}"}, {"[2 4]", "[4]", "bc", "{bc 4 [2 4]}"}}));
}

TEST_F(TaskTest, integerOverflowIsAnError) {
  const TestTable fact{"f", {{"a", Cells<int64_t>{1, std::numeric_limits<int64_t>::max()}}}, 10, 0};
  PlanBuilder builder;
  builder.scan(fact, true);
  builder.outputScalar(call(proto::SCALAR_FUNCTION_ADD, {columnExpression(0, 0), integer(1)}));
  const auto plan = builder.plan();
  expectFailure(INFERF_ERROR_ARITHMETIC, "overflows", [&] { run(plan, {fact}); });
}

TEST_F(TaskTest, typeErrorsAreFoundBeforeTheRun) {
  const TestTable fact = facts({1});
  const TestTable text{"dim", {{"key", Cells<std::string>{"1"}}, {"x", Cells<std::string>{"y"}}}, 2, 0};
  expectFailure(INFERF_ERROR_TYPE_MISMATCH, "dim.key", [&] { makeTask(joinPlan(fact, text, proto::JOIN_TYPE_INNER), {fact, text}); });
  PlanBuilder builder;
  builder.scan(text, true);
  builder.outputScalar(call(proto::SCALAR_FUNCTION_ADD, {columnExpression(0, 0), integer(1)}));
  const auto plan = builder.plan();
  expectFailure(INFERF_ERROR_TYPE_MISMATCH, "dim.key", [&] { makeTask(plan, {text}); });
}

TEST_F(TaskTest, sourceErrorsReachTheReader) {
  TestTable fact = facts({1, 2});
  fact.endError = 5;
  const TestTable dimension{"dim", {{"key", Cells<int64_t>{1}}, {"x", Cells<double>{1}}}, 2, 0};
  const auto plan = joinPlan(fact, dimension, proto::JOIN_TYPE_LEFT);
  expectFailure(INFERF_ERROR_SOURCE, "the producer broke", [&] { run(plan, {fact, dimension}); });
}

/// One probe row matches 200 000 build rows, 50 times over.
class ExpandingTaskTest : public TaskTest {
 protected:
  TestTable fact_ = facts(Cells<int64_t>(50, 1));
  TestTable dimension_{"dim", {{"key", Cells<int64_t>(200000, 1)}, {"x", Cells<int64_t>(200000, 2)}}, 200000, 0};
  std::shared_ptr<const Plan> plan_ = joinPlan(fact_, dimension_, proto::JOIN_TYPE_INNER);
};

TEST_F(ExpandingTaskTest, batchesStaySmall) {
  const auto task = makeTask(plan_, {fact_, dimension_});
  task->start();
  int64_t numRows = 0;
  ArrowArray batch{};
  while (task->next(&batch)) {
    EXPECT_LE(batch.length, 16384);
    numRows += batch.length;
    batch.release(&batch);
  }
  EXPECT_EQ(numRows, 50 * 200000);
  EXPECT_LT(pool_->bytesPeak(), int64_t{64} << 20);
  EXPECT_EQ(task->progress().num_output_rows, numRows);
  EXPECT_EQ(task->progress().phase, 3);
  EXPECT_EQ(task->counters()[2].num_rows_out, numRows);
}

TEST_F(ExpandingTaskTest, abandonedRunsStopAndReleaseEverything) {
  for (int numRead : {0, 1, 5}) {
    const auto task = makeTask(plan_, {fact_, dimension_});
    task->start();
    ArrowArray batch{};
    for (int i = 0; i < numRead; ++i) {
      ASSERT_TRUE(task->next(&batch));
      batch.release(&batch);
    }
    if (numRead == 5) {
      task->cancel();
      expectFailure(INFERF_ERROR_CANCELLED, "cancelled", [&] { task->next(&batch); });
    }
    task->finish();
  }
}

TEST_F(ExpandingTaskTest, stalledRunsDoNotStopOthers) {
  std::vector<std::shared_ptr<Task>> tasks;
  for (int i = 0; i < 4; ++i) {
    tasks.push_back(makeTask(plan_, {fact_, dimension_}, 1));
    tasks.back()->start();
  }
  for (const auto& task : tasks) {
    ArrowArray batch{};
    ASSERT_TRUE(task->next(&batch));
    batch.release(&batch);
  }
}

TEST_F(TaskTest, everyFailedAllocationIsACleanError) {
  const TestTable fact = facts({1, 2, 3, kNone, 1});
  const TestTable dimension{"dim", {{"key", Cells<int64_t>{1, 2, 1}}, {"outer", Cells<int64_t>{10, 20, 10}}}, 2, 0};
  const TestTable outer{"outer", {{"key", Cells<int64_t>{10}}, {"x", Cells<double>{0.5}}}, 2, 0};
  const auto plan = snowflake(fact, dimension, outer).plan();
  const ResultRows expected = run(plan, {fact, dimension, outer});
  int numFailed = 0;
  for (int64_t countdown = 1;; ++countdown) {
    pool_->failAllocation(countdown);
    bool failed = false;
    try {
      EXPECT_EQ(run(plan, {fact, dimension, outer}), expected);
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
  EXPECT_GT(numFailed, 20);
}

}  // namespace
}  // namespace inferf
