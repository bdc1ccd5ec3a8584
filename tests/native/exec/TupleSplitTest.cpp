#include "exec/TupleSplit.h"

#include "exec/ModelFixture.h"

namespace inferf::test {
namespace {

constexpr uint32_t kRoot = TestModel::kRoot;
constexpr uint32_t kDimNode = TestModel::kDimNode;

class TupleSplitTest : public ::testing::Test {
 protected:
  /// A value stored at the dimension, and one of the fact table at the root.
  TupleSplitTest() {
    lower_ = model_.sum(kDimNode, 1, {{model_.load(kDimNode, 1, {{1, 0}}), model_.floats(1, {2})}});
    own_ = model_.load(kRoot, 1, {{0, 0}});
  }

  TestModel model_;
  uint32_t lower_ = 0;
  uint32_t own_ = 0;
};

TEST_F(TupleSplitTest, findsWhatReadsBuildSidesAlone) {
  const uint32_t first = model_.unary(kRoot, proto::UNARY_FUNCTION_RELU, lower_);
  const uint32_t second = model_.unary(kRoot, proto::UNARY_FUNCTION_EXP, first);
  const uint32_t mixed = model_.sum(kRoot, 1, {{second}, {own_}});
  model_.output(mixed);
  const std::optional<TupleSplit> split = splitByTuples(*model_.plan(), kRoot);
  ASSERT_TRUE(split.has_value());
  EXPECT_EQ(split->tupleValues, (std::vector<uint32_t>{first, second}));
  EXPECT_EQ(split->sharedValues, (std::vector<uint32_t>{second}));
  EXPECT_EQ(split->rowValues, (std::vector<uint32_t>{own_, mixed}));
  EXPECT_EQ(split->handedOver, (std::vector<uint32_t>{lower_}));
  EXPECT_TRUE(split->tables.empty());
}

TEST_F(TupleSplitTest, leavesNothingForRowsIfAllOutputsAreOfTuples) {
  const uint32_t score = model_.sum(kRoot, 1, {{model_.load(kRoot, 2, {{1, 0}, {1, 1}}), model_.floats(2, {1, 2})}, {lower_}});
  model_.output(score);
  const std::optional<TupleSplit> split = splitByTuples(*model_.plan(), kRoot);
  ASSERT_TRUE(split.has_value());
  EXPECT_TRUE(split->rowValues.empty());
  EXPECT_EQ(split->sharedValues, (std::vector<uint32_t>{score}));
  EXPECT_EQ(split->tables, (std::vector<uint32_t>{1}));
  EXPECT_EQ(split->handedOver, (std::vector<uint32_t>{lower_}));
}

TEST_F(TupleSplitTest, hasNothingToShareBelowASumWithATermOfTheRow) {
  const uint32_t weights = model_.floats(3, {1, 2, 3});
  const uint32_t all = model_.concat(kRoot, {model_.load(kRoot, 2, {{1, 0}, {1, 1}}), own_});
  model_.output(model_.sum(kRoot, 1, {{all, weights}, {lower_}}));
  EXPECT_FALSE(splitByTuples(*model_.plan(), kRoot).has_value());
}

TEST_F(TupleSplitTest, repeatsWhatOnlyArrangesForRows) {
  const uint32_t load = model_.load(kRoot, 1, {{1, 0}});
  const uint32_t scaled = model_.unary(kRoot, proto::UNARY_FUNCTION_EXP, load);
  const uint32_t pieces = model_.concat(kRoot, {load, scaled});
  const uint32_t mixed = model_.sum(kRoot, 1, {{model_.concat(kRoot, {pieces, own_}), model_.floats(3, {1, 2, 3})}});
  model_.output(mixed);
  const std::optional<TupleSplit> split = splitByTuples(*model_.plan(), kRoot);
  ASSERT_TRUE(split.has_value());
  EXPECT_EQ(split->tupleValues, (std::vector<uint32_t>{load, scaled}));
  EXPECT_EQ(split->sharedValues, (std::vector<uint32_t>{scaled}));
  EXPECT_EQ(split->rowValues, (std::vector<uint32_t>{own_, load, pieces, mixed - 1, mixed}));
}

TEST_F(TupleSplitTest, ignoresBuildSidesAndWhatIsConstant) {
  model_.output(model_.sum(kRoot, 1, {{lower_}, {own_}}));
  const uint32_t numbers = model_.floats(1, {3});
  const uint32_t constant = model_.value(kRoot, 1, [&](Value& v) { v.mutable_constant()->set_tensor(numbers); });
  model_.output(model_.unary(kRoot, proto::UNARY_FUNCTION_EXP, constant));
  EXPECT_FALSE(splitByTuples(*model_.plan(), kRoot).has_value());
  EXPECT_FALSE(splitByTuples(*model_.plan(), kDimNode).has_value());
}

}  // namespace
}  // namespace inferf::test
