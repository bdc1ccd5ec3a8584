#pragma once

#include <cmath>
#include <cstdint>
#include <span>

#include "base/MemoryPool.h"

namespace inferf {

/// How an inner node decides; the numbers of proto::TreeNodeMode.
enum class TreeTest : uint8_t { kLessOrEqual, kLess, kGreaterOrEqual, kGreater, kEqual, kNotEqual, kMember, kIntegerMember };

/// How the leaves that a row reaches become one score per target; the numbers of proto::TreeAggregate.
enum class TreeAggregate : uint8_t { kSum, kAverage, kMin, kMax };

/// The arrays of a proto::TreeEnsemble as they were bound: nothing about their contents is known yet.
struct TreeArrays {
  bool isFloat64 = false;  // what features and thresholds are compared in
  int64_t numFeatures = 0;
  int64_t numTargets = 0;
  std::span<const int64_t> roots;
  std::span<const int64_t> firstLeaves;
  std::span<const int64_t> nodes;  // four numbers each
  std::span<const double> thresholds;
  std::span<const int64_t> setOffsets;
  std::span<const double> setMembers;
  std::span<const int64_t> weightLeaves;
  std::span<const int64_t> weightTargets;
  std::span<const double> weights;
  TreeAggregate aggregate = TreeAggregate::kSum;
  std::span<const double> baseValues;
};

/// An inner node. A child below 0 is the leaf ~child; leaves are numbered through the ensemble.
struct TreeNode {
  double threshold = 0;
  int32_t feature = 0;
  int32_t trueChild = 0;
  int32_t falseChild = 0;
  int32_t tree = 0;
  int32_t firstLeaf = 0;     // the leaves of the true subtree
  int32_t endLeaf = 0;
  int32_t afterTrue = 0;     // the first node that is not in the true subtree
  TreeTest test = TreeTest::kLessOrEqual;
  bool missingIsTrue = false;
  bool missingIsFalse = false;
  bool zeroIsMissing = false;
};

/// Where the leaves of an ensemble's trees are in a row of masks (plan.proto, TreeEnsemble).
struct MaskLayout {
  int64_t fieldBits = 64;      // of a tree, if no tree has more leaves; otherwise each tree has ceil(leaves / 64) words
  bool hasFields = true;
  int64_t numWords = 0;        // 64 bits each
};

/// Decision trees that were checked completely: children, features, sets, targets and numbering are as plan.proto says. Refers to the bound
/// arrays, which must outlive it.
class TreeEnsemble {
 public:
  /// Checks everything, in time and memory linear in the arrays. `index` is the ensemble's number, for messages. Throws EngineError INVALID_PLAN.
  TreeEnsemble(const TreeArrays& arrays, int64_t index, MemoryPool& pool);

  const TreeArrays& arrays() const { return arrays_; }
  std::span<const TreeNode> nodes() const { return {nodes_.data(), static_cast<size_t>(nodes_.size())}; }
  int64_t numTrees() const { return static_cast<int64_t>(arrays_.roots.size()); }
  int64_t numLeaves() const { return arrays_.firstLeaves.back(); }
  int64_t firstLeaf(int64_t tree) const { return arrays_.firstLeaves[static_cast<size_t>(tree)]; }
  /// The first inner node of a tree; numTrees() gives the end.
  int64_t firstNode(int64_t tree) const { return firstNodes_[tree]; }
  /// Inner nodes on the longest path of a tree.
  int64_t depth(int64_t tree) const { return depths_[tree]; }
  const MaskLayout& layout() const { return layout_; }

  /// Whether `value`, a feature widened to double, passes the test of a node.
  template <typename T>
  bool passes(const TreeNode& node, T value) const;

 private:
  void readNodes();
  void checkShape(MemoryPool& pool);
  void checkSets() const;
  void checkWeights() const;
  bool contains(int64_t set, double value) const;

  TreeArrays arrays_;
  int64_t index_;
  PoolArray<TreeNode> nodes_;
  PoolArray<int32_t> firstNodes_;
  PoolArray<int32_t> depths_;
  MaskLayout layout_;
};

/// Largest magnitude that a test with zeroIsMissing takes for missing: LightGBM's kZeroThreshold, a float.
inline constexpr double kLargestZero = 1e-35F;

template <typename T>
bool TreeEnsemble::passes(const TreeNode& node, T value) const {
  if (std::isnan(value) || (node.zeroIsMissing && std::abs(static_cast<double>(value)) <= kLargestZero)) {
    return node.missingIsTrue || (!node.missingIsFalse && node.test == TreeTest::kNotEqual);
  }
  const auto threshold = static_cast<T>(node.threshold);
  switch (node.test) {
    case TreeTest::kLessOrEqual:
      return value <= threshold;
    case TreeTest::kLess:
      return value < threshold;
    case TreeTest::kGreaterOrEqual:
      return value >= threshold;
    case TreeTest::kGreater:
      return value > threshold;
    case TreeTest::kEqual:
      return value == threshold;
    case TreeTest::kNotEqual:
      return value != threshold;
    case TreeTest::kMember:
      return contains(static_cast<int64_t>(node.threshold), static_cast<double>(value));
    default:
      return value >= T(0) && contains(static_cast<int64_t>(node.threshold), std::trunc(static_cast<double>(value)));
  }
}

}  // namespace inferf
