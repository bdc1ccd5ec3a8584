#include "plan/OperatorCheck.h"

namespace inferf {

void checkConstant(const ValueUnderCheck& value, const proto::Constant& constant, const PlanPath& path) {
  const proto::Tensor& tensor = value.rowTensor(constant.tensor(), path.field("tensor"));
  value.checkSameType(tensor.type(), path.field("tensor"));
  value.checkWidth(tensor.columns(), path);
}

void checkSelectColumns(const ValueUnderCheck& value, const proto::SelectColumns& select, const PlanPath& path) {
  const proto::Value& argument = value.argument(select.value(), path.field("value"));
  value.checkSameType(argument.type(), path.field("value"));
  const proto::Tensor& indices = value.rowTensor(select.indices(), path.field("indices"));
  ValueUnderCheck::checkType(indices.type(), proto::ELEMENT_TYPE_INT64, path.field("indices"));
  value.checkWidth(indices.columns(), path);
}

void checkSoftmax(const ValueUnderCheck& value, const proto::Softmax& softmax, const PlanPath& path) {
  value.checkFloatOfSameShape(softmax.value(), path.field("value"));
  INFERF_PLAN_CHECK(proto::SoftmaxFunction_IsValid(softmax.function()), path.field("function"), "the function is unknown. Actual: ",
                    static_cast<int>(softmax.function()));
  INFERF_PLAN_CHECK(softmax.length() == 0 || value.value().width() % softmax.length() == 0, path.field("length"),
                    "the row is no whole number of segments. Width: ", value.value().width(), ", length: ", softmax.length());
}

void checkReduce(const ValueUnderCheck& value, const proto::Reduce& reduce, const PlanPath& path) {
  const proto::ReduceFunction function = reduce.function();
  INFERF_PLAN_CHECK(proto::ReduceFunction_IsValid(function) && function != proto::REDUCE_FUNCTION_UNSPECIFIED, path.field("function"),
                    "the function is unknown. Actual: ", static_cast<int>(function));
  const PlanPath valuePath = path.field("value");
  const proto::Value& argument = value.argument(reduce.value(), valuePath);
  INFERF_PLAN_CHECK(isNumeric(argument.type()), valuePath, "the argument must be numeric. Actual: ",
                    proto::ElementType_Name(argument.type()));
  if (function == proto::REDUCE_FUNCTION_ARG_MAX || function == proto::REDUCE_FUNCTION_ARG_MIN) {
    value.checkResult(proto::ELEMENT_TYPE_INT64, path);
  } else {
    value.checkSameType(argument.type(), valuePath);
  }
  if (function == proto::REDUCE_FUNCTION_L2 || function == proto::REDUCE_FUNCTION_LOG_SUM ||
      function == proto::REDUCE_FUNCTION_LOG_SUM_EXP) {
    value.checkFloat(path);
  }
  INFERF_PLAN_CHECK(reduce.length() >= 1, path.field("length"), "the length must be at least 1");
  INFERF_PLAN_CHECK(reduce.inner() >= 1 && value.value().width() % reduce.inner() == 0, path.field("inner"),
                    "the width must be a multiple of inner. Width: ", value.value().width(), ", inner: ", reduce.inner());
  const uint64_t elements = boundedProduct({value.value().width(), reduce.length()});
  INFERF_PLAN_CHECK(argument.width() == elements, path.field("length"),
                    "the argument must have width * length elements. Expected: ", elements, ", actual: ", argument.width());
}

void checkTopK(const ValueUnderCheck& value, const proto::TopK& topK, const PlanPath& path) {
  const PlanPath valuePath = path.field("value");
  const proto::Value& argument = value.argument(topK.value(), valuePath);
  INFERF_PLAN_CHECK(isNumeric(argument.type()), valuePath, "the argument must be numeric. Actual: ",
                    proto::ElementType_Name(argument.type()));
  value.checkResult(topK.positions() ? proto::ELEMENT_TYPE_INT64 : argument.type(), path);
  INFERF_PLAN_CHECK(!topK.is_unsigned() || argument.type() == proto::ELEMENT_TYPE_INT64, path.field("is_unsigned"),
                    "only INT64 can be the bits of unsigned integers. Actual: ", proto::ElementType_Name(argument.type()));
  INFERF_PLAN_CHECK(topK.length() >= 1 && argument.width() % topK.length() == 0, path.field("length"),
                    "the row is no whole number of segments. Width: ", argument.width(), ", length: ", topK.length());
  INFERF_PLAN_CHECK(topK.count() >= 1 && topK.count() <= topK.length(), path.field("count"), "the count is out of range. Expected: 1 to ",
                    topK.length(), ", actual: ", topK.count());
  value.checkWidth(boundedProduct({argument.width() / topK.length(), topK.count()}), path);
}

void checkMatrixProduct(const ValueUnderCheck& value, const proto::MatrixProduct& product, const PlanPath& path) {
  value.checkFloat(path);
  const proto::Value& left = value.argument(product.left(), path.field("left"));
  const proto::Value& right = value.argument(product.right(), path.field("right"));
  value.checkSameType(left.type(), path.field("left"));
  value.checkSameType(right.type(), path.field("right"));
  const auto checkOperand = [](const proto::Value& operand, uint64_t expected, const PlanPath& operandPath) {
    INFERF_PLAN_CHECK(operand.width() == expected, operandPath, "the operand has the wrong width. Expected: ", expected,
                      ", actual: ", operand.width());
  };
  checkOperand(left, boundedProduct({product.batch(), product.rows(), product.inner()}), path.field("left"));
  checkOperand(right, boundedProduct({product.batch(), product.inner(), product.columns()}), path.field("right"));
  value.checkWidth(boundedProduct({product.batch(), product.rows(), product.columns()}), path);
}

void checkDistance(const ValueUnderCheck& value, const proto::Distance& distance, const PlanPath& path) {
  value.checkFloat(path);
  INFERF_PLAN_CHECK(proto::DistanceMetric_IsValid(distance.metric()) && distance.metric() != proto::DISTANCE_METRIC_UNSPECIFIED,
                    path.field("metric"), "the metric is unknown. Actual: ", static_cast<int>(distance.metric()));
  const proto::Value& argument = value.argument(distance.value(), path.field("value"));
  value.checkSameType(argument.type(), path.field("value"));
  const proto::Tensor& points = value.tensor(distance.points(), path.field("points"));
  value.checkSameType(points.type(), path.field("points"));
  INFERF_PLAN_CHECK(points.rows() == value.value().width(), path.field("points"), "there must be one point for each element. Expected: ",
                    value.value().width(), ", actual: ", points.rows());
  INFERF_PLAN_CHECK(uint64_t{distance.column()} + argument.width() <= points.columns(), path.field("column"),
                    "the points have too few columns. Expected: column + width of at most ", points.columns(), ", actual: ",
                    distance.column(), " + ", argument.width());
}

void checkEmbedding(const ValueUnderCheck& value, const proto::Embedding& embedding, const PlanPath& path) {
  const proto::Value& argument = value.argument(embedding.value(), path.field("value"));
  ValueUnderCheck::checkType(argument.type(), proto::ELEMENT_TYPE_INT64, path.field("value"));
  const proto::Tensor& table = value.tensor(embedding.table(), path.field("table"));
  value.checkSameType(table.type(), path.field("table"));
  value.checkWidth(boundedProduct({argument.width(), table.columns()}), path);
}

}  // namespace inferf
