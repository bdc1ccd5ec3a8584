#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "inferf/inferf.h"
#include "support/ArrowProducer.h"
#include "support/SamplePlan.h"

namespace inferf::test {
namespace {

template <typename T>
ArraySpec columnOf(const std::vector<T>& values) {
  ArraySpec column;
  column.length = static_cast<int64_t>(values.size());
  column.buffers = {std::nullopt, bytesOf(values)};
  column.nullCount = 0;
  return column;
}

/// Users that never end.
struct EndlessUsers {
  std::function<void()> onNext;

  static ArrowArrayStream stream(std::function<void()> onNext) {
    ArrowArrayStream result{};
    result.private_data = new EndlessUsers{std::move(onNext)};
    result.get_schema = [](ArrowArrayStream*, ArrowSchema* out) {
      makeSchema({"+s", "", {{"l", "id", {}, {}}, {"f", "age", {}, {}}, {"g", "income", {}, {}}}, {}}, out);
      return 0;
    };
    result.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
      static_cast<EndlessUsers*>(self->private_data)->onNext();
      makeArray(makeBatch(1, {columnOf<int64_t>({1}), columnOf<float>({1}), columnOf<double>({1})}), out);
      return 0;
    };
    result.get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
    result.release = [](ArrowArrayStream* self) {
      delete static_cast<EndlessUsers*>(self->private_data);
      self->release = nullptr;
      --liveStructs();
    };
    ++liveStructs();
    return result;
  }
};

/// The sample plan, built first and executed then.
class TwoStepRunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    liveStructs() = 0;
    ASSERT_EQ(inferf_engine_create(nullptr, &engine_, nullptr), INFERF_OK);
    createQuery();
  }

  void TearDown() override {
    releaseResults();
    inferf_query_destroy(query_);
    EXPECT_EQ(bytesInUse(), 0);
    inferf_engine_destroy(engine_);
    EXPECT_EQ(liveStructs(), 0) << "Arrow structs were leaked or released twice.";
  }

  void createQuery() {
    const std::string plan = samplePlan().SerializeAsString();
    ASSERT_EQ(inferf_query_create(engine_, reinterpret_cast<const uint8_t*>(plan.data()), static_cast<int64_t>(plan.size()), &query_, &error_),
              INFERF_OK)
        << error_.message;
  }

  inferf_status bindTable(int32_t table, ArrowArrayStream stream) { return inferf_query_bind_table(query_, table, &stream, &error_); }

  void bindOrders() {
    StreamSpec orders;
    orders.schema = {"+s", "", {{"l", "user_id", {}, {}}, {"f", "amount", {}, {}}}, {}};
    orders.batches = {makeBatch(4, {columnOf<int64_t>({0, 1, 2, 0}), columnOf<float>({-2, -1, 0, 1})}),
                      makeBatch(2, {columnOf<int64_t>({1, 2}), columnOf<float>({2, 3})})};
    ASSERT_EQ(bindTable(0, makeStream(std::move(orders))), INFERF_OK) << error_.message;
  }

  void bindTables() {
    bindOrders();
    StreamSpec users;
    users.schema = {"+s", "", {{"l", "id", {}, {}}, {"f", "age", {}, {}}, {"g", "income", {}, {}}}, {}};
    users.batches = {makeBatch(2, {columnOf<int64_t>({0, 1}), columnOf<float>({2, 6}), columnOf<double>({4, 8})})};
    ASSERT_EQ(bindTable(1, makeStream(std::move(users))), INFERF_OK) << error_.message;
  }

  inferf_status bindTensor(int32_t tensor, const char* format, const ArraySpec& spec) {
    ArrowSchema schema;
    makeSchema({format, "", {}, {}}, &schema);
    ArrowArray array;
    makeArray(spec, &array);
    return inferf_query_bind_tensor(query_, tensor, &schema, &array, &error_);
  }

  void bindTensors() {
    ASSERT_EQ(bindTensor(0, "f", columnOf<float>({1, -1, 0.5f, 0, 0, 0.25f})), INFERF_OK) << error_.message;
    ASSERT_EQ(bindTensor(1, "f", columnOf<float>({0, 1})), INFERF_OK) << error_.message;
    ArraySpec labels;
    labels.length = 2;
    labels.buffers = {std::nullopt, bytesOf(std::vector<int32_t>{0, 2, 5}), Bytes{'n', 'o', 'y', 'e', 's'}};
    ASSERT_EQ(bindTensor(2, "u", labels), INFERF_OK) << error_.message;
  }

  inferf_status build() { return inferf_query_build(query_, &error_); }
  inferf_status execute() { return inferf_query_execute(query_, &results_, &error_); }
  inferf_status replan(const proto::PlanFragment& plan) {
    const std::string bytes = plan.SerializeAsString();
    return inferf_query_replan(query_, reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int64_t>(bytes.size()), &error_);
  }

  void expectInvalid(inferf_status status, inferf_status code, const std::string& text) {
    EXPECT_EQ(status, code) << error_.message;
    EXPECT_NE(std::string(error_.message).find(text), std::string::npos) << error_.message;
  }

  std::vector<inferf_observation> observations() {
    int64_t count = 0;
    EXPECT_EQ(inferf_query_observations(query_, nullptr, 0, &count, &error_), INFERF_OK) << error_.message;
    std::vector<inferf_observation> found(static_cast<size_t>(count));
    EXPECT_EQ(inferf_query_observations(query_, found.data(), count, &count, &error_), INFERF_OK);
    return found;
  }

  /// The first scores of all rows, or nothing after a failure.
  std::vector<float> scores() {
    std::vector<float> found;
    ArrowArray batch{};
    while (results_.get_next(&results_, &batch) == 0 && batch.release != nullptr) {
      const auto* values = static_cast<const float*>(batch.children[1]->children[0]->buffers[1]);
      for (int64_t i = 0; i < batch.length; ++i) {
        found.push_back(values[2 * i]);
      }
      batch.release(&batch);
    }
    return found;
  }

  void releaseResults() {
    if (results_.release != nullptr) {
      results_.release(&results_);
    }
  }

  int64_t bytesInUse() const {
    inferf_memory_usage usage{};
    EXPECT_EQ(inferf_engine_memory(engine_, &usage, nullptr), INFERF_OK);
    return usage.bytes_in_use;
  }

  /// The sample plan with the layer of users at the join, and its tensors in another order.
  static proto::PlanFragment pulledUp() {
    proto::PlanFragment plan = samplePlan();
    for (const int value : {1, 2}) {
      plan.mutable_values(value)->set_node(2);
    }
    return plan;
  }

  std::vector<float> scoresInOneStep() {
    bindTables();
    bindTensors();
    EXPECT_EQ(execute(), INFERF_OK) << error_.message;
    std::vector<float> expected = scores();
    releaseResults();
    inferf_query_destroy(std::exchange(query_, nullptr));
    createQuery();
    return expected;
  }

  inferf_engine* engine_ = nullptr;
  inferf_query* query_ = nullptr;
  ArrowArrayStream results_{};
  inferf_error error_{};
};

TEST_F(TwoStepRunTest, YieldsWhatOneStepYields) {
  const std::vector<float> expected = scoresInOneStep();
  ASSERT_EQ(expected.size(), 3u);
  bindTables();
  bindTensors();
  ASSERT_EQ(build(), INFERF_OK) << error_.message;
  ASSERT_EQ(execute(), INFERF_OK) << error_.message;
  EXPECT_EQ(scores(), expected);
}

TEST_F(TwoStepRunTest, GoesOnWithAnotherPlan) {
  const std::vector<float> expected = scoresInOneStep();
  bindTables();
  ASSERT_EQ(build(), INFERF_OK) << "Tensors need not be bound: " << error_.message;
  ASSERT_EQ(replan(pulledUp()), INFERF_OK) << error_.message;
  proto::PlanFragment lazy = samplePlan();
  lazy.add_lazy_nodes(1);
  ASSERT_EQ(replan(lazy), INFERF_OK) << error_.message;
  bindTensors();
  ASSERT_EQ(replan(pulledUp()), INFERF_OK) << error_.message;
  expectInvalid(execute(), INFERF_ERROR_INVALID_ARGUMENT, "A tensor is not bound: 0");
  bindTensors();
  ASSERT_EQ(execute(), INFERF_OK) << error_.message;
  EXPECT_EQ(scores(), expected);
  int64_t count = 0;
  EXPECT_EQ(inferf_query_counters(query_, nullptr, 0, &count, &error_), INFERF_OK);
  EXPECT_EQ(count, 10);
  EXPECT_EQ(observations().size(), 4u) << "Observations stay.";
}

TEST_F(TwoStepRunTest, TellsWhatItFound) {
  bindTables();
  ASSERT_EQ(build(), INFERF_OK) << error_.message;
  const std::vector<inferf_observation> found = observations();
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[1].num_rows, 2);
  EXPECT_EQ(found[2].node, 2);
  EXPECT_EQ(found[2].num_rows, -1);
  EXPECT_EQ(found[2].num_distinct_keys, 2);
  EXPECT_EQ(found[2].num_build_rows, 2);
  EXPECT_EQ(found[2].num_referenced_rows, 2);
  EXPECT_EQ(found[2].num_sampled_rows_in, 6);
  EXPECT_EQ(found[2].num_sampled_rows_out, 4);
  EXPECT_EQ(found[3].num_sampled_rows_in, 4);
  EXPECT_EQ(found[3].num_sampled_rows_out, -1);
  inferf_observation first{};
  int64_t count = 0;
  EXPECT_EQ(inferf_query_observations(query_, &first, 1, &count, &error_), INFERF_OK);
  EXPECT_EQ(count, 4);
  expectInvalid(inferf_query_observations(query_, nullptr, 1, &count, &error_), INFERF_ERROR_INVALID_ARGUMENT, "room for capacity");
  inferf_progress progress{};
  EXPECT_EQ(inferf_query_progress(query_, &progress, nullptr), INFERF_OK);
  EXPECT_EQ(progress.phase, 1);
  EXPECT_EQ(progress.num_source_rows, 0);
}

TEST_F(TwoStepRunTest, RefusesCallsOutOfOrder) {
  int64_t count = 0;
  expectInvalid(build(), INFERF_ERROR_INVALID_ARGUMENT, "A table is not bound: 0");
  expectInvalid(replan(samplePlan()), INFERF_ERROR_INVALID_ARGUMENT, "only after the query has been built");
  expectInvalid(inferf_query_observations(query_, nullptr, 0, &count, &error_), INFERF_ERROR_INVALID_ARGUMENT, "after the query has been built");
  expectInvalid(inferf_query_build(nullptr, &error_), INFERF_ERROR_INVALID_ARGUMENT, "query");
  bindTables();
  ASSERT_EQ(build(), INFERF_OK) << error_.message;
  expectInvalid(build(), INFERF_ERROR_INVALID_ARGUMENT, "built already");
  expectInvalid(bindTable(0, makeStream(oneColumn({"l", "user_id", {}, {}}, {}))), INFERF_ERROR_INVALID_ARGUMENT, "built already");
  bindTensors();
  ASSERT_EQ(execute(), INFERF_OK) << error_.message;
  expectInvalid(build(), INFERF_ERROR_INVALID_ARGUMENT, "executed already");
  expectInvalid(replan(samplePlan()), INFERF_ERROR_INVALID_ARGUMENT, "executed already");
  EXPECT_EQ(scores().size(), 3u);
}

TEST_F(TwoStepRunTest, ARefusedPlanChangesNothing) {
  const std::vector<float> expected = scoresInOneStep();
  bindTables();
  bindTensors();
  ASSERT_EQ(build(), INFERF_OK) << error_.message;
  proto::PlanFragment other = samplePlan();
  other.mutable_nodes(2)->mutable_hash_join()->set_type(proto::JOIN_TYPE_LEFT);
  expectInvalid(replan(other), INFERF_ERROR_INVALID_PLAN, "nodes[2]");
  const uint8_t garbage[] = {0xff, 0x00, 0x13};
  expectInvalid(inferf_query_replan(query_, garbage, 3, &error_), INFERF_ERROR_INVALID_PLAN, "no serialized PlanFragment");
  expectInvalid(inferf_query_replan(query_, garbage, -1, &error_), INFERF_ERROR_INVALID_ARGUMENT, "plan_size");
  expectInvalid(inferf_query_replan(query_, nullptr, 0, &error_), INFERF_ERROR_INVALID_ARGUMENT, "plan");
  ASSERT_EQ(execute(), INFERF_OK) << error_.message;
  EXPECT_EQ(scores(), expected);
}

TEST_F(TwoStepRunTest, MayEndBetweenTheSteps) {
  bindTables();
  ASSERT_EQ(build(), INFERF_OK) << error_.message;
  EXPECT_GT(bytesInUse(), 0);
  inferf_query_destroy(std::exchange(query_, nullptr));
  EXPECT_EQ(bytesInUse(), 0);
  EXPECT_EQ(liveStructs(), 0);
  createQuery();
  bindTables();
  bindTensors();
  ASSERT_EQ(build(), INFERF_OK) << error_.message;
  EXPECT_EQ(inferf_query_cancel(query_, nullptr), INFERF_OK);
  ASSERT_EQ(execute(), INFERF_OK) << error_.message;
  EXPECT_TRUE(scores().empty());
  EXPECT_EQ(inferf_query_failure(query_, &error_), INFERF_ERROR_CANCELLED);
}

TEST_F(TwoStepRunTest, HearsACancellationFromAnotherThread) {
  std::atomic<bool> hasBegun{false};
  bindOrders();
  ASSERT_EQ(bindTable(1, EndlessUsers::stream([&] { hasBegun = true; })), INFERF_OK) << error_.message;
  std::thread canceller([&] {
    while (!hasBegun) {
      std::this_thread::yield();
    }
    EXPECT_EQ(inferf_query_cancel(query_, nullptr), INFERF_OK);
  });
  expectInvalid(build(), INFERF_ERROR_CANCELLED, "cancelled");
  canceller.join();
  EXPECT_EQ(liveStructs(), 0) << "A build that failed holds nothing.";
  EXPECT_EQ(bytesInUse(), 0);
  inferf_error failure{};
  EXPECT_EQ(inferf_query_failure(query_, &failure), INFERF_ERROR_CANCELLED);
  expectInvalid(execute(), INFERF_ERROR_INVALID_ARGUMENT, "executed already");
}

TEST_F(TwoStepRunTest, AProducerMayLetGoOfItsOwnRun) {
  bindOrders();
  int numBatches = 0;
  ASSERT_EQ(bindTable(1, EndlessUsers::stream([&] {
                        if (++numBatches == 10) {
                          inferf_query_destroy(query_);
                        }
                      })),
            INFERF_OK);
  expectInvalid(build(), INFERF_ERROR_CANCELLED, "cancelled");
  query_ = nullptr;
}

TEST_F(TwoStepRunTest, AModelThatDoesNotFitLetsGoOfTheRun) {
  StreamSpec users;
  users.schema = {"+s", "", {{"l", "id", {}, {}}, {"u", "age", {}, {}}, {"g", "income", {}, {}}}, {}};
  proto::PlanFragment plan = samplePlan();
  bindOrders();
  ASSERT_EQ(bindTable(1, makeStream(std::move(users))), INFERF_OK) << error_.message;
  expectInvalid(build(), INFERF_ERROR_TYPE_MISMATCH, "users.age");
  EXPECT_EQ(liveStructs(), 0);
}

TEST_F(TwoStepRunTest, EveryFailedAllocationIsAnErrorAndLeavesNothing) {
  int numFailed = 0;
  for (int64_t countdown = 1;; ++countdown) {
    SCOPED_TRACE(countdown);
    bindTables();
    ASSERT_EQ(inferf_engine_fail_allocation(engine_, countdown, nullptr), INFERF_OK);
    bool failed = build() != INFERF_OK || replan(pulledUp()) != INFERF_OK;
    ASSERT_EQ(error_.code == INFERF_OK || error_.code == INFERF_ERROR_MEMORY_LIMIT, true) << error_.message;
    if (!failed) {
      bindTensors();
      failed = execute() != INFERF_OK || scores().size() != 3;
    }
    ASSERT_EQ(inferf_engine_fail_allocation(engine_, 0, nullptr), INFERF_OK);
    inferf_error failure{};
    const inferf_status recorded = inferf_query_failure(query_, &failure);
    releaseResults();
    inferf_query_destroy(std::exchange(query_, nullptr));
    ASSERT_EQ(bytesInUse(), 0);
    ASSERT_EQ(liveStructs(), 0);
    createQuery();
    if (!failed) {
      break;
    }
    ASSERT_EQ(recorded, INFERF_ERROR_MEMORY_LIMIT) << failure.message;
    error_ = {};
    ++numFailed;
  }
  EXPECT_GT(numFailed, 10);
}

}  // namespace
}  // namespace inferf::test
