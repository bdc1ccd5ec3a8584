#include "exec/ScalarProgram.h"

#include <algorithm>

#include "base/Error.h"
#include "exec/Pipeline.h"
#include "exec/ScalarKernels.h"

namespace inferf {

namespace {

const char* typeName(ScalarType type) {
  switch (type) {
    case ScalarType::kNull:
      return "NULL";
    case ScalarType::kBool:
      return "boolean";
    case ScalarType::kInt64:
      return "integer";
    case ScalarType::kFloat32:
      return "float";
    case ScalarType::kFloat64:
      return "double";
    case ScalarType::kString:
      return "string";
    case ScalarType::kTemporal:
      return "date or time";
    case ScalarType::kOpaque:
      return "unsupported type";
  }
  return "";
}

const char* functionName(proto::ScalarFunction function) {
  switch (function) {
    case proto::SCALAR_FUNCTION_EQUAL:
      return "=";
    case proto::SCALAR_FUNCTION_NOT_EQUAL:
      return "<>";
    case proto::SCALAR_FUNCTION_LESS:
      return "<";
    case proto::SCALAR_FUNCTION_LESS_OR_EQUAL:
      return "<=";
    case proto::SCALAR_FUNCTION_GREATER:
      return ">";
    case proto::SCALAR_FUNCTION_GREATER_OR_EQUAL:
      return ">=";
    case proto::SCALAR_FUNCTION_AND:
      return "AND";
    case proto::SCALAR_FUNCTION_OR:
      return "OR";
    case proto::SCALAR_FUNCTION_NOT:
      return "NOT";
    case proto::SCALAR_FUNCTION_IS_NULL:
      return "IS NULL";
    case proto::SCALAR_FUNCTION_IS_NOT_NULL:
      return "IS NOT NULL";
    case proto::SCALAR_FUNCTION_ADD:
      return "+";
    case proto::SCALAR_FUNCTION_SUBTRACT:
      return "-";
    case proto::SCALAR_FUNCTION_MULTIPLY:
      return "*";
    case proto::SCALAR_FUNCTION_DIVIDE:
      return "/";
    case proto::SCALAR_FUNCTION_NEGATE:
      return "unary -";
    case proto::SCALAR_FUNCTION_COALESCE:
      return "COALESCE";
    default:
      return "unknown function";
  }
}

bool isNumeric(ScalarType type) {
  return type == ScalarType::kInt64 || type == ScalarType::kFloat32 || type == ScalarType::kFloat64;
}

}  // namespace

/// Flattens an expression into nodes, arguments first, inserting the conversions that give every call arguments of one type.
class ScalarCompiler {
 public:
  ScalarCompiler(const Plan& plan, const TableTypes& types, std::vector<ScalarProgram::Node>& nodes)
      : plan_(plan), types_(types), nodes_(nodes) {}

  uint32_t compile(const proto::ScalarExpression& expression) {
    switch (expression.kind_case()) {
      case proto::ScalarExpression::kColumn:
        return compileColumn(expression.column());
      case proto::ScalarExpression::kValue:
        return compileValue(expression.value());
      case proto::ScalarExpression::kLiteral:
        return compileLiteral(expression.literal());
      case proto::ScalarExpression::kCall:
        return compileCall(expression.call());
      case proto::ScalarExpression::KIND_NOT_SET:
        break;
    }
    throwUser(INFERF_ERROR_INVALID_PLAN, "A scalar expression is empty.");
  }

 private:
  using Node = ScalarProgram::Node;

  uint32_t add(Node node) {
    nodes_.push_back(std::move(node));
    return static_cast<uint32_t>(nodes_.size() - 1);
  }

  uint32_t compileColumn(const proto::ColumnRef& column) {
    const ColumnType& type = types_[column.table()][column.column()];
    Node node;
    node.kind = Node::Kind::kColumn;
    node.table = column.table();
    node.index = column.column();
    node.text = columnName(plan_, column.table(), column.column());
    switch (type.id) {
      case TypeId::kBool:
        node.type = ScalarType::kBool;
        break;
      case TypeId::kInt8:
      case TypeId::kInt16:
      case TypeId::kInt32:
      case TypeId::kInt64:
      case TypeId::kUInt8:
      case TypeId::kUInt16:
      case TypeId::kUInt32:
      case TypeId::kUInt64:
        node.type = ScalarType::kInt64;
        break;
      case TypeId::kFloat32:
        node.type = ScalarType::kFloat32;
        break;
      case TypeId::kFloat64:
        node.type = ScalarType::kFloat64;
        break;
      case TypeId::kString:
      case TypeId::kLargeString:
        node.type = ScalarType::kString;
        break;
      case TypeId::kNull:
        node.type = ScalarType::kNull;
        break;
      case TypeId::kFixedWidth:
      case TypeId::kFixedSizeList:
        node.type = type.isTemporal() ? ScalarType::kTemporal : ScalarType::kOpaque;
        node.format = type.format;
        node.byteWidth = type.byteWidth;
        break;
    }
    return add(std::move(node));
  }

  uint32_t compileValue(const proto::ValueElement& element) {
    Node node;
    node.kind = Node::Kind::kValue;
    node.index = element.value();
    node.element = element.element();
    switch (plan_.fragment().values(static_cast<int>(element.value())).type()) {
      case proto::ELEMENT_TYPE_FLOAT32:
        node.type = ScalarType::kFloat32;
        break;
      case proto::ELEMENT_TYPE_FLOAT64:
        node.type = ScalarType::kFloat64;
        break;
      case proto::ELEMENT_TYPE_INT64:
        node.type = ScalarType::kInt64;
        break;
      default:
        node.type = ScalarType::kString;
        break;
    }
    return add(std::move(node));
  }

  uint32_t compileLiteral(const proto::Literal& literal) {
    Node node;
    node.kind = Node::Kind::kLiteral;
    switch (literal.value_case()) {
      case proto::Literal::kBoolean:
        node.type = ScalarType::kBool;
        node.integer = literal.boolean() ? 1 : 0;
        break;
      case proto::Literal::kInt64:
        node.type = ScalarType::kInt64;
        node.integer = literal.int64();
        break;
      case proto::Literal::kFloat64:
        node.type = ScalarType::kFloat64;
        node.floating = literal.float64();
        break;
      case proto::Literal::kFloat32:
        node.type = ScalarType::kFloat32;
        node.floating = static_cast<double>(literal.float32());
        break;
      case proto::Literal::kString:
        node.type = ScalarType::kString;
        node.text = literal.string();
        break;
      default:
        break;
    }
    return add(std::move(node));
  }

  [[noreturn]] void throwTypes(const Node& call) const {
    std::string types;
    for (const uint32_t argument : call.arguments) {
      types += types.empty() ? "" : ", ";
      types += typeName(nodes_[argument].type);
      if (!nodes_[argument].format.empty()) {
        types += " '" + nodes_[argument].format + "'";
      }
      if (nodes_[argument].kind == Node::Kind::kColumn) {
        types += " (column " + nodes_[argument].text + ")";
      }
    }
    throwUser(INFERF_ERROR_TYPE_MISMATCH, "An expression's operator does not take arguments of these types. Operator: ",
              functionName(call.function), ", arguments: ", types);
  }

  /// The type in which all arguments can be compared: integers exactly, otherwise in the widest float type there is.
  ScalarType commonType(const Node& call) const {
    ScalarType common = ScalarType::kNull;
    const std::string* format = nullptr;
    for (const uint32_t argument : call.arguments) {
      const Node& node = nodes_[argument];
      if (node.type == ScalarType::kNull) {
        continue;
      }
      if (node.type == ScalarType::kOpaque) {
        throwTypes(call);
      }
      if (node.type == ScalarType::kTemporal) {
        if (format != nullptr && *format != node.format) {
          throwTypes(call);
        }
        format = &node.format;
      }
      if (common == ScalarType::kNull || common == node.type) {
        common = node.type;
      } else if (isNumeric(common) && isNumeric(node.type)) {
        common = std::max(common, node.type);
      } else {
        throwTypes(call);
      }
    }
    return common;
  }

  void convertArguments(Node& call, ScalarType type) {
    call.argumentType = type;
    for (uint32_t& argument : call.arguments) {
      if (nodes_[argument].type == type) {
        continue;
      }
      Node node;
      node.kind = Node::Kind::kConvert;
      node.type = type;
      node.argumentType = nodes_[argument].type;
      node.arguments = {argument};
      argument = add(std::move(node));
    }
  }

  void requireAll(const Node& call, bool (*accepts)(ScalarType)) const {
    for (const uint32_t argument : call.arguments) {
      if (nodes_[argument].type != ScalarType::kNull && !accepts(nodes_[argument].type)) {
        throwTypes(call);
      }
    }
  }

  uint32_t compileCall(const proto::ScalarCall& source) {
    Node call;
    call.kind = Node::Kind::kCall;
    call.function = source.function();
    for (const proto::ScalarExpression& argument : source.arguments()) {
      call.arguments.push_back(compile(argument));
    }
    const bool takesOne = call.function == proto::SCALAR_FUNCTION_NOT || call.function == proto::SCALAR_FUNCTION_NEGATE ||
                          call.function == proto::SCALAR_FUNCTION_IS_NULL || call.function == proto::SCALAR_FUNCTION_IS_NOT_NULL;
    const bool takesMany = call.function == proto::SCALAR_FUNCTION_AND || call.function == proto::SCALAR_FUNCTION_OR ||
                           call.function == proto::SCALAR_FUNCTION_COALESCE;
    INFERF_USER_CHECK(takesMany ? !call.arguments.empty() : call.arguments.size() == (takesOne ? 1U : 2U),
                      INFERF_ERROR_INVALID_PLAN, "An expression's operator has the wrong number of arguments. Operator: ",
                      functionName(call.function), ", arguments: ", call.arguments.size());
    switch (call.function) {
      case proto::SCALAR_FUNCTION_EQUAL:
      case proto::SCALAR_FUNCTION_NOT_EQUAL:
      case proto::SCALAR_FUNCTION_LESS:
      case proto::SCALAR_FUNCTION_LESS_OR_EQUAL:
      case proto::SCALAR_FUNCTION_GREATER:
      case proto::SCALAR_FUNCTION_GREATER_OR_EQUAL:
        convertArguments(call, commonType(call));
        call.type = ScalarType::kBool;
        break;
      case proto::SCALAR_FUNCTION_AND:
      case proto::SCALAR_FUNCTION_OR:
      case proto::SCALAR_FUNCTION_NOT:
        requireAll(call, [](ScalarType type) { return type == ScalarType::kBool; });
        convertArguments(call, ScalarType::kBool);
        call.type = ScalarType::kBool;
        break;
      case proto::SCALAR_FUNCTION_IS_NULL:
      case proto::SCALAR_FUNCTION_IS_NOT_NULL:
        call.type = ScalarType::kBool;
        break;
      case proto::SCALAR_FUNCTION_ADD:
      case proto::SCALAR_FUNCTION_SUBTRACT:
      case proto::SCALAR_FUNCTION_MULTIPLY:
      case proto::SCALAR_FUNCTION_NEGATE:
        requireAll(call, isNumeric);
        call.type = commonType(call);
        convertArguments(call, call.type);
        break;
      case proto::SCALAR_FUNCTION_DIVIDE:
        requireAll(call, isNumeric);
        call.type = commonType(call) == ScalarType::kFloat32 ? ScalarType::kFloat32 : ScalarType::kFloat64;
        convertArguments(call, call.type);
        break;
      case proto::SCALAR_FUNCTION_COALESCE: {
        call.type = commonType(call);
        for (const uint32_t argument : call.arguments) {
          if (nodes_[argument].type == ScalarType::kTemporal) {
            call.format = nodes_[argument].format;
            call.byteWidth = nodes_[argument].byteWidth;
          }
        }
        convertArguments(call, call.type);
        break;
      }
      default:
        throwUser(INFERF_ERROR_INVALID_PLAN, "An expression calls an unknown function. Number: ",
                  static_cast<int>(call.function));
    }
    return add(std::move(call));
  }

  const Plan& plan_;
  const TableTypes& types_;
  std::vector<Node>& nodes_;
};

ScalarProgram::ScalarProgram(const Plan& plan, const proto::ScalarExpression& expression, const TableTypes& types) {
  ScalarCompiler(plan, types, nodes_).compile(expression);
}

ColumnType ScalarProgram::outputType() const {
  ColumnType type;
  switch (nodes_.back().type) {
    case ScalarType::kBool:
      type.id = TypeId::kBool;
      type.format = "b";
      break;
    case ScalarType::kNull:  // as DuckDB types a bare NULL: an integer
    case ScalarType::kInt64:
      type.id = TypeId::kInt64;
      type.byteWidth = 8;
      type.format = "l";
      break;
    case ScalarType::kFloat32:
      type.id = TypeId::kFloat32;
      type.byteWidth = 4;
      type.format = "f";
      break;
    case ScalarType::kFloat64:
      type.id = TypeId::kFloat64;
      type.byteWidth = 8;
      type.format = "g";
      break;
    case ScalarType::kString:
      type.id = TypeId::kString;
      type.format = "u";
      break;
    case ScalarType::kTemporal:
      type.id = TypeId::kFixedWidth;
      type.byteWidth = nodes_.back().byteWidth;
      type.format = nodes_.back().format;
      break;
    case ScalarType::kOpaque:
      throwUser(INFERF_ERROR_UNSUPPORTED, "An expression's result has a type that expressions cannot compute with. Column ",
                nodes_.back().text, " has the Arrow type '", nodes_.back().format, "'.");
  }
  return type;
}

const ScalarVector& ScalarProgram::evaluate(const RowContext& context, ScalarWorkspace& workspace, MemoryPool& pool) const {
  if (workspace.vectors.empty()) {
    workspace.vectors.resize(nodes_.size());
  }
  for (size_t i = 0; i < nodes_.size(); ++i) {
    evaluateNode(nodes_[i], context, workspace.vectors, workspace.vectors[i], pool);
  }
  return workspace.vectors[nodes_.size() - 1];
}

}  // namespace inferf
