#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "plan.pb.h"
#include "plan/PlanTree.h"

namespace inferf {

inline constexpr uint32_t kPlanSchemaVersion = 1;

/// A validated plan fragment: every index, width, type and tree property that plan.proto states has been checked, so that execution
/// need not. Immutable, shareable.
class Plan {
 public:
  /// Largest serialized plan that is looked at.
  static constexpr size_t kMaxBytes = size_t{64} << 20;

  /// Parses and validates. Throws EngineError INVALID_PLAN with the offending element (e.g. "values[7].sum.terms[1]").
  static std::shared_ptr<const Plan> parse(std::span<const uint8_t> bytes);

  const proto::PlanFragment& fragment() const { return fragment_; }
  uint32_t root() const { return static_cast<uint32_t>(fragment_.nodes_size() - 1); }
  uint32_t streamedTable() const { return tree_.streamedTable; }
  /// Parent node, or UINT32_MAX for the root.
  uint32_t parent(uint32_t node) const { return tree_.parents[node]; }
  /// True if `ancestor` is `node` or lies on the path from it to the root.
  bool isAncestorOrSelf(uint32_t ancestor, uint32_t node) const { return tree_.isAncestorOrSelf(ancestor, node); }
  /// The scan node of a table.
  uint32_t scanOf(uint32_t table) const { return tree_.scans[table]; }
  bool isUnder(uint32_t table, uint32_t node) const { return tree_.isUnder(table, node); }
  /// True if the rows of `node` are those of the streamed table, joined or filtered: the nodes of the root pipeline.
  bool isStreamed(uint32_t node) const { return isUnder(streamedTable(), node); }
  /// True if the values stored at `node` are to be computed on first reference.
  bool isLazy(uint32_t node) const { return isLazy_[node]; }
  /// Values computed at `node`, in order.
  const std::vector<uint32_t>& valuesAt(uint32_t node) const { return valuesAt_[node]; }
  /// True if the value is read at another node, by a filter's predicate or by an output: it must be kept for all rows of its node.
  bool escapes(uint32_t value) const { return escapes_[value]; }

 private:
  Plan() = default;
  void findUses();
  void findLazyNodes();

  proto::PlanFragment fragment_;
  PlanTree tree_;
  std::vector<std::vector<uint32_t>> valuesAt_;
  std::vector<bool> escapes_;
  std::vector<bool> isLazy_;
};

}  // namespace inferf
