#include "exec/TupleSplit.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "plan/ValueArguments.h"

namespace inferf {

namespace {

class TupleSplitter {
 public:
  TupleSplitter(const Plan& plan, uint32_t node) : plan_(plan), node_(node) {}

  std::optional<TupleSplit> split() && {
    // Arguments come before those who read them.
    const std::vector<uint32_t>& values = plan_.valuesAt(node_);
    for (const uint32_t index : values) {
      classify(index);
    }
    for (auto it = values.rbegin(); it != values.rend(); ++it) {
      assign(*it);
    }
    for (const uint32_t index : values) {
      list(index);
    }
    split_.tables.assign(tables_.begin(), tables_.end());
    split_.handedOver.assign(handedOver_.begin(), handedOver_.end());
    if (split_.sharedValues.empty() || (split_.tables.empty() && split_.handedOver.empty())) {
      return std::nullopt;
    }
    return std::move(split_);
  }

 private:
  struct Role {
    bool isOfTuple = false;   // reads nothing of the streamed row
    bool isComputed = false;  // more than pieces of what was handed over
    bool isShared = false;
    bool inTuples = false;
    bool inRows = false;
  };

  const proto::Value& value(uint32_t index) const { return plan_.fragment().values(static_cast<int>(index)); }
  bool isLocal(uint32_t index) const { return value(index).node() == node_; }

  /// True for values that only arrange what they read; weighted sums look through them.
  static bool onlyArranges(const proto::Value& value) {
    return value.has_load_columns() || value.has_constant() || value.has_concat() || value.has_slice();
  }

  void classify(uint32_t index) {
    Role& role = roles_[index];
    role.isOfTuple = !value(index).has_onnx_run();
    role.isComputed = !onlyArranges(value(index));
    for (const proto::ColumnRef& column : value(index).load_columns().columns()) {
      role.isOfTuple = role.isOfTuple && column.table() != plan_.streamedTable();
    }
    forEachArgument(value(index), [&](uint32_t argument) {
      if (isLocal(argument)) {
        role.isOfTuple = role.isOfTuple && roles_[argument].isOfTuple;
        role.isComputed = role.isComputed || roles_[argument].isComputed;
      } else {
        role.isOfTuple = role.isOfTuple && !plan_.isStreamed(value(argument).node());
      }
    });
  }

  void share(Role& role) {
    role.isShared = true;
    role.inTuples = true;
  }

  /// Passes on what the readers of a value, which have been assigned, need of it.
  void assign(uint32_t index) {
    Role& role = roles_[index];
    if (plan_.escapes(index)) {
      if (role.isOfTuple && role.isComputed) {
        share(role);
      } else {
        role.inRows = true;
      }
    }
    forEachArgument(value(index), [&](uint32_t argument) {
      if (!isLocal(argument)) {
        return;
      }
      Role& read = roles_[argument];
      read.inTuples = read.inTuples || role.inTuples;
      if (!role.inRows) {
        return;
      }
      if (read.isOfTuple && !onlyArranges(value(argument))) {
        share(read);
      } else {
        read.inRows = true;
      }
    });
  }

  void list(uint32_t index) {
    const Role& role = roles_[index];
    if (role.inRows) {
      split_.rowValues.push_back(index);
    }
    if (role.isShared) {
      split_.sharedValues.push_back(index);
    }
    if (!role.inTuples) {
      return;
    }
    split_.tupleValues.push_back(index);
    for (const proto::ColumnRef& column : value(index).load_columns().columns()) {
      tables_.insert(column.table());
    }
    forEachArgument(value(index), [&](uint32_t argument) {
      if (!isLocal(argument)) {
        handedOver_.insert(argument);
      }
    });
  }

  const Plan& plan_;
  const uint32_t node_;
  std::unordered_map<uint32_t, Role> roles_;
  std::set<uint32_t> tables_;
  std::set<uint32_t> handedOver_;
  TupleSplit split_;
};

}  // namespace

std::optional<TupleSplit> splitByTuples(const Plan& plan, uint32_t node) {
  if (!plan.isStreamed(node)) {
    return std::nullopt;
  }
  return TupleSplitter(plan, node).split();
}

}  // namespace inferf
