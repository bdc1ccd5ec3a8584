#include "exec/InputTypes.h"

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

InputTypes::InputTypes(const Plan& plan, TableTypes types) : plan_(plan), types_(std::move(types)), inferred_(types_) {
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
      INFERF_USER_CHECK(numUnknown > 0 ? knownWidth < width : knownWidth == width, INFERF_ERROR_TYPE_MISMATCH,
                        "The columns bound to a model input have the wrong number of elements. Column ",
                        columnName(plan_, named->table(), named->column()), " and those beside it: expected ", width, ", actual ",
                        knownWidth, ".");
    }
  }
}

void InputTypes::admit(uint32_t table, Batch& batch) {
  for (uint32_t index = 0; index < batch.columns.size(); ++index) {
    Column& column = batch.columns[index];
    const int32_t length = column.type.listLength;
    if (column.type.id != TypeId::kFixedSizeList) {
      continue;
    }
    ColumnType& known = types_[table][index];
    ColumnType& inferred = inferred_[table][index];
    const bool isAllNull = column.nullCount == column.length;
    if (isAllNull && length == 0) {
      setLength(column.type, inferred.listLength);
      continue;
    }
    if (known.listLength == length) {
      continue;
    }
    INFERF_USER_CHECK(known.listLength == 0 && (inferred.listLength == 0 || inferred.listLength == length),
                      INFERF_ERROR_TYPE_MISMATCH, "The lists of a column have the wrong length. Column ",
                      columnName(plan_, table, index), ": expected ", inferred.listLength, ", actual ", length, ".");
    INFERF_USER_CHECK(!published_ || inferred.listLength == length, INFERF_ERROR_INVALID_DATA,
                      "The lists of a column begin too late: all rows of the first batch are NULL, so that its length is unknown. "
                      "Column ", columnName(plan_, table, index), ".");
    setLength(known, length);
    setLength(inferred, length);
  }
  inferLengths();
}

}  // namespace inferf
