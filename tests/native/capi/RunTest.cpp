#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
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

ArraySpec ordersBatch(const std::vector<int64_t>& users, const std::vector<float>& amounts) {
  return makeBatch(static_cast<int64_t>(users.size()), {columnOf(users), columnOf(amounts)});
}

/// Yields the same batch of orders for ever.
struct EndlessOrders {
  ArraySpec batch;
  std::function<void()> onNext;

  static ArrowArrayStream stream(ArraySpec batch, std::function<void()> onNext) {
    ArrowArrayStream result{};
    result.private_data = new EndlessOrders{std::move(batch), std::move(onNext)};
    result.get_schema = [](ArrowArrayStream*, ArrowSchema* out) {
      makeSchema({"+s", "", {{"l", "user_id", {}, {}}, {"f", "amount", {}, {}}}, {}}, out);
      return 0;
    };
    result.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
      auto* orders = static_cast<EndlessOrders*>(self->private_data);
      if (orders->onNext) {
        orders->onNext();
      }
      makeArray(orders->batch, out);
      return 0;
    };
    result.get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
    result.release = [](ArrowArrayStream* self) {
      delete static_cast<EndlessOrders*>(self->private_data);
      self->release = nullptr;
      --liveStructs();
    };
    ++liveStructs();
    return result;
  }
};

/// Runs of the sample plan. The scores of an order are amount + age / 2 and income / 4 - amount + 1 before the sigmoid; orders whose first one
/// is not positive are dropped.
class RunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    liveStructs() = 0;
    ASSERT_EQ(inferf_engine_create(nullptr, &engine_, nullptr), INFERF_OK);
    createQuery();
  }

  void TearDown() override {
    releaseResults();
    inferf_query_destroy(query_);
    if (engine_ != nullptr) {
      EXPECT_EQ(bytesInUse(), 0);
    }
    inferf_engine_destroy(engine_);
    EXPECT_EQ(liveStructs(), 0) << "Arrow structs were leaked or released twice.";
  }

  void createQuery() {
    const std::string plan = samplePlan().SerializeAsString();
    ASSERT_EQ(inferf_query_create(engine_, reinterpret_cast<const uint8_t*>(plan.data()), static_cast<int64_t>(plan.size()), &query_, &error_),
              INFERF_OK)
        << error_.message;
  }

  static StreamSpec ordersSpec() {
    StreamSpec spec;
    spec.schema = {"+s", "", {{"l", "user_id", {}, {}}, {"f", "amount", {}, {}}}, {}};
    spec.batches = {ordersBatch({0, 1, 2, 0}, {-2, -1, 0, 1}), ordersBatch({1, 2}, {2, 3})};
    return spec;
  }

  void bindOrders(ArrowArrayStream stream) { ASSERT_EQ(inferf_query_bind_table(query_, 0, &stream, &error_), INFERF_OK) << error_.message; }

  void bindTensor(int32_t tensor, const char* format, const ArraySpec& spec) {
    ArrowSchema schema;
    makeSchema({format, "", {}, {}}, &schema);
    ArrowArray array;
    makeArray(spec, &array);
    ASSERT_EQ(inferf_query_bind_tensor(query_, tensor, &schema, &array, &error_), INFERF_OK) << error_.message;
  }

  void bindRest() {
    StreamSpec users;
    users.schema = {"+s", "", {{"l", "id", {}, {}}, {"f", "age", {}, {}}, {"g", "income", {}, {}}}, {}};
    users.batches = {
        makeBatch(2, {columnOf<int64_t>({0, 1}), columnOf<float>({2, 6}), columnOf<double>({4, 8})})};
    ArrowArrayStream stream = makeStream(std::move(users));
    ASSERT_EQ(inferf_query_bind_table(query_, 1, &stream, &error_), INFERF_OK) << error_.message;
    bindTensor(0, "f", columnOf<float>({1, -1, 0.5f, 0, 0, 0.25f}));
    bindTensor(1, "f", columnOf<float>({0, 1}));
    ArraySpec labels;
    labels.length = 2;
    labels.buffers = {std::nullopt, bytesOf(std::vector<int32_t>{0, 2, 5}), Bytes{'n', 'o', 'y', 'e', 's'}};
    bindTensor(2, "u", labels);
  }

  void start(ArrowArrayStream orders) {
    bindOrders(orders);
    bindRest();
    ASSERT_EQ(inferf_query_execute(query_, &results_, &error_), INFERF_OK) << error_.message;
  }

  /// Orders that never end; all of them pass the filter, or none.
  void startEndless(bool passes, std::function<void()> onNext = nullptr) {
    start(EndlessOrders::stream(ordersBatch(std::vector<int64_t>(1000, 0), std::vector<float>(1000, passes ? 5.0f : -5.0f)), std::move(onNext)));
  }

  void releaseResults() {
    if (results_.release != nullptr) {
      results_.release(&results_);
      EXPECT_EQ(results_.release, nullptr);
    }
  }

  int64_t bytesInUse() const {
    inferf_memory_usage usage{};
    EXPECT_EQ(inferf_engine_memory(engine_, &usage, nullptr), INFERF_OK);
    return usage.bytes_in_use;
  }

  inferf_progress progress() const {
    inferf_progress progress{};
    EXPECT_EQ(inferf_query_progress(query_, &progress, nullptr), INFERF_OK);
    return progress;
  }

  std::vector<inferf_counter> counters() {
    int64_t count = 0;
    EXPECT_EQ(inferf_query_counters(query_, nullptr, 0, &count, &error_), INFERF_OK) << error_.message;
    std::vector<inferf_counter> found(static_cast<size_t>(count));
    EXPECT_EQ(inferf_query_counters(query_, found.data(), count, &count, &error_), INFERF_OK);
    return found;
  }

  /// Reads until the end or a failure; returns the number of rows, or minus the errno.
  int64_t drain() {
    int64_t numRows = 0;
    while (true) {
      ArrowArray batch{};
      if (const int status = results_.get_next(&results_, &batch); status != 0) {
        return -status;
      }
      if (batch.release == nullptr) {
        return numRows;
      }
      numRows += batch.length;
      batch.release(&batch);
    }
  }

  /// The stream fails, and again, with this errno; the query tells the typed failure.
  void expectFailedRun(int status, inferf_status code, const std::string& text) {
    EXPECT_EQ(drain(), -status);
    EXPECT_EQ(drain(), -status) << "A failure stays.";
    const char* message = results_.get_last_error(&results_);
    ASSERT_NE(message, nullptr);
    EXPECT_NE(std::string(message).find(text), std::string::npos) << message;
    inferf_error failure{};
    EXPECT_EQ(inferf_query_failure(query_, &failure), code) << failure.message;
    EXPECT_EQ(failure.code, code);
    EXPECT_STREQ(failure.message, message);
  }

  inferf_engine* engine_ = nullptr;
  inferf_query* query_ = nullptr;
  ArrowArrayStream results_{};
  inferf_error error_{};
};

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

TEST_F(RunTest, ReturnsRowsOfEveryKindOfOutput) {
  start(makeStream(ordersSpec()));
  ArrowArray batch{};
  struct Row {
    int64_t user;
    float first;
    float second;
    std::string label;
    float more;
  };
  std::vector<Row> rows;
  while (results_.get_next(&results_, &batch) == 0 && batch.release != nullptr) {
    ASSERT_EQ(batch.n_children, 5);
    const auto* users = static_cast<const int64_t*>(batch.children[0]->buffers[1]);
    const auto* scores = static_cast<const float*>(batch.children[1]->children[0]->buffers[1]);
    const auto* offsets = static_cast<const int32_t*>(batch.children[2]->buffers[1]);
    const auto* text = static_cast<const char*>(batch.children[2]->buffers[2]);
    const auto* more = static_cast<const float*>(batch.children[3]->buffers[1]);
    ASSERT_EQ(batch.children[4]->n_children, 1);
    const auto* fields = static_cast<const float*>(batch.children[4]->children[0]->children[0]->buffers[1]);
    for (int64_t i = 0; i < batch.length; ++i) {
      rows.push_back({users[i], scores[2 * i], scores[2 * i + 1],
                      std::string(text + offsets[i], static_cast<size_t>(offsets[i + 1] - offsets[i])), more[i]});
      EXPECT_EQ(fields[2 * i], scores[2 * i]);
      EXPECT_EQ(fields[2 * i + 1], scores[2 * i + 1]);
    }
    batch.release(&batch);
  }
  ASSERT_EQ(rows.size(), 3u);
  const std::array<Row, 3> expected{{{1, sigmoid(2), sigmoid(4), "yes", 0}, {0, sigmoid(2), sigmoid(1), "no", 2}, {1, sigmoid(5), sigmoid(1), "no", 3}}};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(rows[i].user, expected[i].user);
    EXPECT_NEAR(rows[i].first, expected[i].first, 1e-6f);
    EXPECT_NEAR(rows[i].second, expected[i].second, 1e-6f);
    EXPECT_EQ(rows[i].label, expected[i].label);
    EXPECT_EQ(rows[i].more, expected[i].more);
  }
  EXPECT_EQ(drain(), 0) << "The end stays the end.";
  EXPECT_EQ(results_.get_last_error(&results_), nullptr);
  EXPECT_EQ(inferf_query_failure(query_, &error_), INFERF_OK);
}

TEST_F(RunTest, DescribesItsRows) {
  start(makeStream(ordersSpec()));
  ArrowSchema schema{};
  ASSERT_EQ(results_.get_schema(&results_, &schema), 0);
  EXPECT_STREQ(schema.format, "+s");
  ASSERT_EQ(schema.n_children, 5);
  const std::vector<std::pair<std::string, std::string>> expected{
      {"user_id", "l"}, {"score", "+w:2"}, {"label", "u"}, {"more", "f"}, {"all", "+s"}};
  for (int64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(schema.children[i]->name, expected[static_cast<size_t>(i)].first);
    EXPECT_EQ(schema.children[i]->format, expected[static_cast<size_t>(i)].second);
  }
  EXPECT_STREQ(schema.children[1]->children[0]->format, "f");
  EXPECT_STREQ(schema.children[4]->children[0]->name, "p");
  EXPECT_STREQ(schema.children[4]->children[0]->format, "+w:2");
  schema.release(&schema);
  EXPECT_EQ(drain(), 3);
}

TEST_F(RunTest, CountsWhatItDid) {
  start(makeStream(ordersSpec()));
  EXPECT_EQ(drain(), 3);
  EXPECT_EQ(progress().phase, 3);
  EXPECT_EQ(progress().num_source_rows, 6);
  EXPECT_EQ(progress().num_output_rows, 3);
  const std::vector<inferf_counter> found = counters();
  ASSERT_EQ(found.size(), 10u) << "4 nodes and 6 values";
  const auto rowsOut = [&](int32_t kind, int32_t id) {
    const auto counter = std::find_if(found.begin(), found.end(), [&](const inferf_counter& c) { return c.kind == kind && c.id == id; });
    return counter == found.end() ? -1 : counter->num_rows_out;
  };
  EXPECT_EQ(rowsOut(INFERF_COUNTER_NODE, 0), 6);
  EXPECT_EQ(rowsOut(INFERF_COUNTER_NODE, 1), 2);
  EXPECT_EQ(rowsOut(INFERF_COUNTER_NODE, 2), 4);
  EXPECT_EQ(rowsOut(INFERF_COUNTER_NODE, 3), 3);
  EXPECT_EQ(rowsOut(INFERF_COUNTER_VALUE, 3), 4);
  EXPECT_EQ(rowsOut(INFERF_COUNTER_VALUE, 5), 3);
  // A caller with less room gets what fits, and the whole number.
  std::array<inferf_counter, 2> few{};
  int64_t count = 0;
  EXPECT_EQ(inferf_query_counters(query_, few.data(), 2, &count, &error_), INFERF_OK);
  EXPECT_EQ(count, 10);
  EXPECT_EQ(few[1].id, found[1].id);
}

TEST_F(RunTest, HandlesMayGoInAnyOrderWhileItRuns) {
  std::string order = "eqr";  // engine, query, results
  do {
    SCOPED_TRACE(order);
    startEndless(true);
    ArrowArray batch{};
    ASSERT_EQ(results_.get_next(&results_, &batch), 0);
    ASSERT_NE(batch.release, nullptr);
    for (const char handle : order) {
      if (handle == 'e') {
        inferf_engine_destroy(std::exchange(engine_, nullptr));
      } else if (handle == 'q') {
        inferf_query_destroy(std::exchange(query_, nullptr));
      } else {
        releaseResults();
      }
    }
    EXPECT_EQ(liveStructs(), 0) << "Bound streams are let go of with the run.";
    EXPECT_EQ(static_cast<const int64_t*>(batch.children[0]->buffers[1])[0], 0) << "A batch outlives everything.";
    batch.release(&batch);
    ASSERT_EQ(inferf_engine_create(nullptr, &engine_, nullptr), INFERF_OK);
    createQuery();
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(RunTest, ResultsOutliveTheirQuery) {
  start(makeStream(ordersSpec()));
  inferf_engine_destroy(std::exchange(engine_, nullptr));
  // The destroyed query cancels a run that is under way; one whose rows have all been read is over.
  EXPECT_EQ(drain(), 3);
  inferf_query_destroy(std::exchange(query_, nullptr));
  EXPECT_EQ(drain(), 0);
}

TEST_F(RunTest, StopsWhenItsResultsAreReleased) {
  startEndless(true);
  ArrowArray batch{};
  ASSERT_EQ(results_.get_next(&results_, &batch), 0);
  batch.release(&batch);
  releaseResults();
  EXPECT_EQ(liveStructs(), 0);
  EXPECT_EQ(progress().phase, 3);
  EXPECT_FALSE(counters().empty());
  EXPECT_EQ(inferf_query_failure(query_, &error_), INFERF_OK) << "Nobody waits for the rest: that is no failure.";
}

TEST_F(RunTest, RecordsTheFailureOfASource) {
  StreamSpec broken = ordersSpec();
  broken.endError = EPIPE;
  broken.message = "The cable was cut.";
  start(makeStream(std::move(broken)));
  expectFailedRun(EIO, INFERF_ERROR_SOURCE, "The cable was cut.");
  EXPECT_FALSE(counters().empty());
}

TEST_F(RunTest, RecordsNullsInTheModelsInput) {
  StreamSpec orders = ordersSpec();
  orders.batches[1].children[1].buffers[0] = bitsOf("01");
  orders.batches[1].children[1].nullCount = 1;
  start(makeStream(std::move(orders)));
  expectFailedRun(EINVAL, INFERF_ERROR_NULL_INPUT, "orders.amount: 1 of 4 rows");
}

TEST_F(RunTest, HearsACancellationFromBeforeItsStart) {
  EXPECT_EQ(inferf_query_cancel(query_, nullptr), INFERF_OK);
  startEndless(true);
  expectFailedRun(ECANCELED, INFERF_ERROR_CANCELLED, "cancelled");
}

TEST_F(RunTest, HearsACancellationFromAnotherThread) {
  startEndless(false);  // no row passes the filter: only the cancellation ends the wait for the first batch
  std::thread canceller([this] {
    while (progress().num_source_rows == 0) {
      std::this_thread::yield();
    }
    EXPECT_EQ(inferf_query_cancel(query_, nullptr), INFERF_OK);
  });
  expectFailedRun(ECANCELED, INFERF_ERROR_CANCELLED, "cancelled");
  canceller.join();
}

TEST_F(RunTest, AProducerMayLetGoOfItsOwnRun) {
  std::atomic<int> numBatches{0};
  startEndless(false, [&] {
    if (++numBatches == 100) {
      inferf_query_destroy(query_);
    }
  });
  EXPECT_EQ(drain(), -ECANCELED);
  query_ = nullptr;
  releaseResults();
  while (liveStructs() > 0 || bytesInUse() > 0) {
    std::this_thread::yield();  // the run could not be waited for where it was let go of
  }
}

TEST_F(RunTest, QueryAndResultsMayGoAtTheSameTime) {
  for (int round = 0; round < 50; ++round) {
    startEndless(true);
    std::thread other([this] { inferf_query_destroy(std::exchange(query_, nullptr)); });
    releaseResults();
    other.join();
    ASSERT_EQ(liveStructs(), 0);
    createQuery();
  }
}

TEST_F(RunTest, CancellingWhatIsOverChangesNothing) {
  start(makeStream(ordersSpec()));
  EXPECT_EQ(drain(), 3);
  EXPECT_EQ(inferf_query_cancel(query_, nullptr), INFERF_OK);
  inferf_error failure{};
  EXPECT_EQ(inferf_query_failure(query_, &failure), INFERF_OK) << failure.message;
  EXPECT_EQ(drain(), 0);
}

TEST_F(RunTest, RunsOnce) {
  startEndless(true);
  ArrowArrayStream again{};
  EXPECT_EQ(inferf_query_execute(query_, &again, &error_), INFERF_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(again.release, nullptr);
  ArrowArrayStream orders = makeStream(ordersSpec());
  EXPECT_EQ(inferf_query_bind_table(query_, 0, &orders, &error_), INFERF_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(orders.release, nullptr);
  int64_t count = 0;
  EXPECT_EQ(inferf_query_counters(query_, nullptr, 0, &count, &error_), INFERF_ERROR_INVALID_ARGUMENT);
  EXPECT_NE(std::string_view(error_.message).find("after the run"), std::string_view::npos) << error_.message;
}

TEST_F(RunTest, DoesNotStartOnWrongTypes) {
  StreamSpec orders = ordersSpec();
  orders.schema.children[1].format = "u";
  orders.batches.clear();
  bindOrders(makeStream(std::move(orders)));
  bindRest();
  EXPECT_EQ(inferf_query_execute(query_, &results_, &error_), INFERF_ERROR_TYPE_MISMATCH);
  EXPECT_NE(std::string_view(error_.message).find("amount"), std::string_view::npos) << error_.message;
  EXPECT_EQ(results_.release, nullptr);
  EXPECT_EQ(liveStructs(), 0);
  inferf_error failure{};
  EXPECT_EQ(inferf_query_failure(query_, &failure), INFERF_ERROR_TYPE_MISMATCH);
  EXPECT_STREQ(failure.message, error_.message);
}

TEST_F(RunTest, EveryFailedAllocationIsAnErrorAndLeavesNothing) {
  int numFailed = 0;
  for (int64_t countdown = 1;; ++countdown) {
    SCOPED_TRACE(countdown);
    bindOrders(makeStream(ordersSpec()));
    bindRest();
    ASSERT_EQ(inferf_engine_fail_allocation(engine_, countdown, nullptr), INFERF_OK);
    const inferf_status status = inferf_query_execute(query_, &results_, &error_);
    const int64_t numRows = status == INFERF_OK ? drain() : -ENOMEM;
    ASSERT_EQ(inferf_engine_fail_allocation(engine_, 0, nullptr), INFERF_OK);
    inferf_error failure{};
    const inferf_status recorded = inferf_query_failure(query_, &failure);
    releaseResults();
    inferf_query_destroy(std::exchange(query_, nullptr));
    ASSERT_EQ(bytesInUse(), 0);
    ASSERT_EQ(liveStructs(), 0);
    createQuery();
    if (numRows >= 0) {
      EXPECT_EQ(numRows, 3);
      break;
    }
    ASSERT_EQ(numRows, -ENOMEM);
    ASSERT_EQ(recorded, INFERF_ERROR_MEMORY_LIMIT) << failure.message;
    ++numFailed;
  }
  EXPECT_GT(numFailed, 10);
}

}  // namespace
}  // namespace inferf::test
