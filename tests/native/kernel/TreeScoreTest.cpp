#include "kernel/TreeScore.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernel/TreeMask.h"
#include "kernel/TreeTraversal.h"
#include "support/RandomTrees.h"

namespace inferf {
namespace {

using test::TreeData;

/// Exit leaf of every tree by the plainest walk.
template <typename T>
std::vector<int64_t> exitLeaves(const TreeEnsemble& trees, const T* row) {
  std::vector<int64_t> leaves;
  for (const int64_t root : trees.arrays().roots) {
    int64_t child = root;
    while (child >= 0) {
      const TreeNode& node = trees.nodes()[static_cast<size_t>(child)];
      child = trees.passes(node, row[node.feature]) ? node.trueChild : node.falseChild;
    }
    leaves.push_back(~child);
  }
  return leaves;
}

PoolArray<uint8_t> scratchOf(MemoryPool& pool, int64_t bytes) { return {pool, std::max<int64_t>(bytes, 1)}; }

template <typename X, typename T>
std::vector<T> walk(const TreeEnsemble& trees, const std::vector<X>& features, int64_t numRows, MemoryPool& pool) {
  const int64_t width = trees.arrays().numFeatures;
  const int64_t targets = trees.arrays().numTargets;
  std::vector<T> scores(static_cast<size_t>(numRows * targets));
  const TreeTraversal<X, T> traversal(trees, pool);
  PoolArray<uint8_t> scratch = scratchOf(pool, traversal.scratchBytes());
  traversal.run({features.data(), width, width}, numRows, scratch.data(), {scores.data(), targets, targets});
  return scores;
}

/// Splits the features at `splits`, makes one mask per part, and scores; masks of odd parts are read through row ids, from shuffled rows.
template <typename X, typename T>
std::vector<T> score(const TreeEnsemble& trees, const std::vector<X>& features, int64_t numRows, std::vector<int64_t> splits, bool intersect,
                     std::mt19937& random, MemoryPool& pool) {
  const int64_t width = trees.arrays().numFeatures;
  const int64_t targets = trees.arrays().numTargets;
  const int64_t words = trees.layout().numWords;
  std::vector<int32_t> place(static_cast<size_t>(numRows));
  for (size_t i = 0; i < place.size(); ++i) {
    place[i] = static_cast<int32_t>(i);
  }
  std::shuffle(place.begin(), place.end(), random);
  std::vector<std::vector<uint64_t>> masks;
  std::vector<RowsView<uint64_t>> views;
  splits.push_back(width);
  int64_t first = 0;
  for (const int64_t end : splits) {
    const bool byId = masks.size() % 2 == 1;
    const TreeMask<X> mask(trees, first, end - first, pool);
    std::vector<X> part;
    for (int64_t i = 0; i < numRows; ++i) {
      // Row place[i] of the stored masks is what row i refers to.
      const auto at = std::find(place.begin(), place.end(), static_cast<int32_t>(i)) - place.begin();
      const X* row = features.data() + (byId ? at : i) * width;
      part.insert(part.end(), row + first, row + end);
    }
    std::vector<uint64_t>& stored = masks.emplace_back(static_cast<size_t>(numRows * words), ~uint64_t{0});
    PoolArray<uint8_t> scratch = scratchOf(pool, mask.scratchBytes());
    mask.run({part.data(), end - first, end - first}, numRows, scratch.data(), {stored.data(), words, words});
    RowsView<uint64_t> view{.base = stored.data(), .stride = words};
    view.ids = byId ? place.data() : nullptr;
    views.push_back(view);
    first = end;
  }
  std::vector<uint64_t> met(static_cast<size_t>(numRows * words));
  if (intersect) {
    andMasks(views, numRows, {met.data(), words, words});
    views = {RowsView<uint64_t>{.base = met.data(), .stride = words}};
  }
  std::vector<T> scores(static_cast<size_t>(numRows * targets));
  const TreeScore<T> kernel(trees, pool);
  PoolArray<uint8_t> scratch = scratchOf(pool, kernel.scratchBytes());
  kernel.run(views, numRows, scratch.data(), {scores.data(), targets, targets});
  return scores;
}

std::vector<int64_t> randomSplits(std::mt19937& random, int64_t width) {
  std::vector<int64_t> splits;
  for (int64_t feature = 1; feature < width; ++feature) {
    if (random() % 2 == 0) {
      splits.push_back(feature);
    }
  }
  return splits;
}

template <typename X>
void checkLeaves(int largestMode) {
  std::mt19937 random(static_cast<uint32_t>(largestMode) * 2 + sizeof(X));
  for (int round = 0; round < 120; ++round) {
    MemoryPool pool;
    const auto width = static_cast<int64_t>(1 + random() % 9);
    test::TreeGrower grower(random, width, sizeof(X) == sizeof(double));
    grower.largestMode = largestMode;
    const int depth = static_cast<int>(random() % 9);  // fields of all widths, and trees of several words
    for (uint64_t tree = 1 + random() % 20; tree > 0; --tree) {
      grower.addTree(depth);
    }
    const TreeData data = grower.exitLeaves();
    const TreeEnsemble trees(data.arrays(), 0, pool);
    const auto numRows = static_cast<int64_t>(1 + random() % 40);
    const std::vector<X> features = test::randomFeatures<X>(random, numRows * width);
    std::vector<float> expected;
    for (int64_t i = 0; i < numRows; ++i) {
      for (const int64_t leaf : exitLeaves(trees, features.data() + i * width)) {
        expected.push_back(static_cast<float>(leaf));
      }
    }
    EXPECT_EQ((walk<X, float>(trees, features, numRows, pool)), expected) << "round " << round;
    EXPECT_EQ((score<X, float>(trees, features, numRows, randomSplits(random, width), round % 2 == 0, random, pool)), expected)
        << "round " << round << ", depth " << depth;
  }
}

TEST(TreeScoreTest, MasksAndWalksReachTheSameLeaves) {
  checkLeaves<float>(7);
  checkLeaves<double>(7);
}

TEST(TreeScoreTest, MasksAndWalksReachTheSameLeavesOfWhatLearnersExport) {
  checkLeaves<float>(1);
  checkLeaves<double>(1);
}

template <typename T>
void checkAggregates() {
  std::mt19937 random(5);
  for (int round = 0; round < 160; ++round) {
    MemoryPool pool;
    test::TreeGrower grower(random, 4, false);
    const int depth = static_cast<int>(random() % 8);
    const uint64_t numTrees = 1 + random() % 15;
    for (uint64_t tree = 0; tree < numTrees; ++tree) {
      grower.addTree(depth);
    }
    TreeData data = grower.finish();
    data.numTargets = round % 2 == 0 ? 1 : static_cast<int64_t>(2 + random() % 3);
    data.aggregate = static_cast<TreeAggregate>(random() % 4);
    for (int64_t leaf = 0; leaf < grower.numLeaves(); ++leaf) {
      // None, one or two weights, in quarters: exact sums.
      for (uint64_t weight = random() % 3; weight > 0; --weight) {
        data.weightLeaves.push_back(leaf);
        data.weightTargets.push_back(static_cast<int64_t>(random() % static_cast<uint64_t>(data.numTargets)));
        data.weights.push_back(static_cast<double>(random() % 65) / 4 - 8);
      }
    }
    if (random() % 2 == 0) {
      for (int64_t target = 0; target < data.numTargets; ++target) {
        data.baseValues.push_back(static_cast<double>(target) - 0.5);
      }
    }
    const TreeEnsemble trees(data.arrays(), 0, pool);
    constexpr int64_t kRows = 21;
    const std::vector<float> features = test::randomFeatures<float>(random, kRows * 4);
    std::vector<T> expected;
    for (int64_t i = 0; i < kRows; ++i) {
      const std::vector<int64_t> leaves = exitLeaves(trees, features.data() + i * 4);
      for (int64_t target = 0; target < data.numTargets; ++target) {
        std::vector<T> weights;
        for (size_t w = 0; w < data.weights.size(); ++w) {
          if (data.weightTargets[w] == target && std::find(leaves.begin(), leaves.end(), data.weightLeaves[w]) != leaves.end()) {
            weights.push_back(static_cast<T>(data.weights[w]));
          }
        }
        T result = T(0);
        if (data.aggregate == TreeAggregate::kMin || data.aggregate == TreeAggregate::kMax) {
          const auto [least, most] = std::minmax_element(weights.begin(), weights.end());
          result = weights.empty() ? T(0) : data.aggregate == TreeAggregate::kMin ? *least : *most;
        } else {
          for (const T weight : weights) {
            result += weight;
          }
          result = data.aggregate == TreeAggregate::kAverage ? result / static_cast<T>(numTrees) : result;
        }
        expected.push_back(result + (data.baseValues.empty() ? T(0) : static_cast<T>(data.baseValues[static_cast<size_t>(target)])));
      }
    }
    EXPECT_EQ((walk<float, T>(trees, features, kRows, pool)), expected) << "round " << round;
    EXPECT_EQ((score<float, T>(trees, features, kRows, {1, 3}, round % 3 == 0, random, pool)), expected) << "round " << round;
  }
}

TEST(TreeScoreTest, AggregatesWeightsOfOneAndOfSeveralTargets) {
  checkAggregates<float>();
  checkAggregates<double>();
}

// Numbers of trees around whole cache lines of fields of every width, and up to six masks.
TEST(TreeScoreTest, MasksAndWalksAddInTheSameOrder) {
  std::mt19937 random(9);
  const std::vector<std::vector<int64_t>> splits = {{}, {3}, {2, 4}, {1, 2, 3}, {1, 2, 3, 4}, {1, 2, 3, 4, 5}};
  for (const int depth : {3, 4, 5, 6, 8}) {
    for (const int numTrees : {1, 8, 63, 64, 65, 103}) {
      MemoryPool pool;
      test::TreeGrower grower(random, 6, false);
      grower.largestMode = 1;
      for (int tree = 0; tree < numTrees; ++tree) {
        grower.addTree(depth);
      }
      TreeData data = grower.finish();
      for (int64_t leaf = 0; leaf < grower.numLeaves(); ++leaf) {
        data.weightLeaves.push_back(leaf);
        data.weightTargets.push_back(0);
        data.weights.push_back(std::sin(static_cast<double>(leaf)));
      }
      const TreeEnsemble trees(data.arrays(), 0, pool);
      for (const int64_t numRows : {1, 2, 50}) {
        const std::vector<float> features = test::randomFeatures<float>(random, numRows * 6);
        const std::vector<float> expected = walk<float, float>(trees, features, numRows, pool);
        for (const std::vector<int64_t>& split : splits) {
          EXPECT_EQ((score<float, float>(trees, features, numRows, split, false, random, pool)), expected)
              << "depth " << depth << ", trees " << numTrees << ", rows " << numRows << ", masks " << split.size() + 1;
        }
      }
    }
  }
}

TEST(TreeScoreTest, ADeepChainIsScoredByMasksToo) {
  constexpr int64_t kNodes = 3000;
  TreeData data;
  data.roots = {0};
  data.firstLeaves = {0, kNodes + 1};
  for (int64_t n = 0; n < kNodes; ++n) {
    data.nodes.insert(data.nodes.end(), {0, 0, n + 1 < kNodes ? n + 1 : ~int64_t{0}, ~(kNodes - n)});
    data.thresholds.push_back(static_cast<double>(kNodes - n));
  }
  for (int64_t leaf = 0; leaf <= kNodes; ++leaf) {
    data.weightLeaves.push_back(leaf);
    data.weightTargets.push_back(0);
    data.weights.push_back(static_cast<double>(leaf));
  }
  MemoryPool pool;
  std::mt19937 random(3);
  const TreeEnsemble trees(data.arrays(), 0, pool);
  std::vector<float> features;
  std::vector<float> expected;
  for (int64_t i = 0; i < 64; ++i) {
    // x exits at the first test that is false, and thresholds fall along the chain: leaf l is reached with l - 1 < x <= l.
    const auto leaf = static_cast<float>(random() % (kNodes + 1));
    features.push_back(leaf == 0 ? -1 : leaf == static_cast<float>(kNodes) ? leaf + 1 : leaf + 0.5f);
    expected.push_back(leaf);
  }
  EXPECT_EQ((walk<float, float>(trees, features, 64, pool)), expected);
  EXPECT_EQ((score<float, float>(trees, features, 64, {}, false, random, pool)), expected);
}

}  // namespace
}  // namespace inferf
