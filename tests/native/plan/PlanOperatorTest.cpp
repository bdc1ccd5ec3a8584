#include "plan/PlanFixture.h"

namespace inferf::test {
namespace {

using Fragment = proto::PlanFragment;
using proto::Value;
constexpr proto::ElementType kFloat = proto::ELEMENT_TYPE_FLOAT32;
constexpr proto::ElementType kInteger = proto::ELEMENT_TYPE_INT64;
constexpr proto::ElementType kText = proto::ELEMENT_TYPE_STRING;
constexpr proto::ElementType kBytes = proto::ELEMENT_TYPE_BYTES;

/// The operator under test is values[8] at the root; values[6] is INT64 of width 2, values[7] FLOAT32 of width 12, and values[5] STRING of width 1.
class Case {
 public:
  Case(proto::ElementType type, uint32_t width, std::function<void(Fragment&, Value&)> fill) : type_(type), width_(width), fill_(std::move(fill)) {}

  /// Expects that the plan is valid as it is.
  void isValid() const {
    Fragment plan = build();
    EXPECT_NO_THROW(parse(plan));
  }
  /// Expects that it is refused at values[8] + `place` after a change.
  void isRefused(const std::string& place, const std::function<void(Fragment&, Value&)>& change) const {
    SCOPED_TRACE(place);
    Fragment plan = build();
    change(plan, *plan.mutable_values(8));
    expectError(INFERF_ERROR_INVALID_PLAN, "The plan is invalid at values[8]" + place, [&] { parse(plan); });
  }

  static uint32_t tensor(Fragment& plan, proto::ElementType type, uint32_t rows, uint32_t columns) {
    proto::Tensor* tensor = plan.add_tensors();
    tensor->set_type(type);
    tensor->set_rows(rows);
    tensor->set_columns(columns);
    return static_cast<uint32_t>(plan.tensors_size() - 1);
  }
  static Value* add(Fragment& plan, proto::ElementType type, uint32_t width) {
    Value* value = plan.add_values();
    value->set_node(3);
    value->set_type(type);
    value->set_width(width);
    return value;
  }

 private:
  Fragment build() const {
    Fragment plan = samplePlan();
    add(plan, kInteger, 2)->mutable_cast()->set_value(4);
    proto::Concat* wide = add(plan, kFloat, 12)->mutable_concat();
    for (int i = 0; i < 6; ++i) {
      wide->add_values(4);
    }
    Value* value = add(plan, type_, width_);
    fill_(plan, *value);
    return plan;
  }

  proto::ElementType type_;
  uint32_t width_;
  std::function<void(Fragment&, Value&)> fill_;
};

TEST(PlanOperatorTest, Constants) {
  const Case constant(kFloat, 2, [](Fragment&, Value& v) { v.mutable_constant()->set_tensor(1); });
  constant.isValid();
  constant.isRefused(".constant.tensor: there is no such tensor", [](Fragment&, Value& v) { v.mutable_constant()->set_tensor(9); });
  constant.isRefused(".constant.tensor: the element type", [](Fragment&, Value& v) { v.mutable_constant()->set_tensor(2); });
  constant.isRefused(".constant.tensor: the tensor must have one row", [](Fragment&, Value& v) { v.mutable_constant()->set_tensor(0); });
  constant.isRefused(".constant: the value has the wrong width", [](Fragment&, Value& v) { v.set_width(3); });
}

TEST(PlanOperatorTest, HalfPrecision) {
  const Case narrow(proto::ELEMENT_TYPE_FLOAT16, 2, [](Fragment&, Value& v) { v.mutable_narrow()->set_value(4); });
  narrow.isValid();
  narrow.isRefused(".narrow.value: arguments must come before", [](Fragment&, Value& v) { v.mutable_narrow()->set_value(8); });
  narrow.isRefused(".narrow.value: only FLOAT32 is narrowed", [](Fragment&, Value& v) { v.mutable_narrow()->set_value(6); });
  narrow.isRefused(".narrow: the value has the wrong width", [](Fragment&, Value& v) { v.set_width(3); });
  narrow.isRefused(".type: narrow gives FLOAT16", [](Fragment&, Value& v) { v.set_type(kFloat); });
  const Case abs(kFloat, 2, [](Fragment&, Value& v) {
    v.mutable_unary()->set_function(proto::UNARY_FUNCTION_ABS);
    v.mutable_unary()->set_value(4);
  });
  abs.isRefused(".type: narrow gives FLOAT16, and nothing else does", [](Fragment&, Value& v) { v.set_type(proto::ELEMENT_TYPE_FLOAT16); });

  // Who reads it: terms without a weight of a FLOAT32 sum, nobody else.
  const Case sum(kFloat, 2, [](Fragment& p, Value& v) {
    Value* halves = p.mutable_values(7);
    halves->Clear();
    halves->set_node(3);
    halves->set_type(proto::ELEMENT_TYPE_FLOAT16);
    halves->set_width(2);
    halves->mutable_narrow()->set_value(4);
    v.mutable_sum()->add_terms()->set_value(7);
  });
  sum.isValid();
  sum.isRefused(".sum.terms[0].value: only a term without a weight", [](Fragment& p, Value& v) {
    v.mutable_sum()->mutable_terms(0)->set_weight(Case::tensor(p, kFloat, 2, 2));
  });
  sum.isRefused(".sum.terms[0].value: only a term without a weight", [](Fragment&, Value& v) { v.set_type(proto::ELEMENT_TYPE_FLOAT64); });
  sum.isRefused(".concat.values[0]: only a term without a weight", [](Fragment&, Value& v) { v.mutable_concat()->add_values(7); });
  Fragment output = samplePlan();
  Value* halves = Case::add(output, proto::ELEMENT_TYPE_FLOAT16, 2);
  halves->mutable_narrow()->set_value(4);
  output.mutable_outputs(0)->set_value(static_cast<uint32_t>(output.values_size() - 1));
  expectError(INFERF_ERROR_INVALID_PLAN, "only a sum reads FLOAT16", [&] { parse(output); });
  Fragment tensor = samplePlan();
  tensor.mutable_tensors(0)->set_type(proto::ELEMENT_TYPE_FLOAT16);
  expectError(INFERF_ERROR_INVALID_PLAN, "a tensor has no half precision", [&] { parse(tensor); });
}

TEST(PlanOperatorTest, SelectColumns) {
  const Case select(kFloat, 3, [](Fragment& p, Value& v) {
    v.mutable_select_columns()->set_value(4);
    v.mutable_select_columns()->set_indices(Case::tensor(p, kInteger, 1, 3));
  });
  select.isValid();
  select.isRefused(".select_columns.value: arguments must come before", [](Fragment&, Value& v) { v.mutable_select_columns()->set_value(8); });
  select.isRefused(".select_columns.value: the element type", [](Fragment&, Value& v) { v.mutable_select_columns()->set_value(6); });
  select.isRefused(".select_columns.indices: the element type", [](Fragment& p, Value&) { p.mutable_tensors(3)->set_type(kFloat); });
  select.isRefused(".select_columns: the value has the wrong width", [](Fragment&, Value& v) { v.set_width(2); });
}

TEST(PlanOperatorTest, Unary) {
  const auto unary = [](proto::UnaryFunction function, uint32_t argument) {
    return [function, argument](Fragment&, Value& v) {
      v.mutable_unary()->set_function(function);
      v.mutable_unary()->set_value(argument);
    };
  };
  Case(kFloat, 2, unary(proto::UNARY_FUNCTION_GELU, 4)).isValid();
  Case(kInteger, 2, unary(proto::UNARY_FUNCTION_SIGN, 6)).isValid();
  Case(kInteger, 2, unary(proto::UNARY_FUNCTION_NOT, 6)).isValid();
  const Case isNan(kInteger, 2, unary(proto::UNARY_FUNCTION_IS_NAN, 4));
  isNan.isValid();
  isNan.isRefused(".unary: the value has the wrong type. Expected: ELEMENT_TYPE_INT64", [](Fragment&, Value& v) { v.set_type(kFloat); });
  isNan.isRefused(".unary.function: the function does not take", [](Fragment&, Value& v) { v.mutable_unary()->set_value(6); });
  isNan.isRefused(".unary.function: the function is unknown",
                  [](Fragment&, Value& v) { v.mutable_unary()->set_function(static_cast<proto::UnaryFunction>(99)); });
  isNan.isRefused(".unary.value: the value has the wrong width", [](Fragment&, Value& v) { v.set_width(3); });
  Case(kInteger, 2, unary(proto::UNARY_FUNCTION_EXP, 6)).isRefused(".unary.function: the function does not take", [](Fragment&, Value&) {});
  Case(kText, 1, unary(proto::UNARY_FUNCTION_ABS, 5)).isRefused(".unary.function: the function does not take", [](Fragment&, Value&) {});
}

TEST(PlanOperatorTest, Binary) {
  const auto binary = [](proto::BinaryFunction function, uint32_t left, uint32_t right) {
    return [=](Fragment&, Value& v) {
      v.mutable_binary()->set_function(function);
      v.mutable_binary()->set_left(left);
      v.mutable_binary()->set_right(right);
    };
  };
  Case(kInteger, 1, binary(proto::BINARY_FUNCTION_EQUAL, 5, 5)).isValid();
  Case(kInteger, 2, binary(proto::BINARY_FUNCTION_XOR, 6, 6)).isValid();
  const Case less(kInteger, 2, binary(proto::BINARY_FUNCTION_LESS, 4, 4));
  less.isValid();
  less.isRefused(".binary.is_unsigned", [](Fragment&, Value& v) { v.mutable_binary()->set_is_unsigned(true); });
  less.isRefused(".binary.right: the element type", [](Fragment&, Value& v) { v.mutable_binary()->set_right(6); });
  less.isRefused(".binary: the value has the wrong type", [](Fragment&, Value& v) { v.set_type(kFloat); });
  Case(kInteger, 1, binary(proto::BINARY_FUNCTION_LESS, 5, 5)).isRefused(".binary.function", [](Fragment&, Value&) {});
  Case(kText, 1, binary(proto::BINARY_FUNCTION_ADD, 5, 5)).isRefused(".binary.function", [](Fragment&, Value&) {});
  Case(kInteger, 2, binary(proto::BINARY_FUNCTION_POWER, 6, 6)).isRefused(".binary.function", [](Fragment&, Value&) {});
  Case(kInteger, 2, binary(proto::BINARY_FUNCTION_AND, 4, 4)).isRefused(".binary.function", [](Fragment&, Value&) {});
  const Case constant(kInteger, 2, [](Fragment& p, Value& v) {
    v.mutable_constant_binary()->set_function(proto::BINARY_FUNCTION_GREATER);
    v.mutable_constant_binary()->set_value(4);
    v.mutable_constant_binary()->set_constant(Case::tensor(p, kFloat, 1, 2));
  });
  constant.isValid();
  constant.isRefused(".constant_binary.constant: the element type", [](Fragment& p, Value&) { p.mutable_tensors(3)->set_type(kInteger); });
  constant.isRefused(".constant_binary.is_unsigned", [](Fragment&, Value& v) { v.mutable_constant_binary()->set_is_unsigned(true); });
}

TEST(PlanOperatorTest, Where) {
  const Case where(kFloat, 2, [](Fragment&, Value& v) {
    v.mutable_where()->set_condition(6);
    v.mutable_where()->set_left(4);
    v.mutable_where()->set_right(0);
  });
  where.isValid();
  where.isRefused(".where.condition: the element type", [](Fragment&, Value& v) { v.mutable_where()->set_condition(4); });
  where.isRefused(".where.right: the element type", [](Fragment&, Value& v) { v.mutable_where()->set_right(5); });
  where.isRefused(".where.left: the operand has the wrong width", [](Fragment&, Value& v) { v.mutable_where()->set_left(7); });
}

TEST(PlanOperatorTest, Casts) {
  const Case cast(kInteger, 1, [](Fragment&, Value& v) {
    v.mutable_cast()->set_value(5);
    v.mutable_cast()->set_integer_bits(4);
  });
  cast.isValid();
  cast.isRefused(".cast.integer_bits", [](Fragment&, Value& v) { v.mutable_cast()->set_integer_bits(3); });
  cast.isRefused(".cast.integer_bits", [](Fragment&, Value& v) { v.set_type(kFloat); });
  cast.isRefused(".cast.argument_unsigned", [](Fragment&, Value& v) { v.mutable_cast()->set_argument_unsigned(true); });
  cast.isRefused(".cast.float_format: only FLOAT32", [](Fragment&, Value& v) { v.mutable_cast()->set_float_format(proto::FLOAT_FORMAT_FLOAT16); });
  cast.isRefused(".cast.float_format: the format is unknown",
                 [](Fragment&, Value& v) { v.mutable_cast()->set_float_format(static_cast<proto::FloatFormat>(77)); });
  cast.isRefused(".cast.scale_rounding", [](Fragment&, Value& v) { v.mutable_cast()->set_scale_rounding(static_cast<proto::ScaleRounding>(7)); });
  cast.isRefused(".cast: the type must be numeric", [](Fragment&, Value& v) { v.set_type(kText); });
  cast.isRefused(".cast: the value has the wrong width", [](Fragment&, Value& v) { v.set_width(2); });
}

TEST(PlanOperatorTest, Softmax) {
  const Case softmax(kFloat, 12, [](Fragment&, Value& v) {
    v.mutable_softmax()->set_value(7);
    v.mutable_softmax()->set_length(4);
  });
  softmax.isValid();
  softmax.isRefused(".softmax.length", [](Fragment&, Value& v) { v.mutable_softmax()->set_length(5); });
  softmax.isRefused(".softmax.length", [](Fragment&, Value& v) { v.mutable_softmax()->set_length(UINT32_MAX); });
  softmax.isRefused(".softmax.function", [](Fragment&, Value& v) { v.mutable_softmax()->set_function(static_cast<proto::SoftmaxFunction>(9)); });
}

TEST(PlanOperatorTest, Reduce) {
  const Case reduce(kFloat, 4, [](Fragment&, Value& v) {
    v.mutable_reduce()->set_function(proto::REDUCE_FUNCTION_SUM);
    v.mutable_reduce()->set_value(7);
    v.mutable_reduce()->set_length(3);
    v.mutable_reduce()->set_inner(2);
  });
  reduce.isValid();
  reduce.isRefused(".reduce.function", [](Fragment&, Value& v) { v.mutable_reduce()->clear_function(); });
  reduce.isRefused(".reduce.length: the length must be", [](Fragment&, Value& v) { v.mutable_reduce()->set_length(0); });
  reduce.isRefused(".reduce.inner", [](Fragment&, Value& v) { v.mutable_reduce()->set_inner(0); });
  reduce.isRefused(".reduce.inner", [](Fragment&, Value& v) { v.mutable_reduce()->set_inner(3); });
  reduce.isRefused(".reduce.length: the argument must have", [](Fragment&, Value& v) { v.mutable_reduce()->set_length(UINT32_MAX); });
  reduce.isRefused(".reduce: the value has the wrong type. Expected: ELEMENT_TYPE_INT64",
                   [](Fragment&, Value& v) { v.mutable_reduce()->set_function(proto::REDUCE_FUNCTION_ARG_MAX); });
  reduce.isRefused(".reduce.value: the argument must be numeric", [](Fragment&, Value& v) { v.mutable_reduce()->set_value(5); });
  const Case integers(kInteger, 1, [](Fragment&, Value& v) {
    v.mutable_reduce()->set_function(proto::REDUCE_FUNCTION_L1);
    v.mutable_reduce()->set_value(6);
    v.mutable_reduce()->set_length(2);
    v.mutable_reduce()->set_inner(1);
  });
  integers.isValid();
  integers.isRefused(".reduce: the type must be FLOAT32 or FLOAT64",
                     [](Fragment&, Value& v) { v.mutable_reduce()->set_function(proto::REDUCE_FUNCTION_L2); });
}

TEST(PlanOperatorTest, TopK) {
  const Case topK(kFloat, 6, [](Fragment&, Value& v) {
    v.mutable_top_k()->set_value(7);
    v.mutable_top_k()->set_length(4);
    v.mutable_top_k()->set_count(2);
  });
  topK.isValid();
  topK.isRefused(".top_k.length", [](Fragment&, Value& v) { v.mutable_top_k()->set_length(0); });
  topK.isRefused(".top_k.length", [](Fragment&, Value& v) { v.mutable_top_k()->set_length(5); });
  topK.isRefused(".top_k.count", [](Fragment&, Value& v) { v.mutable_top_k()->set_count(0); });
  topK.isRefused(".top_k.count", [](Fragment&, Value& v) { v.mutable_top_k()->set_count(5); });
  topK.isRefused(".top_k: the value has the wrong width", [](Fragment&, Value& v) { v.mutable_top_k()->set_count(3); });
  topK.isRefused(".top_k: the value has the wrong type", [](Fragment&, Value& v) { v.mutable_top_k()->set_positions(true); });
  topK.isRefused(".top_k.is_unsigned", [](Fragment&, Value& v) { v.mutable_top_k()->set_is_unsigned(true); });
}

TEST(PlanOperatorTest, MatrixProduct) {
  const Case product(kFloat, 9, [](Fragment&, Value& v) {
    proto::MatrixProduct* matrix = v.mutable_matrix_product();
    matrix->set_left(7);
    matrix->set_right(7);
    matrix->set_batch(1);
    matrix->set_rows(3);
    matrix->set_inner(4);
    matrix->set_columns(3);
  });
  product.isValid();
  product.isRefused(".matrix_product.left: the operand has the wrong width", [](Fragment&, Value& v) { v.mutable_matrix_product()->set_rows(2); });
  product.isRefused(".matrix_product.right", [](Fragment&, Value& v) { v.mutable_matrix_product()->set_columns(2); });
  product.isRefused(".matrix_product.left", [](Fragment&, Value& v) { v.mutable_matrix_product()->set_batch(0); });
  product.isRefused(".matrix_product: the value has the wrong width", [](Fragment&, Value& v) { v.set_width(8); });
  // 2^32 * 2^32 * 3 is 0 in 64 bits, and 2^63 * 2 + 12 would be 12.
  product.isRefused(".matrix_product.left", [](Fragment&, Value& v) {
    v.mutable_matrix_product()->set_batch(1u << 31);
    v.mutable_matrix_product()->set_rows(1u << 31);
    v.mutable_matrix_product()->set_inner(4);
  });
}

TEST(PlanOperatorTest, Distance) {
  const Case distance(kFloat, 5, [](Fragment& p, Value& v) {
    v.mutable_distance()->set_value(4);
    v.mutable_distance()->set_points(Case::tensor(p, kFloat, 5, 4));
    v.mutable_distance()->set_column(2);
    v.mutable_distance()->set_metric(proto::DISTANCE_METRIC_MANHATTAN);
  });
  distance.isValid();
  distance.isRefused(".distance.metric", [](Fragment&, Value& v) { v.mutable_distance()->clear_metric(); });
  distance.isRefused(".distance.column", [](Fragment&, Value& v) { v.mutable_distance()->set_column(3); });
  distance.isRefused(".distance.column", [](Fragment&, Value& v) { v.mutable_distance()->set_column(UINT32_MAX); });
  distance.isRefused(".distance.points: there must be one point", [](Fragment&, Value& v) { v.set_width(4); });
  distance.isRefused(".distance.points: the element type", [](Fragment& p, Value&) { p.mutable_tensors(3)->set_type(kInteger); });
  distance.isRefused(".distance.value: the element type", [](Fragment&, Value& v) { v.mutable_distance()->set_value(6); });
}

TEST(PlanOperatorTest, LabelEncodeAndEmbedding) {
  const Case encode(kInteger, 1, [](Fragment& p, Value& v) {
    v.mutable_label_encode()->set_value(5);
    v.mutable_label_encode()->set_keys(Case::tensor(p, kText, 1, 4));
    v.mutable_label_encode()->set_values(Case::tensor(p, kInteger, 1, 4));
    v.mutable_label_encode()->set_default_value(Case::tensor(p, kInteger, 1, 1));
  });
  encode.isValid();
  encode.isRefused(".label_encode.keys: the element type", [](Fragment& p, Value&) { p.mutable_tensors(3)->set_type(kInteger); });
  encode.isRefused(".label_encode.values: the element type", [](Fragment& p, Value&) { p.mutable_tensors(4)->set_type(kFloat); });
  encode.isRefused(".label_encode.values: there must be one value", [](Fragment& p, Value&) { p.mutable_tensors(4)->set_columns(3); });
  encode.isRefused(".label_encode.default_value: the default is one", [](Fragment& p, Value&) { p.mutable_tensors(5)->set_columns(2); });
  const Case embedding(kFloat, 8, [](Fragment& p, Value& v) {
    v.mutable_embedding()->set_value(6);
    v.mutable_embedding()->set_table(Case::tensor(p, kFloat, 100, 4));
  });
  embedding.isValid();
  embedding.isRefused(".embedding.value: the element type", [](Fragment&, Value& v) { v.mutable_embedding()->set_value(4); });
  embedding.isRefused(".embedding.table: the element type", [](Fragment& p, Value&) { p.mutable_tensors(3)->set_type(kInteger); });
  embedding.isRefused(".embedding: the value has the wrong width", [](Fragment& p, Value&) { p.mutable_tensors(3)->set_columns(5); });
}

/// values[8] is a run over values[7] and values[6] with two outputs.
Case residual() {
  return {kBytes, 40, [](Fragment& p, Value& v) {
            proto::OnnxRun* run = v.mutable_onnx_run();
            run->set_model(Case::tensor(p, kBytes, 1, 1000));
            proto::OnnxRunInput* first = run->add_inputs();
            first->set_value(7);
            first->set_name("x");
            first->add_dims(3);
            first->add_dims(4);
            proto::OnnxRunInput* second = run->add_inputs();
            second->set_value(5);
            second->set_name("s");
            proto::OnnxRunOutput* output = run->add_outputs();
            output->set_name("y");
            output->set_type(kFloat);
            output->add_dims(5);
            output = run->add_outputs();
            output->set_name("z");
            output->set_type(kInteger);
            output->add_dims(2);
            output->set_offset(24);
            Value* read = Case::add(p, kInteger, 2);
            read->mutable_onnx_output()->set_run(8);
            read->mutable_onnx_output()->set_output(1);
          }};
}

TEST(PlanOperatorTest, OnnxRuns) {
  const Case run = residual();
  run.isValid();
  const auto of = [](Value& v) { return v.mutable_onnx_run(); };
  run.isRefused(".onnx_run.model: the element type", [](Fragment& p, Value&) { p.mutable_tensors(3)->set_type(kFloat); });
  run.isRefused(".onnx_run.model: the tensor must have one row", [](Fragment& p, Value&) { p.mutable_tensors(3)->set_rows(2); });
  run.isRefused(".onnx_run.inputs[0].dims", [&](Fragment&, Value& v) { of(v)->mutable_inputs(0)->set_dims(0, 4); });
  run.isRefused(".onnx_run.inputs[0].dims", [&](Fragment&, Value& v) {
    for (int i = 0; i < 4; ++i) {
      of(v)->mutable_inputs(0)->add_dims(1u << 31);
    }
  });
  run.isRefused(".onnx_run.inputs[0].dims: there are too many", [&](Fragment&, Value& v) {
    for (int i = 0; i < 100; ++i) {
      of(v)->mutable_inputs(0)->add_dims(1);
    }
  });
  run.isRefused(".onnx_run.inputs[1].value: arguments must come before", [&](Fragment&, Value& v) { of(v)->mutable_inputs(1)->set_value(8); });
  run.isRefused(".onnx_run.inputs[0].name", [&](Fragment&, Value& v) { of(v)->mutable_inputs(0)->clear_name(); });
  run.isRefused(".onnx_run.outputs: a run needs", [&](Fragment&, Value& v) { of(v)->clear_outputs(); });
  run.isRefused(".onnx_run.outputs[0].type", [&](Fragment&, Value& v) { of(v)->mutable_outputs(0)->set_type(kText); });
  run.isRefused(".onnx_run.outputs[0].dims", [&](Fragment&, Value& v) { of(v)->mutable_outputs(0)->set_dims(0, 0); });
  run.isRefused(".onnx_run.outputs[0].dims", [&](Fragment&, Value& v) { of(v)->mutable_outputs(0)->set_dims(0, UINT32_MAX); });
  run.isRefused(".onnx_run.outputs[1].offset: the offset must be", [&](Fragment&, Value& v) { of(v)->mutable_outputs(1)->set_offset(20); });
  run.isRefused(".onnx_run.outputs[1].offset: the output ends", [&](Fragment&, Value& v) { of(v)->mutable_outputs(1)->set_offset(32); });
  run.isRefused(".onnx_run.outputs[1].offset: the output ends", [&](Fragment&, Value& v) { of(v)->mutable_outputs(1)->set_offset(UINT32_MAX - 7); });
  run.isRefused(".onnx_run.outputs: two outputs overlap at byte 16", [&](Fragment&, Value& v) { of(v)->mutable_outputs(1)->set_offset(16); });
  run.isRefused(".onnx_run: the value has the wrong type", [](Fragment&, Value& v) { v.set_type(kFloat); });
  run.isRefused(".width", [](Fragment&, Value& v) { v.set_width(1u << 30); });
}

/// Opaque bytes go from a run to its outputs and nowhere else.
TEST(PlanOperatorTest, BytesAreRefusedEverywhereElse) {
  const auto refused = [](const std::string& place, const std::function<void(Fragment&)>& change) {
    SCOPED_TRACE(place);
    Fragment plan = samplePlan();
    Case::add(plan, kInteger, 2)->mutable_cast()->set_value(4);
    Case::add(plan, kFloat, 2)->mutable_unary()->set_value(4);
    plan.mutable_values(7)->mutable_unary()->set_function(proto::UNARY_FUNCTION_RELU);
    Value* run = Case::add(plan, kBytes, 8);
    run->mutable_onnx_run()->set_model(Case::tensor(plan, kBytes, 1, 10));
    proto::OnnxRunOutput* output = run->mutable_onnx_run()->add_outputs();
    output->set_name("y");
    output->set_type(kFloat);
    EXPECT_NO_THROW(parse(plan));
    change(plan);
    expectError(INFERF_ERROR_INVALID_PLAN, "The plan is invalid at " + place, [&] { parse(plan); });
  };
  refused("values[0].type: only onnx_run", [](Fragment& p) { p.mutable_values(0)->set_type(kBytes); });
  refused("values[9].type: only onnx_run", [](Fragment& p) { Case::add(p, kBytes, 8)->mutable_concat()->add_values(8); });
  refused("values[9].concat.values[0]: only onnx_output", [](Fragment& p) { Case::add(p, kFloat, 8)->mutable_concat()->add_values(8); });
  refused("values[9].one_hot.value: only onnx_output", [](Fragment& p) {
    Value* value = Case::add(p, kFloat, 8);
    value->mutable_one_hot()->set_value(8);
    value->mutable_one_hot()->set_categories(Case::tensor(p, kInteger, 1, 1));
  });
  refused("values[9].binary.left: only onnx_output", [](Fragment& p) {
    Value* value = Case::add(p, kInteger, 8);
    value->mutable_binary()->set_function(proto::BINARY_FUNCTION_EQUAL);
    value->mutable_binary()->set_left(8);
    value->mutable_binary()->set_right(8);
  });
  refused("values[9].onnx_run.inputs[0].value: only onnx_output", [](Fragment& p) {
    Value* value = Case::add(p, kBytes, 8);
    *value->mutable_onnx_run() = p.values(8).onnx_run();
    value->mutable_onnx_run()->add_inputs()->set_value(8);
    value->mutable_onnx_run()->mutable_inputs(0)->set_name("x");
  });
  refused("values[9].constant.tensor: only onnx_run", [](Fragment& p) { Case::add(p, kFloat, 10)->mutable_constant()->set_tensor(3); });
  refused("values[9].onnx_output.run: values[4] is no onnx_run", [](Fragment& p) { Case::add(p, kFloat, 2)->mutable_onnx_output()->set_run(4); });
  refused("values[9].onnx_output.output: there is no such output", [](Fragment& p) {
    Value* value = Case::add(p, kFloat, 1);
    value->mutable_onnx_output()->set_run(8);
    value->mutable_onnx_output()->set_output(1);
  });
  refused("values[9].onnx_output.output: the element type", [](Fragment& p) { Case::add(p, kInteger, 1)->mutable_onnx_output()->set_run(8); });
  refused("values[9].onnx_output.output: the value has the wrong width", [](Fragment& p) { Case::add(p, kFloat, 2)->mutable_onnx_output()->set_run(8); });
  refused("outputs[1].value: only onnx_output", [](Fragment& p) { p.mutable_outputs(1)->set_value(8); });
  refused("outputs[3].scalar.call.arguments[0].value.value: only onnx_output", [](Fragment& p) {
    proto::ScalarExpression* argument = p.mutable_outputs(3)->mutable_scalar()->mutable_call()->mutable_arguments(0);
    argument->mutable_value()->set_value(8);
  });
  refused("outputs[4].struct.fields[0].value: only onnx_output",
          [](Fragment& p) { p.mutable_outputs(4)->mutable_struct_()->mutable_fields(0)->set_value(8); });
}

}  // namespace
}  // namespace inferf::test
