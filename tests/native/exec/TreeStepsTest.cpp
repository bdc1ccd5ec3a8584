#include <random>

#include "QueryFixture.h"
#include "support/RandomTrees.h"

namespace inferf {
namespace {

using namespace test;  // NOLINT: the fixture's vocabulary

/// facts LEFT JOIN (dim LEFT JOIN outer), with features of all three tables and trees over them.
class TreeStepsTest : public QueryTest {
 protected:
  void SetUp() override {
    std::mt19937 random(11);
    Cells<int64_t> keys;
    Cells<float> own;
    for (int64_t i = 0; i < 3000; ++i) {
      keys.push_back(static_cast<int64_t>(random() % 60));  // some miss
      own.push_back(feature(random));
    }
    facts_ = {"facts", {{"key", keys}, {"x", own}}, 700, 0};
    Cells<int64_t> numbers;
    Cells<int64_t> outerKeys;
    Cells<float> values;
    for (int64_t i = 0; i < 50; ++i) {
      numbers.push_back(i);
      outerKeys.push_back(static_cast<int64_t>(random() % 12));
      values.push_back(i % 7 == 0 ? std::optional<float>() : feature(random));
    }
    dim_ = {"dim", {{"key", numbers}, {"outer", outerKeys}, {"x", values}}, 20, 0};
    outer_ = {"outer", {{"key", Cells<int64_t>(numbers.begin(), numbers.begin() + 10)}, {"x", Cells<float>(values.begin(), values.begin() + 10)}}, 20, 0};
    TreeGrower grower(random, 3, false);
    for (int tree = 0; tree < 9; ++tree) {
      grower.addTree(5);
    }
    data_ = grower.exitLeaves();
  }

  static std::optional<float> feature(std::mt19937& random) { return static_cast<float>(random() % 33) / 8 - 2; }

  template <typename T>
  uint32_t tensor(PlanBuilder& builder, const std::vector<T>& values, uint32_t columns = 0) {
    constexpr bool kIsInteger = std::is_same_v<T, int64_t>;
    proto::Tensor* tensor = builder.fragment.add_tensors();
    tensor->set_type(kIsInteger ? proto::ELEMENT_TYPE_INT64 : proto::ELEMENT_TYPE_FLOAT64);
    tensor->set_columns(columns == 0 ? static_cast<uint32_t>(values.size()) : columns);
    tensor->set_rows(static_cast<uint32_t>(values.size()) / tensor->columns());
    Column column;
    column.type.id = kIsInteger ? TypeId::kInt64 : TypeId::kFloat64;
    column.length = static_cast<int64_t>(values.size());
    column.data = values.data();
    tensors_.push_back(std::move(column));
    return static_cast<uint32_t>(builder.fragment.tensors_size() - 1);
  }

  void addEnsemble(PlanBuilder& builder) {
    tensors_.clear();
    proto::TreeEnsemble* trees = builder.fragment.add_tree_ensembles();
    trees->set_feature_type(proto::ELEMENT_TYPE_FLOAT32);
    trees->set_num_features(3);
    trees->set_num_targets(static_cast<uint32_t>(data_.numTargets));
    trees->set_roots(tensor(builder, data_.roots));
    trees->set_first_leaves(tensor(builder, data_.firstLeaves));
    trees->set_nodes(tensor(builder, data_.nodes, 4));
    trees->set_thresholds(tensor(builder, data_.thresholds));
    trees->set_set_offsets(tensor(builder, data_.setOffsets));
    if (!data_.setMembers.empty()) {
      trees->set_set_members(tensor(builder, data_.setMembers));
    }
    trees->set_weight_leaves(tensor(builder, data_.weightLeaves));
    trees->set_weight_targets(tensor(builder, data_.weightTargets));
    trees->set_weights(tensor(builder, data_.weights));
  }

  static proto::Value* value(PlanBuilder& builder, uint32_t node, proto::ElementType type, uint32_t width) {
    proto::Value* value = builder.fragment.add_values();
    value->set_node(node);
    value->set_type(type);
    value->set_width(width);
    return value;
  }
  static uint32_t last(const PlanBuilder& builder) { return static_cast<uint32_t>(builder.fragment.values_size() - 1); }

  uint32_t mask(PlanBuilder& builder, uint32_t node, uint32_t features, uint32_t firstFeature) {
    proto::TreeMask* mask = value(builder, node, proto::ELEMENT_TYPE_INT64, maskWords_)->mutable_tree_mask();
    mask->set_value(features);
    mask->set_first_feature(firstFeature);
    return last(builder);
  }

  struct Nodes {
    uint32_t facts, dim, outer, lower, root;
  };
  Nodes scan(PlanBuilder& builder) {
    Nodes nodes{};
    nodes.facts = builder.scan(facts_, true);
    nodes.dim = builder.scan(dim_);
    nodes.outer = builder.scan(outer_);
    nodes.lower = builder.join(proto::JOIN_TYPE_LEFT, nodes.dim, nodes.outer, {{column(1, 1), column(2, 0)}});
    nodes.root = builder.join(proto::JOIN_TYPE_LEFT, nodes.facts, nodes.lower, {{column(0, 0), column(1, 0)}});
    return nodes;
  }

  std::shared_ptr<const Plan> walking() {
    PlanBuilder builder;
    const Nodes nodes = scan(builder);
    addEnsemble(builder);
    const uint32_t features = builder.loadAll(nodes.root, 3, {column(0, 1), column(1, 2), column(2, 1)}, proto::NULL_POLICY_NAN);
    value(builder, nodes.root, proto::ELEMENT_TYPE_FLOAT32, static_cast<uint32_t>(data_.numTargets))->mutable_tree_traversal()->set_value(features);
    builder.outputValue(last(builder));
    return builder.plan();
  }

  std::shared_ptr<const Plan> masking(bool merged) {
    PlanBuilder builder;
    const Nodes nodes = scan(builder);
    addEnsemble(builder);
    const auto load = [&](uint32_t node, proto::ColumnRef reference) { return builder.load(node, reference, proto::NULL_POLICY_NAN); };
    const uint32_t ofDim = mask(builder, nodes.dim, load(nodes.dim, column(1, 2)), 1);
    const uint32_t ofOuter = mask(builder, nodes.outer, load(nodes.outer, column(2, 1)), 2);
    std::vector<uint32_t> masks = {ofDim, ofOuter};
    if (merged) {
      proto::MaskAnd* both = value(builder, nodes.lower, proto::ELEMENT_TYPE_INT64, maskWords_)->mutable_mask_and();
      both->add_masks(ofDim);
      both->add_masks(ofOuter);
      masks = {last(builder)};
    }
    masks.push_back(mask(builder, nodes.root, load(nodes.root, column(0, 1)), 0));
    proto::TreeScore* score =
        value(builder, nodes.root, proto::ELEMENT_TYPE_FLOAT32, static_cast<uint32_t>(data_.numTargets))->mutable_tree_score();
    score->mutable_masks()->Add(masks.begin(), masks.end());
    builder.outputValue(last(builder));
    return builder.plan();
  }

  TestTable facts_, dim_, outer_;
  TreeData data_;
  uint32_t maskWords_ = 5;  // nine trees of up to 32 leaves
};

TEST_F(TreeStepsTest, MasksOfLowerNodesGiveTheLeavesOfTheWalk) {
  const ResultRows expected = run(walking(), {facts_, dim_, outer_});
  ASSERT_EQ(expected.size(), 3000U);
  EXPECT_EQ(run(masking(false), {facts_, dim_, outer_}, 1), expected);
  EXPECT_EQ(run(masking(true), {facts_, dim_, outer_}, 2), expected);
}

TEST_F(TreeStepsTest, TreesOfSeveralWordsToo) {
  std::mt19937 random(4);
  TreeGrower grower(random, 3, false);
  grower.endsEarly = 0;
  grower.addTree(8);
  grower.addTree(2);
  data_ = grower.exitLeaves();
  maskWords_ = 5;
  const ResultRows expected = run(walking(), {facts_, dim_, outer_});
  EXPECT_EQ(run(masking(true), {facts_, dim_, outer_}), expected);
}

TEST_F(TreeStepsTest, AMaskOfAnotherWidthIsRefused) {
  maskWords_ = 6;
  expectFailure(INFERF_ERROR_INVALID_PLAN, "expected: 5, actual: 6", [&] { makeTask(masking(true), {facts_, dim_, outer_}); });
}

TEST_F(TreeStepsTest, BrokenTreesAreRefusedBeforeTheyRun) {
  data_.nodes[2] = 0;
  expectFailure(INFERF_ERROR_INVALID_PLAN, "tree_ensembles[0]", [&] { makeTask(masking(false), {facts_, dim_, outer_}); });
  expectFailure(INFERF_ERROR_INVALID_PLAN, "tree_ensembles[0]", [&] { makeTask(walking(), {facts_, dim_, outer_}); });
}

TEST_F(TreeStepsTest, AllocationFailuresAreReported) {
  const std::shared_ptr<const Plan> plan = masking(true);
  for (int64_t countdown = 1; countdown < 60; countdown += 3) {
    pool_->failAllocation(countdown);
    try {
      run(plan, {facts_, dim_, outer_}, 1);
    } catch (const EngineError& error) {
      EXPECT_EQ(error.code(), INFERF_ERROR_MEMORY_LIMIT) << error.what();
    }
  }
  pool_->failAllocation(0);
}

}  // namespace
}  // namespace inferf
