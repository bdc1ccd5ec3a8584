#include "exec/FallibleNullRows.h"

#include <algorithm>

namespace inferf {

namespace {

/// True for operators that fail on some values.
bool isFallible(const proto::Value& value) {
  const auto divides = [](proto::BinaryFunction function) {
    return function == proto::BINARY_FUNCTION_DIVIDE || function == proto::BINARY_FUNCTION_MODULO || function == proto::BINARY_FUNCTION_REMAINDER;
  };
  switch (value.kind_case()) {
    case proto::Value::kBinary:
      return value.type() == proto::ELEMENT_TYPE_INT64 && divides(value.binary().function());
    case proto::Value::kConstantBinary:
      return value.type() == proto::ELEMENT_TYPE_INT64 && divides(value.constant_binary().function());
    case proto::Value::kOneHot:
      return value.one_hot().unknown_is_error();
    case proto::Value::kCast:
    case proto::Value::kEmbedding:
    case proto::Value::kOnnxRun:
    case proto::Value::kNarrow:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::vector<uint32_t> tablesWithFallibleNullRows(const Plan& plan) {
  const proto::PlanFragment& fragment = plan.fragment();
  std::vector<bool> isChosen(static_cast<size_t>(fragment.tables_size()));
  for (const proto::RelationalNode& node : fragment.nodes()) {
    if (!node.has_hash_join() || node.hash_join().type() != proto::JOIN_TYPE_LEFT) {
      continue;
    }
    const uint32_t build = node.hash_join().build();
    const bool mayFail = std::any_of(fragment.values().begin(), fragment.values().end(), [&](const proto::Value& value) {
      return isFallible(value) && plan.isAncestorOrSelf(build, value.node());
    });
    for (uint32_t table = 0; mayFail && table < isChosen.size(); ++table) {
      isChosen[table] = isChosen[table] || (plan.isUnder(table, build) && plan.isUnder(table, fragment.null_check_node()));
    }
  }
  std::vector<uint32_t> tables;
  for (uint32_t table = 0; table < isChosen.size(); ++table) {
    if (isChosen[table]) {
      tables.push_back(table);
    }
  }
  return tables;
}

}  // namespace inferf
