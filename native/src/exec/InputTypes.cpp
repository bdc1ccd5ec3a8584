#include "exec/InputTypes.h"

#include <algorithm>

#include "base/Error.h"
#include "exec/Pipeline.h"
#include "kernel/KeyEncoder.h"
#include "kernel/LoadColumn.h"

namespace inferf {

namespace {

bool isFloating(TypeId id) { return id == TypeId::kFloat32 || id == TypeId::kFloat64; }

bool fits(const ColumnType& type, proto::ElementType element) {
  if (element == proto::ELEMENT_TYPE_STRING) {
    return isText(type);
  }
  if (element == proto::ELEMENT_TYPE_INT64) {
    return isNumeric(type) && !isFloating(type.id) && type.id != TypeId::kFixedSizeList;
  }
  return isNumeric(type);
}

const char* elementName(proto::ElementType element) {
  switch (element) {
    case proto::ELEMENT_TYPE_FLOAT32:
      return "float";
    case proto::ELEMENT_TYPE_FLOAT64:
      return "double";
    case proto::ELEMENT_TYPE_INT64:
      return "integer";
    default:
      return "string";
  }
}

void setLength(ColumnType& type, int64_t length) {
  if (type.listLength != 0) {
    type.byteWidth /= type.listLength;
  }
  const int32_t elementWidth = type.elementId == TypeId::kFloat64 ? 8 : 4;
  type.listLength = static_cast<int32_t>(length);
  type.byteWidth = static_cast<int32_t>(length) * elementWidth;
}

/// Elements a column contributes to a model input; 0: not known yet.
int64_t widthOf(const ColumnType& type) { return type.id == TypeId::kFixedSizeList ? type.listLength : 1; }

}  // namespace

InputTypes::InputTypes(const Plan& plan, TableTypes types)
    : plan_(plan), types_(std::move(types)), inferred_(types_), admitted_(types_.size()) {
  for (const std::vector<ColumnType>& columns : types_) {
    hasLists_.push_back(std::any_of(columns.begin(), columns.end(),
                                    [](const ColumnType& type) { return type.id == TypeId::kFixedSizeList; }));
  }
  for (const proto::Value& value : plan.fragment().values()) {
    if (value.has_load_columns()) {
      checkLoad(value);
    }
  }
  for (const proto::RelationalNode& node : plan.fragment().nodes()) {
    if (node.has_hash_join()) {
      checkKeys(node.hash_join());
    }
  }
  inferLengths();
}

void InputTypes::checkLoad(const proto::Value& value) const {
  for (const proto::ColumnRef& column : value.load_columns().columns()) {
    const ColumnType& type = types_[column.table()][column.column()];
    INFERF_USER_CHECK(fits(type, value.type()), INFERF_ERROR_TYPE_MISMATCH,
                      "A column's type does not fit the model input it feeds. Column ",
                      columnName(plan_, column.table(), column.column()), " has the Arrow type '",
                      type.id == TypeId::kFixedSizeList ? "list of " : "", type.format, "', the input takes ",
                      elementName(value.type()), ".");
  }
}

void InputTypes::checkKeys(const proto::HashJoinNode& join) const {
  for (const proto::JoinKey& key : join.keys()) {
    KeyEncoder::checkTypes(types_[key.probe().table()][key.probe().column()],
                           columnName(plan_, key.probe().table(), key.probe().column()),
                           types_[key.build().table()][key.build().column()],
                           columnName(plan_, key.build().table(), key.build().column()));
  }
}

void InputTypes::inferLengths() {
  bool learned = true;
  while (learned) {
    learned = false;
    for (const proto::Value& value : plan_.fragment().values()) {
      if (!value.has_load_columns()) {
        continue;
      }
      int64_t knownWidth = 0;
      int64_t numUnknown = 0;
      const proto::ColumnRef* unknown = nullptr;
      const proto::ColumnRef* list = nullptr;
      for (const proto::ColumnRef& column : value.load_columns().columns()) {
        const ColumnType& type = inferred_[column.table()][column.column()];
        knownWidth += widthOf(type);
        if (type.id == TypeId::kFixedSizeList) {
          list = &column;
          if (type.listLength == 0) {
            ++numUnknown;
            unknown = &column;
          }
        }
      }
      const auto width = static_cast<int64_t>(value.width());
      if (numUnknown == 1 && knownWidth < width) {
        setLength(inferred_[unknown->table()][unknown->column()], width - knownWidth);
        learned = true;
        continue;
      }
      const proto::ColumnRef* named = list != nullptr ? list : &value.load_columns().columns(0);
      INFERF_USER_CHECK(numUnknown > 0 ? knownWidth <= width : knownWidth == width, INFERF_ERROR_TYPE_MISMATCH,
                        "The columns bound to a model input have the wrong number of elements. Column ",
                        columnName(plan_, named->table(), named->column()), " and those beside it: expected ", width, ", actual ",
                        knownWidth, ".");
    }
  }
}

void InputTypes::admit(uint32_t table, Batch& batch) {
  if (admitted_[table] && !hasLists_[table]) {
    return;
  }
  admitted_[table] = true;
  for (uint32_t index = 0; index < batch.columns.size(); ++index) {
    if (batch.columns[index].type.id == TypeId::kFixedSizeList) {
      admitColumn(table, index, batch.columns[index]);
    }
  }
  inferLengths();
  completeInputs(table, batch);
}

void InputTypes::forgetInferred(uint32_t table, Batch& batch) const {
  for (uint32_t index = 0; index < batch.columns.size(); ++index) {
    if (isLengthUnknown(table, index)) {
      setLength(batch.columns[index].type, 0);
    }
  }
}

void InputTypes::admitColumn(uint32_t table, uint32_t index, Column& column) {
  const int32_t length = column.type.listLength;
  ColumnType& known = types_[table][index];
  ColumnType& inferred = inferred_[table][index];
  if (length == 0 && column.nullCount == column.length) {
    setLength(column.type, inferred.listLength);
    return;
  }
  if (known.listLength == length && (length > 0 || inferred.listLength == 0)) {
    return;
  }
  INFERF_USER_CHECK(known.listLength == 0 && (inferred.listLength == 0 || inferred.listLength == length),
                    INFERF_ERROR_TYPE_MISMATCH, "The lists of a column have the wrong length. Column ",
                    columnName(plan_, table, index), ": expected ", inferred.listLength, ", actual ", length, ".");
  INFERF_USER_CHECK(!published_ || inferred.listLength == length || !isOutput(table, index), INFERF_ERROR_INVALID_DATA,
                    "The lists of a column begin too late: all rows of the first batch are NULL, so that its length is unknown. "
                    "Column ", columnName(plan_, table, index), ".");
  setLength(known, length);
  setLength(inferred, length);
}

bool InputTypes::isOutput(uint32_t table, uint32_t column) const {
  const auto& outputs = plan_.fragment().outputs();
  return std::any_of(outputs.begin(), outputs.end(), [&](const proto::OutputColumn& output) {
    return output.has_column() && output.column().table() == table && output.column().column() == column;
  });
}

void InputTypes::completeInputs(uint32_t table, Batch& batch) {
  for (const proto::Value& value : plan_.fragment().values()) {
    auto missing = static_cast<int64_t>(value.width());
    bool allAdmitted = value.has_load_columns();
    const proto::ColumnRef* undetermined = nullptr;
    for (const proto::ColumnRef& column : value.load_columns().columns()) {
      const bool isOfBatch = column.table() == table;
      const ColumnType& type = isOfBatch ? batch.columns[column.column()].type : inferred_[column.table()][column.column()];
      missing -= widthOf(type);
      allAdmitted = allAdmitted && admitted_[column.table()];
      if (isOfBatch && widthOf(type) == 0 && batch.columns[column.column()].nullCount == batch.columns[column.column()].length) {
        undetermined = &column;
      }
    }
    if (!allAdmitted || missing == 0) {
      continue;
    }
    if (undetermined != nullptr && missing > 0) {
      // Every element is NULL whichever column it belongs to.
      setLength(batch.columns[undetermined->column()].type, missing);
      if (table != plan_.streamedTable()) {
        inferred_[table][undetermined->column()] = batch.columns[undetermined->column()].type;
      }
      continue;
    }
    const proto::ColumnRef& first = value.load_columns().columns(0);
    throwUser(INFERF_ERROR_TYPE_MISMATCH, "The columns bound to a model input have the wrong number of elements. Column ",
              columnName(plan_, first.table(), first.column()), " and those beside it: expected ", value.width(), ", actual ",
              static_cast<int64_t>(value.width()) - missing, ".");
  }
}

}  // namespace inferf
