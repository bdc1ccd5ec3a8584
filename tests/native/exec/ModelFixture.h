#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/Error.h"
#include "exec/NodeProgram.h"
#include "support/ExpectError.h"

namespace inferf::test {

using proto::Value;

/// A plan over two tables, "fact" (streamed, with id `dim`) joined to "dim", built value by value, together with data for it.
/// Nodes: 0 scan fact, 1 scan dim, 2 join. Columns of both tables: x0 … x4.
class TestModel {
 public:
  static constexpr uint32_t kFactNode = 0;
  static constexpr uint32_t kDimNode = 1;
  static constexpr uint32_t kRoot = 2;

  TestModel() {
    fragment_.set_schema_version(kPlanSchemaVersion);
    for (const char* name : {"fact", "dim"}) {
      proto::Table* table = fragment_.add_tables();
      table->set_name(name);
      table->set_streamed(std::string(name) == "fact");
      for (int i = 0; i < 5; ++i) {
        table->add_columns("x" + std::to_string(i));
      }
    }
    fragment_.add_nodes()->mutable_scan()->set_table(0);
    fragment_.add_nodes()->mutable_scan()->set_table(1);
    proto::HashJoinNode* join = fragment_.add_nodes()->mutable_hash_join();
    join->set_type(proto::JOIN_TYPE_LEFT);
    join->set_probe(0);
    join->set_build(1);
    proto::JoinKey* key = join->add_keys();
    key->mutable_probe()->set_table(0);
    key->mutable_build()->set_table(1);
    fragment_.set_null_check_node(kRoot);
    batches_.resize(2);
  }

  // ---- data
  template <typename T>
  void addColumn(uint32_t table, TypeId id, std::vector<T> values, int32_t listLength = 0) {
    auto kept = std::make_shared<std::vector<T>>(std::move(values));
    Column column;
    column.type.id = listLength > 0 ? TypeId::kFixedSizeList : id;
    column.type.elementId = listLength > 0 ? id : TypeId::kNull;
    column.type.listLength = listLength;
    column.length = static_cast<int64_t>(kept->size()) / std::max(1, listLength);
    column.data = kept->data();
    column.owner = kept;
    batches_[table].numRows = column.length;
    batches_[table].columns.push_back(std::move(column));
  }
  void addText(uint32_t table, const std::vector<std::string>& values) {
    auto bytes = std::make_shared<std::pair<std::string, std::vector<int32_t>>>();
    bytes->second.push_back(0);
    for (const std::string& value : values) {
      bytes->first += value;
      bytes->second.push_back(static_cast<int32_t>(bytes->first.size()));
    }
    Column column;
    column.type.id = TypeId::kString;
    column.length = static_cast<int64_t>(values.size());
    column.data = bytes->first.data();
    column.offsets = bytes->second.data();
    column.owner = bytes;
    batches_[table].numRows = column.length;
    batches_[table].columns.push_back(std::move(column));
  }
  Batch& batch(uint32_t table) { return batches_[table]; }

  template <typename T>
  uint32_t tensor(proto::ElementType type, uint32_t rows, std::vector<T> values) {
    proto::Tensor* tensor = fragment_.add_tensors();
    tensor->set_type(type);
    tensor->set_rows(rows);
    tensor->set_columns(static_cast<uint32_t>(values.size()) / rows);
    auto kept = std::make_shared<std::vector<T>>(std::move(values));
    Column column;
    column.type.id = type == proto::ELEMENT_TYPE_FLOAT32   ? TypeId::kFloat32
                     : type == proto::ELEMENT_TYPE_FLOAT64 ? TypeId::kFloat64
                     : type == proto::ELEMENT_TYPE_BYTES   ? TypeId::kUInt8
                                                           : TypeId::kInt64;
    column.length = static_cast<int64_t>(kept->size());
    column.data = kept->data();
    column.owner = kept;
    tensors_.push_back(std::move(column));
    return static_cast<uint32_t>(fragment_.tensors_size() - 1);
  }
  uint32_t floats(uint32_t rows, std::vector<float> values) { return tensor(proto::ELEMENT_TYPE_FLOAT32, rows, std::move(values)); }
  uint32_t texts(const std::vector<std::string>& values) {
    proto::Tensor* tensor = fragment_.add_tensors();
    tensor->set_type(proto::ELEMENT_TYPE_STRING);
    tensor->set_rows(1);
    tensor->set_columns(static_cast<uint32_t>(values.size()));
    TestModel other;
    other.addText(0, values);
    tensors_.push_back(other.batch(0).columns[0]);
    return static_cast<uint32_t>(fragment_.tensors_size() - 1);
  }

  // ---- values
  uint32_t value(uint32_t node, uint32_t width, const std::function<void(Value&)>& fill, proto::ElementType type = proto::ELEMENT_TYPE_FLOAT32) {
    Value* value = fragment_.add_values();
    value->set_node(node);
    value->set_width(width);
    value->set_type(type);
    fill(*value);
    return static_cast<uint32_t>(fragment_.values_size() - 1);
  }
  uint32_t load(uint32_t node, uint32_t width, std::vector<std::pair<uint32_t, uint32_t>> columns,
                proto::ElementType type = proto::ELEMENT_TYPE_FLOAT32, std::optional<double> constant = {}) {
    return value(node, width, [&](Value& v) {
      for (const auto& [table, column] : columns) {
        proto::ColumnRef* reference = v.mutable_load_columns()->add_columns();
        reference->set_table(table);
        reference->set_column(column);
      }
      v.mutable_load_columns()->set_null_policy(constant ? proto::NULL_POLICY_CONSTANT : proto::NULL_POLICY_ERROR);
      v.mutable_load_columns()->set_null_constant(constant.value_or(0));
    }, type);
  }
  struct Addend {
    uint32_t value;
    std::optional<uint32_t> weight = {};
    uint32_t weightRow = 0;
  };
  uint32_t sum(uint32_t node, uint32_t width, const std::vector<Addend>& terms, std::optional<uint32_t> bias = {},
               proto::Activation activation = proto::ACTIVATION_NONE, proto::ElementType type = proto::ELEMENT_TYPE_FLOAT32) {
    return value(node, width, [&](Value& v) {
      for (const Addend& addend : terms) {
        proto::Term* term = v.mutable_sum()->add_terms();
        term->set_value(addend.value);
        if (addend.weight) {
          term->set_weight(*addend.weight);
          term->set_weight_row(addend.weightRow);
        }
      }
      if (bias) {
        v.mutable_sum()->set_bias(*bias);
      }
      v.mutable_sum()->set_activation(activation);
      v.mutable_sum()->set_alpha(0.5f);
    }, type);
  }
  uint32_t unary(uint32_t node, proto::UnaryFunction function, uint32_t argument) {
    return value(node, fragment_.values(static_cast<int>(argument)).width(), [&](Value& v) {
      v.mutable_unary()->set_function(function);
      v.mutable_unary()->set_value(argument);
      v.mutable_unary()->set_alpha(0.5f);
    });
  }
  uint32_t narrow(uint32_t node, uint32_t argument) {
    return value(node, fragment_.values(static_cast<int>(argument)).width(), [&](Value& v) { v.mutable_narrow()->set_value(argument); },
                 proto::ELEMENT_TYPE_FLOAT16);
  }
  uint32_t concat(uint32_t node, std::vector<uint32_t> parts) {
    uint32_t width = 0;
    for (const uint32_t part : parts) {
      width += fragment_.values(static_cast<int>(part)).width();
    }
    return value(node, width, [&](Value& v) { v.mutable_concat()->mutable_values()->Add(parts.begin(), parts.end()); });
  }
  void output(uint32_t value) {
    proto::OutputColumn* column = fragment_.add_outputs();
    column->set_name("o" + std::to_string(fragment_.outputs_size()));
    column->set_value(value);
  }

  std::shared_ptr<const Plan> plan() const {
    const std::string bytes = fragment_.SerializeAsString();
    return Plan::parse({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  }
  const std::vector<Column>& tensors() const { return tensors_; }

 private:
  proto::PlanFragment fragment_;
  std::vector<Batch> batches_;
  std::vector<Column> tensors_;
};

/// Rows [begin, begin + numRows) of a node, with row ids per table and per lower value.
class FakeContext final : public RowContext {
 public:
  FakeContext(TestModel& model, int64_t begin, int64_t numRows) : model_(model), begin_(begin), numRows_(numRows) {}

  std::map<uint32_t, const std::vector<int32_t>*> tableIds;
  std::map<uint32_t, std::pair<const StoredValue*, const std::vector<int32_t>*>> values;

  int64_t numRows() const override { return numRows_; }
  TableRows tableRows(uint32_t table) const override {
    const auto found = tableIds.find(table);
    return {&model_.batch(table), found == tableIds.end() ? nullptr : found->second->data() + begin_};
  }
  ValueRows valueRows(uint32_t value) const override {
    const auto& [stored, ids] = values.at(value);
    return {stored, ids == nullptr ? nullptr : ids->data() + begin_};
  }

 private:
  TestModel& model_;
  int64_t begin_;
  int64_t numRows_;
};

/// A compiled node of a model, run on rows.
class Runner {
 public:
  Runner(TestModel& model, uint32_t node)
      : model_(model), plan_(model.plan()), tensors_(std::make_shared<TensorSet>(plan_, model.tensors(), pool_)),
        program_(plan_, node, tensors_, pool_), workspace_(pool_), costs(plan_->valuesAt(node).size()) {}

  /// Runs rows [0, numRows) in morsels of `step` rows; ids are set by `prepare`.
  std::vector<StoredValue> run(int64_t numRows, int64_t step, const std::function<void(FakeContext&)>& prepare = {}) {
    std::vector<StoredValue> stored;
    for (size_t i = 0; i < program_.storedValues().size(); ++i) {
      stored.push_back(program_.allocate(i, numRows, *pool_));
    }
    for (int64_t begin = 0; begin < numRows; begin += step) {
      FakeContext context(model_, begin, std::min(step, numRows - begin));
      if (prepare) {
        prepare(context);
      }
      program_.run(context, stored, begin, workspace_, cancellation, costs);
    }
    return stored;
  }
  const NodeProgram& program() const { return program_; }
  MemoryPool& pool() { return *pool_; }

 private:
  TestModel& model_;
  std::shared_ptr<MemoryPool> pool_ = std::make_shared<MemoryPool>();
  std::shared_ptr<const Plan> plan_;
  std::shared_ptr<const TensorSet> tensors_;
  NodeProgram program_;
  NodeWorkspace workspace_;

 public:
  CancellationToken cancellation;
  std::vector<ValueCost> costs;
};

template <typename T = float>
std::vector<T> row(const StoredValue& stored, int64_t i, size_t width) {
  const T* data = reinterpret_cast<const T*>(stored.row(i));
  return {data, data + width};
}

inline std::vector<float> randomFloats(uint32_t seed, size_t count) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) {
    value = normal(random);
  }
  return values;
}

}  // namespace inferf::test
