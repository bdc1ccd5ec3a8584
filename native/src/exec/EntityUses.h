#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "exec/Pipeline.h"
#include "plan/Plan.h"

namespace inferf {

/// Where each entity of a plan is read, and so how far up the tree its row ids must be carried.
class EntityUses {
 public:
  /// Everything the plan reads; `nullChecked` are the (table, column) pairs read by the check at PlanFragment.null_check_node.
  EntityUses(const Plan& plan, const std::vector<std::pair<uint32_t, uint32_t>>& nullChecked);

  /// What joins and filters read, without values, outputs and the check.
  static EntityUses ofRelations(const Plan& plan);

  /// True if the entity is read by something that sees the rows of `node` after the node did its own work: values and outputs at the node, or
  /// anything at a node above.
  bool isReadAfter(EntityId entity, uint32_t node) const;

  /// True if the entity is read at a node strictly above.
  bool isReadAbove(EntityId entity, uint32_t node) const;

  /// Calls `visit(uint32_t node)` for every node whose values read the entity.
  template <typename Visit>
  void forEachReadingNode(EntityId entity, const Visit& visit) const {
    for (const Use& use : uses_[entity]) {
      if (use.afterNode) {
        visit(use.node);
      }
    }
  }

 private:
  struct Use {
    uint32_t node;
    bool afterNode;  // false: by the node's predicate or keys
  };

  explicit EntityUses(const Plan& plan);
  void addRelations();
  void add(EntityId entity, uint32_t node, bool afterNode) { uses_[entity].push_back({node, afterNode}); }
  void addExpression(const proto::ScalarExpression& expression, uint32_t node, bool afterNode);
  void addOutput(const proto::OutputColumn& output);
  void addValue(const proto::Value& value);

  const Plan& plan_;
  std::vector<std::vector<Use>> uses_;
};

}  // namespace inferf
