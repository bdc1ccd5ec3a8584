#include "exec/BuildFingerprint.h"

#include <xxhash.h>

#include <array>
#include <memory>
#include <string_view>

#include "base/Error.h"
#include "exec/TensorSetState.h"
#include "plan/ValueArguments.h"

namespace inferf {

namespace {

/// Longer fingerprints are not worth comparing.
constexpr size_t kMaxFingerprintBytes = size_t{1} << 20;

/// Builds texts of which no two sequences of parts give the same.
class TextWriter {
 public:
  void number(uint64_t number) { text_.append(reinterpret_cast<const char*>(&number), sizeof(number)); }
  void text(std::string_view text) {
    number(text.size());
    text_.append(text);
  }
  std::optional<std::string> take() {
    return text_.size() <= kMaxFingerprintBytes ? std::optional<std::string>(std::move(text_)) : std::nullopt;
  }

 private:
  std::string text_;
};

/// Calls visitScan(table, node), visitFilter(node) and visitJoin(node) for a sub-plan, inputs first, probe sides before build sides.
template <typename Visit>
void visitSubplan(const Plan& plan, uint32_t top, const Visit& visit) {
  // A node is pushed again, marked, once its inputs have been: the plan may be deep.
  std::vector<std::pair<uint32_t, bool>> pending{{top, false}};
  while (!pending.empty()) {
    const auto [node, areInputsDone] = pending.back();
    pending.pop_back();
    const proto::RelationalNode& relational = plan.fragment().nodes(static_cast<int>(node));
    if (areInputsDone || relational.has_scan()) {
      visit(node, relational);
      continue;
    }
    pending.emplace_back(node, true);
    if (relational.has_filter()) {
      pending.emplace_back(relational.filter().input(), false);
    } else {
      pending.emplace_back(relational.hash_join().build(), false);
      pending.emplace_back(relational.hash_join().probe(), false);
    }
  }
}

class RowsWriter {
 public:
  RowsWriter(const Plan& plan, const TableTypes& types, const std::vector<std::string>& tableKeys)
      : plan_(plan), types_(types), tableKeys_(tableKeys), numbers_(static_cast<size_t>(plan.fragment().tables_size())) {}

  /// False if the node cannot be told from others that yield other rows.
  bool add(const proto::RelationalNode& node) {
    writer_.number(node.kind_case());
    if (node.has_scan()) {
      return addScan(node.scan().table());
    }
    if (node.has_filter()) {
      return !readsValues(node.filter()) && addPredicate(node.filter().predicate());
    }
    const proto::HashJoinNode& join = node.hash_join();
    writer_.number(static_cast<uint64_t>(join.type()));
    writer_.number(static_cast<uint64_t>(join.keys_size()));
    for (const proto::JoinKey& key : join.keys()) {
      addColumn(key.probe());
      addColumn(key.build());
    }
    return true;
  }

  /// The keys that the rows are indexed by.
  void addConsumer(const proto::HashJoinNode& join) {
    for (const proto::JoinKey& key : join.keys()) {
      addColumn(key.build());
    }
  }

  std::optional<std::string> take() { return writer_.take(); }

 private:
  bool addScan(uint32_t table) {
    const proto::Table& declared = plan_.fragment().tables(static_cast<int>(table));
    const std::string& key = tableKeys_[table];
    numbers_[table] = numTables_++;
    writer_.text(key);
    writer_.number(static_cast<uint64_t>(declared.columns_size()));
    for (int i = 0; i < declared.columns_size(); ++i) {
      const ColumnType& type = types_[table][static_cast<size_t>(i)];
      writer_.text(declared.columns(i));
      writer_.number(static_cast<uint64_t>(type.id));
      writer_.number(static_cast<uint64_t>(type.byteWidth));
      writer_.number(static_cast<uint64_t>(type.listLength));
      writer_.number(static_cast<uint64_t>(type.elementId));
      writer_.text(type.format);
    }
    return !key.empty();
  }

  bool addPredicate(proto::ScalarExpression predicate) {
    std::vector<proto::ScalarExpression*> pending{&predicate};
    while (!pending.empty()) {
      proto::ScalarExpression& expression = *pending.back();
      pending.pop_back();
      if (expression.has_column()) {
        expression.mutable_column()->set_table(numbers_[expression.column().table()]);
      } else if (expression.has_call()) {
        for (proto::ScalarExpression& argument : *expression.mutable_call()->mutable_arguments()) {
          pending.push_back(&argument);
        }
      }
    }
    writer_.text(predicate.SerializeAsString());
    return true;
  }

  void addColumn(const proto::ColumnRef& column) {
    writer_.number(numbers_[column.table()]);
    writer_.number(column.column());
  }

  const Plan& plan_;
  const TableTypes& types_;
  const std::vector<std::string>& tableKeys_;
  std::vector<uint32_t> numbers_;  // by table: its place among those of the sub-plan
  uint32_t numTables_ = 0;
  TextWriter writer_;
};

struct DeleteDigest {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

}  // namespace

std::vector<EntityId> entitiesUnder(const Plan& plan, uint32_t node) {
  std::vector<EntityId> entities;
  visitSubplan(plan, node, [&](uint32_t below, const proto::RelationalNode& relational) {
    if (relational.has_scan()) {
      entities.push_back(relational.scan().table());
    }
    entities.push_back(rowsOf(plan, below));
  });
  return entities;
}

std::optional<std::string> fingerprintRows(const Plan& plan, const Pipeline& pipeline, const TableTypes& types,
                                           const std::vector<std::string>& tableKeys) {
  RowsWriter writer(plan, types, tableKeys);
  bool isComplete = true;
  visitSubplan(plan, pipeline.topNode(),
               [&](uint32_t /*node*/, const proto::RelationalNode& relational) { isComplete = isComplete && writer.add(relational); });
  if (!isComplete) {
    return std::nullopt;
  }
  writer.addConsumer(plan.fragment().nodes(static_cast<int>(pipeline.consumer)).hash_join());
  return writer.take();
}

std::optional<std::string> fingerprintValues(const Plan& plan, const Pipeline& pipeline, size_t level, const NodeProgram& program,
                                             const std::string& rows, const std::string& tensorDigest) {
  const proto::PlanFragment& fragment = plan.fragment();
  const uint32_t node = pipeline.levels[level].node;
  TextWriter writer;
  writer.text(rows);
  writer.text(tensorDigest);
  writer.number(level);
  writer.number(pipeline.nullExtended ? 1 : 0);
  // Values are written as they are numbered, so that these numbers must stand for the same.
  for (const EntityId entity : entitiesUnder(plan, pipeline.topNode())) {
    writer.number(entity);
  }
  writer.number(program.storedValues().size());
  for (const uint32_t value : program.storedValues()) {
    writer.number(value);
  }
  std::vector<bool> isRead(static_cast<size_t>(fragment.values_size()));
  for (const uint32_t value : plan.valuesAt(node)) {
    isRead[value] = true;
  }
  for (size_t value = isRead.size(); value-- > 0;) {
    if (isRead[value]) {
      proto::Value read = fragment.values(static_cast<int>(value));
      forEachArgument(read, [&](uint32_t argument) { isRead[argument] = true; });
      read.clear_label();
      writer.number(value);
      writer.text(read.SerializeAsString());
    }
  }
  for (const proto::Tensor& tensor : fragment.tensors()) {
    writer.number(static_cast<uint64_t>(tensor.type()));
    writer.number(tensor.rows());
    writer.number(tensor.columns());
  }
  for (const proto::TreeEnsemble& ensemble : fragment.tree_ensembles()) {
    writer.text(ensemble.SerializeAsString());
  }
  return writer.take();
}

std::string digestTensors(const TensorSet& tensors) {
  const std::unique_ptr<XXH3_state_t, DeleteDigest> digest(XXH3_createState());
  if (digest == nullptr) {
    throw std::bad_alloc();
  }
  XXH3_128bits_reset(digest.get());
  const auto add = [&](const void* data, int64_t size) {
    XXH3_128bits_update(digest.get(), &size, sizeof(size));
    XXH3_128bits_update(digest.get(), data, static_cast<size_t>(size));
  };
  for (const Column& column : tensors.state().tensors) {
    if (column.type.id == TypeId::kString || column.type.id == TypeId::kLargeString) {
      for (int64_t i = 0; i < column.length; ++i) {
        const std::string_view text = column.stringAt(i);
        add(text.data(), static_cast<int64_t>(text.size()));
      }
    } else {
      const int64_t width = column.type.id == TypeId::kFloat32 ? sizeof(float) : column.type.id == TypeId::kUInt8 ? 1 : sizeof(int64_t);
      add(static_cast<const uint8_t*>(column.data) + column.offset * width, column.length * width);
    }
  }
  const XXH128_hash_t hash = XXH3_128bits_digest(digest.get());
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  return {reinterpret_cast<const char*>(canonical.digest), sizeof(canonical.digest)};
}

}  // namespace inferf
