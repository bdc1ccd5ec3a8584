#include "exec/LazyReads.h"

#include <set>

#include "plan/ValueArguments.h"

namespace inferf {

namespace {

/// Collects the lazy ones among the nodes of values.
class LazyNodes {
 public:
  explicit LazyNodes(const Plan& plan) : plan_(plan) {}

  void addValue(uint32_t value) {
    const uint32_t node = plan_.fragment().values(static_cast<int>(value)).node();
    if (plan_.isLazy(node)) {
      nodes_.insert(node);
    }
  }
  void addExpression(const proto::ScalarExpression& expression) {
    forEachScalarValue(expression, [this](uint32_t value) { addValue(value); });
  }
  std::vector<uint32_t> list() const { return {nodes_.begin(), nodes_.end()}; }

 private:
  const Plan& plan_;
  std::set<uint32_t> nodes_;
};

}  // namespace

std::vector<uint32_t> lazyNodesReadAt(const Plan& plan, uint32_t node) {
  LazyNodes nodes(plan);
  for (const uint32_t value : plan.valuesAt(node)) {
    forEachArgument(plan.fragment().values(static_cast<int>(value)), [&](uint32_t argument) {
      if (plan.fragment().values(static_cast<int>(argument)).node() != node) {
        nodes.addValue(argument);
      }
    });
  }
  return nodes.list();
}

std::vector<uint32_t> lazyNodesReadBy(const Plan& plan, const proto::ScalarExpression& expression) {
  LazyNodes nodes(plan);
  nodes.addExpression(expression);
  return nodes.list();
}

std::vector<uint32_t> lazyNodesReadByOutputs(const Plan& plan) {
  LazyNodes nodes(plan);
  for (const proto::OutputColumn& output : plan.fragment().outputs()) {
    if (output.has_value()) {
      nodes.addValue(output.value());
    }
    nodes.addExpression(output.scalar());
    for (const proto::OutputColumn& field : output.struct_().fields()) {
      nodes.addValue(field.value());
    }
  }
  return nodes.list();
}

}  // namespace inferf
