#include <algorithm>
#include <random>
#include <thread>

#include "QueryFixture.h"

namespace inferf {
namespace {

using namespace test;  // NOLINT: the fixture's vocabulary

/// A streamed table whose rows meet a build side that holds more than caches do.
class ClusteredInputTest : public QueryTest {
 protected:
  static constexpr int64_t kWidth = 256;
  static constexpr int64_t kFacts = 90000;

  /// facts(n, k): every 50th key is missing in the dimension, every 70th is NULL.
  static TestTable facts(int64_t numDimension) {
    std::mt19937 random(11);  // NOLINT: the same cases every time
    Cells<int64_t> numbers;
    Cells<int64_t> keys;
    for (int64_t n = 0; n < kFacts; ++n) {
      numbers.push_back(n);
      keys.push_back(n % 70 == 0   ? std::optional<int64_t>()
                     : n % 50 == 0 ? std::optional<int64_t>(numDimension + n)
                                   : std::optional<int64_t>(static_cast<int64_t>(random() % static_cast<uint64_t>(numDimension))));
    }
    return {"facts", {{"n", numbers}, {"k", keys}}, 5000, 0};
  }

  /// dim(k, v): v is k, kWidth times; keys come backwards, so that a row's number is not its key.
  static TestTable dimension(int64_t numRows) {
    Cells<int64_t> keys;
    Cells<FloatList> lists;
    for (int64_t i = 0; i < numRows; ++i) {
      keys.push_back(numRows - 1 - i);
      lists.push_back(FloatList(kWidth, static_cast<float>(numRows - 1 - i)));
    }
    return {"dim", {{"k", keys}, {"v", lists}}, 4000, 0};
  }

  /// SELECT f.n, f.k, sum of the elements of d.v, with 0 in place of NULL.
  static std::shared_ptr<const Plan> plan(const std::vector<TestTable>& tables, proto::JoinType type) {
    PlanBuilder builder;
    const uint32_t probe = builder.scan(tables[0], true);
    const uint32_t build = builder.scan(tables[1]);
    const uint32_t root = builder.join(type, probe, build, {{column(0, 1), column(1, 0)}});
    const uint32_t lists = builder.loadAll(build, kWidth, {column(1, 1)}, proto::NULL_POLICY_CONSTANT, 0);
    proto::Value* total = builder.fragment.add_values();
    total->set_node(root);
    total->set_type(proto::ELEMENT_TYPE_FLOAT32);
    total->set_width(1);
    total->mutable_reduce()->set_function(proto::REDUCE_FUNCTION_SUM);
    total->mutable_reduce()->set_value(lists);
    total->mutable_reduce()->set_length(kWidth);
    total->mutable_reduce()->set_inner(1);
    builder.output(column(0, 0));
    builder.output(column(0, 1));
    builder.outputValue(static_cast<uint32_t>(builder.fragment.values_size() - 1));
    return builder.plan();
  }

  /// Checks every row against what it must be. Returns how many follow one with the same or a near key.
  static int64_t checkRows(const ResultRows& rows, int64_t numDimension, bool isLeft) {
    std::vector<bool> isSeen(kFacts);
    int64_t numNear = 0;
    int64_t before = -1;
    for (const std::vector<std::string>& row : rows) {
      const auto n = static_cast<size_t>(std::stoll(row[0]));
      EXPECT_FALSE(isSeen[n]);
      isSeen[n] = true;
      const int64_t key = row[1] == "-" ? -1 : std::stoll(row[1]);
      const bool isFound = key >= 0 && key < numDimension;
      EXPECT_TRUE(isFound || isLeft);
      EXPECT_EQ(std::stod(row[2]), isFound ? static_cast<double>(kWidth * key) : 0.0);
      numNear += std::abs(key - before) < numDimension / 100 ? 1 : 0;
      before = key;
    }
    return numNear;
  }
};

TEST_F(ClusteredInputTest, rowsOfALargeBuildSideComeTogetherAndNoneIsLost) {
  digits() = 12;
  constexpr int64_t kLarge = 17000;  // 17 MB
  const std::vector<TestTable> tables = {facts(kLarge), dimension(kLarge)};
  for (const int32_t numThreads : {1, 3}) {
    const ResultRows inner = run(plan(tables, proto::JOIN_TYPE_INNER), tables, numThreads);
    EXPECT_GT(checkRows(inner, kLarge, false), static_cast<int64_t>(inner.size()) * 9 / 10);
  }
  const ResultRows left = run(plan(tables, proto::JOIN_TYPE_LEFT), tables);
  EXPECT_EQ(static_cast<int64_t>(left.size()), kFacts);
  checkRows(left, kLarge, true);
}

TEST_F(ClusteredInputTest, rowsOfASmallBuildSideStayInOrder) {
  digits() = 12;
  constexpr int64_t kSmall = 500;
  const std::vector<TestTable> tables = {facts(kSmall), dimension(kSmall)};
  const ResultRows rows = run(plan(tables, proto::JOIN_TYPE_LEFT), tables);
  checkRows(rows, kSmall, true);
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i][0], std::to_string(i));
  }
}

TEST_F(ClusteredInputTest, aFailingProducerEndsTheRun) {
  constexpr int64_t kLarge = 17000;
  std::vector<TestTable> tables = {facts(kLarge), dimension(kLarge)};
  tables[0].endError = 5;
  const auto task = makeTask(plan(tables, proto::JOIN_TYPE_INNER), tables, 3);
  EXPECT_THROW(finish(*task), EngineError);
}

TEST_F(ClusteredInputTest, cancellingEndsTheRun) {
  constexpr int64_t kLarge = 17000;
  const std::vector<TestTable> tables = {facts(kLarge), dimension(kLarge)};
  const auto task = makeTask(plan(tables, proto::JOIN_TYPE_INNER), tables, 3);
  task->start();
  std::thread canceller([&] { task->cancel(); });
  ArrowArray batch{};
  try {
    while (task->next(&batch)) {
      batch.release(&batch);
    }
  } catch (const EngineError& error) {
    EXPECT_EQ(error.code(), INFERF_ERROR_CANCELLED);
  }
  canceller.join();
  task->finish();
}

}  // namespace
}  // namespace inferf
