#include "kernel/RowClusters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace inferf {
namespace {

std::vector<int32_t> clustered(const std::vector<int32_t>& keys, int64_t numKeys) {
  std::vector<int32_t> order(keys.size(), -1);
  clusterRows(keys.data(), static_cast<int64_t>(keys.size()), numKeys, order.data());
  return order;
}

TEST(RowClustersTest, FewKeysAreSortedAndRowsOfAKeyKeepTheirOrder) {
  EXPECT_EQ(clustered({2, 0, 2, 1, 0}, 3), (std::vector<int32_t>{1, 4, 3, 0, 2}));
}

TEST(RowClustersTest, MissingKeysComeWithTheFirst) { EXPECT_EQ(clustered({1, -1, 0, -1}, 2), (std::vector<int32_t>{1, 2, 3, 0})); }

TEST(RowClustersTest, NoRowsAndNoKeysAreFine) {
  EXPECT_TRUE(clustered({}, 5).empty());
  EXPECT_EQ(clustered({-1, -1}, 0), (std::vector<int32_t>{0, 1}));
}

TEST(RowClustersTest, ManyKeysAreClusteredInRangesOfEqualLength) {
  std::mt19937 random(5);  // NOLINT: the same cases every time
  for (const int64_t numKeys : {kMaxClusters, kMaxClusters + 1, 100 * kMaxClusters, int64_t{1} << 31}) {
    std::vector<int32_t> keys(3000);
    for (int32_t& key : keys) {
      key = static_cast<int32_t>(random() % static_cast<uint64_t>(numKeys));
    }
    keys[0] = static_cast<int32_t>(numKeys - 1);
    const std::vector<int32_t> order = clustered(keys, numKeys);
    std::vector<int32_t> sorted = order;
    std::sort(sorted.begin(), sorted.end());
    for (size_t i = 0; i < sorted.size(); ++i) {
      ASSERT_EQ(sorted[i], static_cast<int32_t>(i));
    }
    int64_t length = 1;
    while ((numKeys - 1) / length >= kMaxClusters) {
      length *= 2;
    }
    for (size_t i = 1; i < order.size(); ++i) {
      const int64_t before = keys[static_cast<size_t>(order[i - 1])] / length;
      const int64_t after = keys[static_cast<size_t>(order[i])] / length;
      ASSERT_TRUE(before < after || (before == after && order[i - 1] < order[i]));
    }
  }
}

}  // namespace
}  // namespace inferf
