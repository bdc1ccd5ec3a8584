#include "plan/PlanComparison.h"

#include "plan/PlanFixture.h"

namespace inferf::test {
namespace {

using Fragment = proto::PlanFragment;

void expectDifferent(const std::string& place, const std::function<void(Fragment&)>& change) {
  SCOPED_TRACE(place);
  Fragment other = samplePlan();
  change(other);
  const auto plan = parse(other);
  expectError(INFERF_ERROR_INVALID_PLAN, "The plan is invalid at " + place, [&] { checkSameRelations(*parse(samplePlan()), *plan); });
}

TEST(PlanComparisonTest, ValuesTensorsAndOutputsMayDiffer) {
  Fragment other = samplePlan();
  // The linear layer of users moves from its scan to the join.
  for (const int value : {1, 2}) {
    other.mutable_values(value)->set_node(2);
  }
  other.mutable_tensors(0)->set_name("other");
  other.mutable_outputs()->RemoveLast();
  other.set_null_check_node(3);
  other.add_lazy_nodes(1);
  EXPECT_NO_THROW(checkSameRelations(*parse(samplePlan()), *parse(other)));
}

TEST(PlanComparisonTest, FiltersThatReadValuesMayReadOthers) {
  Fragment other = samplePlan();
  proto::ScalarCall* call = other.mutable_nodes(3)->mutable_filter()->mutable_predicate()->mutable_call();
  call->mutable_arguments(0)->mutable_value()->set_value(3);
  EXPECT_NO_THROW(checkSameRelations(*parse(samplePlan()), *parse(other)));
  expectDifferent("nodes[3].filter: the predicate reads no value", [](Fragment& plan) {
    plan.mutable_nodes(3)->mutable_filter()->mutable_predicate()->mutable_call()->mutable_arguments(0)->mutable_column()->set_column(1);
  });
}

TEST(PlanComparisonTest, TablesAndRelationalNodesMayNot) {
  expectDifferent("tables[1]", [](Fragment& plan) { plan.mutable_tables(1)->set_name("people"); });
  expectDifferent("tables[0]", [](Fragment& plan) { plan.mutable_tables(0)->add_columns("more"); });
  expectDifferent("nodes[2]: the hash_join differs",
                  [](Fragment& plan) { plan.mutable_nodes(2)->mutable_hash_join()->set_type(proto::JOIN_TYPE_LEFT); });
  expectDifferent("nodes[2]: the hash_join differs", [](Fragment& plan) {
    plan.mutable_nodes(2)->mutable_hash_join()->mutable_keys(0)->mutable_build()->set_column(1);
  });
  expectDifferent("nodes: there are not as many nodes", [](Fragment& plan) {
    plan.add_nodes()->mutable_filter()->set_input(3);
    plan.mutable_nodes(4)->mutable_filter()->mutable_predicate()->mutable_literal()->set_boolean(true);
  });
  expectDifferent("tables: there are not as many tables", [](Fragment& plan) {
    plan.add_tables()->set_name("third");
    plan.mutable_tables(2)->add_columns("id");
    plan.add_nodes()->mutable_scan()->set_table(2);
    proto::HashJoinNode* join = plan.add_nodes()->mutable_hash_join();
    join->set_type(proto::JOIN_TYPE_INNER);
    join->set_probe(3);
    join->set_build(4);
    join->add_keys()->mutable_build()->set_table(2);
    join->mutable_keys(0)->mutable_probe()->set_table(0);
  });
}

}  // namespace
}  // namespace inferf::test
