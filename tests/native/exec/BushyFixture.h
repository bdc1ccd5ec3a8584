#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "QueryFixture.h"

namespace inferf::test {

/// Random tables f (streamed), d, o, p, e and plans over
///
///   f  T3  (((d  T1  o) where d.x < 70 or NULL)  T2  p)  T4  e
///
/// with duplicate keys, misses and NULLs anywhere. The score is e.z + f.n + gelu(sigmoid(o.y + d.x) + p.w), wherever its parts are computed.
class BushyJoin {
 public:
  static constexpr uint32_t kD = 1, kO = 2, kP = 3, kE = 4, kLower = 5, kFiltered = 6, kUpper = 7, kMiddle = 8, kRoot = 9;

  /// The nodes at which the parts of the score are computed.
  struct Placement {
    uint32_t y, x, first, w, second, z;
  };
  static constexpr Placement kAtRoot{kRoot, kRoot, kRoot, kRoot, kRoot, kRoot};
  static constexpr Placement kPushed{kO, kD, kLower, kP, kUpper, kE};
  /// Every combination that a planner would consider, and more.
  static std::vector<Placement> placements() {
    std::vector<Placement> all{kAtRoot};
    for (const uint32_t first : {kLower, kFiltered, kUpper, kMiddle}) {
      for (const uint32_t second : {kUpper, kMiddle, kRoot}) {
        if (second >= first) {
          all.push_back({kO, kD, first, kP, second, kE});
          all.push_back({first, first, first, second, second, kRoot});
        }
      }
    }
    return all;
  }

  explicit BushyJoin(uint32_t seed) : random_(seed) {
    const uint32_t range = 5 + random_() % 15;
    const size_t numFacts = random_() % 50;
    Cells<int64_t> numbers;
    for (size_t i = 0; i < numFacts; ++i) {
      numbers.push_back(static_cast<int64_t>(i));
    }
    tables_.push_back({"f", {{"n", numbers}, {"a", keys(numFacts, range)}, {"b", keys(numFacts, range)}}, 1 + static_cast<int64_t>(random_() % 30), 0});
    const size_t numD = random_() % 20;
    tables_.push_back({"d", {{"k", keys(numD, range)}, {"o", keys(numD, range)}, {"p", keys(numD, range)}, {"x", keys(numD, 100)}}, 16, 0});
    for (const char* name : {"o", "p", "e"}) {
      const bool isEmpty = random_() % 8 == 0;
      const size_t numRows = isEmpty ? 0 : random_() % 12;
      tables_.push_back({name, {{"k", keys(numRows, range)}, {"y", keys(numRows, 100)}}, 16, 0});
    }
    for (proto::JoinType& type : types_) {
      type = random_() % 2 == 0 ? proto::JOIN_TYPE_INNER : proto::JOIN_TYPE_LEFT;
    }
  }

  const std::vector<TestTable>& tables() const { return tables_; }

  std::shared_ptr<const Plan> plan(const Placement& at, const std::vector<uint32_t>& lazyNodes = {}) const {
    PlanBuilder builder;
    const uint32_t f = builder.scan(tables_[0], true);
    const uint32_t d = builder.scan(tables_[1]);
    const uint32_t o = builder.scan(tables_[2]);
    const uint32_t p = builder.scan(tables_[3]);
    const uint32_t e = builder.scan(tables_[4]);
    const uint32_t lower = builder.join(types_[0], d, o, {{column(1, 1), column(2, 0)}});
    const uint32_t filtered =
        builder.filter(lower, call(proto::SCALAR_FUNCTION_OR, {call(proto::SCALAR_FUNCTION_LESS, {columnExpression(1, 3), integer(70)}),
                                                               call(proto::SCALAR_FUNCTION_IS_NULL, {columnExpression(1, 3)})}));
    const uint32_t upper = builder.join(types_[1], filtered, p, {{column(1, 2), column(3, 0)}});
    const uint32_t middle = builder.join(types_[2], f, upper, {{column(0, 1), column(1, 0)}});
    const uint32_t root = builder.join(types_[3], middle, e, {{column(0, 2), column(4, 0)}});
    EXPECT_EQ(root, kRoot);
    const uint32_t y = builder.load(at.y, column(2, 1), proto::NULL_POLICY_CONSTANT, 0.25);
    const uint32_t x = builder.load(at.x, column(1, 3), proto::NULL_POLICY_CONSTANT, -0.75);
    const uint32_t first = unary(builder, at.first, builder.sum(at.first, {y, x}), proto::UNARY_FUNCTION_SIGMOID);
    const uint32_t w = builder.load(at.w, column(3, 1), proto::NULL_POLICY_CONSTANT, 0.5);
    const uint32_t second = unary(builder, at.second, builder.sum(at.second, {first, w}), proto::UNARY_FUNCTION_GELU);
    const uint32_t z = builder.load(at.z, column(4, 1), proto::NULL_POLICY_CONSTANT, -1.5);
    const uint32_t score = builder.sum(root, {z, builder.load(root, column(0, 0), proto::NULL_POLICY_ERROR), second});
    builder.output(column(0, 0));
    builder.output(column(3, 1));
    builder.outputValue(score);
    builder.outputValue(second);  // possibly stored on a build side
    for (const uint32_t node : lazyNodes) {
      builder.fragment.add_lazy_nodes(node);
    }
    return builder.plan();
  }

 private:
  static uint32_t unary(PlanBuilder& builder, uint32_t node, uint32_t argument, proto::UnaryFunction function) {
    proto::Value* value = builder.fragment.add_values();
    value->set_node(node);
    value->set_type(proto::ELEMENT_TYPE_FLOAT32);
    value->set_width(1);
    value->mutable_unary()->set_function(function);
    value->mutable_unary()->set_value(argument);
    return static_cast<uint32_t>(builder.fragment.values_size() - 1);
  }

  Cells<int64_t> keys(size_t numRows, uint32_t range) {
    Cells<int64_t> cells;
    for (size_t i = 0; i < numRows; ++i) {
      cells.push_back(random_() % 8 == 0 ? std::optional<int64_t>() : std::optional<int64_t>(random_() % range));
    }
    return cells;
  }

  std::mt19937 random_;
  std::vector<TestTable> tables_;
  proto::JoinType types_[4];
};

}  // namespace inferf::test
