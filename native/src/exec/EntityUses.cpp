#include "exec/EntityUses.h"

#include "plan/ValueArguments.h"

namespace inferf {

EntityUses::EntityUses(const Plan& plan)
    : plan_(plan), uses_(static_cast<size_t>(plan.fragment().tables_size() + plan.fragment().nodes_size())) {}

EntityUses::EntityUses(const Plan& plan, const std::vector<std::pair<uint32_t, uint32_t>>& nullChecked) : EntityUses(plan) {
  const proto::PlanFragment& fragment = plan.fragment();
  addRelations();
  for (const proto::Value& value : fragment.values()) {
    addValue(value);
  }
  for (const proto::OutputColumn& output : fragment.outputs()) {
    addOutput(output);
  }
  for (const auto& [table, column] : nullChecked) {
    add(table, fragment.null_check_node(), true);
  }
}

EntityUses EntityUses::ofRelations(const Plan& plan) {
  EntityUses uses(plan);
  uses.addRelations();
  return uses;
}

void EntityUses::addRelations() {
  const proto::PlanFragment& fragment = plan_.fragment();
  for (uint32_t node = 0; node < static_cast<uint32_t>(fragment.nodes_size()); ++node) {
    const proto::RelationalNode& relational = fragment.nodes(static_cast<int>(node));
    if (relational.has_hash_join()) {
      for (const proto::JoinKey& key : relational.hash_join().keys()) {
        add(key.probe().table(), node, false);
        add(key.build().table(), node, false);
      }
    } else if (relational.has_filter()) {
      addExpression(relational.filter().predicate(), node, false);
    }
  }
}

void EntityUses::addExpression(const proto::ScalarExpression& expression, uint32_t node, bool afterNode) {
  if (expression.has_column()) {
    add(expression.column().table(), node, afterNode);
  } else if (expression.has_value()) {
    const uint32_t valueNode = plan_.fragment().values(static_cast<int>(expression.value().value())).node();
    add(rowsOf(plan_, valueNode), node, afterNode);
  } else if (expression.has_call()) {
    for (const proto::ScalarExpression& argument : expression.call().arguments()) {
      addExpression(argument, node, afterNode);
    }
  }
}

void EntityUses::addOutput(const proto::OutputColumn& output) {
  if (output.has_column()) {
    add(output.column().table(), plan_.root(), true);
  } else if (output.has_scalar()) {
    addExpression(output.scalar(), plan_.root(), true);
  } else if (output.has_struct_()) {
    for (const proto::OutputColumn& field : output.struct_().fields()) {
      addOutput(field);
    }
  } else {
    const uint32_t valueNode = plan_.fragment().values(static_cast<int>(output.value())).node();
    add(rowsOf(plan_, valueNode), plan_.root(), true);
  }
}

void EntityUses::addValue(const proto::Value& value) {
  if (value.has_load_columns()) {
    for (const proto::ColumnRef& column : value.load_columns().columns()) {
      add(column.table(), value.node(), true);
    }
    return;
  }
  forEachArgument(value, [&](uint32_t argument) {
    const uint32_t argumentNode = plan_.fragment().values(static_cast<int>(argument)).node();
    if (argumentNode != value.node()) {
      add(rowsOf(plan_, argumentNode), value.node(), true);
    }
  });
}

bool EntityUses::isReadAfter(EntityId entity, uint32_t node) const {
  for (const Use& use : uses_[entity]) {
    if (use.node == node ? use.afterNode : plan_.isAncestorOrSelf(use.node, node)) {
      return true;
    }
  }
  return false;
}

bool EntityUses::isReadAbove(EntityId entity, uint32_t node) const {
  for (const Use& use : uses_[entity]) {
    if (use.node != node && plan_.isAncestorOrSelf(use.node, node)) {
      return true;
    }
  }
  return false;
}

}  // namespace inferf
