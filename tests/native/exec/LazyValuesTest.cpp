#include <atomic>
#include <thread>

#include "BushyFixture.h"

namespace inferf {
namespace {

using namespace test;  // NOLINT: the fixture's vocabulary

constexpr auto kNone = std::nullopt;

class LazyValuesTest : public QueryTest {
 protected:
  void SetUp() override { digits() = 9; }
};

TEST_F(LazyValuesTest, yieldTheSameRowsAtAnyNodes) {
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const BushyJoin join(seed);
    const ResultRows expected = run(join.plan(BushyJoin::kAtRoot), join.tables(), 1);
    for (const BushyJoin::Placement& placement : BushyJoin::placements()) {
      SCOPED_TRACE("first at " + std::to_string(placement.first) + ", second at " + std::to_string(placement.second));
      std::vector<uint32_t> all;
      for (uint32_t node = BushyJoin::kD; node <= BushyJoin::kUpper; ++node) {
        all.push_back(node);
      }
      for (const std::vector<uint32_t>& lazy : {all, {BushyJoin::kO, BushyJoin::kD}, {BushyJoin::kLower, BushyJoin::kFiltered, BushyJoin::kP}}) {
        const auto plan = join.plan(placement, lazy);
        EXPECT_EQ(run(plan, join.tables(), 1), expected);
        EXPECT_EQ(run(plan, join.tables(), 4), expected);
        EXPECT_EQ(runInTwoSteps(join.plan(placement), plan, join.tables(), 3), expected);
      }
    }
    if (HasFailure()) {
      return;
    }
  }
}

/// A large fact table that refers to the even ones of few rows of d: relu(x W) of three lists of 37 floats, with an embedding of d.id at the scan.
class LazyModelTest : public LazyValuesTest {
 protected:
  static constexpr uint32_t kWidth = 37;
  static constexpr uint32_t kHidden = 19;
  static constexpr int64_t kDimensionRows = 1000;

  LazyModelTest() {
    std::mt19937 random(5);
    const auto number = [&] { return static_cast<float>(random() % 2001) / 1000.0F - 1.0F; };
    Cells<int64_t> keys;
    Cells<FloatList> lists;
    Cells<int64_t> ids;
    for (int64_t i = 0; i < kDimensionRows; ++i) {
      keys.push_back(i);
      FloatList list;
      for (uint32_t j = 0; j < kWidth; ++j) {
        list.push_back(number());
      }
      lists.push_back(std::move(list));
      ids.push_back(i % 2);
    }
    d_ = {"d", {{"k", keys}, {"x", lists}, {"id", ids}}, 1000, 0};
    Cells<int64_t> references;
    for (int64_t i = 0; i < 4000; ++i) {
      references.push_back(2 * static_cast<int64_t>(random() % (kDimensionRows / 2)));
    }
    f_ = {"f", {{"a", references}}, 300, 0};
    for (uint32_t i = 0; i < kWidth * kHidden; ++i) {
      weights_.push_back(number());
    }
    tensors_ = {tensor(weights_), tensor(table_)};
  }

  static Column tensor(const std::vector<float>& values) {
    Column column;
    column.type.id = TypeId::kFloat32;
    column.length = static_cast<int64_t>(values.size());
    column.data = values.data();
    return column;
  }

  std::shared_ptr<const Plan> plan(bool isLazy, proto::JoinType type = proto::JOIN_TYPE_LEFT) const {
    PlanBuilder builder;
    const uint32_t f = builder.scan(f_, true);
    const uint32_t d = builder.scan(d_);
    const uint32_t root = builder.join(type, f, d, {{column(0, 0), column(1, 0)}});
    const uint32_t x = builder.loadAll(d, kWidth, {column(1, 1)}, proto::NULL_POLICY_CONSTANT, 0.5);
    const auto addTensor = [&](uint32_t rows, uint32_t columns) {
      proto::Tensor* tensor = builder.fragment.add_tensors();
      tensor->set_type(proto::ELEMENT_TYPE_FLOAT32);
      tensor->set_rows(rows);
      tensor->set_columns(columns);
    };
    addTensor(kWidth, kHidden);
    addTensor(2, 1);
    const auto value = [&](uint32_t width) {
      proto::Value* added = builder.fragment.add_values();
      added->set_node(d);
      added->set_type(proto::ELEMENT_TYPE_FLOAT32);
      added->set_width(width);
      return added;
    };
    proto::Value* product = value(kHidden);
    product->mutable_sum()->add_terms()->set_value(x);
    product->mutable_sum()->mutable_terms(0)->set_weight(0);
    proto::Value* function = value(kHidden);
    function->mutable_unary()->set_function(proto::UNARY_FUNCTION_GELU);
    function->mutable_unary()->set_value(1);
    const uint32_t id = builder.load(d, column(1, 2), proto::NULL_POLICY_CONSTANT, 0);
    builder.fragment.mutable_values(static_cast<int>(id))->set_type(proto::ELEMENT_TYPE_INT64);
    proto::Value* embedded = value(1);
    embedded->mutable_embedding()->set_value(id);
    embedded->mutable_embedding()->set_table(1);
    builder.outputValue(builder.sum(root, {4}));
    builder.outputValue(2);
    builder.fragment.mutable_outputs(1)->set_as_list(true);
    if (isLazy) {
      builder.fragment.add_lazy_nodes(d);
    }
    return builder.plan();
  }

  std::vector<float> weights_;
  std::vector<float> table_{100, 200};
  TestTable d_;
  TestTable f_;
};

TEST_F(LazyModelTest, doNotDependOnWhoComputesThem) {
  const ResultRows expected = run(plan(false), {f_, d_}, 1);
  ASSERT_EQ(expected.size(), 4000u);
  for (const int32_t numThreads : {1, 2, 8}) {
    EXPECT_TRUE(run(plan(true), {f_, d_}, numThreads) == expected) << numThreads << " threads";
  }
}

TEST_F(LazyModelTest, areComputedOncePerReferencedRow) {
  const auto task = makeTask(plan(true, proto::JOIN_TYPE_INNER), {f_, d_}, 8);
  finish(*task);
  EXPECT_EQ(task->counters()[3 + 1].num_rows_out, kDimensionRows / 2);
}

TEST_F(LazyModelTest, failOnlyOnRowsThatAreReferenced) {
  std::get<Cells<int64_t>>(d_.columns[2].second)[801] = 7;  // odd: nothing refers to it
  expectFailure(INFERF_ERROR_INVALID_DATA, "no row of this id", [&] { run(plan(false), {f_, d_}); });
  EXPECT_EQ(run(plan(true), {f_, d_}, 4).size(), 4000u);
  std::get<Cells<int64_t>>(d_.columns[2].second)[800] = 7;
  std::get<Cells<int64_t>>(f_.columns[0].second)[3500] = 800;
  for (const int32_t numThreads : {1, 8}) {
    expectFailure(INFERF_ERROR_INVALID_DATA, "no row of this id", [&] { run(plan(true), {f_, d_}, numThreads); });
  }
}

TEST_F(LazyModelTest, everyWorkerHearsOfAFailure) {
  for (auto& id : std::get<Cells<int64_t>>(d_.columns[2].second)) {
    id = 7;
  }
  for (int round = 0; round < 10; ++round) {
    expectFailure(INFERF_ERROR_INVALID_DATA, "no row of this id", [&] { run(plan(true), {f_, d_}, 8); });
  }
}

TEST_F(LazyModelTest, missesReferToTheNullRow) {
  std::get<Cells<int64_t>>(f_.columns[0].second)[3] = -1;
  const ResultRows eager = run(plan(false), {f_, d_}, 2);
  EXPECT_EQ(eager[3][0], "100");
  EXPECT_TRUE(run(plan(true), {f_, d_}, 2) == eager);
}

TEST_F(LazyModelTest, runsStopWhenTheyAreCancelled) {
  for (int numRead : {0, 1, 3}) {
    const auto task = makeTask(plan(true), {f_, d_}, 4);
    task->start();
    ArrowArray batch{};
    for (int i = 0; i < numRead; ++i) {
      ASSERT_TRUE(task->next(&batch));
      batch.release(&batch);
    }
    std::thread canceller([&] { task->cancel(); });
    canceller.join();
    expectFailure(INFERF_ERROR_CANCELLED, "cancelled", [&] { task->next(&batch); });
    task->finish();
  }
}

TEST_F(LazyModelTest, keepTheMemoryLimit) {
  pool_ = std::make_shared<MemoryPool>(int64_t{1} << 19);
  bool hasFailed = false;
  try {
    run(plan(true), {f_, d_}, 8);
  } catch (const EngineError& error) {
    EXPECT_EQ(error.code(), INFERF_ERROR_MEMORY_LIMIT) << error.what();
    hasFailed = true;
  }
  EXPECT_TRUE(hasFailed);
}

/// Integer division by zero on the null row of a lazy node: as if it were not lazy.
TEST_F(LazyValuesTest, aNullRowThatFailsMattersOnlyToRowsThatReferToIt) {
  const auto divide = [&](const Cells<int64_t>& keys) {
    const TestTable fact{"f", {{"a", keys}}, 10, 0};
    const TestTable d{"d", {{"k", Cells<int64_t>{1, 2}}, {"x", Cells<int64_t>{5, 2}}}, 10, 0};
    PlanBuilder builder;
    const uint32_t f = builder.scan(fact, true);
    const uint32_t scanD = builder.scan(d);
    const uint32_t root = builder.join(proto::JOIN_TYPE_LEFT, f, scanD, {{column(0, 0), column(1, 0)}});
    const uint32_t x = builder.load(scanD, column(1, 1), proto::NULL_POLICY_CONSTANT, 0);
    builder.fragment.mutable_values(static_cast<int>(x))->set_type(proto::ELEMENT_TYPE_INT64);
    proto::Value* quotient = builder.fragment.add_values();
    quotient->set_node(scanD);
    quotient->set_type(proto::ELEMENT_TYPE_INT64);
    quotient->set_width(1);
    quotient->mutable_binary()->set_function(proto::BINARY_FUNCTION_DIVIDE);
    quotient->mutable_binary()->set_left(x);
    quotient->mutable_binary()->set_right(x);
    builder.outputValue(1);
    builder.fragment.add_lazy_nodes(scanD);
    EXPECT_EQ(root, builder.lastNode());
    return run(builder.plan(), {fact, d});
  };
  EXPECT_EQ(divide({1, 2, 1}), (ResultRows{{"1"}, {"1"}, {"1"}}));
  expectFailure(INFERF_ERROR_ARITHMETIC, "division by zero", [&] { divide({1, kNone}); });
}

}  // namespace
}  // namespace inferf
