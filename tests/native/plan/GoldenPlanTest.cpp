#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "PlanFixture.h"

namespace inferf::test {
namespace {

std::string readFixture(const std::string& name) {
  std::ifstream file(INFERF_FIXTURES "/plans/" + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << "There is no such fixture: " << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// What the optimizer wrote (tests/optimizer/InferF.Optimizer.Tests/GoldenPlanTests.cs): f JOIN a LEFT JOIN b, an MLP pushed to the leaves, and a
// filter on its result.
TEST(GoldenPlanTest, AStarWithPartialSumsAtItsLeaves) {
  const std::shared_ptr<const Plan> plan = parse(readFixture("star.plan"));
  const proto::PlanFragment& fragment = plan->fragment();

  ASSERT_EQ(fragment.tables_size(), 3);
  EXPECT_EQ(fragment.tables(0).name(), "f");
  EXPECT_EQ(plan->streamedTable(), 0u);
  EXPECT_EQ(fragment.tensors_size(), 4);

  // filter(left(inner(f, a), b))
  ASSERT_EQ(fragment.nodes_size(), 6);
  const uint32_t root = plan->root();
  ASSERT_TRUE(fragment.nodes(static_cast<int>(root)).has_filter());
  const uint32_t left = fragment.nodes(static_cast<int>(root)).filter().input();
  const proto::HashJoinNode& leftJoin = fragment.nodes(static_cast<int>(left)).hash_join();
  EXPECT_EQ(leftJoin.type(), proto::JOIN_TYPE_LEFT);
  EXPECT_EQ(leftJoin.build(), plan->scanOf(2));
  const uint32_t inner = leftJoin.probe();
  const proto::HashJoinNode& innerJoin = fragment.nodes(static_cast<int>(inner)).hash_join();
  EXPECT_EQ(innerJoin.type(), proto::JOIN_TYPE_INNER);
  EXPECT_EQ(innerJoin.probe(), plan->scanOf(0));
  EXPECT_EQ(innerJoin.build(), plan->scanOf(1));
  EXPECT_EQ(plan->parent(inner), left);
  EXPECT_EQ(plan->parent(left), root);
  EXPECT_EQ(plan->parent(root), UINT32_MAX);
  EXPECT_TRUE(plan->isAncestorOrSelf(left, plan->scanOf(1)));
  EXPECT_FALSE(plan->isAncestorOrSelf(inner, plan->scanOf(2)));
  EXPECT_TRUE(plan->isUnder(0, inner));
  EXPECT_FALSE(plan->isUnder(2, inner));
  EXPECT_EQ(fragment.null_check_node(), left) << "After the joins, before the filter that reads the prediction.";

  // A load and a partial sum at every leaf, both layers where everything is joined.
  for (const uint32_t table : {0u, 1u, 2u}) {
    const std::vector<uint32_t>& values = plan->valuesAt(plan->scanOf(table));
    ASSERT_EQ(values.size(), 2u);
    EXPECT_TRUE(fragment.values(static_cast<int>(values[0])).has_load_columns());
    EXPECT_TRUE(fragment.values(static_cast<int>(values[1])).has_sum());
    EXPECT_FALSE(plan->escapes(values[0])) << "Features stay inside their leaf.";
    EXPECT_TRUE(plan->escapes(values[1])) << "Partial sums are read through row ids.";
  }
  const std::vector<uint32_t>& layers = plan->valuesAt(left);
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(fragment.values(static_cast<int>(layers[0])).sum().terms_size(), 3);
  EXPECT_EQ(fragment.values(static_cast<int>(layers[0])).sum().activation(), proto::ACTIVATION_RELU);
  EXPECT_FALSE(plan->escapes(layers[0]));
  EXPECT_TRUE(plan->escapes(layers[1])) << "The filter and an output read the prediction.";
  EXPECT_TRUE(plan->valuesAt(inner).empty());
  EXPECT_TRUE(plan->valuesAt(root).empty());
}

}  // namespace
}  // namespace inferf::test
