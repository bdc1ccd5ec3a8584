#include "kernel/TreeTraversal.h"

#include <algorithm>
#include <limits>

namespace inferf {

namespace {

/// Rows walked at once: enough loads in flight to hide the latency of the caches.
constexpr int64_t kRowsTogether = 8;
/// Levels between looks whether all rows have reached a leaf.
constexpr int64_t kLevelsTogether = 8;

template <typename X>
bool isOrderedTest(const TreeNode& node) {
  const bool isBelow = node.test == TreeTest::kLess && static_cast<X>(node.threshold) > -std::numeric_limits<X>::infinity();
  return (node.test == TreeTest::kLessOrEqual || isBelow) && !node.zeroIsMissing;
}

}  // namespace

template <typename X, typename T>
TreeTraversal<X, T>::TreeTraversal(const TreeEnsemble& ensemble, MemoryPool& pool) : ensemble_(ensemble), weights_(ensemble, 0, pool) {
  if (std::all_of(ensemble.nodes().begin(), ensemble.nodes().end(), isOrderedTest<X>)) {
    compile(pool);
  }
}

template <typename X, typename T>
void TreeTraversal<X, T>::compile(MemoryPool& pool) {
  const std::span<const TreeNode> nodes = ensemble_.nodes();
  const int64_t numSteps = static_cast<int64_t>(nodes.size()) + ensemble_.numLeaves();
  steps_ = PoolArray<Step>(pool, numSteps);
  if (std::any_of(nodes.begin(), nodes.end(), [](const TreeNode& node) { return node.missingIsTrue; })) {
    missing_ = PoolArray<uint8_t>(pool, numSteps);
    std::fill(missing_.begin(), missing_.end(), uint8_t{0});
  }
  int64_t first = 0;
  for (int64_t tree = 0; tree < ensemble_.numTrees(); ++tree) {
    const int64_t firstNode = ensemble_.firstNode(tree);
    const int64_t numNodes = ensemble_.firstNode(tree + 1) - firstNode;
    const int64_t numLeaves = ensemble_.firstLeaf(tree + 1) - ensemble_.firstLeaf(tree);
    const auto stepOf = [&](int32_t child) {
      return static_cast<int32_t>(child >= 0 ? child - firstNode : numNodes + ~child - ensemble_.firstLeaf(tree));
    };
    for (int64_t n = 0; n < numNodes; ++n) {
      const TreeNode& node = nodes[static_cast<size_t>(firstNode + n)];
      auto threshold = static_cast<X>(node.threshold);
      if (node.test == TreeTest::kLess) {
        threshold = std::nextafter(threshold, -std::numeric_limits<X>::infinity());
      }
      steps_[first + n] = {threshold, node.feature, {stepOf(node.trueChild), stepOf(node.falseChild)}};
      if (node.missingIsTrue) {
        missing_[first + n] = 1;
      }
    }
    for (int64_t leaf = 0; leaf < numLeaves; ++leaf) {
      const auto self = static_cast<int32_t>(numNodes + leaf);
      steps_[first + self] = {X(0), 0, {self, self}};
    }
    first += numNodes + numLeaves;
  }
}

template <typename X, typename T>
int64_t TreeTraversal<X, T>::scratchBytes() const {
  constexpr int64_t kAlignment = 64;
  const int64_t leaves = kRowsTogether * ensemble_.numTrees() * static_cast<int64_t>(sizeof(int32_t));
  const int64_t aligned = (leaves + kAlignment - 1) / kAlignment * kAlignment;
  const int64_t partial = weights_.partialWidth() * static_cast<int64_t>(sizeof(T));
  return aligned + (partial + kAlignment - 1) / kAlignment * kAlignment;
}

// Writes the leaves of kRowsTogether rows, row by row; rows beyond the last one repeat it.
template <typename X, typename T>
template <bool kMissingIsTrue>
void TreeTraversal<X, T>::walk(Matrix<const X> features, int64_t begin, int64_t numRows, int32_t* leaves) const {
  const X* rows[kRowsTogether];
  for (int64_t r = 0; r < kRowsTogether; ++r) {
    rows[r] = features.row(std::min(begin + r, numRows - 1));
  }
  const int64_t numTrees = ensemble_.numTrees();
  const Step* steps = steps_.data();
  const uint8_t* missing = missing_.data();
  for (int64_t tree = 0; tree < numTrees; ++tree) {
    const auto numNodes = static_cast<int32_t>(ensemble_.firstNode(tree + 1) - ensemble_.firstNode(tree));
    const int64_t depth = ensemble_.depth(tree);
    int32_t at[kRowsTogether] = {};
    for (int64_t level = 0; level < depth; ++level) {
      for (int64_t r = 0; r < kRowsTogether; ++r) {
        const Step& step = steps[at[r]];
        const X x = rows[r][step.column];
        bool isTrue = x <= step.threshold;
        if constexpr (kMissingIsTrue) {
          isTrue = isTrue | ((x != x) & (missing[at[r]] != 0));
        }
        at[r] = step.next[isTrue ? 0 : 1];
      }
      if (level % kLevelsTogether == kLevelsTogether - 1 && *std::min_element(at, at + kRowsTogether) >= numNodes) {
        break;
      }
    }
    for (int64_t r = 0; r < kRowsTogether; ++r) {
      leaves[r * numTrees + tree] = at[r] - numNodes;
    }
    const int64_t numSteps = numNodes + ensemble_.firstLeaf(tree + 1) - ensemble_.firstLeaf(tree);
    steps += numSteps;
    missing += kMissingIsTrue ? numSteps : 0;
  }
}

template <typename X, typename T>
void TreeTraversal<X, T>::walkOne(const X* row, int32_t* leaves) const {
  const std::span<const TreeNode> nodes = ensemble_.nodes();
  for (int64_t tree = 0; tree < ensemble_.numTrees(); ++tree) {
    auto child = static_cast<int32_t>(ensemble_.arrays().roots[static_cast<size_t>(tree)]);
    while (child >= 0) {
      const TreeNode& node = nodes[static_cast<size_t>(child)];
      child = ensemble_.passes(node, row[node.feature]) ? node.trueChild : node.falseChild;
    }
    leaves[tree] = static_cast<int32_t>(~child - ensemble_.firstLeaf(tree));
  }
}

template <typename X, typename T>
void TreeTraversal<X, T>::run(Matrix<const X> features, int64_t numRows, uint8_t* scratch, Matrix<T> scores) const {
  const int64_t numTrees = ensemble_.numTrees();
  auto* leaves = reinterpret_cast<int32_t*>(scratch);
  auto* partial = reinterpret_cast<T*>(scratch + (kRowsTogether * numTrees * static_cast<int64_t>(sizeof(int32_t)) + 63) / 64 * 64);
  for (int64_t begin = 0; begin < numRows; begin += kRowsTogether) {
    const int64_t rows = std::min(kRowsTogether, numRows - begin);
    if (isOrdered()) {
      missing_.empty() ? walk<false>(features, begin, numRows, leaves) : walk<true>(features, begin, numRows, leaves);
    } else {
      for (int64_t r = 0; r < rows; ++r) {
        walkOne(features.row(begin + r), leaves + r * numTrees);
      }
    }
    for (int64_t r = 0; r < rows; ++r) {
      const int32_t* exits = leaves + r * numTrees;
      T* score = scores.row(begin + r);
      if (weights_.isSingleSum()) {
        T sums[TreeWeights<T>::kPartialSums] = {};
        for (int64_t tree = 0; tree < numTrees; ++tree) {
          sums[tree % TreeWeights<T>::kPartialSums] += weights_.single()[ensemble_.firstLeaf(tree) + exits[tree]];
        }
        *score = weights_.finishSingle((sums[0] + sums[1]) + (sums[2] + sums[3]));
        continue;
      }
      typename TreeWeights<T>::Row row(weights_, partial);
      row.begin();
      for (int64_t tree = 0; tree < numTrees; ++tree) {
        row.add(tree, exits[tree]);
      }
      row.finish(score);
    }
  }
}

template class TreeTraversal<float, float>;
template class TreeTraversal<float, double>;
template class TreeTraversal<double, float>;
template class TreeTraversal<double, double>;

}  // namespace inferf
