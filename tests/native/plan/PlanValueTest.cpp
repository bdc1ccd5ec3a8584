#include <cmath>

#include "plan/PlanFixture.h"

namespace inferf::test {
namespace {

using Fragment = proto::PlanFragment;

/// Adds a value at the root that reads values[4] (FLOAT32, width 2 at nodes[2]); its kind is set by the caller.
proto::Value* addValue(Fragment& plan, proto::ElementType type = proto::ELEMENT_TYPE_FLOAT32, uint32_t width = 2) {
  proto::Value* value = plan.add_values();
  value->set_node(3);
  value->set_type(type);
  value->set_width(width);
  return value;
}

uint32_t addTensor(Fragment& plan, proto::ElementType type, uint32_t rows, uint32_t columns) {
  proto::Tensor* tensor = plan.add_tensors();
  tensor->set_type(type);
  tensor->set_rows(rows);
  tensor->set_columns(columns);
  return static_cast<uint32_t>(plan.tensors_size() - 1);
}

void expectValid(const std::function<void(Fragment&)>& change) {
  Fragment plan = samplePlan();
  change(plan);
  EXPECT_NO_THROW(parse(plan)) << plan.values_size();
}

TEST(PlanValueTest, RejectsBrokenShapes) {
  expectInvalid("values[0].node", [](Fragment& p) { p.mutable_values(0)->set_node(4); });
  expectInvalid("values[0].type", [](Fragment& p) { p.mutable_values(0)->clear_type(); });
  expectInvalid("values[0].width", [](Fragment& p) { p.mutable_values(0)->set_width(0); });
  expectInvalid("values[0].width", [](Fragment& p) { p.mutable_values(0)->set_width((1u << 20) + 1); });
  expectInvalid("values[0]: the value has no known kind", [](Fragment& p) { p.mutable_values(0)->clear_kind(); });
}

TEST(PlanValueTest, RejectsBrokenLoads) {
  const auto load = [](Fragment& p, int i) { return p.mutable_values(i)->mutable_load_columns(); };
  expectInvalid("values[0].load_columns.columns", [&](Fragment& p) { load(p, 0)->clear_columns(); });
  expectInvalid("values[1].load_columns.columns: each column", [&](Fragment& p) { p.mutable_values(1)->set_width(1); });
  expectInvalid("values[0].load_columns.columns[0].table: the table 'users'",
                [&](Fragment& p) { load(p, 0)->mutable_columns(0)->set_table(1); });
  expectInvalid("values[0].load_columns.null_policy", [&](Fragment& p) { load(p, 0)->clear_null_policy(); });
  expectInvalid("values[1].load_columns.null_policy: the type must be FLOAT32 or FLOAT64",
                [](Fragment& p) { p.mutable_values(1)->set_type(proto::ELEMENT_TYPE_INT64); });
  for (const double constant : {double{NAN}, 0x1p63, -0x1.1p63, double{INFINITY}}) {
    expectInvalid("values[0].load_columns.null_constant", [&](Fragment& p) {
      p.mutable_values(0)->set_type(proto::ELEMENT_TYPE_INT64);
      load(p, 0)->set_null_policy(proto::NULL_POLICY_CONSTANT);
      load(p, 0)->set_null_constant(constant);
    });
  }
  expectInvalid("values[1].load_columns.columns[0]: a column whose NULLs are errors", [&](Fragment& p) {
    p.set_null_check_node(0);
    load(p, 1)->set_null_policy(proto::NULL_POLICY_ERROR);
  });
}

TEST(PlanValueTest, RejectsArgumentsThatAreNotComputedBelow) {
  expectInvalid("values[3].sum.terms[0].value: arguments must come before",
                [](Fragment& p) { p.mutable_values(3)->mutable_sum()->mutable_terms(0)->set_value(3); });
  expectInvalid("values[2].sum.terms[0].value: values[0] is computed at nodes[0], which is not under nodes[1]",
                [](Fragment& p) { p.mutable_values(2)->mutable_sum()->mutable_terms(0)->set_value(0); });
}

TEST(PlanValueTest, RejectsBrokenSums) {
  const auto sum = [](Fragment& p) { return p.mutable_values(3)->mutable_sum(); };
  expectInvalid("values[3].sum.terms: a sum needs", [&](Fragment& p) { sum(p)->clear_terms(); });
  expectInvalid("values[3].sum.activation", [&](Fragment& p) { sum(p)->set_activation(static_cast<proto::Activation>(9)); });
  expectInvalid("values[3].sum: the type must be", [](Fragment& p) { p.mutable_values(3)->set_type(proto::ELEMENT_TYPE_INT64); });
  expectInvalid("values[3].sum.terms[0].value: the element type differs",
                [](Fragment& p) { p.mutable_values(0)->set_type(proto::ELEMENT_TYPE_FLOAT64); });
  expectInvalid("values[3].sum.terms[0].weight: there is no such tensor", [&](Fragment& p) { sum(p)->mutable_terms(0)->set_weight(3); });
  expectInvalid("values[3].sum.terms[0].weight_row", [&](Fragment& p) { sum(p)->mutable_terms(0)->set_weight_row(3); });
  expectInvalid("values[3].sum.terms[0].weight_row", [&](Fragment& p) { sum(p)->mutable_terms(0)->set_weight_row(UINT32_MAX); });
  expectInvalid("values[3].sum.terms[1].weight_row", [&](Fragment& p) { sum(p)->mutable_terms(1)->set_weight_row(1); });
  expectInvalid("values[3].sum.terms[0].value: a term without a weight", [&](Fragment& p) { sum(p)->mutable_terms(0)->clear_weight(); });
  expectInvalid("values[3].sum.bias: the bias has the wrong width", [](Fragment& p) { p.mutable_tensors(1)->set_columns(1); });
  expectInvalid("values[3].sum.bias: the tensor must have one row", [](Fragment& p) { p.mutable_tensors(1)->set_rows(2); });
  expectInvalid("values[2].sum.terms[0].weight: the weight has the wrong width", [](Fragment& p) { p.mutable_tensors(0)->set_columns(3); });
  expectInvalid("values[2].sum.terms[0].weight: the element type differs",
                [](Fragment& p) { p.mutable_tensors(0)->set_type(proto::ELEMENT_TYPE_FLOAT64); });
}

TEST(PlanValueTest, ChecksConcatAndSlice) {
  const auto concat = [](Fragment& p, uint32_t width, uint32_t second) {
    proto::Concat* added = addValue(p, proto::ELEMENT_TYPE_FLOAT32, width)->mutable_concat();
    added->add_values(4);
    added->add_values(second);
  };
  expectValid([&](Fragment& p) { concat(p, 3, 0); });
  expectInvalid("values[6].concat: the value has the wrong width. Expected: 3, actual: 4", [&](Fragment& p) { concat(p, 4, 0); });
  expectInvalid("values[6].concat.values[1]: the element type", [&](Fragment& p) { concat(p, 3, 5); });
  expectInvalid("values[6].concat.values: at least", [](Fragment& p) { addValue(p)->mutable_concat(); });
  const auto slice = [](Fragment& p, uint32_t start) {
    proto::Slice* added = addValue(p, proto::ELEMENT_TYPE_FLOAT32, 1)->mutable_slice();
    added->set_value(4);
    added->set_start(start);
  };
  expectValid([&](Fragment& p) { slice(p, 1); });
  expectInvalid("values[6].slice.start", [&](Fragment& p) { slice(p, 2); });
  expectInvalid("values[6].slice.start", [&](Fragment& p) { slice(p, UINT32_MAX); });
}

TEST(PlanValueTest, ChecksElementwiseOperators) {
  expectInvalid("values[4].unary.function", [](Fragment& p) { p.mutable_values(4)->mutable_unary()->clear_function(); });
  const auto binary = [](Fragment& p, uint32_t width, uint32_t left, uint32_t right) {
    proto::Binary* added = addValue(p, proto::ELEMENT_TYPE_FLOAT32, width)->mutable_binary();
    added->set_function(proto::BINARY_FUNCTION_DIVIDE);
    added->set_left(left);
    added->set_right(right);
  };
  expectValid([&](Fragment& p) { binary(p, 2, 4, 0); });
  expectInvalid("values[6].binary.left: the operand has the wrong width", [&](Fragment& p) { binary(p, 3, 4, 0); });
  expectInvalid("values[6].binary: the value has the wrong width", [&](Fragment& p) { binary(p, 2, 0, 0); });
  expectInvalid("values[6].binary.right: the element type", [&](Fragment& p) { binary(p, 2, 4, 5); });
  const auto constant = [](Fragment& p, uint32_t width, uint32_t columns, uint32_t value) {
    const uint32_t tensor = addTensor(p, proto::ELEMENT_TYPE_FLOAT32, 1, columns);
    proto::ConstantBinary* added = addValue(p, proto::ELEMENT_TYPE_FLOAT32, width)->mutable_constant_binary();
    added->set_function(proto::BINARY_FUNCTION_MULTIPLY);
    added->set_value(value);
    added->set_constant(tensor);
  };
  expectValid([&](Fragment& p) { constant(p, 2, 1, 4); });
  expectValid([&](Fragment& p) { constant(p, 5, 5, 0); });
  expectInvalid("values[6].constant_binary.constant: the tensor has the wrong width", [&](Fragment& p) { constant(p, 2, 3, 4); });
  expectInvalid("values[6].constant_binary.value: the operand", [&](Fragment& p) { constant(p, 3, 3, 4); });
  expectInvalid("values[6].constant_binary: the value has the wrong width", [&](Fragment& p) { constant(p, 2, 1, 0); });
  const auto cast = [](Fragment& p, proto::ElementType type, uint32_t bits) {
    proto::Cast* added = addValue(p, type)->mutable_cast();
    added->set_value(4);
    added->set_integer_bits(bits);
  };
  expectValid([&](Fragment& p) { cast(p, proto::ELEMENT_TYPE_INT64, 16); });
  expectInvalid("values[6].cast.integer_bits: the number", [&](Fragment& p) { cast(p, proto::ELEMENT_TYPE_INT64, 7); });
  expectInvalid("values[6].cast.integer_bits: only INT64", [&](Fragment& p) { cast(p, proto::ELEMENT_TYPE_FLOAT64, 8); });
  expectInvalid("values[6].cast: the type must be numeric", [&](Fragment& p) { cast(p, proto::ELEMENT_TYPE_STRING, 0); });
  expectInvalid("values[6].softmax.value: the value has the wrong width",
                [](Fragment& p) { addValue(p, proto::ELEMENT_TYPE_FLOAT32, 3)->mutable_softmax()->set_value(4); });
  expectInvalid("values[6].normalize.norm", [](Fragment& p) { addValue(p)->mutable_normalize()->set_value(4); });
}

TEST(PlanValueTest, ChecksImputeOneHotAndLabels) {
  const auto impute = [](Fragment& p, proto::ElementType type, uint32_t columns, bool asFloat) {
    const uint32_t tensor = addTensor(p, type, 1, columns);
    proto::Impute* added = addValue(p)->mutable_impute();
    added->set_value(4);
    added->set_imputed(tensor);
    if (asFloat) {
      added->set_replaced_float(NAN);
    } else {
      added->set_replaced_int(0);
    }
  };
  expectValid([&](Fragment& p) { impute(p, proto::ELEMENT_TYPE_FLOAT32, 2, true); });
  expectInvalid("values[6].impute: the replaced value", [&](Fragment& p) { impute(p, proto::ELEMENT_TYPE_FLOAT32, 1, false); });
  expectInvalid("values[6].impute.imputed: the tensor has", [&](Fragment& p) { impute(p, proto::ELEMENT_TYPE_FLOAT32, 3, true); });
  expectInvalid("values[6].impute.imputed: the element type", [&](Fragment& p) { impute(p, proto::ELEMENT_TYPE_FLOAT64, 2, true); });

  const auto oneHot = [](Fragment& p, proto::ElementType categories, uint32_t value, uint32_t width) {
    const uint32_t tensor = addTensor(p, categories, 1, 4);
    proto::OneHot* added = addValue(p, proto::ELEMENT_TYPE_FLOAT32, width)->mutable_one_hot();
    added->set_value(value);
    added->set_categories(tensor);
  };
  expectValid([&](Fragment& p) { oneHot(p, proto::ELEMENT_TYPE_INT64, 4, 8); });
  expectValid([&](Fragment& p) { oneHot(p, proto::ELEMENT_TYPE_STRING, 5, 4); });
  expectInvalid("values[6].one_hot: the value has the wrong width", [&](Fragment& p) { oneHot(p, proto::ELEMENT_TYPE_INT64, 4, 4); });
  expectInvalid("values[6].one_hot.categories: the categories", [&](Fragment& p) { oneHot(p, proto::ELEMENT_TYPE_STRING, 4, 8); });

  const auto select = [](Fragment& p) { return p.mutable_values(5)->mutable_select_label(); };
  expectInvalid("values[5].select_label.scores: the scores have the wrong width", [&](Fragment& p) { select(p)->set_binary(true); });
  expectInvalid("values[5].select_label.scores: the scores have the wrong width", [](Fragment& p) { p.mutable_tensors(2)->set_columns(3); });
  expectInvalid("values[5].select_label.labels: the element type", [](Fragment& p) { p.mutable_values(5)->set_type(proto::ELEMENT_TYPE_INT64); });
  expectInvalid("values[5].select_label: the value has the wrong width", [](Fragment& p) { p.mutable_values(5)->set_width(2); });
}

}  // namespace
}  // namespace inferf::test
