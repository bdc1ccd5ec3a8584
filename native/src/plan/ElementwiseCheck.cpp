#include <algorithm>

#include "plan/OperatorCheck.h"

namespace inferf {

namespace {

/// Which types a function of one or two arguments takes, and what it gives.
struct Signature {
  enum class Arguments : uint8_t { kFloat, kNumeric, kInteger, kAny };
  Arguments arguments;
  bool givesTruth = false;  // INT64 0 or 1, whatever the arguments
};

Signature signatureOf(proto::UnaryFunction function) {
  switch (function) {
    case proto::UNARY_FUNCTION_RELU:
    case proto::UNARY_FUNCTION_ABS:
    case proto::UNARY_FUNCTION_NEGATE:
    case proto::UNARY_FUNCTION_SIGN:
      return {Signature::Arguments::kNumeric};
    case proto::UNARY_FUNCTION_NOT:
      return {Signature::Arguments::kInteger, true};
    case proto::UNARY_FUNCTION_IS_NAN:
    case proto::UNARY_FUNCTION_IS_INFINITY:
      return {Signature::Arguments::kFloat, true};
    default:
      return {Signature::Arguments::kFloat};
  }
}

Signature signatureOf(proto::BinaryFunction function) {
  switch (function) {
    case proto::BINARY_FUNCTION_POWER:
      return {Signature::Arguments::kFloat};
    case proto::BINARY_FUNCTION_EQUAL:
      return {Signature::Arguments::kAny, true};
    case proto::BINARY_FUNCTION_LESS:
    case proto::BINARY_FUNCTION_LESS_OR_EQUAL:
    case proto::BINARY_FUNCTION_GREATER:
    case proto::BINARY_FUNCTION_GREATER_OR_EQUAL:
      return {Signature::Arguments::kNumeric, true};
    case proto::BINARY_FUNCTION_AND:
    case proto::BINARY_FUNCTION_OR:
    case proto::BINARY_FUNCTION_XOR:
      return {Signature::Arguments::kInteger, true};
    default:
      return {Signature::Arguments::kNumeric};
  }
}

/// The type of the arguments, and with it the type of the result.
void checkSignature(const ValueUnderCheck& value, const Signature& signature, proto::ElementType argument, const PlanPath& path) {
  const bool isTaken = signature.arguments == Signature::Arguments::kAny       ? argument != proto::ELEMENT_TYPE_BYTES
                       : signature.arguments == Signature::Arguments::kNumeric ? isNumeric(argument)
                       : signature.arguments == Signature::Arguments::kFloat   ? isFloat(argument)
                                                                               : argument == proto::ELEMENT_TYPE_INT64;
  INFERF_PLAN_CHECK(isTaken, path.field("function"), "the function does not take arguments of this type. Actual: ",
                    proto::ElementType_Name(argument));
  value.checkResult(signature.givesTruth ? proto::ELEMENT_TYPE_INT64 : argument, path);
}

bool isKnown(proto::BinaryFunction function) {
  return proto::BinaryFunction_IsValid(function) && function != proto::BINARY_FUNCTION_UNSPECIFIED;
}

void checkUnsigned(bool isUnsigned, proto::ElementType argument, const PlanPath& path) {
  INFERF_PLAN_CHECK(!isUnsigned || argument == proto::ELEMENT_TYPE_INT64, path, "only INT64 can be the bits of unsigned integers. Actual: ",
                    proto::ElementType_Name(argument));
}

}  // namespace

void checkUnary(const ValueUnderCheck& value, const proto::Unary& unary, const PlanPath& path) {
  INFERF_PLAN_CHECK(proto::UnaryFunction_IsValid(unary.function()) && unary.function() != proto::UNARY_FUNCTION_UNSPECIFIED,
                    path.field("function"), "the function is unknown. Actual: ", static_cast<int>(unary.function()));
  const proto::Value& argument = value.argument(unary.value(), path.field("value"));
  checkSignature(value, signatureOf(unary.function()), argument.type(), path);
  value.checkWidth(argument.width(), path.field("value"));
}

void checkBinary(const ValueUnderCheck& value, const proto::Binary& binary, const PlanPath& path) {
  INFERF_PLAN_CHECK(isKnown(binary.function()), path.field("function"), "the function is unknown. Actual: ",
                    static_cast<int>(binary.function()));
  const proto::Value& left = value.argument(binary.left(), path.field("left"));
  const proto::Value& right = value.argument(binary.right(), path.field("right"));
  ValueUnderCheck::checkType(right.type(), left.type(), path.field("right"));
  checkSignature(value, signatureOf(binary.function()), left.type(), path);
  checkUnsigned(binary.is_unsigned(), left.type(), path.field("is_unsigned"));
  value.checkBroadcast(left.width(), path.field("left"));
  value.checkBroadcast(right.width(), path.field("right"));
  value.checkWidth(std::max(left.width(), right.width()), path);
}

void checkConstantBinary(const ValueUnderCheck& value, const proto::ConstantBinary& binary, const PlanPath& path) {
  INFERF_PLAN_CHECK(isKnown(binary.function()), path.field("function"), "the function is unknown. Actual: ",
                    static_cast<int>(binary.function()));
  const proto::Value& argument = value.argument(binary.value(), path.field("value"));
  checkSignature(value, signatureOf(binary.function()), argument.type(), path);
  checkUnsigned(binary.is_unsigned(), argument.type(), path.field("is_unsigned"));
  value.checkBroadcast(argument.width(), path.field("value"));
  const proto::Tensor& constant = value.operandTensor(binary.constant(), argument.type(), path.field("constant"));
  value.checkWidth(std::max(argument.width(), constant.columns()), path);
}

void checkWhere(const ValueUnderCheck& value, const proto::Where& where, const PlanPath& path) {
  const proto::Value& condition = value.argument(where.condition(), path.field("condition"));
  ValueUnderCheck::checkType(condition.type(), proto::ELEMENT_TYPE_INT64, path.field("condition"));
  const proto::Value& left = value.argument(where.left(), path.field("left"));
  const proto::Value& right = value.argument(where.right(), path.field("right"));
  value.checkSameType(left.type(), path.field("left"));
  value.checkSameType(right.type(), path.field("right"));
  value.checkBroadcast(condition.width(), path.field("condition"));
  value.checkBroadcast(left.width(), path.field("left"));
  value.checkBroadcast(right.width(), path.field("right"));
  value.checkWidth(std::max({condition.width(), left.width(), right.width()}), path);
}

void checkCast(const ValueUnderCheck& value, const proto::Cast& cast, const PlanPath& path) {
  const proto::Value& argument = value.argument(cast.value(), path.field("value"));
  value.checkNumeric(path);
  value.checkWidth(argument.width(), path);
  const proto::ElementType type = value.value().type();
  const uint32_t bits = cast.integer_bits();
  INFERF_PLAN_CHECK(bits == 0 || bits == 2 || bits == 4 || bits == 8 || bits == 16 || bits == 32, path.field("integer_bits"),
                    "the number of bits is out of range. Expected: 0, 2, 4, 8, 16 or 32, actual: ", bits);
  INFERF_PLAN_CHECK(bits == 0 || type == proto::ELEMENT_TYPE_INT64, path.field("integer_bits"), "only INT64 results wrap. Actual: ",
                    proto::ElementType_Name(type));
  checkUnsigned(cast.integer_unsigned(), type, path.field("integer_unsigned"));
  checkUnsigned(cast.argument_unsigned(), argument.type(), path.field("argument_unsigned"));
  INFERF_PLAN_CHECK(proto::FloatFormat_IsValid(cast.float_format()), path.field("float_format"), "the format is unknown. Actual: ",
                    static_cast<int>(cast.float_format()));
  INFERF_PLAN_CHECK(cast.float_format() == proto::FLOAT_FORMAT_NONE || type == proto::ELEMENT_TYPE_FLOAT32, path.field("float_format"),
                    "only FLOAT32 results are rounded to a format. Actual: ", proto::ElementType_Name(type));
  INFERF_PLAN_CHECK(proto::ScaleRounding_IsValid(cast.scale_rounding()), path.field("scale_rounding"), "the rounding is unknown. Actual: ",
                    static_cast<int>(cast.scale_rounding()));
}

void checkLabelEncode(const ValueUnderCheck& value, const proto::LabelEncode& encode, const PlanPath& path) {
  const proto::Value& argument = value.argument(encode.value(), path.field("value"));
  value.checkWidth(argument.width(), path);
  const proto::Tensor& keys = value.rowTensor(encode.keys(), path.field("keys"));
  ValueUnderCheck::checkType(keys.type(), argument.type(), path.field("keys"));
  const proto::Tensor& values = value.rowTensor(encode.values(), path.field("values"));
  value.checkSameType(values.type(), path.field("values"));
  INFERF_PLAN_CHECK(values.columns() == keys.columns(), path.field("values"), "there must be one value for each key. Expected: ",
                    keys.columns(), ", actual: ", values.columns());
  const proto::Tensor& defaultValue = value.rowTensor(encode.default_value(), path.field("default_value"));
  value.checkSameType(defaultValue.type(), path.field("default_value"));
  INFERF_PLAN_CHECK(defaultValue.columns() == 1, path.field("default_value"), "the default is one element. Actual: ", defaultValue.columns());
}

}  // namespace inferf
