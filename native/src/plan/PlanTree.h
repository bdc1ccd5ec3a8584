#pragma once

#include <cstdint>
#include <vector>

namespace inferf {

/// How the relational nodes of a plan hang together. Filled by checkRelations().
struct PlanTree {
  static constexpr uint32_t kNone = UINT32_MAX;

  uint32_t streamedTable = 0;
  std::vector<uint32_t> parents;       // by node; kNone for the root
  std::vector<uint32_t> preorder;      // by node: its number when the tree is walked parents first
  std::vector<uint32_t> subtreeSizes;  // by node: nodes under it, itself included
  std::vector<uint32_t> scans;         // by table: its scan node

  /// True if `ancestor` is `node` or lies on the path from it to the root. (The preorder numbers of a subtree are consecutive; unsigned
  /// subtraction wraps for nodes before it.)
  bool isAncestorOrSelf(uint32_t ancestor, uint32_t node) const {
    return preorder[node] - preorder[ancestor] < subtreeSizes[ancestor];
  }
  bool isUnder(uint32_t table, uint32_t node) const { return isAncestorOrSelf(node, scans[table]); }
};

}  // namespace inferf
