#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "inferf/inferf.h"
#include "support/ArrowProducer.h"
#include "support/SamplePlan.h"

namespace inferf::test {
namespace {

/// A query over the sample plan: tables orders and users, tensors weight [3 x 2], bias [1 x 2] and labels [1 x 2].
class QueryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    liveStructs() = 0;
    ASSERT_EQ(inferf_engine_create(nullptr, &engine_, nullptr), INFERF_OK);
    const std::string plan = samplePlan().SerializeAsString();
    ASSERT_EQ(create(plan, &query_), INFERF_OK) << error_.message;
  }

  void TearDown() override {
    inferf_engine_destroy(engine_);  // before its query: any order is allowed
    inferf_query_destroy(query_);
    EXPECT_EQ(liveStructs(), 0) << "Arrow structs were leaked or released twice.";
  }

  inferf_status create(const std::string& plan, inferf_query** query) {
    return inferf_query_create(engine_, reinterpret_cast<const uint8_t*>(plan.data()), static_cast<int64_t>(plan.size()), query, &error_);
  }

  void expectFailure(inferf_status status, inferf_status expected, const std::string& text) {
    EXPECT_EQ(status, expected);
    EXPECT_EQ(error_.code, expected);
    EXPECT_NE(std::string(error_.message).find(text), std::string::npos) << "'" << text << "' is not in: " << error_.message;
  }

  static StreamSpec usersStream() {
    StreamSpec spec;
    spec.schema = {"+s", "", {{"l", "id", {}, {}}, {"f", "age", {}, {}}, {"g", "income", {}, {}}}, {}};
    return spec;
  }

  static ArraySpec floats(int64_t length) {
    ArraySpec array;
    array.length = length;
    array.buffers = {std::nullopt, bytesOf(std::vector<float>(static_cast<size_t>(length), 1.0f))};
    return array;
  }

  inferf_status bindTable(int32_t table, StreamSpec spec) {
    ArrowArrayStream stream = makeStream(std::move(spec));
    const inferf_status status = inferf_query_bind_table(query_, table, &stream, &error_);
    EXPECT_EQ(stream.release, nullptr) << "The stream belongs to the callee after success and failure alike.";
    return status;
  }

  inferf_status bindTensor(int32_t tensor, const std::string& format, const ArraySpec& spec) {
    ArrowSchema schema;
    makeSchema({format, "", {}, {}}, &schema);
    ArrowArray array;
    makeArray(spec, &array);
    const inferf_status status = inferf_query_bind_tensor(query_, tensor, &schema, &array, &error_);
    EXPECT_EQ(schema.release, nullptr);
    EXPECT_EQ(array.release, nullptr);
    return status;
  }

  inferf_engine* engine_ = nullptr;
  inferf_query* query_ = nullptr;
  inferf_error error_{};
};

TEST_F(QueryTest, RejectsMalformedPlans) {
  inferf_query* query = nullptr;
  expectFailure(create("no plan", &query), INFERF_ERROR_INVALID_PLAN, "no serialized PlanFragment");
  expectFailure(create("", &query), INFERF_ERROR_INVALID_PLAN, "schema_version");
  proto::PlanFragment plan = samplePlan();
  plan.mutable_values(3)->mutable_sum()->mutable_terms(0)->set_weight_row(3);
  expectFailure(create(plan.SerializeAsString(), &query), INFERF_ERROR_INVALID_PLAN, "values[3].sum.terms[0].weight_row");
  EXPECT_EQ(query, nullptr);
}

TEST_F(QueryTest, SurvivesTruncatedAndFlippedPlans) {
  const std::string bytes = samplePlan().SerializeAsString();
  std::mt19937 random(11);
  for (int round = 0; round < 5000; ++round) {
    std::string changed = bytes.substr(0, 1 + random() % bytes.size());
    for (uint32_t flips = random() % 4; flips > 0; --flips) {
      const size_t at = random() % changed.size();
      changed[at] = static_cast<char>(changed[at] ^ (1 << (random() % 8)));
    }
    inferf_query* query = nullptr;
    const inferf_status status = create(changed, &query);
    ASSERT_TRUE(status == INFERF_OK || status == INFERF_ERROR_INVALID_PLAN) << error_.message;
    ASSERT_EQ(query != nullptr, status == INFERF_OK);
    inferf_query_destroy(query);
  }
}

TEST_F(QueryTest, ChecksTableKeys) {
  const std::vector<uint8_t> key(1025, 7);
  expectFailure(inferf_query_key_table(query_, 0, key.data(), 0, &error_), INFERF_ERROR_INVALID_ARGUMENT, "key_size");
  expectFailure(inferf_query_key_table(query_, 0, key.data(), -1, &error_), INFERF_ERROR_INVALID_ARGUMENT, "key_size");
  expectFailure(inferf_query_key_table(query_, 0, key.data(), 1025, &error_), INFERF_ERROR_INVALID_ARGUMENT,
                "Expected: 1 to 1024, actual: 1025");
  expectFailure(inferf_query_key_table(query_, 2, key.data(), 1, &error_), INFERF_ERROR_INVALID_ARGUMENT, "no such table");
  EXPECT_EQ(inferf_query_key_table(query_, 1, key.data(), 1024, &error_), INFERF_OK);
  expectFailure(inferf_query_key_table(query_, 1, key.data(), 1, &error_), INFERF_ERROR_INVALID_ARGUMENT, "has a key already: 1 'users'");
}

TEST_F(QueryTest, RejectsNullArguments) {
  const uint8_t byte = 0;
  inferf_query* query = nullptr;
  expectFailure(inferf_query_create(nullptr, &byte, 1, &query, &error_), INFERF_ERROR_INVALID_ARGUMENT, "engine");
  expectFailure(inferf_query_create(engine_, nullptr, 1, &query, &error_), INFERF_ERROR_INVALID_ARGUMENT, "plan");
  expectFailure(inferf_query_create(engine_, &byte, -1, &query, &error_), INFERF_ERROR_INVALID_ARGUMENT, "plan_size");
  expectFailure(inferf_query_create(engine_, &byte, 1, nullptr, &error_), INFERF_ERROR_INVALID_ARGUMENT, "query");
  expectFailure(inferf_query_bind_table(query_, 0, nullptr, &error_), INFERF_ERROR_INVALID_ARGUMENT, "stream");
  expectFailure(inferf_query_bind_tensor(query_, 0, nullptr, nullptr, &error_), INFERF_ERROR_INVALID_ARGUMENT, "schema");
  expectFailure(inferf_query_key_table(nullptr, 0, &byte, 1, &error_), INFERF_ERROR_INVALID_ARGUMENT, "query");
  expectFailure(inferf_query_key_table(query_, 0, nullptr, 1, &error_), INFERF_ERROR_INVALID_ARGUMENT, "key");
  expectFailure(inferf_query_execute(query_, nullptr, &error_), INFERF_ERROR_INVALID_ARGUMENT, "results");
  ArrowArrayStream results{};
  expectFailure(inferf_query_execute(nullptr, &results, &error_), INFERF_ERROR_INVALID_ARGUMENT, "query");
  expectFailure(inferf_query_cancel(nullptr, &error_), INFERF_ERROR_INVALID_ARGUMENT, "query");
  expectFailure(inferf_query_failure(nullptr, &error_), INFERF_ERROR_INVALID_ARGUMENT, "query");
  EXPECT_EQ(inferf_query_failure(query_, nullptr), INFERF_ERROR_INVALID_ARGUMENT);
  inferf_progress progress{};
  expectFailure(inferf_query_progress(nullptr, &progress, &error_), INFERF_ERROR_INVALID_ARGUMENT, "query");
  expectFailure(inferf_query_progress(query_, nullptr, &error_), INFERF_ERROR_INVALID_ARGUMENT, "progress");
  int64_t count = 0;
  expectFailure(inferf_query_counters(nullptr, nullptr, 0, &count, &error_), INFERF_ERROR_INVALID_ARGUMENT, "query");
  expectFailure(inferf_query_counters(query_, nullptr, 0, nullptr, &error_), INFERF_ERROR_INVALID_ARGUMENT, "count");
  expectFailure(inferf_query_counters(query_, nullptr, 1, &count, &error_), INFERF_ERROR_INVALID_ARGUMENT, "capacity");
  EXPECT_EQ(inferf_query_cancel(nullptr, nullptr), INFERF_ERROR_INVALID_ARGUMENT);
  inferf_query_destroy(nullptr);
}

TEST_F(QueryTest, TakesOwnershipEvenWithoutAQuery) {
  ArrowArrayStream stream = makeStream(usersStream());
  EXPECT_EQ(inferf_query_bind_table(nullptr, 0, &stream, nullptr), INFERF_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(stream.release, nullptr);
  ArrowArray array;
  makeArray(floats(2), &array);
  expectFailure(inferf_query_bind_tensor(query_, 1, nullptr, &array, &error_), INFERF_ERROR_INVALID_ARGUMENT, "schema");
  EXPECT_EQ(array.release, nullptr);
}

TEST_F(QueryTest, BindsFurtherStreamsOfATable) {
  EXPECT_EQ(bindTable(1, usersStream()), INFERF_OK) << error_.message;
  EXPECT_EQ(bindTable(1, usersStream()), INFERF_OK) << error_.message;
  StreamSpec other = usersStream();
  other.schema.children[1].format = "g";
  expectFailure(bindTable(1, other), INFERF_ERROR_TYPE_MISMATCH, "The streams of a table have different types");
  expectFailure(bindTable(2, usersStream()), INFERF_ERROR_INVALID_ARGUMENT, "no such table");
  expectFailure(bindTable(-1, usersStream()), INFERF_ERROR_INVALID_ARGUMENT, "no such table");
}

TEST_F(QueryTest, MayBindATableAgainAfterAFailure) {
  StreamSpec broken = usersStream();
  broken.schema.children[2].name = "incme";
  expectFailure(bindTable(1, broken), INFERF_ERROR_TYPE_MISMATCH, "'income' of table 'users'. Nearest name: 'incme'");
  broken.schema.children[1] = {"+m", "age", {}, {}};
  expectFailure(bindTable(1, broken), INFERF_ERROR_UNSUPPORTED, "column 'age'");
  broken.schemaError = 5;
  broken.message = "gone";
  expectFailure(bindTable(1, broken), INFERF_ERROR_SOURCE, "gone");
  broken.schemaError = 0;
  broken.schema.format = "i";
  expectFailure(bindTable(1, broken), INFERF_ERROR_INVALID_DATA, "must yield structs");
  EXPECT_EQ(bindTable(1, usersStream()), INFERF_OK);
}

TEST_F(QueryTest, ChecksBoundTensors) {
  expectFailure(bindTensor(0, "f", floats(5)), INFERF_ERROR_INVALID_DATA, "3 x 2 = 6 elements, actual: 5");
  ArraySpec doubles = floats(12);
  doubles.length = 6;
  expectFailure(bindTensor(0, "g", doubles), INFERF_ERROR_TYPE_MISMATCH, "Expected: ELEMENT_TYPE_FLOAT32");
  expectFailure(bindTensor(0, "i", floats(6)), INFERF_ERROR_TYPE_MISMATCH, "tensor 'weight'");
  expectFailure(bindTensor(3, "f", floats(6)), INFERF_ERROR_INVALID_ARGUMENT, "no such tensor");
  ArraySpec nulls = floats(6);
  nulls.buffers[0] = bitsOf("111110");
  expectFailure(bindTensor(0, "f", nulls), INFERF_ERROR_INVALID_DATA, "no NULLs");
  EXPECT_EQ(bindTensor(0, "f", floats(6)), INFERF_OK);
  expectFailure(bindTensor(0, "f", floats(6)), INFERF_ERROR_INVALID_ARGUMENT, "bound already: 0 'weight'");
  ArraySpec labels;
  labels.length = 2;
  labels.buffers = {std::nullopt, bytesOf(std::vector<int32_t>{0, 2, 5}), Bytes{'n', 'o', 'y', 'e', 's'}};
  EXPECT_EQ(bindTensor(2, "u", labels), INFERF_OK) << error_.message;
}

TEST_F(QueryTest, CountsCopiesAndFailsOverTheInjectedAllocation) {
  ArraySpec misaligned = floats(6);
  misaligned.misalignment = 1;
  ASSERT_EQ(inferf_engine_fail_allocation(engine_, 1, &error_), INFERF_OK);
  expectFailure(bindTensor(0, "f", misaligned), INFERF_ERROR_MEMORY_LIMIT, "by a test");
  EXPECT_EQ(bindTensor(0, "f", misaligned), INFERF_OK);
  inferf_memory_usage usage{};
  inferf_engine_memory(engine_, &usage, nullptr);
  EXPECT_EQ(usage.bytes_in_use, 64);
  inferf_query_destroy(query_);
  query_ = nullptr;
  inferf_engine_memory(engine_, &usage, nullptr);
  EXPECT_EQ(usage.bytes_in_use, 0);
  EXPECT_EQ(usage.bytes_peak, 64);
}

TEST_F(QueryTest, DoesNotExecuteBeforeEverythingIsBound) {
  ArrowArrayStream results{};
  expectFailure(inferf_query_execute(query_, &results, &error_), INFERF_ERROR_INVALID_ARGUMENT, "A table is not bound: 0 'orders'");
  EXPECT_EQ(results.release, nullptr);
  EXPECT_EQ(bindTable(1, usersStream()), INFERF_OK);
  StreamSpec orders = usersStream();
  orders.schema.children[0].name = "user_id";
  orders.schema.children[1].name = "amount";
  EXPECT_EQ(bindTable(0, orders), INFERF_OK);
  expectFailure(inferf_query_execute(query_, &results, &error_), INFERF_ERROR_INVALID_ARGUMENT, "A tensor is not bound: 0 'weight'");
}

TEST_F(QueryTest, HasNeitherFailureNorProgressBeforeItsRun) {
  inferf_error failure{};
  failure.code = 77;
  EXPECT_EQ(inferf_query_failure(query_, &failure), INFERF_OK);
  EXPECT_EQ(failure.code, 77);
  inferf_progress progress{1, 1, 1, 1, 1};
  EXPECT_EQ(inferf_query_progress(query_, &progress, nullptr), INFERF_OK);
  EXPECT_EQ(progress.num_source_rows, 0);
  EXPECT_EQ(progress.phase, 0);
  int64_t count = 0;
  expectFailure(inferf_query_counters(query_, nullptr, 0, &count, &error_), INFERF_ERROR_INVALID_ARGUMENT, "after the run");
  EXPECT_EQ(inferf_query_cancel(query_, nullptr), INFERF_OK);
  EXPECT_EQ(inferf_query_cancel(query_, nullptr), INFERF_OK);
}

}  // namespace
}  // namespace inferf::test
