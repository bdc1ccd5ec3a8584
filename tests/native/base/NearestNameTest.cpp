#include "base/NearestName.h"

#include <gtest/gtest.h>

namespace inferf {
namespace {

TEST(NearestNameTest, FindsTheClosestCandidate) {
  EXPECT_EQ(nearestName("distnce", {"dest", "distance", "instance"}), "distance");
  EXPECT_EQ(nearestName("CARRIER", {"career", "carrier"}), "carrier");
}

TEST(NearestNameTest, SuggestsNothingThatIsFarAway) {
  EXPECT_EQ(nearestName("tailnum", {"origin", "dest"}), "");
  EXPECT_EQ(nearestName("x", {}), "");
  EXPECT_EQ(nearestName("x", {"k", "xx"}), "xx") << "k has nothing in common with x.";
  EXPECT_EQ(nearestName(std::string(1000, 'a'), {"a"}), "");
}

}  // namespace
}  // namespace inferf
