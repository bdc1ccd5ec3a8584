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
    case proto::Value::kSelectColumns:
      visit(value.select_columns().value());
      break;
    case proto::Value::kWhere:
      visit(value.where().condition());
      visit(value.where().left());
      visit(value.where().right());
      break;
    case proto::Value::kReduce:
      visit(value.reduce().value());
      break;
    case proto::Value::kTopK:
      visit(value.top_k().value());
      break;
    case proto::Value::kMatrixProduct:
      visit(value.matrix_product().left());
      visit(value.matrix_product().right());
      break;
    case proto::Value::kDistance:
      visit(value.distance().value());
      break;
    case proto::Value::kLabelEncode:
      visit(value.label_encode().value());
      break;
    case proto::Value::kEmbedding:
      visit(value.embedding().value());
      break;
    case proto::Value::kTreeMask:
      visit(value.tree_mask().value());
      break;
    case proto::Value::kMaskAnd:
      for (const uint32_t mask : value.mask_and().masks()) {
        visit(mask);
      }
      break;
    case proto::Value::kTreeScore:
      for (const uint32_t mask : value.tree_score().masks()) {
        visit(mask);
      }
      break;
    case proto::Value::kTreeTraversal:
      visit(value.tree_traversal().value());
      break;
    case proto::Value::kOnnxRun:
      for (const proto::OnnxRunInput& input : value.onnx_run().inputs()) {
        visit(input.value());
      }
      break;
    case proto::Value::kOnnxOutput:
      visit(value.onnx_output().run());
      break;
    case proto::Value::kNarrow:
      visit(value.narrow().value());
      break;
    case proto::Value::kLoadColumns:
    case proto::Value::kConstant:
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
