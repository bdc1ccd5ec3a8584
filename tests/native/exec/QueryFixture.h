#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <iomanip>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/Error.h"
#include "exec/Task.h"

namespace inferf::test {

template <typename T>
using Cells = std::vector<std::optional<T>>;
using FloatList = std::vector<float>;
/// Columns the tests bind: int64 "l", double "g", float "f", string "u", date "tdD", list of floats of any length "+l".
using TestCells = std::variant<Cells<int64_t>, Cells<double>, Cells<float>, Cells<std::string>, Cells<int32_t>, Cells<FloatList>>;

struct TestTable {
  std::string name;
  std::vector<std::pair<std::string, TestCells>> columns;
  int64_t batchRows = 1000;  // rows per batch
  int endError = 0;          // errno of get_next instead of the end
  int64_t numRows() const {
    return std::visit([](const auto& cells) { return static_cast<int64_t>(cells.size()); }, columns.at(0).second);
  }
};

/// Streams handed out and not released.
inline std::atomic<int> liveStreams{0};

/// What a struct of the producer owns: memory of its own and its children's.
struct Owned {
  std::string text;
  std::string name;
  std::vector<std::vector<uint8_t>> memory;
  std::vector<const void*> buffers;
  std::vector<ArrowSchema> schemas;
  std::vector<ArrowSchema*> schemaPointers;
  std::vector<ArrowArray> arrays;
  std::vector<ArrowArray*> arrayPointers;
};

inline void makeSchema(const std::string& format, const std::string& name, std::vector<ArrowSchema> children, ArrowSchema* out) {
  auto* owned = new Owned;
  owned->text = format;
  owned->name = name;
  owned->schemas = std::move(children);
  for (ArrowSchema& child : owned->schemas) {
    owned->schemaPointers.push_back(&child);
  }
  *out = ArrowSchema{};
  out->format = owned->text.c_str();
  out->name = owned->name.c_str();
  out->flags = ARROW_FLAG_NULLABLE;
  out->n_children = static_cast<int64_t>(owned->schemas.size());
  out->children = owned->schemaPointers.data();
  out->private_data = owned;
  out->release = [](ArrowSchema* self) {
    auto* data = static_cast<Owned*>(self->private_data);
    for (ArrowSchema& child : data->schemas) {
      if (child.release != nullptr) {
        child.release(&child);
      }
    }
    delete data;
    self->release = nullptr;
  };
}

inline void finishArray(Owned* owned, int64_t length, int64_t nullCount, ArrowArray* out) {
  for (ArrowArray& child : owned->arrays) {
    owned->arrayPointers.push_back(&child);
  }
  *out = ArrowArray{};
  out->length = length;
  out->null_count = nullCount;
  out->n_buffers = static_cast<int64_t>(owned->buffers.size());
  out->buffers = owned->buffers.data();
  out->n_children = static_cast<int64_t>(owned->arrays.size());
  out->children = owned->arrayPointers.data();
  out->private_data = owned;
  out->release = [](ArrowArray* self) {
    auto* data = static_cast<Owned*>(self->private_data);
    for (ArrowArray& child : data->arrays) {
      if (child.release != nullptr) {
        child.release(&child);
      }
    }
    delete data;
    self->release = nullptr;
  };
}

template <typename T>
ArrowArray makeColumn(const Cells<T>& cells, int64_t begin, int64_t numRows) {
  auto* owned = new Owned;
  std::vector<uint8_t> validity(static_cast<size_t>(numRows / 8 + 1));
  std::vector<uint8_t> data;
  std::vector<uint8_t> offsets(sizeof(int32_t));
  Cells<float> elements;
  const auto addOffset = [&offsets](size_t end) {
    const auto offset = static_cast<int32_t>(end);
    const auto* bytes = reinterpret_cast<const uint8_t*>(&offset);
    offsets.insert(offsets.end(), bytes, bytes + sizeof(offset));
  };
  int64_t nullCount = 0;
  for (int64_t i = 0; i < numRows; ++i) {
    const std::optional<T>& cell = cells[static_cast<size_t>(begin + i)];
    nullCount += cell ? 0 : 1;
    validity[static_cast<size_t>(i / 8)] =
        static_cast<uint8_t>(validity[static_cast<size_t>(i / 8)] | (cell ? 1U : 0U) << (i % 8));
    const T value = cell.value_or(T{});
    if constexpr (std::is_same_v<T, std::string>) {
      data.insert(data.end(), value.begin(), value.end());
      addOffset(data.size());
    } else if constexpr (std::is_same_v<T, FloatList>) {
      elements.insert(elements.end(), value.begin(), value.end());
      addOffset(elements.size());
    } else {
      const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
      data.insert(data.end(), bytes, bytes + sizeof(T));
    }
  }
  data.reserve(1);  // never a NULL buffer
  owned->memory.push_back(std::move(validity));
  if (std::is_same_v<T, std::string> || std::is_same_v<T, FloatList>) {
    owned->memory.push_back(std::move(offsets));
  }
  if (std::is_same_v<T, FloatList>) {
    owned->arrays.push_back(makeColumn(elements, 0, static_cast<int64_t>(elements.size())));
  } else {
    owned->memory.push_back(std::move(data));
  }
  for (const std::vector<uint8_t>& buffer : owned->memory) {
    owned->buffers.push_back(buffer.data());
  }
  ArrowArray array;
  finishArray(owned, numRows, nullCount, &array);
  return array;
}

struct TableStream {
  TestTable table;
  int64_t next = 0;
};

inline ArrowArrayStream makeStream(TestTable table) {
  ArrowArrayStream stream{};
  stream.private_data = new TableStream{std::move(table), 0};
  stream.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
    std::vector<ArrowSchema> children;
    for (const auto& [name, cells] : static_cast<TableStream*>(self->private_data)->table.columns) {
      std::vector<ArrowSchema> elements;
      if (std::holds_alternative<Cells<FloatList>>(cells)) {
        makeSchema("f", "item", {}, &elements.emplace_back());
      }
      makeSchema(std::vector<std::string>{"l", "g", "f", "u", "tdD", "+l"}[cells.index()], name, std::move(elements), &children.emplace_back());
    }
    makeSchema("+s", "", std::move(children), out);
    return 0;
  };
  stream.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
    auto* data = static_cast<TableStream*>(self->private_data);
    const int64_t numRows = std::min(data->table.batchRows, data->table.numRows() - data->next);
    if (numRows == 0) {
      *out = ArrowArray{};
      return data->table.endError;
    }
    auto* owned = new Owned;
    owned->buffers.push_back(nullptr);
    for (const auto& [name, cells] : data->table.columns) {
      std::visit([&](const auto& typed) { owned->arrays.push_back(makeColumn(typed, data->next, numRows)); }, cells);
    }
    data->next += numRows;
    finishArray(owned, numRows, 0, out);
    return 0;
  };
  stream.get_last_error = [](ArrowArrayStream*) -> const char* { return "the producer broke"; };
  stream.release = [](ArrowArrayStream* self) {
    delete static_cast<TableStream*>(self->private_data);
    self->release = nullptr;
    --liveStreams;
  };
  ++liveStreams;
  return stream;
}

/// Builds plans piece by piece. Tables and columns are named by index into what addTable() got.
class PlanBuilder {
 public:
  PlanBuilder() { fragment.set_schema_version(kPlanSchemaVersion); }

  /// Adds a table and its scan; returns the scan's node.
  uint32_t scan(const TestTable& table, bool streamed = false) {
    proto::Table* added = fragment.add_tables();
    added->set_name(table.name);
    added->set_streamed(streamed);
    for (const auto& [name, cells] : table.columns) {
      added->add_columns(name);
    }
    fragment.add_nodes()->mutable_scan()->set_table(static_cast<uint32_t>(fragment.tables_size() - 1));
    return lastNode();
  }
  uint32_t join(proto::JoinType type, uint32_t probe, uint32_t build,
                const std::vector<std::pair<proto::ColumnRef, proto::ColumnRef>>& keys) {
    proto::HashJoinNode* node = fragment.add_nodes()->mutable_hash_join();
    node->set_type(type);
    node->set_probe(probe);
    node->set_build(build);
    for (const auto& [left, right] : keys) {
      proto::JoinKey* key = node->add_keys();
      *key->mutable_probe() = left;
      *key->mutable_build() = right;
    }
    return lastNode();
  }
  uint32_t filter(uint32_t input, proto::ScalarExpression predicate) {
    proto::FilterNode* node = fragment.add_nodes()->mutable_filter();
    node->set_input(input);
    *node->mutable_predicate() = std::move(predicate);
    return lastNode();
  }
  /// Loads one column as a FLOAT32 value of width 1.
  uint32_t load(uint32_t node, proto::ColumnRef column, proto::NullPolicy policy, double constant = 0) {
    proto::Value* value = fragment.add_values();
    value->set_node(node);
    value->set_type(proto::ELEMENT_TYPE_FLOAT32);
    value->set_width(1);
    *value->mutable_load_columns()->add_columns() = column;
    value->mutable_load_columns()->set_null_policy(policy);
    value->mutable_load_columns()->set_null_constant(constant);
    return static_cast<uint32_t>(fragment.values_size() - 1);
  }
  /// Loads columns as one FLOAT32 value of any width.
  uint32_t loadAll(uint32_t node, uint32_t width, const std::vector<proto::ColumnRef>& columns, proto::NullPolicy policy,
                   double constant = 0) {
    const uint32_t value = load(node, columns.at(0), policy, constant);
    fragment.mutable_values(static_cast<int>(value))->set_width(width);
    for (size_t i = 1; i < columns.size(); ++i) {
      *fragment.mutable_values(static_cast<int>(value))->mutable_load_columns()->add_columns() = columns[i];
    }
    return value;
  }
  /// Adds up values of width 1.
  uint32_t sum(uint32_t node, const std::vector<uint32_t>& values) {
    proto::Value* value = fragment.add_values();
    value->set_node(node);
    value->set_type(proto::ELEMENT_TYPE_FLOAT32);
    value->set_width(1);
    for (const uint32_t argument : values) {
      value->mutable_sum()->add_terms()->set_value(argument);
    }
    return static_cast<uint32_t>(fragment.values_size() - 1);
  }
  void output(proto::ColumnRef column) {
    proto::OutputColumn* output = fragment.add_outputs();
    output->set_name("c" + std::to_string(fragment.outputs_size() - 1));
    *output->mutable_column() = column;
  }
  void outputValue(uint32_t value) {
    proto::OutputColumn* output = fragment.add_outputs();
    output->set_name("c" + std::to_string(fragment.outputs_size() - 1));
    output->set_value(value);
  }
  proto::StructOutput* outputStruct() {
    proto::OutputColumn* output = fragment.add_outputs();
    output->set_name("c" + std::to_string(fragment.outputs_size() - 1));
    return output->mutable_struct_();
  }
  void outputScalar(proto::ScalarExpression expression) {
    proto::OutputColumn* output = fragment.add_outputs();
    output->set_name("c" + std::to_string(fragment.outputs_size() - 1));
    *output->mutable_scalar() = std::move(expression);
  }
  uint32_t lastNode() const { return static_cast<uint32_t>(fragment.nodes_size() - 1); }

  std::shared_ptr<const Plan> plan() {
    if (!checkNodeSet) {
      fragment.set_null_check_node(lastNode());
    }
    const std::string bytes = fragment.SerializeAsString();
    return Plan::parse({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  }

  proto::PlanFragment fragment;
  bool checkNodeSet = false;
};

inline proto::ColumnRef column(uint32_t table, uint32_t index) {
  proto::ColumnRef reference;
  reference.set_table(table);
  reference.set_column(index);
  return reference;
}
inline proto::ScalarExpression columnExpression(uint32_t table, uint32_t index) {
  proto::ScalarExpression expression;
  *expression.mutable_column() = column(table, index);
  return expression;
}
inline proto::ScalarExpression integer(int64_t value) {
  proto::ScalarExpression expression;
  expression.mutable_literal()->set_int64(value);
  return expression;
}
inline proto::ScalarExpression single(float value) {
  proto::ScalarExpression expression;
  expression.mutable_literal()->set_float32(value);
  return expression;
}
inline proto::ScalarExpression valueExpression(uint32_t value, uint32_t element = 0) {
  proto::ScalarExpression expression;
  expression.mutable_value()->set_value(value);
  expression.mutable_value()->set_element(element);
  return expression;
}
inline proto::ScalarExpression call(proto::ScalarFunction function, const std::vector<proto::ScalarExpression>& arguments) {
  proto::ScalarExpression expression;
  expression.mutable_call()->set_function(function);
  for (const proto::ScalarExpression& argument : arguments) {
    *expression.mutable_call()->add_arguments() = argument;
  }
  return expression;
}

using ResultRows = std::vector<std::vector<std::string>>;

/// Runs plans over test tables and checks after each test that everything was released.
class QueryTest : public ::testing::Test {
 protected:
  void TearDown() override {
    digits() = 6;
    EXPECT_EQ(liveStreams.load(), 0);
    EXPECT_EQ(pool_->bytesInUse(), 0);
  }

  std::vector<std::unique_ptr<BatchReader>> makeReaders(const std::vector<TestTable>& tables) {
    std::vector<std::unique_ptr<BatchReader>> readers;
    for (const TestTable& table : tables) {
      std::vector<std::string> names;
      for (const auto& [name, cells] : table.columns) {
        names.push_back(name);
      }
      readers.push_back(std::make_unique<BatchReader>(makeStream(table), table.name, names, pool_));
    }
    return readers;
  }

  std::shared_ptr<Task> makeTask(const std::shared_ptr<const Plan>& plan, const std::vector<TestTable>& tables, int32_t numThreads = 2) {
    return Task::create(plan, {makeReaders(tables), tensors_}, pool_, std::make_shared<ThreadArena>(numThreads));
  }

  /// A task that build() is to be called of.
  std::shared_ptr<Task> makeRelations(const std::shared_ptr<const Plan>& plan, const std::vector<TestTable>& tables, int32_t numThreads = 2) {
    return Task::createRelations(plan, makeReaders(tables), pool_, std::make_shared<ThreadArena>(numThreads));
  }

  /// All rows, each cell as text; NULL as "-".
  ResultRows run(const std::shared_ptr<const Plan>& plan, const std::vector<TestTable>& tables, int32_t numThreads = 2) {
    return finish(*makeTask(plan, tables, numThreads));
  }

  /// The same in two steps: the relations of one plan, the model of another.
  ResultRows runInTwoSteps(const std::shared_ptr<const Plan>& built, const std::shared_ptr<const Plan>& executed,
                           const std::vector<TestTable>& tables, int32_t numThreads = 2) {
    const std::shared_ptr<Task> task = makeRelations(built, tables, numThreads);
    task->build();
    task->bindModel(executed, tensors_);
    return finish(*task);
  }

  /// Starts a task and reads all it yields.
  static ResultRows finish(Task& task) {
    task.start();
    ResultRows rows;
    const std::vector<OutputVector>& schema = task.outputSchema();
    ArrowArray batch{};
    while (task.next(&batch)) {
      for (int64_t row = 0; row < batch.length; ++row) {
        std::vector<std::string>& cells = rows.emplace_back();
        for (int64_t i = 0; i < batch.n_children; ++i) {
          cells.push_back(cell(*batch.children[i], schema[static_cast<size_t>(i)], row));
        }
      }
      batch.release(&batch);
    }
    task.finish();
    return rows;
  }

  /// The text of a result: structs like "{a b}", lists like "[1 2]", NULL "-".
  static std::string cell(const ArrowArray& array, const OutputVector& column, int64_t row) {
    if (!column.isStruct) {
      return cell(array, column.type, row);
    }
    std::string text;
    for (int64_t i = 0; i < array.n_children; ++i) {
      text += (text.empty() ? "" : " ") + cell(*array.children[i], column.children[static_cast<size_t>(i)], row);
    }
    return "{" + text + "}";
  }

  static std::string cell(const ArrowArray& array, const ColumnType& type, int64_t row) {
    const auto* validity = static_cast<const uint8_t*>(array.buffers[0]);
    if (validity != nullptr && (validity[row / 8] >> (row % 8) & 1) == 0) {
      return "-";
    }
    std::ostringstream out;
    out << std::setprecision(digits());
    switch (type.id) {
      case TypeId::kInt64:
        out << static_cast<const int64_t*>(array.buffers[1])[row];
        break;
      case TypeId::kFloat64:
        out << static_cast<const double*>(array.buffers[1])[row];
        break;
      case TypeId::kFloat32:
        out << static_cast<const float*>(array.buffers[1])[row];
        break;
      case TypeId::kBool:
        out << (static_cast<const uint8_t*>(array.buffers[1])[row / 8] >> (row % 8) & 1);
        break;
      case TypeId::kString: {
        const auto* offsets = static_cast<const int32_t*>(array.buffers[1]);
        out << std::string(static_cast<const char*>(array.buffers[2]) + offsets[row],
                           static_cast<size_t>(offsets[row + 1] - offsets[row]));
        break;
      }
      case TypeId::kFixedWidth:
        out << static_cast<const int32_t*>(array.buffers[1])[row];
        break;
      case TypeId::kFixedSizeList: {
        ColumnType element;
        element.id = type.elementId;
        for (int32_t i = 0; i < type.listLength; ++i) {
          out << (i == 0 ? "[" : " ") << cell(*array.children[0], element, row * type.listLength + i);
        }
        out << "]";
        break;
      }
      default:
        out << "?";
    }
    return out.str();
  }

  /// Digits that floats are printed with; 9 tell any two floats apart.
  static int& digits() {
    static int digits = 6;
    return digits;
  }

  template <typename Body>
  static void expectFailure(inferf_status code, const std::string& text, Body body) {
    try {
      body();
      ADD_FAILURE() << "Nothing failed; expected: " << text;
    } catch (const EngineError& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    }
  }

  std::shared_ptr<MemoryPool> pool_ = std::make_shared<MemoryPool>();
  std::vector<Column> tensors_;  // bound to each run
};

}  // namespace inferf::test
