#include "plan/PlanComparison.h"

#include "plan/PlanPath.h"
#include "plan/ValueArguments.h"

namespace inferf {

namespace {

bool readsValues(const proto::FilterNode& filter) {
  bool reads = false;
  forEachScalarValue(filter.predicate(), [&](uint32_t) { reads = true; });
  return reads;
}

const char* kindName(const proto::RelationalNode& node) {
  return node.has_scan() ? "scan" : node.has_hash_join() ? "hash_join" : "filter";
}

void checkSameNode(const proto::RelationalNode& before, const proto::RelationalNode& after, const PlanPath& path) {
  INFERF_PLAN_CHECK(before.kind_case() == after.kind_case(), path, "the node is of another kind than in the plan that was built. Expected: ",
                    kindName(before), ", actual: ", kindName(after));
  if (before.has_filter() && readsValues(before.filter())) {
    INFERF_PLAN_CHECK(before.filter().input() == after.filter().input(), path.field("filter"),
                      "the input is another one than in the plan that was built. Expected: ", before.filter().input(), ", actual: ",
                      after.filter().input());
    INFERF_PLAN_CHECK(readsValues(after.filter()), path.field("filter"),
                      "the predicate reads no value, but that of the plan that was built does");
    return;
  }
  INFERF_PLAN_CHECK(before.SerializeAsString() == after.SerializeAsString(), path, "the ", kindName(after),
                    " differs from that of the plan that was built");
}

}  // namespace

void checkSameRelations(const Plan& before, const Plan& after) {
  const proto::PlanFragment& built = before.fragment();
  const proto::PlanFragment& fragment = after.fragment();
  const PlanPath root;
  INFERF_PLAN_CHECK(built.tables_size() == fragment.tables_size(), root.field("tables"),
                    "there are not as many tables as in the plan that was built. Expected: ", built.tables_size(), ", actual: ",
                    fragment.tables_size());
  for (int i = 0; i < built.tables_size(); ++i) {
    INFERF_PLAN_CHECK(built.tables(i).SerializeAsString() == fragment.tables(i).SerializeAsString(), root.at("tables", i),
                      "the table differs from that of the plan that was built, '", built.tables(i).name(),
                      "', in its name, its columns or whether it is streamed");
  }
  INFERF_PLAN_CHECK(built.nodes_size() == fragment.nodes_size(), root.field("nodes"),
                    "there are not as many nodes as in the plan that was built. Expected: ", built.nodes_size(), ", actual: ",
                    fragment.nodes_size());
  for (int i = 0; i < built.nodes_size(); ++i) {
    checkSameNode(built.nodes(i), fragment.nodes(i), root.at("nodes", i));
  }
}

}  // namespace inferf
