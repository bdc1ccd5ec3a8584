#include "kernel/TreeEnsemble.h"

#include <gtest/gtest.h>

#include <functional>

#include "support/ExpectError.h"
#include "support/RandomTrees.h"

namespace inferf {
namespace {

using test::TreeData;

/// Two trees: a test with a test below it, and a leaf.
TreeData sample() {
  TreeData data;
  data.numFeatures = 3;
  data.numTargets = 2;
  data.roots = {0, ~3};
  data.firstLeaves = {0, 3, 4};
  data.nodes = {1, 0, 1, ~2, 2, 6, ~0, ~1};
  data.thresholds = {0.5, 0};
  data.setOffsets = {0, 2};
  data.setMembers = {1, 4};
  data.weightLeaves = {0, 0, 3};
  data.weightTargets = {0, 1, 1};
  data.weights = {1, 2, 3};
  return data;
}

void expectInvalid(const std::string& text, const std::function<void(TreeData&)>& change) {
  SCOPED_TRACE(text);
  TreeData data = sample();
  change(data);
  MemoryPool pool;
  test::expectError(INFERF_ERROR_INVALID_PLAN, text, [&] { TreeEnsemble(data.arrays(), 7, pool); });
}

TEST(TreeEnsembleTest, FindsTheLeavesOfTrueSubtrees) {
  MemoryPool pool;
  const TreeData data = sample();
  const TreeEnsemble trees(data.arrays(), 0, pool);
  ASSERT_EQ(trees.nodes().size(), 2U);
  EXPECT_EQ(trees.nodes()[0].firstLeaf, 0);
  EXPECT_EQ(trees.nodes()[0].endLeaf, 2);
  EXPECT_EQ(trees.nodes()[0].afterTrue, 2);
  EXPECT_EQ(trees.nodes()[1].endLeaf, 1);
  EXPECT_EQ(trees.depth(0), 2);
  EXPECT_EQ(trees.depth(1), 0);
  EXPECT_EQ(trees.firstNode(1), 2);
}

TEST(TreeEnsembleTest, ChoosesTheNarrowestField) {
  std::mt19937 random(1);
  MemoryPool pool;
  for (const auto& [depth, bits, words] : std::vector<std::tuple<int, int64_t, int64_t>>{{2, 8, 1}, {3, 8, 1}, {4, 16, 2}, {5, 32, 3}, {6, 64, 5}}) {
    test::TreeGrower grower(random, 3, false);
    grower.endsEarly = 0;
    for (int tree = 0; tree < 5; ++tree) {
      grower.addTree(depth);
    }
    const TreeData data = grower.finish();
    const TreeEnsemble trees(data.arrays(), 0, pool);
    EXPECT_TRUE(trees.layout().hasFields);
    EXPECT_EQ(trees.layout().fieldBits, bits);
    EXPECT_EQ(trees.layout().numWords, words);
  }
  test::TreeGrower grower(random, 3, false);
  grower.endsEarly = 0;
  grower.addTree(7);
  grower.addTree(1);
  const TreeData data = grower.finish();
  const TreeEnsemble trees(data.arrays(), 0, pool);
  EXPECT_FALSE(trees.layout().hasFields);
  EXPECT_EQ(trees.layout().numWords, 3);
}

TEST(TreeEnsembleTest, RejectsBrokenShapes) {
  expectInvalid("tree_ensembles[7]", [](TreeData& d) { d.roots[0] = 1; });
  expectInvalid("tree: 0, child or root: 0", [](TreeData& d) { d.nodes[2] = 0; });            // a loop
  expectInvalid("child or root: 1", [](TreeData& d) { d.nodes[3] = 1; });                      // two parents
  expectInvalid("node: 0, child: 2", [](TreeData& d) { d.nodes[2] = 2; });                     // outside
  expectInvalid("node: 1, child: -5", [](TreeData& d) { d.nodes[6] = -5; });
  expectInvalid("child or root", [](TreeData& d) { d.nodes[6] = ~1; });                        // a leaf twice
  expectInvalid("child or root", [](TreeData& d) { std::swap(d.nodes[2], d.nodes[3]); });      // false child first
  expectInvalid("first leaf", [](TreeData& d) { d.firstLeaves[1] = 2; });
  expectInvalid("first leaf", [](TreeData& d) { d.firstLeaves[0] = -1; });
  expectInvalid("leaves: 5", [](TreeData& d) { d.firstLeaves[2] = 5; });
  expectInvalid("leaves: -9223372036854775808", [](TreeData& d) { d.firstLeaves[2] = INT64_MIN; });
  expectInvalid("child or root", [](TreeData& d) { d.roots[1] = 0; });
  expectInvalid("child or root", [](TreeData& d) { d.roots[1] = INT64_MAX; });
  expectInvalid("do not belong together", [](TreeData& d) { d.thresholds.pop_back(); });
  expectInvalid("do not belong together", [](TreeData& d) { d.firstLeaves.pop_back(); });
  expectInvalid("nodes and leaves in trees: 0", [](TreeData& d) {
    d.roots = {~0, ~1, ~2, ~3};
    d.firstLeaves = {0, 1, 2, 3, 4};
    d.nodes = {1, 0, ~0, ~1};
    d.thresholds.resize(1);
    d.firstLeaves.back() = 5;
  });
}

TEST(TreeEnsembleTest, RejectsBrokenTests) {
  expectInvalid("node: 0, feature: 3", [](TreeData& d) { d.nodes[0] = 3; });
  expectInvalid("node: 0, feature: -1", [](TreeData& d) { d.nodes[0] = -1; });
  expectInvalid("unknown mode or flags: 8", [](TreeData& d) { d.nodes[1] = 8; });
  expectInvalid("unknown mode or flags: 48", [](TreeData& d) { d.nodes[1] = 48; });
  expectInvalid("unknown mode or flags: 128", [](TreeData& d) { d.nodes[1] = 128; });
  expectInvalid("unknown mode or flags: -1", [](TreeData& d) { d.nodes[1] = -1; });
  expectInvalid("the threshold is NaN", [](TreeData& d) { d.thresholds[0] = NAN; });
  expectInvalid("no FLOAT32", [](TreeData& d) { d.thresholds[0] = 0.1; });
  expectInvalid("no FLOAT32", [](TreeData& d) { d.thresholds[0] = 1e300; });
  for (const double set : {1.0, -1.0, 0.5, double{NAN}}) {
    expectInvalid("node: 1, set", [set](TreeData& d) { d.thresholds[1] = set; });
  }
  expectInvalid("not ascending", [](TreeData& d) { d.setMembers = {4, 1}; });
  expectInvalid("not ascending", [](TreeData& d) { d.setMembers = {1, 1}; });
  expectInvalid("not ascending", [](TreeData& d) { d.setMembers = {1, NAN}; });
  expectInvalid("set offset: 1", [](TreeData& d) { d.setOffsets = {0, 3}; });
  expectInvalid("set offset: 0", [](TreeData& d) { d.setOffsets = {1, 2}; });
  expectInvalid("set members: 2, in sets: 1", [](TreeData& d) { d.setOffsets = {0, 1}; });
  expectInvalid("without sets", [](TreeData& d) { d.setOffsets = {}; });
}

TEST(TreeEnsembleTest, RejectsBrokenWeights) {
  expectInvalid("weight: 2, leaf: 4", [](TreeData& d) { d.weightLeaves[2] = 4; });
  expectInvalid("weight: 0, leaf: -1", [](TreeData& d) { d.weightLeaves[0] = -1; });
  expectInvalid("weight: 1, leaf: 0", [](TreeData& d) { d.weightLeaves[0] = 1; });
  expectInvalid("weight: 1, target: 2", [](TreeData& d) { d.weightTargets[1] = 2; });
  expectInvalid("weight: 1, target: -1", [](TreeData& d) { d.weightTargets[1] = -1; });
}

TEST(TreeEnsembleTest, AcceptsAChainOfManyNodes) {
  constexpr int64_t kNodes = 200'000;
  TreeData data;
  data.roots = {0};
  data.firstLeaves = {0, kNodes + 1};
  for (int64_t n = 0; n < kNodes; ++n) {
    // Every true child is the next node: the deepest possible true subtrees.
    data.nodes.insert(data.nodes.end(), {0, 0, n + 1 < kNodes ? n + 1 : ~int64_t{0}, ~(kNodes - n)});
    data.thresholds.push_back(static_cast<double>(kNodes - n));
  }
  MemoryPool pool;
  const TreeEnsemble trees(data.arrays(), 0, pool);
  EXPECT_EQ(trees.depth(0), kNodes);
  EXPECT_EQ(trees.nodes()[0].endLeaf, kNodes);
}

}  // namespace
}  // namespace inferf
