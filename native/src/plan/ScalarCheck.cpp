#include "plan/PlanChecks.h"
#include "plan/PlanLimits.h"

namespace inferf {

namespace {

struct Arity {
  int least;
  int most;
};

/// Number of arguments, or {0, 0} for functions that do not exist.
Arity arityOf(proto::ScalarFunction function) {
  constexpr int kAny = INT32_MAX;
  switch (function) {
    case proto::SCALAR_FUNCTION_EQUAL:
    case proto::SCALAR_FUNCTION_NOT_EQUAL:
    case proto::SCALAR_FUNCTION_LESS:
    case proto::SCALAR_FUNCTION_LESS_OR_EQUAL:
    case proto::SCALAR_FUNCTION_GREATER:
    case proto::SCALAR_FUNCTION_GREATER_OR_EQUAL:
    case proto::SCALAR_FUNCTION_ADD:
    case proto::SCALAR_FUNCTION_SUBTRACT:
    case proto::SCALAR_FUNCTION_MULTIPLY:
    case proto::SCALAR_FUNCTION_DIVIDE:
      return {2, 2};
    case proto::SCALAR_FUNCTION_AND:
    case proto::SCALAR_FUNCTION_OR:
    case proto::SCALAR_FUNCTION_COALESCE:
      return {1, kAny};
    case proto::SCALAR_FUNCTION_NOT:
    case proto::SCALAR_FUNCTION_IS_NULL:
    case proto::SCALAR_FUNCTION_IS_NOT_NULL:
    case proto::SCALAR_FUNCTION_NEGATE:
      return {1, 1};
    default:
      return {0, 0};
  }
}

/// The value an output or a scalar expression over the rows of `node` reads.
const proto::Value& checkValueReference(const proto::PlanFragment& fragment, const PlanTree& tree, uint32_t value, uint32_t node,
                                        const PlanPath& path) {
  INFERF_PLAN_CHECK(value < static_cast<uint32_t>(fragment.values_size()), path, "there is no such value. Expected: less than ",
                    fragment.values_size(), ", actual: ", value);
  const proto::Value& result = fragment.values(static_cast<int>(value));
  INFERF_PLAN_CHECK(tree.isAncestorOrSelf(node, result.node()), path, "values[", value, "] is computed at nodes[", result.node(),
                    "], which is not under nodes[", node, "]");
  INFERF_PLAN_CHECK(result.type() != proto::ELEMENT_TYPE_BYTES, path, "only onnx_output reads opaque bytes");
  INFERF_PLAN_CHECK(result.type() != proto::ELEMENT_TYPE_FLOAT16, path, "only a sum reads FLOAT16");
  return result;
}

void checkLiteral(const proto::Literal& literal, const PlanPath& path) {
  INFERF_PLAN_CHECK(literal.value_case() != proto::Literal::VALUE_NOT_SET, path, "the literal has no known kind");
  INFERF_PLAN_CHECK(!literal.has_null() || literal.null(), path.field("null"), "the NULL literal must be true");
}

void checkOutputValue(const proto::PlanFragment& fragment, const PlanTree& tree, const proto::OutputColumn& output, const PlanPath& path) {
  const auto root = static_cast<uint32_t>(fragment.nodes_size() - 1);
  const proto::Value& value = checkValueReference(fragment, tree, output.value(), root, path.field("value"));
  INFERF_PLAN_CHECK(value.type() != proto::ELEMENT_TYPE_STRING || (value.width() == 1 && !output.as_list()), path,
                    "a list of strings is no possible output");
}

void checkStruct(const proto::PlanFragment& fragment, const PlanTree& tree, const proto::StructOutput& output, const PlanPath& path) {
  INFERF_PLAN_CHECK(output.fields_size() >= 1 && output.fields_size() <= kMaxPlanOutputs, path.field("fields"),
                    "the number of fields is out of range. Expected: 1 to ", kMaxPlanOutputs, ", actual: ", output.fields_size());
  for (int i = 0; i < output.fields_size(); ++i) {
    const PlanPath fieldPath = path.at("fields", i);
    INFERF_PLAN_CHECK(!output.fields(i).name().empty(), fieldPath.field("name"), "a field must have a name");
    INFERF_PLAN_CHECK(output.fields(i).source_case() == proto::OutputColumn::kValue, fieldPath, "a field of a struct must be a value");
    checkOutputValue(fragment, tree, output.fields(i), fieldPath);
  }
}

}  // namespace

void checkScalar(const proto::PlanFragment& fragment, const PlanTree& tree, const proto::ScalarExpression& expression, uint32_t node,
                 const PlanPath& path) {
  switch (expression.kind_case()) {
    case proto::ScalarExpression::kColumn:
      checkColumn(fragment, tree, expression.column(), node, path.field("column"));
      break;
    case proto::ScalarExpression::kValue: {
      const PlanPath valuePath = path.field("value");
      const proto::Value& value = checkValueReference(fragment, tree, expression.value().value(), node, valuePath.field("value"));
      INFERF_PLAN_CHECK(expression.value().element() < value.width(), valuePath.field("element"),
                        "there is no such element. Expected: less than ", value.width(), ", actual: ", expression.value().element());
      break;
    }
    case proto::ScalarExpression::kLiteral:
      checkLiteral(expression.literal(), path.field("literal"));
      break;
    case proto::ScalarExpression::kCall: {
      const proto::ScalarCall& call = expression.call();
      const PlanPath callPath = path.field("call");
      const Arity arity = arityOf(call.function());
      INFERF_PLAN_CHECK(arity.most > 0, callPath.field("function"), "the function is unknown. Actual: ", static_cast<int>(call.function()));
      INFERF_PLAN_CHECK(call.arguments_size() >= arity.least && call.arguments_size() <= arity.most, callPath.field("arguments"),
                        proto::ScalarFunction_Name(call.function()), " has the wrong number of arguments. Expected",
                        arity.most > arity.least ? " at least: " : ": ", arity.least, ", actual: ", call.arguments_size());
      for (int i = 0; i < call.arguments_size(); ++i) {
        checkScalar(fragment, tree, call.arguments(i), node, callPath.at("arguments", i));
      }
      break;
    }
    case proto::ScalarExpression::KIND_NOT_SET:
      INFERF_PLAN_CHECK(false, path, "the expression has no known kind");
  }
}

void checkFilters(const proto::PlanFragment& fragment, const PlanTree& tree) {
  const PlanPath root;
  for (int i = 0; i < fragment.nodes_size(); ++i) {
    if (fragment.nodes(i).has_filter()) {
      const proto::FilterNode& filter = fragment.nodes(i).filter();
      const PlanPath nodePath = root.at("nodes", i);
      const PlanPath filterPath = nodePath.field("filter");
      checkScalar(fragment, tree, filter.predicate(), filter.input(), filterPath.field("predicate"));
    }
  }
}

void checkOutputs(const proto::PlanFragment& fragment, const PlanTree& tree) {
  const PlanPath root;
  INFERF_PLAN_CHECK(fragment.outputs_size() >= 1 && fragment.outputs_size() <= kMaxPlanOutputs, root.field("outputs"),
                    "the number of outputs is out of range. Expected: 1 to ", kMaxPlanOutputs, ", actual: ", fragment.outputs_size());
  const auto rootNode = static_cast<uint32_t>(fragment.nodes_size() - 1);
  for (int i = 0; i < fragment.outputs_size(); ++i) {
    const proto::OutputColumn& output = fragment.outputs(i);
    const PlanPath path = root.at("outputs", i);
    INFERF_PLAN_CHECK(!output.name().empty(), path.field("name"), "an output must have a name");
    switch (output.source_case()) {
      case proto::OutputColumn::kColumn:
        checkColumn(fragment, tree, output.column(), rootNode, path.field("column"));
        break;
      case proto::OutputColumn::kValue:
        checkOutputValue(fragment, tree, output, path);
        break;
      case proto::OutputColumn::kScalar:
        checkScalar(fragment, tree, output.scalar(), rootNode, path.field("scalar"));
        break;
      case proto::OutputColumn::kStruct:
        checkStruct(fragment, tree, output.struct_(), path.field("struct"));
        break;
      case proto::OutputColumn::SOURCE_NOT_SET:
        INFERF_PLAN_CHECK(false, path, "the output has no known source");
    }
  }
}

}  // namespace inferf
