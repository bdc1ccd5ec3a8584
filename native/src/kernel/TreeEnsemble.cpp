#include "kernel/TreeEnsemble.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/Error.h"

namespace inferf {

namespace {

constexpr int64_t kNodeFields = 4;
constexpr int64_t kModeBits = 15;
constexpr int64_t kMissingIsTrue = 16;
constexpr int64_t kMissingIsFalse = 32;
constexpr int64_t kZeroIsMissing = 64;

bool isMembership(TreeTest test) { return test == TreeTest::kMember || test == TreeTest::kIntegerMember; }

MaskLayout layoutOf(std::span<const int64_t> firstLeaves) {
  int64_t mostLeaves = 0;
  int64_t words = 0;
  for (size_t tree = 0; tree + 1 < firstLeaves.size(); ++tree) {
    const int64_t leaves = firstLeaves[tree + 1] - firstLeaves[tree];
    mostLeaves = std::max(mostLeaves, leaves);
    words += (leaves + 63) / 64;
  }
  if (mostLeaves > 64) {
    return {.fieldBits = 64, .hasFields = false, .numWords = words};
  }
  int64_t bits = 8;
  while (bits < mostLeaves) {
    bits *= 2;
  }
  const auto trees = static_cast<int64_t>(firstLeaves.size()) - 1;
  return {.fieldBits = bits, .hasFields = true, .numWords = (trees * bits + 63) / 64};
}

}  // namespace

#define INFERF_TREE_CHECK(condition, ...) \
  INFERF_USER_CHECK(condition, INFERF_ERROR_INVALID_PLAN, "A tree ensemble is invalid. Ensemble: tree_ensembles[", index_, "], ", __VA_ARGS__)

TreeEnsemble::TreeEnsemble(const TreeArrays& arrays, int64_t index, MemoryPool& pool) : arrays_(arrays), index_(index) {
  constexpr auto kLargest = static_cast<size_t>(std::numeric_limits<int32_t>::max());
  const size_t numNodes = arrays_.thresholds.size();
  INFERF_TREE_CHECK(!arrays_.roots.empty() && arrays_.firstLeaves.size() == arrays_.roots.size() + 1 &&
                        arrays_.nodes.size() == static_cast<size_t>(kNodeFields) * numNodes,
                    "its arrays do not belong together");
  INFERF_TREE_CHECK(numNodes + arrays_.roots.size() < kLargest, "nodes: ", numNodes, ", trees: ", arrays_.roots.size(),
                    ", expected together: less than ", kLargest);
  checkSets();
  nodes_ = PoolArray<TreeNode>(pool, static_cast<int64_t>(numNodes));
  readNodes();
  checkShape(pool);
  checkWeights();
  layout_ = layoutOf(arrays_.firstLeaves);
}

void TreeEnsemble::readNodes() {
  const auto numSets = static_cast<int64_t>(arrays_.setOffsets.empty() ? 0 : arrays_.setOffsets.size() - 1);
  const auto numNodes = static_cast<int64_t>(nodes_.size());
  const auto numLeaves = arrays_.firstLeaves.back();
  INFERF_TREE_CHECK(numLeaves >= 1 && numLeaves == numNodes + numTrees(), "leaves: ", numLeaves, ", expected: ", numNodes + numTrees());
  for (int64_t n = 0; n < numNodes; ++n) {
    const int64_t* fields = arrays_.nodes.data() + n * kNodeFields;
    const double threshold = arrays_.thresholds[static_cast<size_t>(n)];
    const int64_t flags = fields[1];
    INFERF_TREE_CHECK(fields[0] >= 0 && fields[0] < arrays_.numFeatures, "node: ", n, ", feature: ", fields[0], ", expected: 0 to ",
                      arrays_.numFeatures - 1);
    INFERF_TREE_CHECK(flags >= 0 && flags < 2 * kZeroIsMissing && (flags & kModeBits) <= static_cast<int64_t>(TreeTest::kIntegerMember) &&
                          (flags & (kMissingIsTrue | kMissingIsFalse)) != (kMissingIsTrue | kMissingIsFalse),
                      "node: ", n, ", unknown mode or flags: ", flags);
    const auto test = static_cast<TreeTest>(flags & kModeBits);
    if (isMembership(test)) {
      INFERF_TREE_CHECK(threshold >= 0 && threshold < static_cast<double>(numSets) && threshold == std::trunc(threshold), "node: ", n,
                        ", set: ", threshold, ", expected: less than ", numSets);
    } else {
      INFERF_TREE_CHECK(!std::isnan(threshold), "node: ", n, ", the threshold is NaN");
      INFERF_TREE_CHECK(arrays_.isFloat64 || std::isinf(threshold) ||
                            (std::abs(threshold) <= static_cast<double>(std::numeric_limits<float>::max()) &&
                             static_cast<double>(static_cast<float>(threshold)) == threshold),
                        "node: ", n, ", the threshold is no FLOAT32: ", threshold);
    }
    for (const int64_t child : {fields[2], fields[3]}) {
      INFERF_TREE_CHECK(child < numNodes && child >= -numLeaves, "node: ", n, ", child: ", child, ", expected: ", -numLeaves, " to ", numNodes - 1);
    }
    nodes_[n] = {.threshold = threshold,
                 .feature = static_cast<int32_t>(fields[0]),
                 .trueChild = static_cast<int32_t>(fields[2]),
                 .falseChild = static_cast<int32_t>(fields[3]),
                 .test = test,
                 .missingIsTrue = (flags & kMissingIsTrue) != 0,
                 .missingIsFalse = (flags & kMissingIsFalse) != 0,
                 .zeroIsMissing = (flags & kZeroIsMissing) != 0};
  }
}

// Walks every tree depth first, true child first, and expects each node and leaf to have the next number: then no node can be met twice.
void TreeEnsemble::checkShape(MemoryPool& pool) {
  firstNodes_ = PoolArray<int32_t>(pool, numTrees() + 1);
  depths_ = PoolArray<int32_t>(pool, numTrees());
  const auto numNodes = static_cast<int64_t>(nodes_.size());
  struct Open {
    int32_t node;   // whose true subtree is being walked
    int32_t depth;  // of its children
  };
  std::vector<Open> open;
  int64_t nextNode = 0;
  int64_t nextLeaf = 0;
  for (int64_t tree = 0; tree < numTrees(); ++tree) {
    firstNodes_[tree] = static_cast<int32_t>(nextNode);
    depths_[tree] = 0;
    INFERF_TREE_CHECK(firstLeaf(tree) == nextLeaf, "tree: ", tree, ", first leaf: ", firstLeaf(tree), ", expected: ", nextLeaf);
    int64_t child = arrays_.roots[static_cast<size_t>(tree)];
    int32_t depth = 0;
    while (true) {
      const int64_t expected = child >= 0 ? nextNode : ~nextLeaf;
      INFERF_TREE_CHECK(child == expected && nextNode <= numNodes, "tree: ", tree, ", child or root: ", child, ", expected: ", expected,
                        " (numbered depth first, true child first)");
      if (child >= 0) {
        INFERF_TREE_CHECK(nextNode < numNodes, "tree: ", tree, ", a child is node ", child, ", nodes: ", numNodes);
        TreeNode& node = nodes_[nextNode];
        node.tree = static_cast<int32_t>(tree);
        node.firstLeaf = static_cast<int32_t>(nextLeaf);
        open.push_back({static_cast<int32_t>(nextNode), ++depth});
        depths_[tree] = std::max(depths_[tree], depth);
        child = node.trueChild;
        ++nextNode;
        continue;
      }
      ++nextLeaf;
      if (open.empty()) {
        break;
      }
      TreeNode& parent = nodes_[open.back().node];
      depth = open.back().depth;
      open.pop_back();
      parent.endLeaf = static_cast<int32_t>(nextLeaf);
      parent.afterTrue = static_cast<int32_t>(nextNode);
      child = parent.falseChild;
    }
  }
  firstNodes_[numTrees()] = static_cast<int32_t>(nextNode);
  INFERF_TREE_CHECK(nextNode == numNodes && nextLeaf == arrays_.firstLeaves.back(), "nodes and leaves in trees: ", nextNode, " and ", nextLeaf,
                    ", expected: ", numNodes, " and ", arrays_.firstLeaves.back());
}

void TreeEnsemble::checkSets() const {
  const std::span<const int64_t> offsets = arrays_.setOffsets;
  const auto numMembers = static_cast<int64_t>(arrays_.setMembers.size());
  INFERF_TREE_CHECK(!offsets.empty() || numMembers == 0, "set members without sets: ", numMembers);
  for (size_t i = 0; i < offsets.size(); ++i) {
    const int64_t least = i == 0 ? 0 : offsets[i - 1];
    INFERF_TREE_CHECK(offsets[i] >= least && offsets[i] <= numMembers && (i > 0 || offsets[i] == 0), "set offset: ", i, ", actual: ", offsets[i],
                      ", expected: ", least, " to ", i == 0 ? 0 : numMembers);
    for (int64_t m = least + 1; m < offsets[i]; ++m) {
      const auto member = static_cast<size_t>(m);
      INFERF_TREE_CHECK(arrays_.setMembers[member - 1] < arrays_.setMembers[member], "set: ", i - 1, ", its members are not ascending");
    }
  }
  INFERF_TREE_CHECK(offsets.empty() || offsets.back() == numMembers, "set members: ", numMembers, ", in sets: ", offsets.back());
}

void TreeEnsemble::checkWeights() const {
  const std::span<const int64_t> leaves = arrays_.weightLeaves;
  INFERF_TREE_CHECK(leaves.size() == arrays_.weights.size() && arrays_.weightTargets.size() == arrays_.weights.size(), "weights: ",
                    arrays_.weights.size(), ", their leaves: ", leaves.size(), ", their targets: ", arrays_.weightTargets.size());
  for (size_t i = 0; i < leaves.size(); ++i) {
    const int64_t least = i == 0 ? 0 : leaves[i - 1];
    INFERF_TREE_CHECK(leaves[i] >= least && leaves[i] < numLeaves(), "weight: ", i, ", leaf: ", leaves[i], ", expected: ", least, " to ",
                      numLeaves() - 1);
    const int64_t target = arrays_.weightTargets[i];
    INFERF_TREE_CHECK(target >= 0 && target < arrays_.numTargets, "weight: ", i, ", target: ", target, ", expected: less than ",
                      arrays_.numTargets);
  }
}

bool TreeEnsemble::contains(int64_t set, double value) const {
  const double* members = arrays_.setMembers.data();
  const auto begin = arrays_.setOffsets[static_cast<size_t>(set)];
  const auto end = arrays_.setOffsets[static_cast<size_t>(set) + 1];
  return std::binary_search(members + begin, members + end, value);
}

#undef INFERF_TREE_CHECK

}  // namespace inferf
