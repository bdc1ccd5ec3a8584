#include "plan/TreeCheck.h"

#include "plan/PlanLimits.h"

namespace inferf {

namespace {

bool isFloat(proto::ElementType type) { return type == proto::ELEMENT_TYPE_FLOAT32 || type == proto::ELEMENT_TYPE_FLOAT64; }

/// Checks that a tensor has this type and is [rows x columns]; columns 0: any number.
void checkTensor(const proto::PlanFragment& fragment, uint32_t index, proto::ElementType type, uint32_t rows, uint32_t columns,
                 const PlanPath& path) {
  INFERF_PLAN_CHECK(index < static_cast<uint32_t>(fragment.tensors_size()), path, "there is no such tensor. Expected: less than ",
                    fragment.tensors_size(), ", actual: ", index);
  const proto::Tensor& tensor = fragment.tensors(static_cast<int>(index));
  INFERF_PLAN_CHECK(tensor.type() == type, path, "the tensor has the wrong type. Expected: ", proto::ElementType_Name(type), ", actual: ",
                    proto::ElementType_Name(tensor.type()));
  INFERF_PLAN_CHECK((rows == 0 || tensor.rows() == rows) && (columns == 0 || tensor.columns() == columns), path,
                    "the tensor has the wrong size. Expected: ", rows, " x ", columns, " (0: any), actual: ", tensor.rows(), " x ",
                    tensor.columns());
}

void checkEnsemble(const proto::PlanFragment& fragment, const proto::TreeEnsemble& ensemble, const PlanPath& path) {
  constexpr auto kInteger = proto::ELEMENT_TYPE_INT64;
  constexpr auto kNumber = proto::ELEMENT_TYPE_FLOAT64;
  const auto columnsOf = [&fragment](uint32_t tensor) { return fragment.tensors(static_cast<int>(tensor)).columns(); };
  INFERF_PLAN_CHECK(isFloat(ensemble.feature_type()), path.field("feature_type"), "the type must be FLOAT32 or FLOAT64. Actual: ",
                    static_cast<int>(ensemble.feature_type()));
  INFERF_PLAN_CHECK(ensemble.num_features() >= 1 && ensemble.num_features() <= kMaxValueWidth, path.field("num_features"),
                    "the number is out of range. Expected: 1 to ", kMaxValueWidth, ", actual: ", ensemble.num_features());
  INFERF_PLAN_CHECK(ensemble.num_targets() >= 1 && ensemble.num_targets() <= kMaxValueWidth, path.field("num_targets"),
                    "the number is out of range. Expected: 1 to ", kMaxValueWidth, ", actual: ", ensemble.num_targets());
  INFERF_PLAN_CHECK(proto::TreeAggregate_IsValid(ensemble.aggregate()), path.field("aggregate"), "the aggregate is unknown. Actual: ",
                    static_cast<int>(ensemble.aggregate()));
  checkTensor(fragment, ensemble.roots(), kInteger, 1, 0, path.field("roots"));
  checkTensor(fragment, ensemble.first_leaves(), kInteger, 1, columnsOf(ensemble.roots()) + 1, path.field("first_leaves"));
  INFERF_PLAN_CHECK(ensemble.has_nodes() == ensemble.has_thresholds(), path.field("thresholds"), "nodes and thresholds belong together");
  if (ensemble.has_nodes()) {
    checkTensor(fragment, ensemble.thresholds(), kNumber, 1, 0, path.field("thresholds"));
    checkTensor(fragment, ensemble.nodes(), kInteger, columnsOf(ensemble.thresholds()), 4, path.field("nodes"));
  }
  INFERF_PLAN_CHECK(ensemble.has_set_offsets() || !ensemble.has_set_members(), path.field("set_members"), "members belong to sets");
  if (ensemble.has_set_offsets()) {
    checkTensor(fragment, ensemble.set_offsets(), kInteger, 1, 0, path.field("set_offsets"));
  }
  if (ensemble.has_set_members()) {
    checkTensor(fragment, ensemble.set_members(), kNumber, 1, 0, path.field("set_members"));
  }
  INFERF_PLAN_CHECK(ensemble.has_weights() == ensemble.has_weight_leaves() && ensemble.has_weights() == ensemble.has_weight_targets(),
                    path.field("weights"), "weights, their leaves and their targets belong together");
  if (ensemble.has_weights()) {
    checkTensor(fragment, ensemble.weights(), kNumber, 1, 0, path.field("weights"));
    checkTensor(fragment, ensemble.weight_leaves(), kInteger, 1, columnsOf(ensemble.weights()), path.field("weight_leaves"));
    checkTensor(fragment, ensemble.weight_targets(), kInteger, 1, columnsOf(ensemble.weights()), path.field("weight_targets"));
  }
  if (ensemble.has_base_values()) {
    checkTensor(fragment, ensemble.base_values(), kNumber, 1, ensemble.num_targets(), path.field("base_values"));
  }
}

}  // namespace

void checkTreeEnsembles(const proto::PlanFragment& fragment) {
  const PlanPath root;
  INFERF_PLAN_CHECK(fragment.tree_ensembles_size() <= kMaxPlanTreeEnsembles, root.field("tree_ensembles"),
                    "there are too many ensembles. Expected at most: ", kMaxPlanTreeEnsembles, ", actual: ", fragment.tree_ensembles_size());
  for (int i = 0; i < fragment.tree_ensembles_size(); ++i) {
    checkEnsemble(fragment, fragment.tree_ensembles(i), root.at("tree_ensembles", i));
  }
}

void TreeValueCheck::check(uint32_t index, const PlanPath& path) {
  const proto::Value& value = fragment_.values(static_cast<int>(index));
  switch (value.kind_case()) {
    case proto::Value::kTreeMask: {
      const PlanPath kind = path.field("tree_mask");
      const proto::TreeMask& mask = value.tree_mask();
      checkFeatures(mask.value(), ensemble(mask.ensemble(), kind.field("ensemble")), mask.first_feature(), false, kind.field("value"));
      INFERF_PLAN_CHECK(value.type() == proto::ELEMENT_TYPE_INT64, kind, "a mask must be INT64. Actual: ", proto::ElementType_Name(value.type()));
      masks_.emplace(index, mask.ensemble());
      return;
    }
    case proto::Value::kMaskAnd: {
      const PlanPath kind = path.field("mask_and");
      const uint32_t width = checkMasks(value.mask_and().masks(), kind);
      INFERF_PLAN_CHECK(value.type() == proto::ELEMENT_TYPE_INT64 && value.width() == width, kind,
                        "the result must be like the masks. Expected: INT64 of width ", width, ", actual: ",
                        proto::ElementType_Name(value.type()), " of width ", value.width());
      masks_.emplace(index, masks_.at(value.mask_and().masks(0)));
      return;
    }
    case proto::Value::kTreeScore: {
      const PlanPath kind = path.field("tree_score");
      const proto::TreeScore& score = value.tree_score();
      checkScores(value, ensemble(score.ensemble(), kind.field("ensemble")), kind);
      checkMasks(score.masks(), kind);
      INFERF_PLAN_CHECK(masks_.at(score.masks(0)) == score.ensemble(), kind.field("ensemble"),
                        "the masks are of another ensemble. Expected: ", masks_.at(score.masks(0)), ", actual: ", score.ensemble());
      return;
    }
    default: {
      const PlanPath kind = path.field("tree_traversal");
      const proto::TreeTraversal& traversal = value.tree_traversal();
      const proto::TreeEnsemble& trees = ensemble(traversal.ensemble(), kind.field("ensemble"));
      checkScores(value, trees, kind);
      checkFeatures(traversal.value(), trees, 0, true, kind.field("value"));
    }
  }
}

void TreeValueCheck::checkFeatures(uint32_t argument, const proto::TreeEnsemble& ensemble, uint32_t firstFeature, bool all,
                                   const PlanPath& path) const {
  const proto::Value& features = fragment_.values(static_cast<int>(argument));
  INFERF_PLAN_CHECK(features.type() == ensemble.feature_type(), path, "the features have the wrong type. Expected: ",
                    proto::ElementType_Name(ensemble.feature_type()), ", actual: ", proto::ElementType_Name(features.type()));
  const uint64_t end = uint64_t{firstFeature} + features.width();
  INFERF_PLAN_CHECK(all ? end == ensemble.num_features() : end <= ensemble.num_features(), path,
                    "these are not features of the ensemble. Expected: ", all ? "" : "up to ", ensemble.num_features(), ", actual: ", firstFeature,
                    " + ", features.width());
}

void TreeValueCheck::checkScores(const proto::Value& value, const proto::TreeEnsemble& ensemble, const PlanPath& path) const {
  INFERF_PLAN_CHECK(isFloat(value.type()), path, "the type must be FLOAT32 or FLOAT64. Actual: ", proto::ElementType_Name(value.type()));
  INFERF_PLAN_CHECK(value.width() == ensemble.num_targets(), path, "the value has the wrong width. Expected: ", ensemble.num_targets(),
                    ", actual: ", value.width());
}

uint32_t TreeValueCheck::checkMasks(const google::protobuf::RepeatedField<uint32_t>& masks, const PlanPath& path) const {
  INFERF_PLAN_CHECK(!masks.empty(), path.field("masks"), "at least one mask is needed");
  const uint32_t width = fragment_.values(static_cast<int>(masks[0])).width();
  for (int i = 0; i < masks.size(); ++i) {
    const PlanPath maskPath = path.at("masks", i);
    const uint32_t actual = ensembleOfMask(masks[i], maskPath);
    const uint32_t expected = ensembleOfMask(masks[0], maskPath);
    INFERF_PLAN_CHECK(actual == expected, maskPath, "the masks are of several ensembles. Expected: ", expected, ", actual: ", actual);
    const uint32_t actualWidth = fragment_.values(static_cast<int>(masks[i])).width();
    INFERF_PLAN_CHECK(actualWidth == width, maskPath, "the masks have several widths. Expected: ", width, ", actual: ", actualWidth);
  }
  return width;
}

uint32_t TreeValueCheck::ensembleOfMask(uint32_t argument, const PlanPath& path) const {
  const auto found = masks_.find(argument);
  INFERF_PLAN_CHECK(found != masks_.end(), path, "values[", argument, "] is no leaf mask");
  return found->second;
}

const proto::TreeEnsemble& TreeValueCheck::ensemble(uint32_t index, const PlanPath& path) const {
  INFERF_PLAN_CHECK(index < static_cast<uint32_t>(fragment_.tree_ensembles_size()), path, "there is no such ensemble. Expected: less than ",
                    fragment_.tree_ensembles_size(), ", actual: ", index);
  return fragment_.tree_ensembles(static_cast<int>(index));
}

}  // namespace inferf
