#pragma once

#include <cstdint>
#include <unordered_map>

#include "plan.pb.h"
#include "plan/PlanPath.h"

namespace inferf {

/// Tree ensembles: which tensors they consist of, with types and sizes. What is in the tensors is checked when they are bound.
void checkTreeEnsembles(const proto::PlanFragment& fragment);

/// Checks values that have to do with trees, in the order of the plan; their arguments are known to be valid, and to be at or under their node.
class TreeValueCheck {
 public:
  explicit TreeValueCheck(const proto::PlanFragment& fragment) : fragment_(fragment) {}

  /// `index`: of the value, whose kind is one of TreeMask, MaskAnd, TreeScore, TreeTraversal.
  void check(uint32_t index, const PlanPath& path);

 private:
  void checkFeatures(uint32_t argument, const proto::TreeEnsemble& ensemble, uint32_t firstFeature, bool all, const PlanPath& path) const;
  void checkScores(const proto::Value& value, const proto::TreeEnsemble& ensemble, const PlanPath& path) const;
  /// Masks of one ensemble and of one width, which is returned.
  uint32_t checkMasks(const google::protobuf::RepeatedField<uint32_t>& masks, const PlanPath& path) const;
  uint32_t ensembleOfMask(uint32_t argument, const PlanPath& path) const;
  const proto::TreeEnsemble& ensemble(uint32_t index, const PlanPath& path) const;

  const proto::PlanFragment& fragment_;
  std::unordered_map<uint32_t, uint32_t> masks_;  // by value: its ensemble
};

}  // namespace inferf
