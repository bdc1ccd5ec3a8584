#include <random>

#include "plan/PlanFixture.h"

namespace inferf::test {
namespace {

/// Parses hostile bytes: either a valid plan or INVALID_PLAN, nothing else. Returns whether it was valid.
bool parseHostile(const std::string& bytes) {
  try {
    parse(bytes);
    return true;
  } catch (const EngineError& error) {
    EXPECT_EQ(error.code(), INFERF_ERROR_INVALID_PLAN) << error.what();
    return false;
  }
}

TEST(PlanFuzzTest, RejectsEveryTruncationInsideAField) {
  const std::string bytes = samplePlan().SerializeAsString();
  ASSERT_TRUE(parseHostile(bytes));
  // The last fields are outputs and the null check node; a plan that ends between two of them is another valid plan.
  int numValid = 0;
  for (size_t length = 0; length < bytes.size(); ++length) {
    numValid += parseHostile(bytes.substr(0, length)) ? 1 : 0;
  }
  EXPECT_EQ(numValid, samplePlan().outputs_size());
}

TEST(PlanFuzzTest, SurvivesFlippedBits) {
  const std::string bytes = samplePlan().SerializeAsString();
  std::mt19937 random(2026);
  int numRejected = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string changed = bytes;
    for (uint32_t flips = 1 + random() % 4; flips > 0; --flips) {
      const size_t at = random() % changed.size();
      changed[at] = static_cast<char>(changed[at] ^ (1 << (random() % 8)));
    }
    numRejected += parseHostile(changed) ? 0 : 1;
  }
  EXPECT_GT(numRejected, 10000);
}

TEST(PlanFuzzTest, SurvivesRandomBytes) {
  std::mt19937 random(7);
  for (int round = 0; round < 5000; ++round) {
    std::string bytes(random() % 200, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(random());
    }
    EXPECT_FALSE(parseHostile(bytes));
  }
}

TEST(PlanFuzzTest, RejectsDeepNesting) {
  proto::ScalarExpression expression;
  expression.mutable_literal()->set_boolean(true);
  for (int depth = 0; depth < 2000; ++depth) {
    proto::ScalarExpression outer;
    outer.mutable_call()->set_function(proto::SCALAR_FUNCTION_NOT);
    outer.mutable_call()->add_arguments()->Swap(&expression);
    expression.Swap(&outer);
  }
  proto::PlanFragment plan = samplePlan();
  plan.mutable_nodes(3)->mutable_filter()->mutable_predicate()->Swap(&expression);
  expectError(INFERF_ERROR_INVALID_PLAN, "nested too deeply", [&] { parse(plan); });
}

TEST(PlanFuzzTest, AcceptsReasonableNesting) {
  proto::PlanFragment plan = samplePlan();
  for (int depth = 0; depth < 150; ++depth) {
    proto::ScalarExpression outer;
    outer.mutable_call()->set_function(proto::SCALAR_FUNCTION_NOT);
    *outer.mutable_call()->add_arguments() = plan.nodes(3).filter().predicate();
    plan.mutable_nodes(3)->mutable_filter()->mutable_predicate()->Swap(&outer);
  }
  EXPECT_NO_THROW(parse(plan));
}

TEST(PlanFuzzTest, RejectsOverlongMessages) {
  const std::string bytes(Plan::kMaxBytes + 1, '\0');
  expectError(INFERF_ERROR_INVALID_PLAN, "too long", [&] { parse(bytes); });
}

}  // namespace
}  // namespace inferf::test
