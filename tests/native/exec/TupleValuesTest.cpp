#include <algorithm>
#include <random>
#include <thread>

#include "QueryFixture.h"

namespace inferf {
namespace {

using namespace test;  // NOLINT: the fixture's vocabulary

/// Facts that meet few pairs of rows of two dimensions, and a model of the dimensions: sigmoid(relu(x A + y B) w). With a term of the fact table whose
/// values are 0, nothing is of the tuple, and no bit is different.
class TupleValuesTest : public QueryTest {
 protected:
  static constexpr uint32_t kWidth = 8;
  static constexpr uint32_t kHidden = 24;
  static constexpr int64_t kFacts = 50000;
  static constexpr int64_t kRowsA = 40;
  static constexpr int64_t kRowsB = 30;
  static constexpr uint32_t kRoot = 4;

  TupleValuesTest() {
    std::mt19937 random(17);  // NOLINT: the same cases every time
    const auto number = [&] { return static_cast<float>(random() % 2001) / 1000.0F - 1.0F; };
    const auto dimension = [&](const std::string& name, int64_t numRows) {
      Cells<int64_t> keys;
      Cells<FloatList> lists;
      Cells<int64_t> ids;
      for (int64_t i = 0; i < numRows; ++i) {
        keys.push_back(i);
        FloatList list;
        for (uint32_t j = 0; j < kWidth; ++j) {
          list.push_back(number());
        }
        lists.push_back(std::move(list));
        ids.push_back(i % 2);
      }
      return TestTable{name, {{"k", keys}, {"x", lists}, {"id", ids}}, 1000, 0};
    };
    const TestTable a = dimension("a", kRowsA);
    const TestTable b = dimension("b", kRowsB);
    Cells<int64_t> numbers;
    Cells<int64_t> keysA;
    Cells<int64_t> keysB;
    Cells<float> zeros;
    for (int64_t i = 0; i < kFacts; ++i) {
      numbers.push_back(i);
      // Some rows find nothing in one of the dimensions, some have no key.
      keysA.push_back(i % 90 == 0 ? std::nullopt : std::optional<int64_t>(static_cast<int64_t>(random() % (kRowsA + 1))));
      keysB.push_back(static_cast<int64_t>(random() % (kRowsB + 1)));
      zeros.push_back(0.0F);
    }
    tables_ = {{"f", {{"n", numbers}, {"a", keysA}, {"b", keysB}, {"zero", zeros}}, 3000, 0}, a, b};
    const auto weights = [&](size_t count) {
      std::vector<float>& made = weights_.emplace_back();
      std::generate_n(std::back_inserter(made), count, number);
    };
    weights(kWidth * kHidden);
    weights(kWidth * kHidden);
    weights(kHidden);
    weights(kHidden);
    weights_.push_back({100, 200});
    for (const std::vector<float>& made : weights_) {
      Column column;
      column.type.id = TypeId::kFloat32;
      column.length = static_cast<int64_t>(made.size());
      column.data = made.data();
      tensors_.push_back(column);
    }
  }

  void SetUp() override { digits() = 9; }

  struct Options {
    bool withOwn = false;  // a term of the fact table, so that all values are of the row
    bool isLazy = false;
    bool filters = false;  // WHERE score > 0.5, above the joins
    bool embeds = false;   // reads b.id at the root, which fails for ids that the table does not have
    proto::JoinType type = proto::JOIN_TYPE_LEFT;
  };

  std::shared_ptr<const Plan> plan(const Options& options) const {
    PlanBuilder builder;
    const uint32_t f = builder.scan(tables_[0], true);
    const uint32_t a = builder.scan(tables_[1]);
    const uint32_t b = builder.scan(tables_[2]);
    const uint32_t lower = builder.join(options.type, f, a, {{column(0, 1), column(1, 0)}});
    const uint32_t root = builder.join(options.type, lower, b, {{column(0, 2), column(2, 0)}});
    const std::vector<std::pair<uint32_t, uint32_t>> shapes = {{kWidth, kHidden}, {kWidth, kHidden}, {1, kHidden}, {kHidden, 1}, {2, 1}};
    for (const auto& [rows, columns] : shapes) {
      proto::Tensor* tensor = builder.fragment.add_tensors();
      tensor->set_type(proto::ELEMENT_TYPE_FLOAT32);
      tensor->set_rows(rows);
      tensor->set_columns(columns);
    }
    const auto sum = [&](uint32_t node, uint32_t width, const std::vector<std::pair<uint32_t, int>>& terms, proto::Activation activation) {
      proto::Value* added = builder.fragment.add_values();
      added->set_node(node);
      added->set_type(proto::ELEMENT_TYPE_FLOAT32);
      added->set_width(width);
      added->mutable_sum()->set_activation(activation);
      for (const auto& [value, weight] : terms) {
        proto::Term* term = added->mutable_sum()->add_terms();
        term->set_value(value);
        if (weight >= 0) {
          term->set_weight(static_cast<uint32_t>(weight));
        }
      }
      return static_cast<uint32_t>(builder.fragment.values_size() - 1);
    };
    const uint32_t x = builder.loadAll(a, kWidth, {column(1, 1)}, proto::NULL_POLICY_CONSTANT, 0.5);
    const uint32_t atA = sum(a, kHidden, {{x, 0}}, proto::ACTIVATION_NONE);
    const uint32_t y = builder.loadAll(b, kWidth, {column(2, 1)}, proto::NULL_POLICY_CONSTANT, -0.5);
    const uint32_t atB = sum(b, kHidden, {{y, 1}}, proto::ACTIVATION_NONE);
    std::vector<std::pair<uint32_t, int>> terms = {{atA, -1}, {atB, -1}};
    if (options.withOwn) {
      terms.insert(terms.begin(), {builder.load(root, column(0, 3), proto::NULL_POLICY_ERROR), 2});
    }
    const uint32_t hidden = sum(root, kHidden, terms, proto::ACTIVATION_RELU);
    uint32_t score = sum(root, 1, {{hidden, 3}}, proto::ACTIVATION_SIGMOID);
    if (options.embeds) {
      const uint32_t id = builder.load(root, column(2, 2), proto::NULL_POLICY_CONSTANT, 0);
      builder.fragment.mutable_values(static_cast<int>(id))->set_type(proto::ELEMENT_TYPE_INT64);
      proto::Value* embedded = builder.fragment.add_values();
      embedded->set_node(root);
      embedded->set_type(proto::ELEMENT_TYPE_FLOAT32);
      embedded->set_width(1);
      embedded->mutable_embedding()->set_value(id);
      embedded->mutable_embedding()->set_table(4);
      score = sum(root, 1, {{score, -1}, {static_cast<uint32_t>(builder.fragment.values_size() - 1), -1}}, proto::ACTIVATION_NONE);
    }
    const uint32_t mixed = builder.sum(root, {score, builder.load(root, column(0, 0), proto::NULL_POLICY_ERROR)});
    if (options.filters) {
      builder.filter(root, call(proto::SCALAR_FUNCTION_GREATER, {valueExpression(score), single(0.5F)}));
      builder.fragment.set_null_check_node(root);
      builder.checkNodeSet = true;
    }
    if (options.isLazy) {
      builder.fragment.add_lazy_nodes(a);
      builder.fragment.add_lazy_nodes(b);
    }
    builder.output(column(0, 0));
    builder.outputValue(score);
    builder.outputValue(mixed);
    return builder.plan();
  }

  /// What tuples did at the root; nothing if they were not used.
  static std::optional<inferf_counter> tuplesOf(const Task& task) {
    for (const inferf_counter& counter : task.counters()) {
      if (counter.kind == INFERF_COUNTER_TUPLES && counter.id == static_cast<int32_t>(kRoot)) {
        return counter;
      }
    }
    return std::nullopt;
  }

  /// Runs with and without tuples; rows in the order of the facts.
  void expectSameRows(Options options, int32_t numThreads) {
    options.withOwn = true;
    const auto off = makeTask(plan(options), tables_, numThreads);
    ResultRows expected = finish(*off);
    EXPECT_FALSE(tuplesOf(*off).has_value());
    options.withOwn = false;
    const auto on = makeTask(plan(options), tables_, numThreads);
    EXPECT_TRUE(finish(*on) == expected) << numThreads << " threads";
    if (numThreads == 1) {
      const std::optional<inferf_counter> tuples = tuplesOf(*on);
      ASSERT_TRUE(tuples.has_value());
      EXPECT_GE(tuples->num_rows_in, 16384);
      EXPECT_LE(tuples->num_rows_out, (kRowsA + 1) * (kRowsB + 1));
      EXPECT_GT(tuples->num_rows_out, 100);
      EXPECT_GT(tuples->bytes, 0);
    }
  }

  std::vector<TestTable> tables_;
  std::vector<std::vector<float>> weights_;
};

TEST_F(TupleValuesTest, areTheSameBits) {
  for (const proto::JoinType type : {proto::JOIN_TYPE_LEFT, proto::JOIN_TYPE_INNER}) {
    for (const bool isLazy : {false, true}) {
      for (const int32_t numThreads : {1, 2, 4}) {
        expectSameRows({.isLazy = isLazy, .type = type}, numThreads);
      }
    }
  }
}

TEST_F(TupleValuesTest, areFilteredBy) {
  for (const int32_t numThreads : {1, 3}) {
    expectSameRows({.filters = true}, numThreads);
  }
}

TEST_F(TupleValuesTest, countTheRowsThatWereComputed) {
  const auto task = makeTask(plan({}), tables_, 1);
  finish(*task);
  const std::optional<inferf_counter> tuples = tuplesOf(*task);
  ASSERT_TRUE(tuples.has_value());
  const std::vector<inferf_counter> counters = task->counters();
  const auto value = [&](size_t index) { return counters[kRoot + 1 + index].num_rows_out; };
  // Values 4 and 5, the layer and the score, are of the tuple; 7 is of the row.
  EXPECT_EQ(value(4), kFacts - tuples->num_rows_in + tuples->num_rows_out);
  EXPECT_EQ(value(5), value(4));
  EXPECT_EQ(value(7), kFacts);
}

TEST_F(TupleValuesTest, failAsTheyAlwaysDid) {
  const Options options{.embeds = true, .type = proto::JOIN_TYPE_INNER};
  expectSameRows(options, 1);
  // Only the last row of the facts refers to it.
  std::get<Cells<int64_t>>(tables_[2].columns[2].second)[7] = 5;
  for (auto& key : std::get<Cells<int64_t>>(tables_[0].columns[2].second)) {
    key = key == 7 ? 8 : key;
  }
  EXPECT_FALSE(run(plan(options), tables_, 2).empty());
  std::get<Cells<int64_t>>(tables_[0].columns[1].second)[kFacts - 1] = 1;
  std::get<Cells<int64_t>>(tables_[0].columns[2].second)[kFacts - 1] = 7;
  for (const int32_t numThreads : {1, 4}) {
    expectFailure(INFERF_ERROR_INVALID_DATA, "no row of this id", [&] { run(plan(options), tables_, numThreads); });
  }
}

TEST_F(TupleValuesTest, endWhenCancelled) {
  for (const int numRead : {0, 2, 9}) {
    const auto task = makeTask(plan({}), tables_, 3);
    task->start();
    ArrowArray batch{};
    for (int i = 0; i < numRead && task->next(&batch); ++i) {
      batch.release(&batch);
    }
    task->cancel();
    try {
      while (task->next(&batch)) {
        batch.release(&batch);
      }
    } catch (const EngineError& error) {
      EXPECT_EQ(error.code(), INFERF_ERROR_CANCELLED);
    }
    task->finish();
  }
}

TEST_F(TupleValuesTest, takeNoMemoryThatTheRunNeeds) {
  const ResultRows expected = run(plan({}), tables_, 1);
  // Enough for the run, and less than tuples would take of what is left.
  for (const int64_t limit : {int64_t{6} << 20, int64_t{12} << 20, int64_t{40} << 20}) {
    pool_ = std::make_shared<MemoryPool>(limit);
    EXPECT_TRUE(run(plan({}), tables_, 1) == expected) << limit;
  }
}

}  // namespace
}  // namespace inferf
