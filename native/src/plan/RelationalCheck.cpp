#include <vector>

#include "plan/PlanChecks.h"
#include "plan/PlanLimits.h"

namespace inferf {

namespace {

void checkTables(const proto::PlanFragment& fragment, PlanTree& tree) {
  const PlanPath root;
  INFERF_PLAN_CHECK(fragment.tables_size() >= 1 && fragment.tables_size() <= kMaxPlanTables, root.field("tables"),
                    "the number of tables is out of range. Expected: 1 to ", kMaxPlanTables, ", actual: ", fragment.tables_size());
  int numStreamed = 0;
  for (int i = 0; i < fragment.tables_size(); ++i) {
    const proto::Table& table = fragment.tables(i);
    if (table.streamed()) {
      ++numStreamed;
      tree.streamedTable = static_cast<uint32_t>(i);
    }
    for (int column = 0; column < table.columns_size(); ++column) {
      const PlanPath tablePath = root.at("tables", i);
      INFERF_PLAN_CHECK(!table.columns(column).empty(), tablePath.at("columns", column), "a column must have a name");
    }
  }
  INFERF_PLAN_CHECK(numStreamed == 1, root.field("tables"), "exactly one table must be streamed. Actual: ", numStreamed);
}

void checkTensors(const proto::PlanFragment& fragment) {
  const PlanPath root;
  INFERF_PLAN_CHECK(fragment.tensors_size() <= kMaxPlanTensors, root.field("tensors"), "there are too many tensors. Expected at most: ",
                    kMaxPlanTensors, ", actual: ", fragment.tensors_size());
  for (int i = 0; i < fragment.tensors_size(); ++i) {
    const proto::Tensor& tensor = fragment.tensors(i);
    const PlanPath path = root.at("tensors", i);
    INFERF_PLAN_CHECK(proto::ElementType_IsValid(tensor.type()) && tensor.type() != proto::ELEMENT_TYPE_UNSPECIFIED, path.field("type"),
                      "the element type is unknown. Actual: ", static_cast<int>(tensor.type()));
    INFERF_PLAN_CHECK(tensor.type() != proto::ELEMENT_TYPE_FLOAT16, path.field("type"), "a tensor has no half precision");
    INFERF_PLAN_CHECK(tensor.rows() >= 1 && tensor.columns() >= 1 && uint64_t{tensor.rows()} * tensor.columns() <= kMaxTensorSize, path,
                      "the size is out of range. Expected: 1 to ", kMaxTensorSize, " elements, actual: ", tensor.rows(), " x ",
                      tensor.columns());
  }
}

/// Fills parents, subtree sizes and scans; checks that the nodes form one tree.
class TreeBuilder {
 public:
  TreeBuilder(const proto::PlanFragment& fragment, PlanTree& tree) : fragment_(fragment), tree_(tree) {}

  void run() {
    const PlanPath root;
    const int numNodes = fragment_.nodes_size();
    INFERF_PLAN_CHECK(numNodes >= 1 && numNodes <= kMaxPlanNodes, root.field("nodes"),
                      "the number of nodes is out of range. Expected: 1 to ", kMaxPlanNodes, ", actual: ", numNodes);
    tree_.parents.assign(static_cast<size_t>(numNodes), PlanTree::kNone);
    tree_.subtreeSizes.assign(static_cast<size_t>(numNodes), 1);
    tree_.scans.assign(static_cast<size_t>(fragment_.tables_size()), PlanTree::kNone);
    for (int i = 0; i < numNodes; ++i) {
      addNode(i, root.at("nodes", i));
    }
    for (int i = 0; i + 1 < numNodes; ++i) {
      INFERF_PLAN_CHECK(tree_.parents[static_cast<size_t>(i)] != PlanTree::kNone, root.at("nodes", i),
                        "the node is no other node's child, and only the last node may be the root");
    }
    for (int i = 0; i < fragment_.tables_size(); ++i) {
      INFERF_PLAN_CHECK(tree_.scans[static_cast<size_t>(i)] != PlanTree::kNone, root.at("tables", i), "no node scans the table '",
                        fragment_.tables(i).name(), "'");
    }
    number();
  }

 private:
  void addNode(int index, const PlanPath& path) {
    const proto::RelationalNode& node = fragment_.nodes(index);
    const auto id = static_cast<uint32_t>(index);
    switch (node.kind_case()) {
      case proto::RelationalNode::kScan: {
        const PlanPath scanPath = path.field("scan");
        const uint32_t table = node.scan().table();
        INFERF_PLAN_CHECK(table < tree_.scans.size(), scanPath.field("table"), "there is no such table. Expected: less than ",
                          tree_.scans.size(), ", actual: ", table);
        INFERF_PLAN_CHECK(tree_.scans[table] == PlanTree::kNone, scanPath.field("table"), "the table is scanned already by nodes[",
                          tree_.scans[table], "]");
        tree_.scans[table] = id;
        break;
      }
      case proto::RelationalNode::kHashJoin: {
        const PlanPath joinPath = path.field("hash_join");
        const proto::JoinType type = node.hash_join().type();
        INFERF_PLAN_CHECK(type == proto::JOIN_TYPE_INNER || type == proto::JOIN_TYPE_LEFT, joinPath.field("type"),
                          "the join type is unknown. Actual: ", static_cast<int>(type));
        addChild(id, node.hash_join().probe(), joinPath.field("probe"));
        addChild(id, node.hash_join().build(), joinPath.field("build"));
        break;
      }
      case proto::RelationalNode::kFilter: {
        const PlanPath filterPath = path.field("filter");
        addChild(id, node.filter().input(), filterPath.field("input"));
        break;
      }
      case proto::RelationalNode::KIND_NOT_SET:
        INFERF_PLAN_CHECK(false, path, "the node has no known kind");
    }
  }

  void addChild(uint32_t parent, uint32_t child, const PlanPath& path) {
    INFERF_PLAN_CHECK(child < parent, path, "children must come before their parents. Expected: less than ", parent, ", actual: ", child);
    INFERF_PLAN_CHECK(tree_.parents[child] == PlanTree::kNone, path, "the node is a child already, of nodes[", tree_.parents[child], "]");
    tree_.parents[child] = parent;
    tree_.subtreeSizes[parent] += tree_.subtreeSizes[child];
  }

  /// Numbers the nodes parents first. Walking from the root down the list meets every parent before its children.
  void number() {
    const size_t numNodes = tree_.parents.size();
    tree_.preorder.assign(numNodes, 0);
    std::vector<uint32_t> next(numNodes, 1);  // of the node's next child
    for (size_t i = numNodes - 1; i-- > 0;) {
      const uint32_t parent = tree_.parents[i];
      tree_.preorder[i] = next[parent];
      next[parent] += tree_.subtreeSizes[i];
      next[i] = tree_.preorder[i] + 1;
    }
  }

  const proto::PlanFragment& fragment_;
  PlanTree& tree_;
};

/// The root pipeline starts at the streamed table's scan and goes up through probe and filter inputs only.
void checkDriver(const proto::PlanFragment& fragment, const PlanTree& tree) {
  uint32_t node = static_cast<uint32_t>(fragment.nodes_size() - 1);
  while (!fragment.nodes(static_cast<int>(node)).has_scan()) {
    const proto::RelationalNode& relation = fragment.nodes(static_cast<int>(node));
    node = relation.has_hash_join() ? relation.hash_join().probe() : relation.filter().input();
  }
  const PlanPath root;
  const PlanPath nodePath = root.at("nodes", static_cast<int>(node));
  const uint32_t table = fragment.nodes(static_cast<int>(node)).scan().table();
  INFERF_PLAN_CHECK(table == tree.streamedTable, nodePath.field("scan"),
                    "the streamed table must drive the root pipeline (probe and filter inputs from the root). Expected: table ",
                    tree.streamedTable, ", actual: ", table);
}

void checkJoinKeys(const proto::PlanFragment& fragment, const PlanTree& tree) {
  const PlanPath root;
  for (int i = 0; i < fragment.nodes_size(); ++i) {
    if (!fragment.nodes(i).has_hash_join()) {
      continue;
    }
    const proto::HashJoinNode& join = fragment.nodes(i).hash_join();
    const PlanPath nodePath = root.at("nodes", i);
    const PlanPath joinPath = nodePath.field("hash_join");
    INFERF_PLAN_CHECK(join.keys_size() >= 1, joinPath.field("keys"), "a join needs at least one key");
    for (int k = 0; k < join.keys_size(); ++k) {
      const PlanPath keyPath = joinPath.at("keys", k);
      checkColumn(fragment, tree, join.keys(k).probe(), join.probe(), keyPath.field("probe"));
      checkColumn(fragment, tree, join.keys(k).build(), join.build(), keyPath.field("build"));
    }
  }
}

void checkNullCheckNode(const proto::PlanFragment& fragment, const PlanTree& tree) {
  const PlanPath root;
  const PlanPath path = root.field("null_check_node");
  const uint32_t node = fragment.null_check_node();
  INFERF_PLAN_CHECK(node < tree.parents.size(), path, "there is no such node. Expected: less than ", tree.parents.size(),
                    ", actual: ", node);
  INFERF_PLAN_CHECK(tree.isUnder(tree.streamedTable, node), path, "the node must lie on the root pipeline. Actual: ", node);
}

void checkLazyNodes(const proto::PlanFragment& fragment, const PlanTree& tree) {
  const PlanPath root;
  std::vector<bool> isNamed(tree.parents.size());
  for (int i = 0; i < fragment.lazy_nodes_size(); ++i) {
    const uint32_t node = fragment.lazy_nodes(i);
    const PlanPath path = root.at("lazy_nodes", i);
    INFERF_PLAN_CHECK(node < tree.parents.size(), path, "there is no such node. Expected: less than ", tree.parents.size(),
                      ", actual: ", node);
    INFERF_PLAN_CHECK(!isNamed[node], path, "the node is named twice. Actual: ", node);
    INFERF_PLAN_CHECK(!tree.isUnder(tree.streamedTable, node), path, "the node's rows are streamed, only those of build sides can wait. Actual: ",
                      node);
    isNamed[node] = true;
  }
}

}  // namespace

PlanTree checkRelations(const proto::PlanFragment& fragment) {
  PlanTree tree;
  checkTables(fragment, tree);
  checkTensors(fragment);
  TreeBuilder(fragment, tree).run();
  checkDriver(fragment, tree);
  checkJoinKeys(fragment, tree);
  checkNullCheckNode(fragment, tree);
  checkLazyNodes(fragment, tree);
  return tree;
}

void checkColumn(const proto::PlanFragment& fragment, const PlanTree& tree, const proto::ColumnRef& column, uint32_t node,
                 const PlanPath& path) {
  INFERF_PLAN_CHECK(column.table() < tree.scans.size(), path.field("table"), "there is no such table. Expected: less than ",
                    tree.scans.size(), ", actual: ", column.table());
  const proto::Table& table = fragment.tables(static_cast<int>(column.table()));
  INFERF_PLAN_CHECK(column.column() < static_cast<uint32_t>(table.columns_size()), path.field("column"),
                    "there is no such column in table '", table.name(), "'. Expected: less than ", table.columns_size(),
                    ", actual: ", column.column());
  INFERF_PLAN_CHECK(tree.isUnder(column.table(), node), path.field("table"), "the table '", table.name(), "' is not under nodes[", node,
                    "]");
}

}  // namespace inferf
