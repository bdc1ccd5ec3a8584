#include "exec/ScalarKernels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <type_traits>

#include "base/Error.h"

namespace inferf {

namespace {

using Node = ScalarProgram::Node;

int64_t bytesPerRow(ScalarType type) {
  switch (type) {
    case ScalarType::kString:
      return sizeof(std::string_view);
    case ScalarType::kFloat32:
      return 4;
    case ScalarType::kBool:
      return 1;
    default:
      return 8;
  }
}

void reserve(ScalarVector& vector, ScalarType type, int64_t numRows, MemoryPool& pool) {
  if (vector.capacity >= numRows) {
    return;
  }
  vector.capacity = 0;
  vector.filledRows = 0;
  vector.data = PoolArray<uint8_t>(pool, numRows * bytesPerRow(type));
  vector.valid = PoolArray<uint8_t>(pool, numRows);
  vector.capacity = numRows;
}

/// Calls visit with a value of the C++ type that stands for a scalar type.
template <typename Visit>
void visitType(ScalarType type, Visit visit) {
  switch (type) {
    case ScalarType::kBool:
      return visit(uint8_t{});
    case ScalarType::kInt64:
    case ScalarType::kTemporal:
      return visit(int64_t{});
    case ScalarType::kFloat32:
      return visit(float{});
    case ScalarType::kFloat64:
      return visit(double{});
    case ScalarType::kString:
      return visit(std::string_view{});
    case ScalarType::kNull:
    case ScalarType::kOpaque:
      return;
  }
}

void setAllNull(ScalarVector& out, ScalarType type, int64_t numRows) {
  out.allValid = false;
  std::fill(out.valid.data(), out.valid.data() + numRows, uint8_t{0});
  visitType(type, [&](auto sample) {
    using T = decltype(sample);
    std::fill(out.values<T>(), out.values<T>() + numRows, T{});
  });
}

/// valid = AND of the arguments' validity.
void intersectValidity(const Node& node, const std::vector<ScalarVector>& vectors, int64_t numRows, ScalarVector& out) {
  out.allValid = true;
  for (const uint32_t argument : node.arguments) {
    const ScalarVector& vector = vectors[argument];
    if (vector.allValid) {
      continue;
    }
    if (out.allValid) {
      std::copy(vector.valid.data(), vector.valid.data() + numRows, out.valid.data());
      out.allValid = false;
    } else {
      for (int64_t i = 0; i < numRows; ++i) {
        out.valid[i] &= vector.valid[i];
      }
    }
  }
}

// ------------------------------------------------------------------------------------------------------------------------ sources

template <typename T, typename Read>
void readRows(const RowContext::TableRows& rows, const Column& column, int64_t numRows, Read read, ScalarVector& out) {
  T* values = out.values<T>();
  if (column.validity == nullptr && rows.ids == nullptr) {
    out.allValid = true;
    for (int64_t i = 0; i < numRows; ++i) {
      values[i] = read(i);
    }
    return;
  }
  bool allValid = true;
  for (int64_t i = 0; i < numRows; ++i) {
    const int64_t row = rows.ids == nullptr ? i : rows.ids[i];
    const bool isValid = row != rows.batch->numRows && !column.isNull(row);
    out.valid[i] = isValid ? 1 : 0;
    allValid &= isValid;
    values[i] = isValid ? read(row) : T{};
  }
  out.allValid = allValid;
}

template <typename Stored, typename T>
void readNumbers(const RowContext::TableRows& rows, const Column& column, int64_t numRows, ScalarVector& out) {
  const Stored* values = column.values<Stored>();
  readRows<T>(rows, column, numRows, [values](int64_t row) { return static_cast<T>(values[row]); }, out);
}

void loadColumn(const Node& node, const RowContext& context, ScalarVector& out) {
  const int64_t numRows = context.numRows();
  const RowContext::TableRows rows = context.tableRows(node.table);
  const Column& column = rows.batch->columns[node.index];
  switch (column.type.id) {
    case TypeId::kBool:
      return readRows<uint8_t>(rows, column, numRows, [&](int64_t row) { return column.boolAt(row) ? 1 : 0; }, out);
    case TypeId::kInt8:
      return readNumbers<int8_t, int64_t>(rows, column, numRows, out);
    case TypeId::kInt16:
      return readNumbers<int16_t, int64_t>(rows, column, numRows, out);
    case TypeId::kInt32:
      return readNumbers<int32_t, int64_t>(rows, column, numRows, out);
    case TypeId::kInt64:
      return readNumbers<int64_t, int64_t>(rows, column, numRows, out);
    case TypeId::kUInt8:
      return readNumbers<uint8_t, int64_t>(rows, column, numRows, out);
    case TypeId::kUInt16:
      return readNumbers<uint16_t, int64_t>(rows, column, numRows, out);
    case TypeId::kUInt32:
      return readNumbers<uint32_t, int64_t>(rows, column, numRows, out);
    case TypeId::kUInt64: {
      const uint64_t* values = column.values<uint64_t>();
      return readRows<int64_t>(
          rows, column, numRows,
          [&](int64_t row) {
            INFERF_USER_CHECK(values[row] <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()),
                              INFERF_ERROR_ARITHMETIC, "A value of an unsigned column is too large for an expression. Column ",
                              node.text, ", value ", values[row], ".");
            return static_cast<int64_t>(values[row]);
          },
          out);
    }
    case TypeId::kFloat32:
      return readNumbers<float, float>(rows, column, numRows, out);
    case TypeId::kFloat64:
      return readNumbers<double, double>(rows, column, numRows, out);
    case TypeId::kString:
    case TypeId::kLargeString:
      return readRows<std::string_view>(rows, column, numRows, [&](int64_t row) { return column.stringAt(row); }, out);
    case TypeId::kFixedWidth:
      if (node.type == ScalarType::kTemporal) {
        return column.type.byteWidth == 4 ? readNumbers<int32_t, int64_t>(rows, column, numRows, out)
                                          : readNumbers<int64_t, int64_t>(rows, column, numRows, out);
      }
      [[fallthrough]];
    case TypeId::kFixedSizeList:
      return readRows<int64_t>(rows, column, numRows, [](int64_t) { return int64_t{0}; }, out);
    case TypeId::kNull:
      return setAllNull(out, node.type, numRows);
  }
}

void loadValue(const Node& node, const RowContext& context, ScalarVector& out) {
  const RowContext::ValueRows rows = context.valueRows(node.index);
  const int64_t numRows = context.numRows();
  out.allValid = true;
  visitType(node.type, [&](auto sample) {
    using T = decltype(sample);
    T* values = out.values<T>();
    for (int64_t i = 0; i < numRows; ++i) {
      values[i] = reinterpret_cast<const T*>(rows.stored->row(rows.ids == nullptr ? i : rows.ids[i]))[node.element];
    }
  });
}

void fillLiteral(const Node& node, int64_t numRows, ScalarVector& out) {
  if (out.filledRows >= numRows) {
    return;
  }
  if (node.type == ScalarType::kNull) {
    setAllNull(out, node.type, out.capacity);
  }
  visitType(node.type, [&](auto sample) {
    using T = decltype(sample);
    T value;
    if constexpr (std::is_same_v<T, std::string_view>) {
      value = node.text;
    } else if constexpr (std::is_floating_point_v<T>) {
      value = static_cast<T>(node.floating);
    } else {
      value = static_cast<T>(node.integer);
    }
    out.allValid = true;
    std::fill(out.values<T>(), out.values<T>() + out.capacity, value);
  });
  out.filledRows = out.capacity;
}

void convert(const Node& node, const ScalarVector& argument, int64_t numRows, ScalarVector& out) {
  if (node.argumentType == ScalarType::kNull) {
    setAllNull(out, node.type, numRows);
    return;
  }
  out.allValid = argument.allValid;
  if (!argument.allValid) {
    std::copy(argument.valid.data(), argument.valid.data() + numRows, out.valid.data());
  }
  // Only numbers are converted, and only to a wider class: see ScalarCompiler.
  visitType(node.type, [&](auto sample) {
    using To = decltype(sample);
    if constexpr (std::is_floating_point_v<To>) {
      const auto from = [&](const auto* source) {
        To* values = out.values<To>();
        for (int64_t i = 0; i < numRows; ++i) {
          values[i] = static_cast<To>(source[i]);
        }
      };
      if (node.argumentType == ScalarType::kInt64) {
        from(argument.values<int64_t>());
      } else {
        from(argument.values<float>());
      }
    } else {
      INFERF_CHECK(false);
    }
  });
}

// -------------------------------------------------------------------------------------------------------------------------- calls

/// Total order with NaN equal to itself and greater than everything else.
template <typename T>
bool isLess(const T& left, const T& right) {
  if constexpr (std::is_floating_point_v<T>) {
    return left < right || (std::isnan(right) && !std::isnan(left));
  } else {
    return left < right;
  }
}
template <typename T>
bool isEqual(const T& left, const T& right) {
  if constexpr (std::is_floating_point_v<T>) {
    return left == right || (std::isnan(left) && std::isnan(right));
  } else {
    return left == right;
  }
}

void compare(const Node& node, const ScalarVector& left, const ScalarVector& right, int64_t numRows, ScalarVector& out) {
  visitType(node.argumentType, [&](auto sample) {
    using T = decltype(sample);
    const T* a = left.values<T>();
    const T* b = right.values<T>();
    uint8_t* result = out.data.data();
    const auto apply = [&](auto test) {
      for (int64_t i = 0; i < numRows; ++i) {
        result[i] = test(a[i], b[i]) ? 1 : 0;
      }
    };
    switch (node.function) {
      case proto::SCALAR_FUNCTION_EQUAL:
        return apply([](const T& x, const T& y) { return isEqual(x, y); });
      case proto::SCALAR_FUNCTION_NOT_EQUAL:
        return apply([](const T& x, const T& y) { return !isEqual(x, y); });
      case proto::SCALAR_FUNCTION_LESS:
        return apply([](const T& x, const T& y) { return isLess(x, y); });
      case proto::SCALAR_FUNCTION_LESS_OR_EQUAL:
        return apply([](const T& x, const T& y) { return !isLess(y, x); });
      case proto::SCALAR_FUNCTION_GREATER:
        return apply([](const T& x, const T& y) { return isLess(y, x); });
      default:
        return apply([](const T& x, const T& y) { return !isLess(x, y); });
    }
  });
  if (node.argumentType == ScalarType::kNull) {
    setAllNull(out, ScalarType::kBool, numRows);
  }
}

/// AND: false if any argument is false, else NULL if any is NULL. OR is its dual: the same with true for false.
void connect(const Node& node, const std::vector<ScalarVector>& vectors, int64_t numRows, ScalarVector& out) {
  const uint8_t deciding = node.function == proto::SCALAR_FUNCTION_OR ? 1 : 0;
  uint8_t* result = out.data.data();
  uint8_t* valid = out.valid.data();
  std::fill(result, result + numRows, static_cast<uint8_t>(1 - deciding));
  std::fill(valid, valid + numRows, uint8_t{1});
  out.allValid = true;
  for (const uint32_t argument : node.arguments) {
    const ScalarVector& vector = vectors[argument];
    const uint8_t* values = vector.data.data();
    out.allValid = out.allValid && vector.allValid;
    for (int64_t i = 0; i < numRows; ++i) {
      if (!vector.isValid(i)) {
        // NULL, unless decided before.
        valid[i] = valid[i] != 0 && result[i] == deciding ? 1 : 0;
      } else if (values[i] == deciding) {
        result[i] = deciding;
        valid[i] = 1;
      }
    }
  }
}

[[noreturn]] void throwOverflow(const char* operation, int64_t left, int64_t right) {
  throwUser(INFERF_ERROR_ARITHMETIC, "An integer expression overflows 64 bits. ", left, " ", operation, " ", right);
}

template <typename Apply>
void applyIntegers(const ScalarVector& left, const ScalarVector& right, int64_t numRows, const char* name, ScalarVector& out,
                   Apply apply) {
  const int64_t* a = left.values<int64_t>();
  const int64_t* b = right.values<int64_t>();
  int64_t* result = out.values<int64_t>();
  for (int64_t i = 0; i < numRows; ++i) {
    if (apply(a[i], b[i], &result[i]) && out.isValid(i)) {
      throwOverflow(name, a[i], b[i]);
    }
  }
}

template <typename T>
void calculateFloats(proto::ScalarFunction function, const ScalarVector& left, const ScalarVector& right, int64_t numRows,
                     ScalarVector& out) {
  const T* a = left.values<T>();
  const T* b = right.values<T>();
  T* result = out.values<T>();
  const auto apply = [&](auto operation) {
    for (int64_t i = 0; i < numRows; ++i) {
      result[i] = operation(a[i], b[i]);
    }
  };
  switch (function) {
    case proto::SCALAR_FUNCTION_ADD:
      return apply([](T x, T y) { return x + y; });
    case proto::SCALAR_FUNCTION_SUBTRACT:
      return apply([](T x, T y) { return x - y; });
    case proto::SCALAR_FUNCTION_MULTIPLY:
      return apply([](T x, T y) { return x * y; });
    case proto::SCALAR_FUNCTION_DIVIDE:
      static_assert(std::numeric_limits<T>::is_iec559);  // so that division by zero is defined
      return apply([](T x, T y) { return x / y; });
    case proto::SCALAR_FUNCTION_NEGATE:
      return apply([](T x, T) { return -x; });
    default:
      INFERF_CHECK(false);
  }
}

void calculateIntegers(proto::ScalarFunction function, const ScalarVector& left, const ScalarVector& right, int64_t numRows,
                       ScalarVector& out) {
  switch (function) {
    case proto::SCALAR_FUNCTION_ADD:
      return applyIntegers(left, right, numRows, "+", out,
                           [](int64_t a, int64_t b, int64_t* r) { return __builtin_add_overflow(a, b, r); });
    case proto::SCALAR_FUNCTION_SUBTRACT:
      return applyIntegers(left, right, numRows, "-", out,
                           [](int64_t a, int64_t b, int64_t* r) { return __builtin_sub_overflow(a, b, r); });
    case proto::SCALAR_FUNCTION_MULTIPLY:
      return applyIntegers(left, right, numRows, "*", out,
                           [](int64_t a, int64_t b, int64_t* r) { return __builtin_mul_overflow(a, b, r); });
    case proto::SCALAR_FUNCTION_NEGATE:
      return applyIntegers(left, right, numRows, "negated", out,
                           [](int64_t a, int64_t, int64_t* r) { return __builtin_sub_overflow(int64_t{0}, a, r); });
    default:
      INFERF_CHECK(false);
  }
}

void calculate(const Node& node, const ScalarVector& left, const ScalarVector& right, int64_t numRows, ScalarVector& out) {
  switch (node.argumentType) {
    case ScalarType::kInt64:
      return calculateIntegers(node.function, left, right, numRows, out);
    case ScalarType::kFloat32:
      return calculateFloats<float>(node.function, left, right, numRows, out);
    case ScalarType::kFloat64:
      return calculateFloats<double>(node.function, left, right, numRows, out);
    default:
      INFERF_CHECK(false);
  }
}

void coalesce(const Node& node, const std::vector<ScalarVector>& vectors, int64_t numRows, ScalarVector& out) {
  setAllNull(out, node.type, numRows);
  visitType(node.type, [&](auto sample) {
    using T = decltype(sample);
    T* result = out.values<T>();
    bool allValid = false;
    for (const uint32_t argument : node.arguments) {
      const ScalarVector& vector = vectors[argument];
      const T* values = vector.values<T>();
      allValid = true;
      for (int64_t i = 0; i < numRows; ++i) {
        if (out.valid[i] == 0 && vector.isValid(i)) {
          out.valid[i] = 1;
          result[i] = values[i];
        }
        allValid = allValid && out.valid[i] != 0;
      }
      if (allValid) {
        break;
      }
    }
    out.allValid = allValid;
  });
}

void testNull(const Node& node, const ScalarVector& argument, int64_t numRows, ScalarVector& out) {
  const bool wantsNull = node.function == proto::SCALAR_FUNCTION_IS_NULL;
  out.allValid = true;
  for (int64_t i = 0; i < numRows; ++i) {
    out.data[i] = argument.isValid(i) != wantsNull ? 1 : 0;
  }
}

void call(const Node& node, const std::vector<ScalarVector>& vectors, int64_t numRows, ScalarVector& out) {
  const ScalarVector& first = vectors[node.arguments.front()];
  const ScalarVector& last = vectors[node.arguments.back()];
  switch (node.function) {
    case proto::SCALAR_FUNCTION_AND:
    case proto::SCALAR_FUNCTION_OR:
      return connect(node, vectors, numRows, out);
    case proto::SCALAR_FUNCTION_NOT:
      intersectValidity(node, vectors, numRows, out);
      for (int64_t i = 0; i < numRows; ++i) {
        out.data[i] = first.data[i] == 0 ? 1 : 0;
      }
      return;
    case proto::SCALAR_FUNCTION_IS_NULL:
    case proto::SCALAR_FUNCTION_IS_NOT_NULL:
      return testNull(node, first, numRows, out);
    case proto::SCALAR_FUNCTION_COALESCE:
      return coalesce(node, vectors, numRows, out);
    case proto::SCALAR_FUNCTION_ADD:
    case proto::SCALAR_FUNCTION_SUBTRACT:
    case proto::SCALAR_FUNCTION_MULTIPLY:
    case proto::SCALAR_FUNCTION_DIVIDE:
    case proto::SCALAR_FUNCTION_NEGATE:
      if (node.argumentType == ScalarType::kNull) {
        return setAllNull(out, node.type, numRows);
      }
      intersectValidity(node, vectors, numRows, out);
      return calculate(node, first, last, numRows, out);
    default:
      intersectValidity(node, vectors, numRows, out);
      return compare(node, first, last, numRows, out);
  }
}

}  // namespace

void evaluateNode(const Node& node, const RowContext& context, const std::vector<ScalarVector>& vectors, ScalarVector& out,
                  MemoryPool& pool) {
  const int64_t numRows = context.numRows();
  reserve(out, node.type, numRows, pool);
  switch (node.kind) {
    case Node::Kind::kColumn:
      return loadColumn(node, context, out);
    case Node::Kind::kValue:
      return loadValue(node, context, out);
    case Node::Kind::kLiteral:
      return fillLiteral(node, numRows, out);
    case Node::Kind::kConvert:
      return convert(node, vectors[node.arguments[0]], numRows, out);
    case Node::Kind::kCall:
      return call(node, vectors, numRows, out);
  }
}

}  // namespace inferf
