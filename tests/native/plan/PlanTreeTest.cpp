#include "plan/PlanFixture.h"

namespace inferf::test {
namespace {

using Fragment = proto::PlanFragment;

uint32_t addTensor(Fragment& plan, proto::ElementType type, uint32_t rows, uint32_t columns) {
  proto::Tensor* tensor = plan.add_tensors();
  tensor->set_type(type);
  tensor->set_rows(rows);
  tensor->set_columns(columns);
  return static_cast<uint32_t>(plan.tensors_size() - 1);
}

/// Two features of values[4] (FLOAT32, width 2 at nodes[2]), one target.
proto::TreeEnsemble* addEnsemble(Fragment& plan) {
  const uint32_t roots = addTensor(plan, proto::ELEMENT_TYPE_INT64, 1, 3);
  const uint32_t firstLeaves = addTensor(plan, proto::ELEMENT_TYPE_INT64, 1, 4);
  const uint32_t nodes = addTensor(plan, proto::ELEMENT_TYPE_INT64, 5, 4);
  const uint32_t thresholds = addTensor(plan, proto::ELEMENT_TYPE_FLOAT64, 1, 5);
  proto::TreeEnsemble* trees = plan.add_tree_ensembles();
  trees->set_feature_type(proto::ELEMENT_TYPE_FLOAT32);
  trees->set_num_features(2);
  trees->set_num_targets(1);
  trees->set_roots(roots);
  trees->set_first_leaves(firstLeaves);
  trees->set_nodes(nodes);
  trees->set_thresholds(thresholds);
  return trees;
}

proto::Value* addValue(Fragment& plan, proto::ElementType type, uint32_t width) {
  proto::Value* value = plan.add_values();
  value->set_node(3);
  value->set_type(type);
  value->set_width(width);
  return value;
}

uint32_t lastValue(const Fragment& plan) { return static_cast<uint32_t>(plan.values_size() - 1); }

uint32_t addMask(Fragment& plan, uint32_t ensemble = 0, uint32_t width = 1) {
  proto::TreeMask* mask = addValue(plan, proto::ELEMENT_TYPE_INT64, width)->mutable_tree_mask();
  mask->set_value(4);
  mask->set_ensemble(ensemble);
  return lastValue(plan);
}

proto::TreeScore* addScore(Fragment& plan, std::initializer_list<uint32_t> masks) {
  proto::TreeScore* score = addValue(plan, proto::ELEMENT_TYPE_FLOAT32, 1)->mutable_tree_score();
  score->mutable_masks()->Add(masks.begin(), masks.end());
  return score;
}

TEST(PlanTreeTest, AcceptsMasksScoresAndTraversals) {
  Fragment plan = samplePlan();
  addEnsemble(plan);
  const uint32_t first = addMask(plan);
  const uint32_t second = addMask(plan);
  proto::MaskAnd* both = addValue(plan, proto::ELEMENT_TYPE_INT64, 1)->mutable_mask_and();
  both->add_masks(first);
  both->add_masks(second);
  addScore(plan, {lastValue(plan), first});
  addValue(plan, proto::ELEMENT_TYPE_FLOAT64, 1)->mutable_tree_traversal()->set_value(4);
  EXPECT_NO_THROW(parse(plan));
}

TEST(PlanTreeTest, RejectsBrokenEnsembles) {
  const auto expect = [](const std::string& place, const std::function<void(Fragment&, proto::TreeEnsemble*)>& change) {
    expectInvalid("tree_ensembles[0]." + place, [&](Fragment& p) {
      proto::TreeEnsemble* trees = addEnsemble(p);
      change(p, trees);
    });
  };
  expect("feature_type", [](Fragment&, proto::TreeEnsemble* t) { t->set_feature_type(proto::ELEMENT_TYPE_INT64); });
  expect("num_features", [](Fragment&, proto::TreeEnsemble* t) { t->set_num_features(0); });
  expect("num_targets", [](Fragment&, proto::TreeEnsemble* t) { t->set_num_targets((1U << 20) + 1); });
  expect("aggregate", [](Fragment&, proto::TreeEnsemble* t) { t->set_aggregate(static_cast<proto::TreeAggregate>(4)); });
  expect("roots: there is no such tensor", [](Fragment&, proto::TreeEnsemble* t) { t->set_roots(99); });
  expect("roots: the tensor has the wrong type", [](Fragment&, proto::TreeEnsemble* t) { t->set_roots(t->thresholds()); });
  expect("first_leaves: the tensor has the wrong size", [](Fragment&, proto::TreeEnsemble* t) { t->set_first_leaves(t->roots()); });
  expect("nodes: the tensor has the wrong size", [](Fragment&, proto::TreeEnsemble* t) { t->set_nodes(t->roots()); });
  expect("thresholds", [](Fragment&, proto::TreeEnsemble* t) { t->clear_thresholds(); });
  expect("set_members", [](Fragment&, proto::TreeEnsemble* t) { t->set_set_members(t->thresholds()); });
  expect("set_offsets", [](Fragment&, proto::TreeEnsemble* t) { t->set_set_offsets(t->thresholds()); });
  expect("weights", [](Fragment&, proto::TreeEnsemble* t) { t->set_weights(t->thresholds()); });
  expect("weight_targets", [](Fragment& p, proto::TreeEnsemble* t) {
    t->set_weights(t->thresholds());
    t->set_weight_leaves(addTensor(p, proto::ELEMENT_TYPE_INT64, 1, 5));
    t->set_weight_targets(t->roots());
  });
  expect("base_values", [](Fragment&, proto::TreeEnsemble* t) { t->set_base_values(t->thresholds()); });
}

TEST(PlanTreeTest, RejectsBrokenValues) {
  const auto expect = [](const std::string& text, const std::function<void(Fragment&)>& add) {
    SCOPED_TRACE(text);
    Fragment plan = samplePlan();
    addEnsemble(plan);
    add(plan);
    expectError(INFERF_ERROR_INVALID_PLAN, text, [&] { parse(plan); });
  };
  expect("tree_mask.ensemble", [](Fragment& p) { addMask(p, 1); });
  expect("tree_mask: a mask must be INT64", [](Fragment& p) { p.mutable_values(static_cast<int>(addMask(p)))->set_type(proto::ELEMENT_TYPE_FLOAT32); });
  expect("tree_mask.value: these are not features", [](Fragment& p) { p.mutable_values(static_cast<int>(addMask(p)))->mutable_tree_mask()->set_first_feature(1); });
  expect("tree_mask.value: these are not features",
         [](Fragment& p) { p.mutable_values(static_cast<int>(addMask(p)))->mutable_tree_mask()->set_first_feature(UINT32_MAX); });
  expect("tree_mask.value: the features have the wrong type", [](Fragment& p) {
    p.mutable_tree_ensembles(0)->set_feature_type(proto::ELEMENT_TYPE_FLOAT64);
    addMask(p);
  });
  expect("tree_score.masks: at least one", [](Fragment& p) { addScore(p, {}); });
  expect("is no leaf mask", [](Fragment& p) { addScore(p, {4}); });
  expect("arguments must come before", [](Fragment& p) { addScore(p, {99}); });
  expect("the masks have several widths", [](Fragment& p) {
    const uint32_t one = addMask(p);
    addScore(p, {one, addMask(p, 0, 2)});
  });
  expect("the masks are of several ensembles", [](Fragment& p) {
    addEnsemble(p);
    const uint32_t one = addMask(p);
    addScore(p, {one, addMask(p, 1)});
  });
  expect("the masks are of another ensemble", [](Fragment& p) {
    addEnsemble(p);
    addScore(p, {addMask(p)})->set_ensemble(1);
  });
  expect("tree_score: the value has the wrong width", [](Fragment& p) {
    addScore(p, {addMask(p)});
    p.mutable_values(p.values_size() - 1)->set_width(2);
  });
  expect("tree_score: the type must be", [](Fragment& p) {
    addScore(p, {addMask(p)});
    p.mutable_values(p.values_size() - 1)->set_type(proto::ELEMENT_TYPE_INT64);
  });
  expect("mask_and: the result must be like the masks", [](Fragment& p) {
    const uint32_t mask = addMask(p);
    addValue(p, proto::ELEMENT_TYPE_INT64, 2)->mutable_mask_and()->add_masks(mask);
  });
  expect("tree_traversal.value: these are not features", [](Fragment& p) {
    p.mutable_tree_ensembles(0)->set_num_features(3);
    addValue(p, proto::ELEMENT_TYPE_FLOAT32, 1)->mutable_tree_traversal()->set_value(4);
  });
}

}  // namespace
}  // namespace inferf::test
