#include "exec/OutputAssembler.h"

#include <cstring>
#include <limits>
#include <string_view>

#include "base/Error.h"
#include "exec/NodeProgram.h"

namespace inferf {

namespace {

ColumnType elementType(proto::ElementType element) {
  ColumnType type;
  switch (element) {
    case proto::ELEMENT_TYPE_FLOAT32:
      type.id = TypeId::kFloat32;
      type.byteWidth = 4;
      type.format = "f";
      break;
    case proto::ELEMENT_TYPE_FLOAT64:
      type.id = TypeId::kFloat64;
      type.byteWidth = 8;
      type.format = "g";
      break;
    case proto::ELEMENT_TYPE_INT64:
      type.id = TypeId::kInt64;
      type.byteWidth = 8;
      type.format = "l";
      break;
    default:
      type.id = TypeId::kString;
      type.format = "u";
      break;
  }
  return type;
}

ColumnType valueType(const proto::Value& value, bool asList) {
  ColumnType type = elementType(value.type());
  if (value.width() == 1 && !asList) {
    return type;
  }
  INFERF_USER_CHECK(type.id != TypeId::kString, INFERF_ERROR_UNSUPPORTED, "An output cannot be a list of strings. Value: ",
                    value.label());
  type.elementId = type.id;
  type.id = TypeId::kFixedSizeList;
  type.listLength = static_cast<int32_t>(value.width());
  type.byteWidth *= type.listLength;
  return type;
}

/// Fills data and offsets with strings; textAt(i) yields the i-th, empty for NULLs.
template <typename TextAt>
void setStrings(OutputVector& vector, int64_t numRows, MemoryPool& pool, TextAt textAt) {
  vector.offsets = PoolArray<uint8_t>(pool, (numRows + 1) * static_cast<int64_t>(sizeof(int32_t)));
  auto* offsets = reinterpret_cast<int32_t*>(vector.offsets.data());
  int64_t numBytes = 0;
  for (int64_t i = 0; i < numRows; ++i) {
    offsets[i] = static_cast<int32_t>(numBytes);
    numBytes += static_cast<int64_t>(textAt(i).size());
    INFERF_USER_CHECK(numBytes <= std::numeric_limits<int32_t>::max(), INFERF_ERROR_UNSUPPORTED,
                      "The strings of an output batch pass 2^31 - 1 bytes. Column: ", vector.name);
  }
  offsets[numRows] = static_cast<int32_t>(numBytes);
  vector.data = PoolArray<uint8_t>(pool, numBytes);
  for (int64_t i = 0; i < numRows; ++i) {
    const std::string_view text = textAt(i);
    if (!text.empty()) {
      std::memcpy(vector.data.data() + offsets[i], text.data(), text.size());
    }
  }
}

OutputVector makeValue(const proto::Value& value, const RowContext::ValueRows& rows, bool asList, std::string name,
                       int64_t numRows, MemoryPool& pool) {
  OutputVector vector;
  vector.type = valueType(value, asList);
  vector.name = std::move(name);
  vector.length = numRows;
  const auto row = [&](int64_t i) { return rows.stored->row(rows.ids == nullptr ? i : rows.ids[i]); };
  if (vector.type.id == TypeId::kString) {
    setStrings(vector, numRows, pool, [&](int64_t i) { return *reinterpret_cast<const std::string_view*>(row(i)); });
    return vector;
  }
  const int64_t rowBytes = vector.type.byteWidth;
  vector.data = PoolArray<uint8_t>(pool, numRows * rowBytes);
  if (rows.ids == nullptr && rows.stored->strideBytes == rowBytes) {
    std::memcpy(vector.data.data(), rows.stored->row(0), static_cast<size_t>(numRows * rowBytes));
    return vector;
  }
  for (int64_t i = 0; i < numRows; ++i) {
    std::memcpy(vector.data.data() + i * rowBytes, row(i), static_cast<size_t>(rowBytes));
  }
  return vector;
}

template <typename Bit>
PoolArray<uint8_t> makeBitmap(int64_t numRows, MemoryPool& pool, Bit bit) {
  PoolArray<uint8_t> bitmap(pool, (numRows + 7) / 8);
  std::memset(bitmap.data(), 0, static_cast<size_t>(bitmap.size()));
  for (int64_t i = 0; i < numRows; ++i) {
    bitmap[i >> 3] = static_cast<uint8_t>(bitmap[i >> 3] | (bit(i) ? 1U : 0U) << (i & 7));
  }
  return bitmap;
}

OutputVector makeScalar(const ScalarProgram& program, const ScalarVector& result, std::string name, int64_t numRows,
                        MemoryPool& pool) {
  OutputVector vector;
  vector.type = program.outputType();
  vector.name = std::move(name);
  vector.length = numRows;
  if (!result.allValid) {
    for (int64_t i = 0; i < numRows; ++i) {
      vector.nullCount += result.valid[i] == 0 ? 1 : 0;
    }
    if (vector.nullCount > 0) {
      vector.validity = makeBitmap(numRows, pool, [&](int64_t i) { return result.valid[i] != 0; });
    }
  }
  switch (program.type()) {
    case ScalarType::kBool:
      vector.data = makeBitmap(numRows, pool, [&](int64_t i) { return result.isValid(i) && result.data[i] != 0; });
      return vector;
    case ScalarType::kString:
      setStrings(vector, numRows, pool,
                 [&](int64_t i) { return result.isValid(i) ? result.values<std::string_view>()[i] : std::string_view(); });
      return vector;
    default:
      break;
  }
  vector.data = PoolArray<uint8_t>(pool, numRows * vector.type.byteWidth);
  if (program.type() == ScalarType::kNull) {
    std::memset(vector.data.data(), 0, static_cast<size_t>(vector.data.size()));
  } else if (program.type() == ScalarType::kTemporal && vector.type.byteWidth == 4) {
    for (int64_t i = 0; i < numRows; ++i) {
      reinterpret_cast<int32_t*>(vector.data.data())[i] = static_cast<int32_t>(result.values<int64_t>()[i]);
    }
  } else {
    std::memcpy(vector.data.data(), result.data.data(), static_cast<size_t>(vector.data.size()));
  }
  return vector;
}

}  // namespace

OutputAssembler::OutputAssembler(const Plan& plan, const TableTypes& types) : plan_(plan) {
  for (const proto::OutputColumn& column : plan.fragment().outputs()) {
    Entry& entry = entries_.emplace_back(Entry{&column, std::nullopt});
    if (column.has_scalar()) {
      entry.scalar.emplace(plan, column.scalar(), types);
    }
  }
  schema(types);
}

bool OutputAssembler::needsListLengths(const InputTypes& types) const {
  for (const Entry& entry : entries_) {
    if (entry.column->has_column() &&
        types.isLengthUnknown(entry.column->column().table(), entry.column->column().column())) {
      return true;
    }
  }
  return false;
}

std::vector<OutputVector> OutputAssembler::schema(const TableTypes& types) const {
  const auto& values = plan_.fragment().values();
  std::vector<OutputVector> vectors;
  for (const Entry& entry : entries_) {
    OutputVector& vector = vectors.emplace_back();
    vector.name = entry.column->name();
    if (entry.column->has_column()) {
      vector.type = types[entry.column->column().table()][entry.column->column().column()];
    } else if (entry.scalar) {
      vector.type = entry.scalar->outputType();
    } else if (entry.column->has_struct_()) {
      vector.isStruct = true;
      for (const proto::OutputColumn& field : entry.column->struct_().fields()) {
        OutputVector& child = vector.children.emplace_back();
        child.name = field.name();
        child.type = valueType(values[static_cast<int>(field.value())], field.as_list());
      }
    } else {
      vector.type = valueType(values[static_cast<int>(entry.column->value())], entry.column->as_list());
    }
  }
  return vectors;
}

std::vector<OutputVector> OutputAssembler::assemble(const Morsel& morsel, Workspace& workspace, MemoryPool& pool) const {
  const auto& values = plan_.fragment().values();
  const int64_t numRows = morsel.numRows();
  workspace.scalars.resize(entries_.size());
  std::vector<OutputVector> vectors;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const proto::OutputColumn& column = *entries_[i].column;
    if (column.has_column()) {
      const RowContext::TableRows rows = morsel.tableRows(column.column().table());
      vectors.push_back(gatherColumn(rows.batch->columns[column.column().column()], rows.ids, numRows, column.name(), pool));
    } else if (entries_[i].scalar) {
      const ScalarVector& result = entries_[i].scalar->evaluate(morsel, workspace.scalars[i], pool);
      vectors.push_back(makeScalar(*entries_[i].scalar, result, column.name(), numRows, pool));
    } else if (column.has_struct_()) {
      OutputVector vector;
      vector.name = column.name();
      vector.length = numRows;
      vector.isStruct = true;
      for (const proto::OutputColumn& field : column.struct_().fields()) {
        vector.children.push_back(makeValue(values[static_cast<int>(field.value())], morsel.valueRows(field.value()),
                                            field.as_list(), field.name(), numRows, pool));
      }
      vectors.push_back(std::move(vector));
    } else {
      vectors.push_back(makeValue(values[static_cast<int>(column.value())], morsel.valueRows(column.value()), column.as_list(),
                                  column.name(), numRows, pool));
    }
  }
  return vectors;
}

}  // namespace inferf
