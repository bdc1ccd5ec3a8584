#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/MemoryPool.h"
#include "column/Column.h"
#include "exec/RowContext.h"
#include "plan/Plan.h"

namespace inferf {

/// Types of the plan's table columns: by table and column.
using TableTypes = std::vector<std::vector<ColumnType>>;

/// What a scalar expression computes with. Integers of all widths are kInt64 (also what temporal columns hold).
enum class ScalarType : uint8_t {
  kNull,      // untyped: every row is NULL
  kBool,      // uint8_t, 0 or 1
  kInt64,
  kFloat32,
  kFloat64,
  kString,    // std::string_view
  kTemporal,  // int64_t; comparable with temporals of the same Arrow format only
  kOpaque     // a type expressions can only ask for NULL
};

/// The results of one expression node for the rows of a morsel.
struct ScalarVector {
  PoolArray<uint8_t> data;   // of the type's C++ type
  PoolArray<uint8_t> valid;  // one byte per row, 0: NULL; meaningful only if !allValid
  bool allValid = true;
  int64_t capacity = 0;      // rows
  int64_t filledRows = 0;    // literals: rows that already hold the literal

  template <typename T>
  const T* values() const {
    return reinterpret_cast<const T*>(data.data());
  }
  template <typename T>
  T* values() {
    return reinterpret_cast<T*>(data.data());
  }
  bool isValid(int64_t row) const { return allValid || valid[row] != 0; }
};

/// Vectors of a program's nodes; one per program and worker thread, reused between morsels.
struct ScalarWorkspace {
  std::vector<ScalarVector> vectors;
};

/// A compiled row-wise expression: type-checked once, evaluated node by node over whole morsels with the semantics stated at
/// proto::ScalarFunction (three-valued logic; NaN equals NaN and is greatest).
class ScalarProgram {
 public:
  ScalarProgram(const Plan& plan, const proto::ScalarExpression& expression, const TableTypes& types);

  ScalarType type() const { return nodes_.back().type; }

  /// Type of the column the results make: Int64 "l", Float64 "g", Float32 "f", String "u", Boolean "b", temporals as they are.
  ColumnType outputType() const;

  /// Evaluates for all rows of `context`. The vector belongs to `workspace`. Throws ARITHMETIC on integer overflow.
  const ScalarVector& evaluate(const RowContext& context, ScalarWorkspace& workspace, MemoryPool& pool) const;

  /// One node, its arguments before it. Public for the kernels.
  struct Node {
    enum class Kind : uint8_t { kColumn, kValue, kLiteral, kConvert, kCall };
    Kind kind = Kind::kLiteral;
    ScalarType type = ScalarType::kNull;
    ScalarType argumentType = ScalarType::kNull;  // kCall: type of all (converted) arguments; kConvert: of the argument
    proto::ScalarFunction function = proto::SCALAR_FUNCTION_UNSPECIFIED;
    std::vector<uint32_t> arguments;  // nodes
    uint32_t table = 0;               // kColumn
    uint32_t index = 0;               // kColumn: column; kValue: value
    uint32_t element = 0;             // kValue
    std::string format;               // kTemporal: Arrow format
    int32_t byteWidth = 0;            // kTemporal
    int64_t integer = 0;              // kLiteral: integers and booleans
    double floating = 0;              // kLiteral
    std::string text;                 // kLiteral
  };

 private:
  friend class ScalarCompiler;
  std::vector<Node> nodes_;
};

}  // namespace inferf
