#include "exec/ModelFixture.h"

#include <cmath>

namespace inferf::test {
namespace {

TEST(NodeProgramTest, LoadsAndConvertsColumns) {
  TestModel model;
  model.addColumn<int32_t>(1, TypeId::kInt32, {1, 2, 3});
  model.addColumn<float>(1, TypeId::kFloat32, {10, 20, 30, 40, 50, 60}, 2);
  model.addColumn<double>(1, TypeId::kFloat64, {0.5, 1.5, 2.5});
  model.output(model.load(TestModel::kDimNode, 4, {{1, 0}, {1, 1}, {1, 2}}));
  Runner runner(model, TestModel::kDimNode);
  const std::vector<StoredValue> stored = runner.run(3, 2, [&](FakeContext&) {});
  // A fake context without ids starts at row 0 of the table for each morsel.
  EXPECT_EQ(row(stored[0], 0, 4), (std::vector<float>{1, 10, 20, 0.5}));
  EXPECT_EQ(row(stored[0], 1, 4), (std::vector<float>{2, 30, 40, 1.5}));
  EXPECT_EQ(runner.costs[0].numRows, 3);
  EXPECT_GT(runner.costs[0].bytes, 0);
}

TEST(NodeProgramTest, NullRowsFollowThePolicy) {
  const std::vector<int32_t> ids = {2, 0, 1};
  for (const bool direct : {false, true}) {
    TestModel model;
    model.addColumn<float>(1, TypeId::kFloat32, {1, 2, 3, 4, 5, 6, 7, 8}, 4);
    const uint32_t load = model.load(TestModel::kDimNode, 4, {{1, 0}}, proto::ELEMENT_TYPE_FLOAT32, 100.0);
    const uint32_t weights = model.floats(4, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1});
    model.output(direct ? model.sum(TestModel::kDimNode, 4, {{load, weights}}) : load);
    Runner runner(model, TestModel::kDimNode);
    const std::vector<StoredValue> stored = runner.run(3, 3, [&](FakeContext& context) { context.tableIds[1] = &ids; });
    EXPECT_EQ(row(stored[0], 0, 4), (std::vector<float>{100, 100, 100, 100}));
    EXPECT_EQ(row(stored[0], 1, 4), (std::vector<float>{1, 2, 3, 4}));
    EXPECT_EQ(row(stored[0], 2, 4), (std::vector<float>{5, 6, 7, 8}));
  }
}

TEST(NodeProgramTest, IdentityReachesTheNullRow) {
  for (const bool direct : {false, true}) {
    TestModel model;
    model.addColumn<float>(1, TypeId::kFloat32, {1, 2, 3, 4, 5, 6, 7, 8}, 4);
    const uint32_t load = model.load(TestModel::kDimNode, 4, {{1, 0}}, proto::ELEMENT_TYPE_FLOAT32, -1.0);
    const uint32_t ones = model.floats(4, {1, 1, 1, 1});
    model.output(direct ? model.sum(TestModel::kDimNode, 1, {{load, ones}}) : load);
    Runner runner(model, TestModel::kDimNode);
    const std::vector<StoredValue> stored = runner.run(3, 3);
    EXPECT_EQ(row(stored[0], 1, 1)[0], direct ? 26.0f : 5.0f);
    EXPECT_EQ(row(stored[0], 2, 1)[0], direct ? -4.0f : -1.0f);
  }
}

TEST(NodeProgramTest, EmptyListTablesHaveOnlyTheNullRow) {
  TestModel model;
  model.addColumn<float>(1, TypeId::kFloat32, {}, 4);
  model.batch(1).columns[0].type.listLength = 0;
  model.output(model.load(TestModel::kDimNode, 6, {{1, 0}}, proto::ELEMENT_TYPE_FLOAT32, 3.0));
  Runner runner(model, TestModel::kDimNode);
  const std::vector<StoredValue> stored = runner.run(1, 1);
  EXPECT_EQ(row(stored[0], 0, 6), std::vector<float>(6, 3.0f));
}

TEST(NodeProgramTest, ColumnsOfTheWrongTypeOrWidthAreErrors) {
  TestModel text;
  text.addText(1, {"a"});
  text.output(text.load(TestModel::kDimNode, 1, {{1, 0}}));
  Runner textRunner(text, TestModel::kDimNode);
  expectError(INFERF_ERROR_TYPE_MISMATCH, "dim.x0", [&] { textRunner.run(1, 1); });

  TestModel wide;
  wide.addColumn<float>(1, TypeId::kFloat32, {1, 2, 3}, 3);
  wide.output(wide.load(TestModel::kDimNode, 2, {{1, 0}}));
  Runner wideRunner(wide, TestModel::kDimNode);
  expectError(INFERF_ERROR_TYPE_MISMATCH, "expected elements: 2, actual: 3", [&] { wideRunner.run(1, 1); });
}

/// Two-layer perceptron over own columns and a partial result of the dimension, as the factorized and as the plain plan.
struct Perceptron {
  static constexpr int64_t kFactRows = 700;
  static constexpr int64_t kDimRows = 90;
  static constexpr uint32_t kOwn = 8;
  static constexpr uint32_t kDim = 20;
  static constexpr uint32_t kHidden = 48;

  explicit Perceptron(bool factorized, bool narrow = false) {
    model.addColumn<float>(0, TypeId::kFloat32, randomFloats(1, kFactRows * kOwn), kOwn);
    model.addColumn<float>(1, TypeId::kFloat32, randomFloats(2, kDimRows * kDim), kDim);
    const uint32_t w1 = model.floats(kOwn + kDim, randomFloats(3, (kOwn + kDim) * kHidden));
    const uint32_t b1 = model.floats(1, randomFloats(4, kHidden));
    const uint32_t w2 = model.floats(kHidden, randomFloats(5, kHidden * 5));
    const uint32_t w3 = model.floats(5, randomFloats(6, 5));
    uint32_t hidden;
    if (factorized) {
      const uint32_t dim = model.load(TestModel::kDimNode, kDim, {{1, 0}}, proto::ELEMENT_TYPE_FLOAT32, 0.25);
      partial = model.sum(TestModel::kDimNode, kHidden, {{dim, w1, kOwn}});
      partial = narrow ? model.narrow(TestModel::kDimNode, partial) : partial;
      const uint32_t own = model.load(TestModel::kRoot, kOwn, {{0, 0}});
      hidden = model.sum(TestModel::kRoot, kHidden, {{own, w1, 0}, {partial}}, b1, proto::ACTIVATION_RELU);
    } else {
      const uint32_t own = model.load(TestModel::kRoot, kOwn, {{0, 0}});
      const uint32_t dim = model.load(TestModel::kRoot, kDim, {{1, 0}}, proto::ELEMENT_TYPE_FLOAT32, 0.25);
      const uint32_t all = model.concat(TestModel::kRoot, {own, dim});
      hidden = model.sum(TestModel::kRoot, kHidden, {{all, w1, 0}}, b1, proto::ACTIVATION_RELU);
    }
    const uint32_t second = model.sum(TestModel::kRoot, 5, {{hidden, w2}}, {}, proto::ACTIVATION_TANH);
    model.output(model.sum(TestModel::kRoot, 1, {{second, w3}}, {}, proto::ACTIVATION_SIGMOID));
    std::mt19937 random(7);
    for (int64_t i = 0; i < kFactRows; ++i) {
      factIds.push_back(static_cast<int32_t>(i));
      dimIds.push_back(static_cast<int32_t>(random() % (kDimRows + 1)));  // kDimRows: the null row
    }
  }

  std::vector<float> run(int64_t step) {
    std::vector<StoredValue> partials;
    if (partial != UINT32_MAX) {
      pools.push_back(std::make_unique<Runner>(model, TestModel::kDimNode));
      partials = pools.back()->run(kDimRows + 1, kDimRows + 1);
    }
    Runner root(model, TestModel::kRoot);
    const std::vector<StoredValue> stored = root.run(kFactRows, step, [&](FakeContext& context) {
      context.tableIds[0] = &factIds;
      context.tableIds[1] = &dimIds;
      if (!partials.empty()) {
        context.values[partial] = {&partials[0], &dimIds};
      }
    });
    std::vector<float> result;
    for (int64_t i = 0; i < kFactRows; ++i) {
      result.push_back(row(stored[0], i, 1)[0]);
    }
    return result;
  }

  TestModel model;
  uint32_t partial = UINT32_MAX;
  std::vector<int32_t> factIds;
  std::vector<int32_t> dimIds;
  std::vector<std::unique_ptr<Runner>> pools;
};

TEST(NodeProgramTest, FactorizedEqualsPlain) {
  const std::vector<float> factorized = Perceptron(true).run(Perceptron::kFactRows);
  const std::vector<float> plain = Perceptron(false).run(Perceptron::kFactRows);
  for (size_t i = 0; i < plain.size(); ++i) {
    ASSERT_NEAR(factorized[i], plain[i], 1e-5) << i;
  }
}

TEST(NodeProgramTest, PartialResultsInHalfPrecision) {
  const std::vector<float> narrow = Perceptron(true, true).run(Perceptron::kFactRows);
  const std::vector<float> plain = Perceptron(false).run(Perceptron::kFactRows);
  bool differs = false;
  for (size_t i = 0; i < plain.size(); ++i) {
    ASSERT_NEAR(narrow[i], plain[i], 0.02) << i;
    differs = differs || std::abs(narrow[i] - plain[i]) > 1e-5F;
  }
  EXPECT_TRUE(differs) << "nothing was narrowed";

  TestModel model;
  model.addColumn<float>(1, TypeId::kFloat32, {1, -2, 65504, 0.1F, 70000, 3}, 2);
  const uint32_t load = model.load(TestModel::kDimNode, 2, {{1, 0}});
  const uint32_t halves = model.narrow(TestModel::kDimNode, load);
  model.output(model.sum(TestModel::kRoot, 2, {{halves}}));
  Runner dimension(model, TestModel::kDimNode);
  EXPECT_EQ(dimension.run(2, 2)[0].strideBytes, 4);
  expectError(INFERF_ERROR_ARITHMETIC, "Use precision 'exact'", [&] { dimension.run(3, 3); });
}

TEST(NodeProgramTest, MorselsDoNotChangeABit) {
  for (const auto& [factorized, narrow] : {std::pair(true, false), std::pair(true, true), std::pair(false, false)}) {
    Perceptron perceptron(factorized, narrow);
    const std::vector<float> whole = perceptron.run(Perceptron::kFactRows);
    for (const int64_t step : {1, 7, 100, 333}) {
      EXPECT_EQ(perceptron.run(step), whole) << "factorized " << factorized << " step " << step;
    }
  }
}

TEST(NodeProgramTest, GenericOperatorsReadLowerValues) {
  TestModel model;
  model.addColumn<float>(0, TypeId::kFloat32, {0, 0, 0, 0});
  model.addColumn<float>(1, TypeId::kFloat32, {1, -2, 3, -4}, 2);
  const uint32_t lower = model.load(TestModel::kDimNode, 2, {{1, 0}});
  const uint32_t relu = model.unary(TestModel::kRoot, proto::UNARY_FUNCTION_RELU, lower);
  model.output(relu);
  model.output(model.unary(TestModel::kRoot, proto::UNARY_FUNCTION_LEAKY_RELU, lower));
  Runner dimension(model, TestModel::kDimNode);
  const std::vector<StoredValue> partials = dimension.run(2, 2);
  Runner root(model, TestModel::kRoot);
  const std::vector<int32_t> ids = {1, 0, 1, 1};
  const std::vector<StoredValue> byId = root.run(4, 3, [&](FakeContext& context) { context.values[lower] = {&partials[0], &ids}; });
  EXPECT_EQ(row(byId[0], 1, 2), (std::vector<float>{1, 0}));
  EXPECT_EQ(row(byId[1], 3, 2), (std::vector<float>{3, -2}));
  const std::vector<StoredValue> identity = root.run(2, 2, [&](FakeContext& context) { context.values[lower] = {&partials[0], nullptr}; });
  EXPECT_EQ(row(identity[0], 1, 2), (std::vector<float>{3, 0}));
  EXPECT_EQ(row(partials[0], 1, 2), (std::vector<float>{3, -4})) << "lower values stay as they are";
}

TEST(NodeProgramTest, EveryOperator) {
  TestModel model;
  constexpr uint32_t kNode = TestModel::kDimNode;
  model.addColumn<float>(1, TypeId::kFloat32, {-1, 2, std::nanf(""), 5}, 2);
  model.addColumn<int64_t>(1, TypeId::kInt64, {7, 300});
  model.addText(1, {"b", "z"});
  const uint32_t x = model.load(kNode, 2, {{1, 0}});
  const uint32_t integer = model.load(kNode, 1, {{1, 1}}, proto::ELEMENT_TYPE_INT64);
  const uint32_t text = model.load(kNode, 1, {{1, 2}}, proto::ELEMENT_TYPE_STRING);
  const uint32_t imputed = model.floats(1, {9});
  const uint32_t clean = model.value(kNode, 2, [&](Value& v) {
    v.mutable_impute()->set_value(x);
    v.mutable_impute()->set_imputed(imputed);
    v.mutable_impute()->set_replaced_float(std::nan(""));
  });
  const uint32_t sliced = model.value(kNode, 1, [&](Value& v) {
    v.mutable_slice()->set_value(clean);
    v.mutable_slice()->set_start(1);
  });
  const uint32_t product = model.value(kNode, 2, [&](Value& v) {
    v.mutable_binary()->set_function(proto::BINARY_FUNCTION_MULTIPLY);
    v.mutable_binary()->set_left(clean);
    v.mutable_binary()->set_right(sliced);
  });
  const uint32_t hundred = model.floats(1, {100, 200});
  const uint32_t difference = model.value(kNode, 2, [&](Value& v) {
    v.mutable_constant_binary()->set_function(proto::BINARY_FUNCTION_SUBTRACT);
    v.mutable_constant_binary()->set_value(product);
    v.mutable_constant_binary()->set_constant(hundred);
    v.mutable_constant_binary()->set_constant_on_left(true);
  });
  const uint32_t wrapped = model.value(kNode, 1, [&](Value& v) {
    v.mutable_cast()->set_value(integer);
    v.mutable_cast()->set_integer_bits(8);
    v.mutable_cast()->set_integer_unsigned(true);
  }, proto::ELEMENT_TYPE_INT64);
  const uint32_t categories = model.texts({"a", "b"});
  const uint32_t oneHot = model.value(kNode, 2, [&](Value& v) {
    v.mutable_one_hot()->set_value(text);
    v.mutable_one_hot()->set_categories(categories);
  });
  const uint32_t softmax = model.value(kNode, 2, [&](Value& v) { v.mutable_softmax()->set_value(clean); });
  const uint32_t normalized = model.value(kNode, 2, [&](Value& v) {
    v.mutable_normalize()->set_value(clean);
    v.mutable_normalize()->set_norm(proto::NORM_L1);
  });
  const uint32_t labels = model.texts({"first", "second"});
  const uint32_t label = model.value(kNode, 1, [&](Value& v) {
    v.mutable_select_label()->set_scores(clean);
    v.mutable_select_label()->set_labels(labels);
  }, proto::ELEMENT_TYPE_STRING);
  const uint32_t numbers = model.tensor<int64_t>(proto::ELEMENT_TYPE_INT64, 1, {-10, 10});
  const uint32_t binaryLabel = model.value(kNode, 1, [&](Value& v) {
    v.mutable_select_label()->set_scores(sliced);
    v.mutable_select_label()->set_labels(numbers);
    v.mutable_select_label()->set_binary(true);
    v.mutable_select_label()->set_threshold(2.0);
  }, proto::ELEMENT_TYPE_INT64);
  const uint32_t joined = model.concat(kNode, {oneHot, sliced, normalized});
  for (const uint32_t output : {difference, wrapped, oneHot, softmax, normalized, label, binaryLabel, joined}) {
    model.output(output);
  }
  Runner runner(model, kNode);
  const std::vector<StoredValue> stored = runner.run(2, 2);
  std::map<uint32_t, const StoredValue*> byValue;
  for (size_t i = 0; i < stored.size(); ++i) {
    byValue[runner.program().storedValues()[i]] = &stored[i];
  }
  EXPECT_EQ(row(*byValue[difference], 0, 2), (std::vector<float>{102, 196}));
  EXPECT_EQ(row(*byValue[difference], 1, 2), (std::vector<float>{55, 175}));
  EXPECT_EQ(row<int64_t>(*byValue[wrapped], 1, 1), (std::vector<int64_t>{44}));
  EXPECT_EQ(row(*byValue[oneHot], 0, 2), (std::vector<float>{0, 1}));
  EXPECT_EQ(row(*byValue[oneHot], 1, 2), (std::vector<float>{0, 0}));
  EXPECT_NEAR(row(*byValue[softmax], 0, 2)[1], 1 / (1 + std::exp(-3.0)), 1e-6);
  EXPECT_FLOAT_EQ(row(*byValue[normalized], 1, 2)[0], 9.0f / 14.0f);
  EXPECT_EQ(row<std::string_view>(*byValue[label], 0, 1)[0], "second");
  EXPECT_EQ(row<std::string_view>(*byValue[label], 1, 1)[0], "first");
  EXPECT_EQ(row<int64_t>(*byValue[binaryLabel], 0, 1)[0], -10);
  EXPECT_EQ(row<int64_t>(*byValue[binaryLabel], 1, 1)[0], 10);
  EXPECT_EQ(row(*byValue[joined], 1, 5), (std::vector<float>{0, 0, 5, 9.0f / 14.0f, 5.0f / 14.0f}));
}

TEST(NodeProgramTest, WeightedSumsReadThroughConcatenationsAndSlices) {
  TestModel model;
  constexpr uint32_t kNode = TestModel::kDimNode;
  model.addColumn<float>(1, TypeId::kFloat32, randomFloats(1, 40 * 6), 6);
  model.addColumn<double>(1, TypeId::kFloat64, std::vector<double>(40, 2.0));
  model.addColumn<float>(1, TypeId::kFloat32, randomFloats(2, 40));
  const uint32_t load = model.load(kNode, 8, {{1, 0}, {1, 1}, {1, 2}});
  const uint32_t relu = model.unary(kNode, proto::UNARY_FUNCTION_RELU, model.load(kNode, 1, {{1, 2}}));
  const uint32_t all = model.concat(kNode, {relu, load, relu});
  const uint32_t middle = model.value(kNode, 7, [&](Value& v) {
    v.mutable_slice()->set_value(all);
    v.mutable_slice()->set_start(3);
  });
  const std::vector<float> w = randomFloats(3, 9 * 16);
  model.output(model.sum(kNode, 16, {{middle, model.floats(9, w), 2}}));
  model.output(load);
  const uint32_t whole = model.concat(kNode, {relu, load, relu});
  model.output(whole);
  Runner runner(model, kNode);
  const std::vector<StoredValue> stored = runner.run(40, 40);
  std::map<uint32_t, const StoredValue*> byValue;
  for (size_t i = 0; i < stored.size(); ++i) {
    byValue[runner.program().storedValues()[i]] = &stored[i];
  }
  for (int64_t i = 0; i < 40; ++i) {
    const std::vector<float> x = row(*byValue[whole], i, 10);
    const std::vector<float> y = row(*byValue[middle + 1], i, 16);
    for (size_t j = 0; j < 16; ++j) {
      double expected = 0;
      for (size_t k = 0; k < 7; ++k) {
        expected += static_cast<double>(x[3 + k]) * static_cast<double>(w[(2 + k) * 16 + j]);
      }
      ASSERT_NEAR(y[j], expected, 1e-4) << i << " " << j;
    }
  }
}

TEST(NodeProgramTest, DoublePrecisionSums) {
  TestModel model;
  model.addColumn<double>(1, TypeId::kFloat64, {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8}, 4);
  const uint32_t load = model.load(TestModel::kDimNode, 4, {{1, 0}}, proto::ELEMENT_TYPE_FLOAT64);
  const uint32_t w = model.tensor<double>(proto::ELEMENT_TYPE_FLOAT64, 4, std::vector<double>(4 * 6, 0.1));
  model.output(model.sum(TestModel::kDimNode, 6, {{load, w}}, {}, proto::ACTIVATION_NONE, proto::ELEMENT_TYPE_FLOAT64));
  Runner runner(model, TestModel::kDimNode);
  const std::vector<StoredValue> stored = runner.run(2, 2);
  EXPECT_NEAR(row<double>(stored[0], 1, 6)[5], 0.26, 1e-15);
}

TEST(NodeProgramTest, IntegerDivisionByZeroReachesTheCaller) {
  TestModel model;
  model.addColumn<int32_t>(1, TypeId::kInt32, {0});
  const uint32_t zero = model.load(TestModel::kDimNode, 1, {{1, 0}}, proto::ELEMENT_TYPE_INT64);
  model.output(model.value(TestModel::kDimNode, 1, [&](Value& v) {
    v.mutable_binary()->set_function(proto::BINARY_FUNCTION_DIVIDE);
    v.mutable_binary()->set_left(zero);
    v.mutable_binary()->set_right(zero);
  }, proto::ELEMENT_TYPE_INT64));
  Runner runner(model, TestModel::kDimNode);
  expectError(INFERF_ERROR_ARITHMETIC, "division by zero", [&] { runner.run(1, 1); });
}

TEST(NodeProgramTest, StopsWhenCancelled) {
  Perceptron perceptron(false);
  Runner root(perceptron.model, TestModel::kRoot);
  root.cancellation.cancel();
  expectError(INFERF_ERROR_CANCELLED, "cancelled", [&] { root.run(10, 10); });
}

TEST(NodeProgramTest, MemoryReturnsToThePoolAndFailuresLeakNothing) {
  Perceptron perceptron(false);
  const std::shared_ptr<const Plan> plan = perceptron.model.plan();
  for (int64_t failing = 0; failing < 12; ++failing) {
    auto pool = std::make_shared<MemoryPool>();
    pool->failAllocation(failing);
    try {
      auto tensors = std::make_shared<TensorSet>(plan, perceptron.model.tensors(), pool);
      const NodeProgram program(plan, TestModel::kRoot, tensors, pool);
      std::vector<StoredValue> stored;
      stored.push_back(program.allocate(0, 100, *pool));
      NodeWorkspace workspace(pool);
      FakeContext context(perceptron.model, 0, 100);
      context.tableIds[1] = &perceptron.dimIds;
      std::vector<ValueCost> costs(plan->valuesAt(TestModel::kRoot).size());
      program.run(context, stored, 0, workspace, CancellationToken(), costs);
      EXPECT_GT(pool->bytesInUse(), 0);
    } catch (const EngineError& error) {
      EXPECT_EQ(error.code(), INFERF_ERROR_MEMORY_LIMIT);
      EXPECT_NE(failing, 0);
    }
    EXPECT_EQ(pool->bytesInUse(), 0) << failing;
  }
}

TEST(NodeProgramTest, NullCheckedColumnsAreThoseWithTheErrorPolicy) {
  TestModel model;
  model.addColumn<float>(1, TypeId::kFloat32, {1});
  model.load(TestModel::kDimNode, 2, {{1, 3}, {1, 1}});
  model.load(TestModel::kDimNode, 2, {{1, 1}, {1, 3}});
  model.load(TestModel::kDimNode, 1, {{1, 2}}, proto::ELEMENT_TYPE_FLOAT32, 1.0);
  model.output(model.load(TestModel::kFactNode, 1, {{0, 4}}));
  EXPECT_EQ(NodeProgram::nullCheckedColumns(*model.plan()),
            (std::vector<std::pair<uint32_t, uint32_t>>{{0, 4}, {1, 1}, {1, 3}}));
}

}  // namespace
}  // namespace inferf::test
