#pragma once

#include <string>

#include "plan.pb.h"

namespace inferf::test {

/// A small valid plan: orders (streamed) join users, a linear layer whose terms are computed at the scans, a filter on its result.
///
///   tables   0 orders(user_id, amount; streamed)  1 users(id, age, income)
///   tensors  0 weight [3 x 2]  1 bias [1 x 2]  2 labels [1 x 2] STRING
///   nodes    0 scan orders  1 scan users  2 join  3 filter values[4][0] > 0
///   values   0 load amount @0   1 load age, income @1   2 sum(1 * weight[1:3]) @1   3 sum(0 * weight[0:1], 2, bias) @2
///            4 unary sigmoid(3) @2   5 select_label(4) @3
///   outputs  user_id, score (list), label, scalar amount + 1, struct {p}
inline proto::PlanFragment samplePlan() {
  proto::PlanFragment plan;
  plan.set_schema_version(1);
  proto::Table* orders = plan.add_tables();
  orders->set_name("orders");
  orders->add_columns("user_id");
  orders->add_columns("amount");
  orders->set_streamed(true);
  proto::Table* users = plan.add_tables();
  users->set_name("users");
  users->add_columns("id");
  users->add_columns("age");
  users->add_columns("income");

  const auto addTensor = [&](const char* name, proto::ElementType type, uint32_t rows, uint32_t columns) {
    proto::Tensor* tensor = plan.add_tensors();
    tensor->set_name(name);
    tensor->set_type(type);
    tensor->set_rows(rows);
    tensor->set_columns(columns);
  };
  addTensor("weight", proto::ELEMENT_TYPE_FLOAT32, 3, 2);
  addTensor("bias", proto::ELEMENT_TYPE_FLOAT32, 1, 2);
  addTensor("labels", proto::ELEMENT_TYPE_STRING, 1, 2);

  plan.add_nodes()->mutable_scan()->set_table(0);
  plan.add_nodes()->mutable_scan()->set_table(1);
  proto::HashJoinNode* join = plan.add_nodes()->mutable_hash_join();
  join->set_type(proto::JOIN_TYPE_INNER);
  join->set_probe(0);
  join->set_build(1);
  proto::JoinKey* key = join->add_keys();
  key->mutable_probe()->set_table(0);
  key->mutable_build()->set_table(1);
  proto::FilterNode* filter = plan.add_nodes()->mutable_filter();
  filter->set_input(2);
  proto::ScalarCall* greater = filter->mutable_predicate()->mutable_call();
  greater->set_function(proto::SCALAR_FUNCTION_GREATER);
  greater->add_arguments()->mutable_value()->set_value(4);
  greater->add_arguments()->mutable_literal()->set_float64(0.5);
  plan.set_null_check_node(2);

  const auto addValue = [&](uint32_t node, proto::ElementType type, uint32_t width) {
    proto::Value* value = plan.add_values();
    value->set_node(node);
    value->set_type(type);
    value->set_width(width);
    return value;
  };
  const auto addColumn = [](proto::LoadColumns* load, uint32_t table, uint32_t column) {
    proto::ColumnRef* reference = load->add_columns();
    reference->set_table(table);
    reference->set_column(column);
  };
  proto::LoadColumns* amount = addValue(0, proto::ELEMENT_TYPE_FLOAT32, 1)->mutable_load_columns();
  amount->set_null_policy(proto::NULL_POLICY_ERROR);
  addColumn(amount, 0, 1);
  proto::LoadColumns* person = addValue(1, proto::ELEMENT_TYPE_FLOAT32, 2)->mutable_load_columns();
  person->set_null_policy(proto::NULL_POLICY_NAN);
  addColumn(person, 1, 1);
  addColumn(person, 1, 2);
  proto::Term* partial = addValue(1, proto::ELEMENT_TYPE_FLOAT32, 2)->mutable_sum()->add_terms();
  partial->set_value(1);
  partial->set_weight(0);
  partial->set_weight_row(1);
  proto::Sum* sum = addValue(2, proto::ELEMENT_TYPE_FLOAT32, 2)->mutable_sum();
  proto::Term* own = sum->add_terms();
  own->set_value(0);
  own->set_weight(0);
  sum->add_terms()->set_value(2);
  sum->set_bias(1);
  proto::Unary* sigmoid = addValue(2, proto::ELEMENT_TYPE_FLOAT32, 2)->mutable_unary();
  sigmoid->set_function(proto::UNARY_FUNCTION_SIGMOID);
  sigmoid->set_value(3);
  proto::SelectLabel* select = addValue(3, proto::ELEMENT_TYPE_STRING, 1)->mutable_select_label();
  select->set_scores(4);
  select->set_labels(2);

  const auto addOutput = [&](const char* name) {
    proto::OutputColumn* output = plan.add_outputs();
    output->set_name(name);
    return output;
  };
  addOutput("user_id")->mutable_column()->set_table(0);
  addOutput("score")->set_value(4);
  addOutput("label")->set_value(5);
  proto::ScalarCall* add = addOutput("more")->mutable_scalar()->mutable_call();
  add->set_function(proto::SCALAR_FUNCTION_ADD);
  proto::ColumnRef* addend = add->add_arguments()->mutable_column();
  addend->set_table(0);
  addend->set_column(1);
  add->add_arguments()->mutable_literal()->set_int64(1);
  proto::OutputColumn* field = addOutput("all")->mutable_struct_()->add_fields();
  field->set_name("p");
  field->set_value(4);
  return plan;
}

}  // namespace inferf::test
