#include "plan/ValueUnderCheck.h"

namespace inferf {

const proto::Value& ValueUnderCheck::anyArgument(uint32_t argument, const PlanPath& path) const {
  INFERF_PLAN_CHECK(argument < index_, path, "arguments must come before their users. Expected: less than ", index_,
                    ", actual: ", argument);
  const proto::Value& value = fragment_.values(static_cast<int>(argument));
  INFERF_PLAN_CHECK(tree_.isAncestorOrSelf(value_.node(), value.node()), path, "values[", argument, "] is computed at nodes[",
                    value.node(), "], which is not under nodes[", value_.node(), "]");
  return value;
}

const proto::Value& ValueUnderCheck::argument(uint32_t argument, const PlanPath& path) const {
  const proto::Value& value = anyArgument(argument, path);
  INFERF_PLAN_CHECK(value.type() != proto::ELEMENT_TYPE_BYTES, path, "only onnx_output reads opaque bytes");
  INFERF_PLAN_CHECK(value.type() != proto::ELEMENT_TYPE_FLOAT16, path, "only a term without a weight, of a FLOAT32 sum, reads FLOAT16");
  return value;
}

const proto::Tensor& ValueUnderCheck::anyTensor(uint32_t index, const PlanPath& path) const {
  INFERF_PLAN_CHECK(index < static_cast<uint32_t>(fragment_.tensors_size()), path, "there is no such tensor. Expected: less than ",
                    fragment_.tensors_size(), ", actual: ", index);
  return fragment_.tensors(static_cast<int>(index));
}

const proto::Tensor& ValueUnderCheck::tensor(uint32_t index, const PlanPath& path) const {
  const proto::Tensor& result = anyTensor(index, path);
  INFERF_PLAN_CHECK(result.type() != proto::ELEMENT_TYPE_BYTES, path, "only onnx_run takes a tensor of opaque bytes");
  return result;
}

const proto::Tensor& ValueUnderCheck::rowTensor(uint32_t index, const PlanPath& path) const {
  const proto::Tensor& result = tensor(index, path);
  INFERF_PLAN_CHECK(result.rows() == 1, path, "the tensor must have one row. Actual: ", result.rows());
  return result;
}

const proto::Tensor& ValueUnderCheck::operandTensor(uint32_t index, proto::ElementType type, const PlanPath& path) const {
  const proto::Tensor& result = rowTensor(index, path);
  INFERF_PLAN_CHECK(result.columns() == 1 || result.columns() == value_.width(), path, "the tensor has the wrong width. Expected: 1 or ",
                    value_.width(), ", actual: ", result.columns());
  checkType(result.type(), type, path);
  return result;
}

const proto::Tensor& ValueUnderCheck::bytesTensor(uint32_t index, const PlanPath& path) const {
  const proto::Tensor& result = anyTensor(index, path);
  checkType(result.type(), proto::ELEMENT_TYPE_BYTES, path);
  INFERF_PLAN_CHECK(result.rows() == 1, path, "the tensor must have one row. Actual: ", result.rows());
  return result;
}

void ValueUnderCheck::checkType(proto::ElementType actual, proto::ElementType expected, const PlanPath& path) {
  INFERF_PLAN_CHECK(actual == expected, path, "the element type differs from the value's. Expected: ", proto::ElementType_Name(expected),
                    ", actual: ", proto::ElementType_Name(actual));
}

void ValueUnderCheck::checkWidth(uint64_t expected, const PlanPath& path) const {
  INFERF_PLAN_CHECK(value_.width() == expected, path, "the value has the wrong width. Expected: ", expected,
                    ", actual: ", value_.width());
}

void ValueUnderCheck::checkNumeric(const PlanPath& path) const {
  INFERF_PLAN_CHECK(isNumeric(value_.type()), path, "the type must be numeric. Actual: ", proto::ElementType_Name(value_.type()));
}

void ValueUnderCheck::checkFloat(const PlanPath& path) const {
  INFERF_PLAN_CHECK(isFloat(value_.type()), path, "the type must be FLOAT32 or FLOAT64. Actual: ",
                    proto::ElementType_Name(value_.type()));
}

void ValueUnderCheck::checkResult(proto::ElementType expected, const PlanPath& path) const {
  INFERF_PLAN_CHECK(value_.type() == expected, path, "the value has the wrong type. Expected: ", proto::ElementType_Name(expected),
                    ", actual: ", proto::ElementType_Name(value_.type()));
}

void ValueUnderCheck::checkFloatOfSameShape(uint32_t index, const PlanPath& path) const {
  checkFloat(path);
  const proto::Value& source = argument(index, path);
  checkSameType(source.type(), path);
  checkWidth(source.width(), path);
}

void ValueUnderCheck::checkBroadcast(uint32_t width, const PlanPath& path) const {
  INFERF_PLAN_CHECK(width == 1 || width == value_.width(), path, "the operand has the wrong width. Expected: 1 or ", value_.width(),
                    ", actual: ", width);
}

}  // namespace inferf
