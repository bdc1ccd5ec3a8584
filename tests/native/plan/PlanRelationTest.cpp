#include <algorithm>

#include "plan/PlanFixture.h"

namespace inferf::test {
namespace {

using Fragment = proto::PlanFragment;

TEST(PlanRelationTest, DerivesTheTree) {
  const auto plan = parse(samplePlan());
  EXPECT_EQ(plan->root(), 3u);
  EXPECT_EQ(plan->streamedTable(), 0u);
  EXPECT_EQ(plan->parent(0), 2u);
  EXPECT_EQ(plan->parent(2), 3u);
  EXPECT_EQ(plan->parent(3), UINT32_MAX);
  EXPECT_EQ(plan->scanOf(1), 1u);
  EXPECT_TRUE(plan->isAncestorOrSelf(3, 0));
  EXPECT_TRUE(plan->isAncestorOrSelf(2, 2));
  EXPECT_FALSE(plan->isAncestorOrSelf(0, 1));
  EXPECT_FALSE(plan->isAncestorOrSelf(1, 0));
  EXPECT_FALSE(plan->isAncestorOrSelf(0, 2));
  EXPECT_TRUE(plan->isUnder(1, 2));
  EXPECT_FALSE(plan->isUnder(1, 0));
}

TEST(PlanRelationTest, DerivesWhereValuesAreAndWhichEscape) {
  const auto plan = parse(samplePlan());
  EXPECT_EQ(plan->valuesAt(0), (std::vector<uint32_t>{0}));
  EXPECT_EQ(plan->valuesAt(1), (std::vector<uint32_t>{1, 2}));
  EXPECT_EQ(plan->valuesAt(2), (std::vector<uint32_t>{3, 4}));
  EXPECT_EQ(plan->valuesAt(3), (std::vector<uint32_t>{5}));
  const bool expected[] = {true, false, true, false, true, true};
  for (uint32_t value = 0; value < 6; ++value) {
    EXPECT_EQ(plan->escapes(value), expected[value]) << value;
  }
}

TEST(PlanRelationTest, ValuesEscapeToFiltersAndOutputsOfTheirOwnNode) {
  Fragment fragment = samplePlan();
  fragment.mutable_nodes(3)->mutable_filter()->mutable_predicate()->mutable_call()->mutable_arguments(0)->mutable_value()->set_value(3);
  EXPECT_TRUE(parse(fragment)->escapes(3));
  fragment = samplePlan();
  fragment.add_outputs()->mutable_scalar()->mutable_value()->set_value(1);
  fragment.mutable_outputs(5)->set_name("raw");
  EXPECT_TRUE(parse(fragment)->escapes(1));
}

TEST(PlanRelationTest, NumbersBushyTrees) {
  Fragment fragment;
  fragment.set_schema_version(1);
  for (int i = 0; i < 4; ++i) {
    fragment.add_tables()->add_columns("k");
    fragment.add_nodes()->mutable_scan()->set_table(static_cast<uint32_t>(i));
  }
  fragment.mutable_tables(2)->set_streamed(true);
  const auto join = [&](uint32_t probe, uint32_t build, uint32_t probeTable, uint32_t buildTable) {
    proto::HashJoinNode* node = fragment.add_nodes()->mutable_hash_join();
    node->set_type(proto::JOIN_TYPE_LEFT);
    node->set_probe(probe);
    node->set_build(build);
    proto::JoinKey* key = node->add_keys();
    key->mutable_probe()->set_table(probeTable);
    key->mutable_build()->set_table(buildTable);
  };
  join(0, 1, 0, 1);  // 4
  join(2, 3, 2, 3);  // 5
  join(5, 4, 2, 0);  // 6
  fragment.set_null_check_node(6);
  fragment.add_outputs()->mutable_column()->set_table(1);
  fragment.mutable_outputs(0)->set_name("k");
  const auto plan = parse(fragment);
  const std::vector<std::vector<uint32_t>> ancestors{{0, 4, 6}, {1, 4, 6}, {2, 5, 6}, {3, 5, 6}, {4, 6}, {5, 6}, {6}};
  for (uint32_t node = 0; node < 7; ++node) {
    for (uint32_t other = 0; other < 7; ++other) {
      const bool expected = std::count(ancestors[node].begin(), ancestors[node].end(), other) > 0;
      EXPECT_EQ(plan->isAncestorOrSelf(other, node), expected) << other << " above " << node;
    }
  }
}

TEST(PlanRelationTest, RejectsBrokenTablesAndTensors) {
  expectInvalid("schema_version", [](Fragment& p) { p.set_schema_version(2); });
  expectInvalid("tables", [](Fragment& p) { p.clear_tables(); });
  expectInvalid("tables: exactly one", [](Fragment& p) { p.mutable_tables(0)->set_streamed(false); });
  expectInvalid("tables: exactly one", [](Fragment& p) { p.mutable_tables(1)->set_streamed(true); });
  expectInvalid("tables[1].columns[2]", [](Fragment& p) { p.mutable_tables(1)->set_columns(2, ""); });
  expectInvalid("tables[2]: no node scans", [](Fragment& p) { p.add_tables()->set_name("unused"); });
  expectInvalid("tensors[1].type", [](Fragment& p) { p.mutable_tensors(1)->set_type(proto::ELEMENT_TYPE_UNSPECIFIED); });
  expectInvalid("tensors[1].type", [](Fragment& p) { p.mutable_tensors(1)->set_type(static_cast<proto::ElementType>(77)); });
  expectInvalid("tensors[0]: the size", [](Fragment& p) { p.mutable_tensors(0)->set_rows(0); });
  expectInvalid("tensors[0]: the size", [](Fragment& p) {
    p.mutable_tensors(0)->set_rows(UINT32_MAX);
    p.mutable_tensors(0)->set_columns(UINT32_MAX);
  });
}

TEST(PlanRelationTest, RejectsWhatIsNoTree) {
  expectInvalid("nodes", [](Fragment& p) { p.clear_nodes(); });
  expectInvalid("nodes[0].scan.table", [](Fragment& p) { p.mutable_nodes(0)->mutable_scan()->set_table(9); });
  expectInvalid("nodes[1].scan.table: the table is scanned already", [](Fragment& p) { p.mutable_nodes(1)->mutable_scan()->set_table(0); });
  expectInvalid("nodes[2].hash_join.probe", [](Fragment& p) { p.mutable_nodes(2)->mutable_hash_join()->set_probe(2); });
  expectInvalid("nodes[2].hash_join.build: the node is a child already",
                [](Fragment& p) { p.mutable_nodes(2)->mutable_hash_join()->set_build(0); });
  expectInvalid("nodes[3].filter.input", [](Fragment& p) { p.mutable_nodes(3)->mutable_filter()->set_input(7); });
  expectInvalid("nodes[2]: the node is no other node's child", [](Fragment& p) {
    *p.mutable_nodes(2) = p.nodes(3);
    p.mutable_nodes(2)->mutable_filter()->set_input(0);
    p.mutable_nodes(3)->mutable_filter()->set_input(1);
  });
  expectInvalid("nodes[1]: the node has no known kind", [](Fragment& p) { p.mutable_nodes(1)->clear_kind(); });
  expectInvalid("nodes[2].hash_join.type", [](Fragment& p) { p.mutable_nodes(2)->mutable_hash_join()->clear_type(); });
}

TEST(PlanRelationTest, RejectsAnotherDriverThanTheStreamedTable) {
  expectInvalid("nodes[1].scan: the streamed table must drive", [](Fragment& p) {
    p.mutable_nodes(2)->mutable_hash_join()->set_probe(1);
    p.mutable_nodes(2)->mutable_hash_join()->set_build(0);
  });
}

TEST(PlanRelationTest, RejectsBrokenKeysAndNullCheckNode) {
  const auto key = [](Fragment& p) { return p.mutable_nodes(2)->mutable_hash_join()->mutable_keys(0); };
  expectInvalid("nodes[2].hash_join.keys: a join needs", [](Fragment& p) { p.mutable_nodes(2)->mutable_hash_join()->clear_keys(); });
  expectInvalid("nodes[2].hash_join.keys[0].probe.table: the table 'users' is not under nodes[0]",
                [&](Fragment& p) { key(p)->mutable_probe()->set_table(1); });
  expectInvalid("nodes[2].hash_join.keys[0].build.column", [&](Fragment& p) { key(p)->mutable_build()->set_column(3); });
  expectInvalid("nodes[2].hash_join.keys[0].build.table: there is no such table", [&](Fragment& p) { key(p)->mutable_build()->set_table(3); });
  expectInvalid("null_check_node: there is no such node", [](Fragment& p) { p.set_null_check_node(4); });
  expectInvalid("null_check_node: the node must lie", [](Fragment& p) { p.set_null_check_node(1); });
}

TEST(PlanRelationTest, RejectsBrokenPredicates) {
  const auto call = [](Fragment& p) { return p.mutable_nodes(3)->mutable_filter()->mutable_predicate()->mutable_call(); };
  const std::string at = "nodes[3].filter.predicate";
  expectInvalid(at + ": the expression has no known kind", [](Fragment& p) { p.mutable_nodes(3)->mutable_filter()->clear_predicate(); });
  expectInvalid(at + ".call.function", [&](Fragment& p) { call(p)->set_function(static_cast<proto::ScalarFunction>(99)); });
  expectInvalid(at + ".call.arguments: SCALAR_FUNCTION_NOT has the wrong number of arguments. Expected: 1, actual: 2",
                [&](Fragment& p) { call(p)->set_function(proto::SCALAR_FUNCTION_NOT); });
  expectInvalid(at + ".call.arguments[0].value.value", [&](Fragment& p) { call(p)->mutable_arguments(0)->mutable_value()->set_value(6); });
  expectInvalid(at + ".call.arguments[0].value.value: values[5] is computed at nodes[3]",
                [&](Fragment& p) { call(p)->mutable_arguments(0)->mutable_value()->set_value(5); });
  expectInvalid(at + ".call.arguments[0].value.element", [&](Fragment& p) { call(p)->mutable_arguments(0)->mutable_value()->set_element(2); });
  expectInvalid(at + ".call.arguments[1].literal", [&](Fragment& p) { call(p)->mutable_arguments(1)->mutable_literal()->clear_value(); });
  expectInvalid(at + ".call.arguments[1].literal.null",
                [&](Fragment& p) { call(p)->mutable_arguments(1)->mutable_literal()->set_null(false); });
  expectInvalid(at + ".call.arguments[1].column.column",
                [&](Fragment& p) { call(p)->mutable_arguments(1)->mutable_column()->set_column(2); });
}

TEST(PlanRelationTest, RejectsBrokenOutputs) {
  expectInvalid("outputs: the number", [](Fragment& p) { p.clear_outputs(); });
  expectInvalid("outputs[0].name", [](Fragment& p) { p.mutable_outputs(0)->clear_name(); });
  expectInvalid("outputs[0]: the output has no known source", [](Fragment& p) { p.mutable_outputs(0)->clear_source(); });
  expectInvalid("outputs[0].column.table", [](Fragment& p) { p.mutable_outputs(0)->mutable_column()->set_table(2); });
  expectInvalid("outputs[1].value", [](Fragment& p) { p.mutable_outputs(1)->set_value(6); });
  expectInvalid("outputs[2]: a list of strings", [](Fragment& p) { p.mutable_outputs(2)->set_as_list(true); });
  expectInvalid("outputs[3].scalar.call.arguments[0].column.column", [](Fragment& p) {
    p.mutable_outputs(3)->mutable_scalar()->mutable_call()->mutable_arguments(0)->mutable_column()->set_column(2);
  });
  expectInvalid("outputs[4].struct.fields: the number", [](Fragment& p) { p.mutable_outputs(4)->mutable_struct_()->clear_fields(); });
  const auto field = [](Fragment& p) { return p.mutable_outputs(4)->mutable_struct_()->mutable_fields(0); };
  expectInvalid("outputs[4].struct.fields[0].name", [&](Fragment& p) { field(p)->clear_name(); });
  expectInvalid("outputs[4].struct.fields[0]: a field", [&](Fragment& p) { field(p)->mutable_column()->set_table(0); });
  expectInvalid("outputs[4].struct.fields[0].value", [&](Fragment& p) { field(p)->set_value(99); });
}

TEST(PlanRelationTest, LazyNodesAreNodesOfBuildSides) {
  Fragment fragment = samplePlan();
  fragment.add_lazy_nodes(1);
  EXPECT_TRUE(parse(fragment)->isLazy(1));
  EXPECT_FALSE(parse(fragment)->isLazy(0));
  EXPECT_FALSE(parse(samplePlan())->isLazy(1));
  expectInvalid("lazy_nodes[0]: there is no such node", [](Fragment& plan) { plan.add_lazy_nodes(4); });
  expectInvalid("lazy_nodes[0]: the node's rows are streamed", [](Fragment& plan) { plan.add_lazy_nodes(0); });
  expectInvalid("lazy_nodes[0]: the node's rows are streamed", [](Fragment& plan) { plan.add_lazy_nodes(2); });
  expectInvalid("lazy_nodes[1]: the node is named twice", [](Fragment& plan) {
    plan.add_lazy_nodes(1);
    plan.add_lazy_nodes(1);
  });
}

TEST(PlanRelationTest, LazyNodesWithoutStoredValuesAreNot) {
  Fragment fragment = samplePlan();
  for (const int value : {1, 2}) {
    fragment.mutable_values(value)->set_node(2);
  }
  fragment.add_lazy_nodes(1);
  EXPECT_FALSE(parse(fragment)->isLazy(1));
}

}  // namespace
}  // namespace inferf::test
