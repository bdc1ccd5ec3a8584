#pragma once

#include <ostream>

#include "base/Error.h"

namespace inferf {

/// The place of an element in a plan, written like "values[7].sum.terms[1].weight_row". Costs nothing until it is printed: each part
/// points to the one before it, which must stay alive, so parts are named variables or arguments, never stored chains.
class PlanPath {
 public:
  /// The fragment itself.
  PlanPath() = default;
  PlanPath field(const char* name) const { return PlanPath(this, name, -1); }
  PlanPath at(const char* name, int index) const { return PlanPath(this, name, index); }

  friend std::ostream& operator<<(std::ostream& out, const PlanPath& path) {
    if (path.name_ == nullptr) {
      return out << "plan";
    }
    if (path.before_ != nullptr && path.before_->name_ != nullptr) {
      out << *path.before_ << '.';
    }
    out << path.name_;
    if (path.index_ >= 0) {
      out << '[' << path.index_ << ']';
    }
    return out;
  }

 private:
  PlanPath(const PlanPath* before, const char* name, int index) : before_(before), name_(name), index_(index) {}

  const PlanPath* before_ = nullptr;
  const char* name_ = nullptr;
  int index_ = -1;
};

}  // namespace inferf

/// Throws INVALID_PLAN with the place of the offending element unless `condition` holds.
#define INFERF_PLAN_CHECK(condition, path, ...) \
  INFERF_USER_CHECK(condition, INFERF_ERROR_INVALID_PLAN, "The plan is invalid at ", path, ": ", __VA_ARGS__)
