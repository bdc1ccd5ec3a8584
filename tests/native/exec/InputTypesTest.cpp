#include "QueryFixture.h"

namespace inferf {
namespace {

using namespace test;  // NOLINT: the fixture's vocabulary

constexpr auto kNone = std::nullopt;

/// Model inputs made of lists whose length no schema tells.
class InputTypesTest : public QueryTest {
 protected:
  /// SELECT id, the input made of columns 1, 2 ... of the facts; lists of NULL count as -1 in every element.
  ResultRows load(const TestTable& fact, uint32_t width, proto::NullPolicy policy = proto::NULL_POLICY_CONSTANT) {
    PlanBuilder builder;
    const uint32_t scan = builder.scan(fact, true);
    std::vector<proto::ColumnRef> columns;
    for (uint32_t i = 1; i < fact.columns.size(); ++i) {
      columns.push_back(column(0, i));
    }
    builder.output(column(0, 0));
    builder.outputValue(builder.loadAll(scan, width, columns, policy, -1));
    return run(builder.plan(), {fact});
  }

  static TestTable facts(Cells<FloatList> first, int64_t batchRows = 1000) {
    Cells<int64_t> ids;
    for (size_t i = 0; i < first.size(); ++i) {
      ids.push_back(static_cast<int64_t>(i));
    }
    return {"f", {{"id", ids}, {"a", std::move(first)}}, batchRows, 0};
  }
  static TestTable facts(Cells<FloatList> first, Cells<FloatList> second, int64_t batchRows = 1000) {
    TestTable table = facts(std::move(first), batchRows);
    table.columns.emplace_back("b", std::move(second));
    return table;
  }
};

TEST_F(InputTypesTest, theFirstListTellsTheLength) {
  EXPECT_EQ(load(facts({FloatList{1, 2}, kNone, FloatList{3, 4}}), 2), (ResultRows{{"0", "[1 2]"}, {"1", "[-1 -1]"}, {"2", "[3 4]"}}));
  EXPECT_EQ(load(facts({FloatList{1}, FloatList{2}}, {FloatList{3, 4}, kNone}), 3), (ResultRows{{"0", "[1 3 4]"}, {"1", "[2 -1 -1]"}}));
}

TEST_F(InputTypesTest, listsMayBeginInALaterBatch) {
  EXPECT_EQ(load(facts({kNone, kNone, kNone, FloatList{3, 4}}, 1), 2),
            (ResultRows{{"0", "[-1 -1]"}, {"1", "[-1 -1]"}, {"2", "[-1 -1]"}, {"3", "[3 4]"}}));
  // Two lists: neither length follows from the input alone until one of them begins.
  EXPECT_EQ(load(facts({kNone, FloatList{1}, kNone}, {kNone, kNone, FloatList{2, 3}}, 1), 3),
            (ResultRows{{"0", "[-1 -1 -1]"}, {"1", "[1 -1 -1]"}, {"2", "[-1 2 3]"}}));
}

TEST_F(InputTypesTest, listsMayAllBeNull) {
  EXPECT_EQ(load(facts({kNone, kNone}, 1), 3), (ResultRows{{"0", "[-1 -1 -1]"}, {"1", "[-1 -1 -1]"}}));
  EXPECT_EQ(load(facts({kNone, kNone}, {kNone, kNone}), 3), (ResultRows{{"0", "[-1 -1 -1]"}, {"1", "[-1 -1 -1]"}}));
  const TestTable fact = facts({kNone, kNone});
  expectFailure(INFERF_ERROR_NULL_INPUT, "Column f.a: 2 of 2 rows.", [&] { load(fact, 3, proto::NULL_POLICY_ERROR); });
}

TEST_F(InputTypesTest, tablesMayBeEmpty) {
  EXPECT_EQ(load(facts(Cells<FloatList>{}), 3), ResultRows{});
  EXPECT_EQ(load(facts(Cells<FloatList>{}, Cells<FloatList>{}), 3), ResultRows{});
}

TEST_F(InputTypesTest, aWrongLengthIsAnErrorWhereverItTurnsUp) {
  const auto fails = [&](const TestTable& fact, inferf_status code, const std::string& text) {
    expectFailure(code, text, [&] { load(fact, 2); });
  };
  fails(facts({FloatList{1, 2, 3}}), INFERF_ERROR_TYPE_MISMATCH, "f.a");
  fails(facts({kNone, FloatList{1}}, 1), INFERF_ERROR_TYPE_MISMATCH, "f.a");
  fails(facts({FloatList{1, 2}, FloatList{1, 2, 3}}, 1), INFERF_ERROR_INVALID_DATA, "column 'a' of table 'f'");
  fails(facts({FloatList{1, 2}, FloatList{1}}), INFERF_ERROR_INVALID_DATA, "column 'a' of table 'f'");
  fails(facts({FloatList{1}}, {FloatList{1, 2}}), INFERF_ERROR_TYPE_MISMATCH, "f.");
  fails(facts({FloatList{}}), INFERF_ERROR_INVALID_DATA, "column 'a' of table 'f'");
}

TEST_F(InputTypesTest, listsOfTwoTablesShareAnInput) {
  const auto joined = [&](const Cells<FloatList>& own, const Cells<FloatList>& others) {
    TestTable fact = facts(own, 1);
    const TestTable dimension{"d", {{"id", Cells<int64_t>(others.size(), 0)}, {"b", others}}, 1, 0};
    PlanBuilder builder;
    const uint32_t scan = builder.scan(fact, true);
    const uint32_t build = builder.scan(dimension);
    const uint32_t root = builder.join(proto::JOIN_TYPE_LEFT, scan, build, {{column(0, 0), column(1, 0)}});
    builder.outputValue(builder.loadAll(root, 3, {column(0, 1), column(1, 1)}, proto::NULL_POLICY_CONSTANT, -1));
    return run(builder.plan(), {fact, dimension});
  };
  EXPECT_EQ(joined({FloatList{1}, kNone}, {FloatList{2, 3}}), (ResultRows{{"[1 2 3]"}, {"[-1 -1 -1]"}}));
  EXPECT_EQ(joined({kNone, FloatList{1, 2}}, {kNone}), (ResultRows{{"[-1 -1 -1]"}, {"[1 2 -1]"}}));
  EXPECT_EQ(joined({FloatList{1, 2}, FloatList{3, 4}}, {}), (ResultRows{{"[1 2 -1]"}, {"[3 4 -1]"}}));
  EXPECT_EQ(joined({kNone, kNone}, {FloatList{5}}), (ResultRows{{"[-1 -1 5]"}, {"[-1 -1 -1]"}}));
  EXPECT_EQ(joined({kNone}, {}), (ResultRows{{"[-1 -1 -1]"}}));
  EXPECT_EQ(joined({}, {FloatList{5}}), ResultRows{});
  expectFailure(INFERF_ERROR_TYPE_MISMATCH, "f.a", [&] { joined({FloatList{1, 2}}, {FloatList{3, 4}}); });
}

TEST_F(InputTypesTest, aListColumnInTheResultKeepsTheLengthOfItsSchema) {
  const auto columns = [&](const TestTable& fact) {
    PlanBuilder builder;
    builder.scan(fact, true);
    builder.output(column(0, 1));
    return run(builder.plan(), {fact});
  };
  EXPECT_EQ(columns(facts({FloatList{1, 2}, kNone, FloatList{3, 4}}, 1)), (ResultRows{{"[1 2]"}, {"-"}, {"[3 4]"}}));
  EXPECT_EQ(columns(facts({kNone, kNone})), (ResultRows{{"-"}, {"-"}}));
  EXPECT_EQ(columns(facts(Cells<FloatList>{})), ResultRows{});
  const TestTable late = facts({kNone, FloatList{1, 2}}, 1);
  expectFailure(INFERF_ERROR_INVALID_DATA, "begin too late", [&] { columns(late); });
}

}  // namespace
}  // namespace inferf
