#include <cmath>
#include <string_view>

#include "exec/ModelFixture.h"

namespace inferf::test {
namespace {

constexpr uint32_t kNode = TestModel::kDimNode;

/// A model of one table whose rows are given as floats, integers and texts; the value under test is its only output.
class ValueStepsTest : public testing::Test {
 protected:
  static constexpr int64_t kRows = 60;  // more than the least chunk, and no multiple of it

  uint32_t floats(const std::vector<float>& values, uint32_t width) {
    model_.addColumn<float>(1, TypeId::kFloat32, values, width == 1 ? 0 : static_cast<int32_t>(width));
    return model_.load(kNode, width, {{1, nextColumn_++}});
  }
  uint32_t integers(const std::vector<int64_t>& values) {
    model_.addColumn<int64_t>(1, TypeId::kInt64, values);
    return model_.load(kNode, 1, {{1, nextColumn_++}}, proto::ELEMENT_TYPE_INT64);
  }
  uint32_t texts(const std::vector<std::string>& values) {
    model_.addText(1, values);
    return model_.load(kNode, 1, {{1, nextColumn_++}}, proto::ELEMENT_TYPE_STRING);
  }
  uint32_t value(uint32_t width, proto::ElementType type, const std::function<void(Value&)>& fill) {
    return model_.value(kNode, width, fill, type);
  }

  template <typename T>
  std::vector<std::vector<T>> rowsOf(uint32_t output, uint32_t width, int64_t numRows) {
    model_.output(output);
    Runner runner(model_, kNode);
    const std::vector<StoredValue> stored = runner.run(numRows, numRows);
    std::vector<std::vector<T>> rows;
    for (int64_t i = 0; i < numRows; ++i) {
      rows.push_back(row<T>(stored.back(), i, width));
    }
    return rows;
  }
  template <typename T>
  std::vector<T> onlyRow(uint32_t output, uint32_t width) {
    return rowsOf<T>(output, width, 1)[0];
  }

  TestModel model_;
  uint32_t nextColumn_ = 0;
};

TEST_F(ValueStepsTest, ConstantsAreTheSameInEveryRow) {
  const std::vector<float> x = randomFloats(1, kRows * 3);
  const uint32_t argument = floats(x, 3);
  const uint32_t tensor = model_.floats(1, {1, 2, 3});
  const uint32_t constant = value(3, proto::ELEMENT_TYPE_FLOAT32, [&](Value& v) { v.mutable_constant()->set_tensor(tensor); });
  const uint32_t sum = value(3, proto::ELEMENT_TYPE_FLOAT32, [&](Value& v) {
    v.mutable_binary()->set_function(proto::BINARY_FUNCTION_ADD);
    v.mutable_binary()->set_left(constant);
    v.mutable_binary()->set_right(argument);
  });
  const auto rows = rowsOf<float>(sum, 3, kRows);
  for (size_t i = 0; i < kRows; ++i) {
    for (size_t j = 0; j < 3; ++j) {
      ASSERT_EQ(rows[i][j], x[i * 3 + j] + static_cast<float>(j + 1));
    }
  }
}

TEST_F(ValueStepsTest, AConstantOfTextIsAnOutput) {
  const uint32_t tensor = model_.texts({"same"});
  const uint32_t constant = value(1, proto::ELEMENT_TYPE_STRING, [&](Value& v) { v.mutable_constant()->set_tensor(tensor); });
  for (const auto& row : rowsOf<std::string_view>(constant, 1, kRows)) {
    ASSERT_EQ(row[0], "same");
  }
}

TEST_F(ValueStepsTest, AConstantIsATermOfASum) {
  const uint32_t tensor = model_.floats(1, {1, 2});
  const uint32_t constant = value(2, proto::ELEMENT_TYPE_FLOAT32, [&](Value& v) { v.mutable_constant()->set_tensor(tensor); });
  const uint32_t weights = model_.floats(2, {1, 0, 10, 0, 1, 100});
  EXPECT_EQ(onlyRow<float>(model_.sum(kNode, 3, {{constant, weights}}), 3), (std::vector<float>{1, 2, 210}));
}

TEST_F(ValueStepsTest, SelectColumnsReordersEveryRow) {
  const std::vector<float> x = randomFloats(2, kRows * 5);
  const uint32_t argument = floats(x, 5);
  const std::vector<int64_t> indices = {4, 0, 0, 2, 3, 4};
  const uint32_t tensor = model_.tensor<int64_t>(proto::ELEMENT_TYPE_INT64, 1, indices);
  const uint32_t selected = value(6, proto::ELEMENT_TYPE_FLOAT32, [&](Value& v) {
    v.mutable_select_columns()->set_value(argument);
    v.mutable_select_columns()->set_indices(tensor);
  });
  const auto rows = rowsOf<float>(selected, 6, kRows);
  for (size_t i = 0; i < kRows; ++i) {
    for (size_t j = 0; j < 6; ++j) {
      ASSERT_EQ(rows[i][j], x[i * 5 + static_cast<size_t>(indices[j])]);
    }
  }
}

TEST_F(ValueStepsTest, IndicesOutsideAreRefusedWhenTheProgramIsBuilt) {
  const uint32_t argument = floats({1, 2, 3}, 3);
  const uint32_t tensor = model_.tensor<int64_t>(proto::ELEMENT_TYPE_INT64, 1, {0, 3});
  model_.output(value(2, proto::ELEMENT_TYPE_FLOAT32, [&](Value& v) {
    v.mutable_select_columns()->set_value(argument);
    v.mutable_select_columns()->set_indices(tensor);
  }));
  expectError(INFERF_ERROR_INVALID_DATA, "expected: 0 to 2, actual: 3", [&] { Runner(model_, kNode); });
}

TEST_F(ValueStepsTest, WhereTakesACondition) {
  const uint32_t condition = integers({1, 0, -1});
  const uint32_t left = texts({"a", "b", "c"});
  const uint32_t right = texts({"x", "y", "z"});
  const uint32_t chosen = value(1, proto::ELEMENT_TYPE_STRING, [&](Value& v) {
    v.mutable_where()->set_condition(condition);
    v.mutable_where()->set_left(left);
    v.mutable_where()->set_right(right);
  });
  const auto rows = rowsOf<std::string_view>(chosen, 1, 3);
  EXPECT_EQ(rows, (std::vector<std::vector<std::string_view>>{{"a"}, {"y"}, {"c"}}));
}

TEST_F(ValueStepsTest, ReduceAlongAnAxis) {
  const uint32_t argument = floats({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 12);
  const auto reduced = [&](proto::ReduceFunction function, proto::ElementType type) {
    return value(4, type, [&](Value& v) {
      v.mutable_reduce()->set_function(function);
      v.mutable_reduce()->set_value(argument);
      v.mutable_reduce()->set_length(3);
      v.mutable_reduce()->set_inner(2);
    });
  };
  const uint32_t sums = reduced(proto::REDUCE_FUNCTION_SUM, proto::ELEMENT_TYPE_FLOAT32);
  EXPECT_EQ(onlyRow<float>(sums, 4), (std::vector<float>{9, 12, 27, 30}));
  const uint32_t positions = reduced(proto::REDUCE_FUNCTION_ARG_MAX, proto::ELEMENT_TYPE_INT64);
  EXPECT_EQ(onlyRow<int64_t>(positions, 4), (std::vector<int64_t>{2, 2, 2, 2}));
}

TEST_F(ValueStepsTest, TopKGivesElementsOrPositions) {
  const uint32_t argument = floats({3, 1, 2, /**/ 9, 9, 0}, 6);
  const auto top = [&](bool positions) {
    return value(4, positions ? proto::ELEMENT_TYPE_INT64 : proto::ELEMENT_TYPE_FLOAT32, [&](Value& v) {
      v.mutable_top_k()->set_value(argument);
      v.mutable_top_k()->set_length(3);
      v.mutable_top_k()->set_count(2);
      v.mutable_top_k()->set_positions(positions);
    });
  };
  EXPECT_EQ(onlyRow<float>(top(false), 4), (std::vector<float>{3, 2, 9, 9}));
  EXPECT_EQ(onlyRow<int64_t>(top(true), 4), (std::vector<int64_t>{0, 2, 0, 1}));
}

TEST_F(ValueStepsTest, TopKCountsUnsignedBits) {
  const uint32_t argument = integers({-1});
  const uint32_t tensor = model_.tensor<int64_t>(proto::ELEMENT_TYPE_INT64, 1, {5});
  const uint32_t five = value(1, proto::ELEMENT_TYPE_INT64, [&](Value& v) { v.mutable_constant()->set_tensor(tensor); });
  const uint32_t both = value(2, proto::ELEMENT_TYPE_INT64, [&](Value& v) {
    v.mutable_concat()->add_values(five);
    v.mutable_concat()->add_values(argument);
  });
  const uint32_t top = value(1, proto::ELEMENT_TYPE_INT64, [&](Value& v) {
    v.mutable_top_k()->set_value(both);
    v.mutable_top_k()->set_length(2);
    v.mutable_top_k()->set_count(1);
    v.mutable_top_k()->set_is_unsigned(true);
  });
  EXPECT_EQ(onlyRow<int64_t>(top, 1), (std::vector<int64_t>{-1}));
}

TEST_F(ValueStepsTest, MatrixProductAndDistance) {
  const uint32_t left = floats({1, 2, 3, 4}, 4);
  const uint32_t right = floats({5, 6, 7, 8}, 4);
  const uint32_t product = value(4, proto::ELEMENT_TYPE_FLOAT32, [&](Value& v) {
    v.mutable_matrix_product()->set_left(left);
    v.mutable_matrix_product()->set_right(right);
    v.mutable_matrix_product()->set_batch(1);
    v.mutable_matrix_product()->set_rows(2);
    v.mutable_matrix_product()->set_inner(2);
    v.mutable_matrix_product()->set_columns(2);
  });
  EXPECT_EQ(onlyRow<float>(product, 4), (std::vector<float>{19, 22, 43, 50}));
  const uint32_t points = model_.floats(3, {0, 0, 0, 0, 0, 9, 1, 2, 3, 4, 9, 4, 3, 2, 1});
  const auto distance = [&](proto::DistanceMetric metric) {
    return value(3, proto::ELEMENT_TYPE_FLOAT32, [&](Value& v) {
      v.mutable_distance()->set_value(left);
      v.mutable_distance()->set_points(points);
      v.mutable_distance()->set_column(1);
      v.mutable_distance()->set_metric(metric);
    });
  };
  EXPECT_EQ(onlyRow<float>(distance(proto::DISTANCE_METRIC_SQUARED_EUCLIDEAN), 3), (std::vector<float>{30, 0, 20}));
  EXPECT_EQ(onlyRow<float>(distance(proto::DISTANCE_METRIC_MANHATTAN), 3), (std::vector<float>{10, 0, 8}));
}

TEST_F(ValueStepsTest, LabelsAndEmbeddings) {
  const uint32_t words = texts({"b", "a", "?"});
  const uint32_t keys = model_.texts({"a", "b"});
  const uint32_t ids = model_.tensor<int64_t>(proto::ELEMENT_TYPE_INT64, 1, {0, 1});
  const uint32_t last = model_.tensor<int64_t>(proto::ELEMENT_TYPE_INT64, 1, {-1});
  const uint32_t encoded = value(1, proto::ELEMENT_TYPE_INT64, [&](Value& v) {
    v.mutable_label_encode()->set_value(words);
    v.mutable_label_encode()->set_keys(keys);
    v.mutable_label_encode()->set_values(ids);
    v.mutable_label_encode()->set_default_value(last);
  });
  const uint32_t table = model_.floats(3, {1, 10, 2, 20, 3, 30});
  const uint32_t embedded = value(2, proto::ELEMENT_TYPE_FLOAT32, [&](Value& v) {
    v.mutable_embedding()->set_value(encoded);
    v.mutable_embedding()->set_table(table);
  });
  EXPECT_EQ(rowsOf<float>(embedded, 2, 3), (std::vector<std::vector<float>>{{2, 20}, {1, 10}, {3, 30}}));
}

TEST_F(ValueStepsTest, UnknownIdsFailTheRun) {
  const uint32_t ids = integers({0, 7});
  const uint32_t table = model_.floats(3, {1, 2, 3});
  model_.output(value(1, proto::ELEMENT_TYPE_FLOAT32, [&](Value& v) {
    v.mutable_embedding()->set_value(ids);
    v.mutable_embedding()->set_table(table);
  }));
  Runner runner(model_, kNode);
  expectError(INFERF_ERROR_INVALID_DATA, "Expected: -3 to 2, actual: 7", [&] { runner.run(2, 2); });
}

TEST_F(ValueStepsTest, SoftmaxOverSegments) {
  const uint32_t argument = floats({0, 0, 1000, 0}, 4);
  const auto softmax = [&](proto::SoftmaxFunction function) {
    return value(4, proto::ELEMENT_TYPE_FLOAT32, [&](Value& v) {
      v.mutable_softmax()->set_value(argument);
      v.mutable_softmax()->set_length(2);
      v.mutable_softmax()->set_function(function);
    });
  };
  EXPECT_EQ(onlyRow<float>(softmax(proto::SOFTMAX_FUNCTION_SOFTMAX), 4), (std::vector<float>{0.5, 0.5, 1, 0}));
  EXPECT_EQ(onlyRow<float>(softmax(proto::SOFTMAX_FUNCTION_HARDMAX), 4), (std::vector<float>{1, 0, 1, 0}));
  const float half = -std::log(2.0f);
  const std::vector<float> logarithms = onlyRow<float>(softmax(proto::SOFTMAX_FUNCTION_LOG_SOFTMAX), 4);
  EXPECT_NEAR(logarithms[0], half, 1e-6);
  EXPECT_EQ(logarithms[3], -1000.0f);
}

TEST_F(ValueStepsTest, ComparisonsGiveIntegers) {
  const uint32_t argument = floats({1, NAN, 3}, 3);
  const uint32_t constant = model_.floats(1, {2});
  const auto binary = [&](proto::BinaryFunction function, bool onLeft) {
    return value(3, proto::ELEMENT_TYPE_INT64, [&](Value& v) {
      v.mutable_constant_binary()->set_function(function);
      v.mutable_constant_binary()->set_value(argument);
      v.mutable_constant_binary()->set_constant(constant);
      v.mutable_constant_binary()->set_constant_on_left(onLeft);
    });
  };
  EXPECT_EQ(onlyRow<int64_t>(binary(proto::BINARY_FUNCTION_LESS, false), 3), (std::vector<int64_t>{1, 0, 0}));
  EXPECT_EQ(onlyRow<int64_t>(binary(proto::BINARY_FUNCTION_LESS, true), 3), (std::vector<int64_t>{0, 0, 1}));
  const uint32_t isNan = value(3, proto::ELEMENT_TYPE_INT64, [&](Value& v) {
    v.mutable_unary()->set_function(proto::UNARY_FUNCTION_IS_NAN);
    v.mutable_unary()->set_value(argument);
  });
  EXPECT_EQ(onlyRow<int64_t>(isNan, 3), (std::vector<int64_t>{0, 1, 0}));
}

TEST_F(ValueStepsTest, TextsAreComparedWithAConstant) {
  const uint32_t argument = texts({"a", "b"});
  const uint32_t constant = model_.texts({"b"});
  const uint32_t equal = value(1, proto::ELEMENT_TYPE_INT64, [&](Value& v) {
    v.mutable_constant_binary()->set_function(proto::BINARY_FUNCTION_EQUAL);
    v.mutable_constant_binary()->set_value(argument);
    v.mutable_constant_binary()->set_constant(constant);
  });
  EXPECT_EQ(rowsOf<int64_t>(equal, 1, 2), (std::vector<std::vector<int64_t>>{{0}, {1}}));
}

TEST_F(ValueStepsTest, UnsignedDivisionReadsTheBits) {
  const uint32_t argument = integers({-2});
  const uint32_t constant = model_.tensor<int64_t>(proto::ELEMENT_TYPE_INT64, 1, {2});
  const uint32_t divided = value(1, proto::ELEMENT_TYPE_INT64, [&](Value& v) {
    v.mutable_constant_binary()->set_function(proto::BINARY_FUNCTION_DIVIDE);
    v.mutable_constant_binary()->set_value(argument);
    v.mutable_constant_binary()->set_constant(constant);
    v.mutable_constant_binary()->set_is_unsigned(true);
  });
  EXPECT_EQ(onlyRow<int64_t>(divided, 1), (std::vector<int64_t>{std::numeric_limits<int64_t>::max()}));
}

TEST_F(ValueStepsTest, CastsReadTextAndRoundToFormats) {
  const uint32_t argument = texts({"1.0625"});
  const uint32_t number = value(1, proto::ELEMENT_TYPE_FLOAT64, [&](Value& v) { v.mutable_cast()->set_value(argument); });
  EXPECT_EQ(onlyRow<double>(number, 1), (std::vector<double>{1.0625}));
  const uint32_t narrow = value(1, proto::ELEMENT_TYPE_FLOAT32, [&](Value& v) {
    v.mutable_cast()->set_value(number);
    v.mutable_cast()->set_float_format(proto::FLOAT_FORMAT_FLOAT8E4M3FN);
    v.mutable_cast()->set_saturate(true);
  });
  EXPECT_EQ(onlyRow<float>(narrow, 1), (std::vector<float>{1}));
  const uint32_t bits = value(1, proto::ELEMENT_TYPE_INT64, [&](Value& v) {
    v.mutable_cast()->set_value(number);
    v.mutable_cast()->set_integer_bits(2);
  });
  EXPECT_EQ(onlyRow<int64_t>(bits, 1), (std::vector<int64_t>{1}));
}

/// Steps that write over their argument give what they give elsewhere: the chain shares one slot, its links with a second user do not.
TEST_F(ValueStepsTest, ChainsInPlace) {
  const std::vector<float> x = randomFloats(3, kRows * 20);
  const uint32_t argument = floats(x, 20);
  const auto unary = [&](proto::UnaryFunction function, uint32_t of) { return model_.unary(kNode, function, of); };
  const uint32_t magnitude = unary(proto::UNARY_FUNCTION_ABS, argument);
  const uint32_t root = unary(proto::UNARY_FUNCTION_SQRT, magnitude);
  const uint32_t negated = unary(proto::UNARY_FUNCTION_NEGATE, root);
  const uint32_t sum = value(20, proto::ELEMENT_TYPE_FLOAT32, [&](Value& v) {
    v.mutable_binary()->set_function(proto::BINARY_FUNCTION_MAX);
    v.mutable_binary()->set_left(negated);
    v.mutable_binary()->set_right(argument);
  });
  const auto rows = rowsOf<float>(sum, 20, kRows);
  for (size_t i = 0; i < kRows * 20; ++i) {
    ASSERT_EQ(rows[i / 20][i % 20], std::max(-std::sqrt(std::abs(x[i])), x[i]));
  }
}

}  // namespace
}  // namespace inferf::test
