#pragma once

#include <cstdint>

#include "plan.pb.h"

namespace inferf {

/// Calls `visit(uint32_t argument)` for each value that `value` reads, in order.
template <typename Visit>
void forEachArgument(const proto::Value& value, Visit&& visit) {
  switch (value.kind_case()) {
    case proto::Value::kConcat:
      for (const uint32_t argument : value.concat().values()) {
        visit(argument);
      }
      break;
    case proto::Value::kSlice:
      visit(value.slice().value());
      break;
    case proto::Value::kSum:
      for (const proto::Term& term : value.sum().terms()) {
        visit(term.value());
      }
      break;
    case proto::Value::kUnary:
      visit(value.unary().value());
      break;
    case proto::Value::kBinary:
      visit(value.binary().left());
      visit(value.binary().right());
      break;
    case proto::Value::kConstantBinary:
      visit(value.constant_binary().value());
      break;
    case proto::Value::kCast:
      visit(value.cast().value());
      break;
    case proto::Value::kSoftmax:
      visit(value.softmax().value());
      break;
    case proto::Value::kImpute:
      visit(value.impute().value());
      break;
    case proto::Value::kOneHot:
      visit(value.one_hot().value());
      break;
    case proto::Value::kNormalize:
      visit(value.normalize().value());
      break;
    case proto::Value::kSelectLabel:
      visit(value.select_label().scores());
      break;
    case proto::Value::kLoadColumns:
    case proto::Value::KIND_NOT_SET:
      break;
  }
}

/// Calls `visit(uint32_t value)` for each value element that a scalar expression reads.
template <typename Visit>
void forEachScalarValue(const proto::ScalarExpression& expression, Visit&& visit) {
  if (expression.has_value()) {
    visit(expression.value().value());
  } else if (expression.has_call()) {
    for (const proto::ScalarExpression& argument : expression.call().arguments()) {
      forEachScalarValue(argument, visit);
    }
  }
}

}  // namespace inferf
