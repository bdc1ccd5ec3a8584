#include "kernel/Binary.h"

#include <cmath>
#include <type_traits>

#include "base/Error.h"

namespace inferf {

namespace {

// Integer arithmetic is done in unsigned numbers, where it wraps.
template <typename T>
constexpr bool kWraps = std::is_integral_v<T>;

template <typename T>
void checkDivisor(T divisor, T dividend) {
  INFERF_USER_CHECK(divisor != T(0), INFERF_ERROR_ARITHMETIC, "Integer division by zero in the model. Dividend: ", dividend);
}

/// The remainder of truncating integer division.
template <typename T>
T remainderOf(T a, T b) {
  checkDivisor(b, a);
  if constexpr (std::is_signed_v<T>) {
    if (b == T(-1)) {
      return T(0);  // the machine's division of the least number by -1 traps
    }
  }
  return a % b;
}

struct Add {
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (kWraps<T>) {
      return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
    } else {
      return a + b;
    }
  }
};

struct Subtract {
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (kWraps<T>) {
      return static_cast<T>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
    } else {
      return a - b;
    }
  }
};

struct Multiply {
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (kWraps<T>) {
      return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
    } else {
      return a * b;
    }
  }
};

struct Divide {
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      checkDivisor(b, a);
      if constexpr (std::is_signed_v<T>) {
        return b == T(-1) ? static_cast<T>(0 - static_cast<uint64_t>(a)) : a / b;
      } else {
        return a / b;
      }
    } else {
      return a / b;
    }
  }
};

struct Max {
  template <typename T>
  static T apply(T a, T b) {
    return a > b || a != a ? a : b;
  }
};

struct Min {
  template <typename T>
  static T apply(T a, T b) {
    return a < b || a != a ? a : b;
  }
};

struct Power {
  template <typename T>
  static T apply(T a, T b) {
    INFERF_CHECK(std::is_floating_point_v<T>);
    if constexpr (std::is_floating_point_v<T>) {
      return std::pow(a, b);
    } else {
      return T(0);
    }
  }
};

struct Modulo {
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      const T remainder = remainderOf(a, b);
      if constexpr (std::is_signed_v<T>) {
        return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
      } else {
        return remainder;
      }
    } else {
      const T remainder = std::fmod(a, b);
      if (remainder == T(0)) {
        return std::copysign(T(0), b);
      }
      return (remainder < T(0)) != (b < T(0)) ? remainder + b : remainder;
    }
  }
};

struct Remainder {
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return remainderOf(a, b);
    } else {
      return std::fmod(a, b);
    }
  }
};

struct Equal {
  template <typename T>
  static int64_t apply(const T& a, const T& b) {
    return static_cast<int64_t>(a == b);
  }
};

struct Less {
  template <typename T>
  static int64_t apply(T a, T b) {
    return static_cast<int64_t>(a < b);
  }
};

struct LessOrEqual {
  template <typename T>
  static int64_t apply(T a, T b) {
    return static_cast<int64_t>(a <= b);
  }
};

struct And {
  static int64_t apply(int64_t a, int64_t b) { return static_cast<int64_t>(a != 0 && b != 0); }
};

struct Or {
  static int64_t apply(int64_t a, int64_t b) { return static_cast<int64_t>(a != 0 || b != 0); }
};

struct Xor {
  static int64_t apply(int64_t a, int64_t b) { return static_cast<int64_t>((a != 0) != (b != 0)); }
};

/// Rows that follow each other without a gap, or the one element of them all.
template <typename T>
bool isRun(const Matrix<T>& matrix, int64_t width) {
  return (matrix.width == width && matrix.stride == width) || (matrix.width == 1 && matrix.stride == 0);
}

template <class Operation, typename T, typename Result>
void applyRow(const T* a, bool isScalarA, const T* b, bool isScalarB, Result* c, int64_t width) {
  if (!isScalarA && !isScalarB) {
    for (int64_t j = 0; j < width; ++j) {
      c[j] = Operation::apply(a[j], b[j]);
    }
  } else if (!isScalarA) {
    const T constant = b[0];
    for (int64_t j = 0; j < width; ++j) {
      c[j] = Operation::apply(a[j], constant);
    }
  } else if (!isScalarB) {
    const T constant = a[0];
    for (int64_t j = 0; j < width; ++j) {
      c[j] = Operation::apply(constant, b[j]);
    }
  } else {
    const Result constant = Operation::apply(a[0], b[0]);
    for (int64_t j = 0; j < width; ++j) {
      c[j] = constant;
    }
  }
}

template <class Operation, typename T, typename Result>
void applyRows(Matrix<const T> left, Matrix<const T> right, Matrix<Result> out, int64_t numRows) {
  const int64_t width = out.width;
  if (numRows > 1 && out.stride == width && isRun(left, width) && isRun(right, width)) {
    return applyRow<Operation>(left.data, left.stride == 0, right.data, right.stride == 0, out.data, width * numRows);
  }
  for (int64_t i = 0; i < numRows; ++i) {
    applyRow<Operation>(left.row(i), left.width == 1, right.row(i), right.width == 1, out.row(i), width);
  }
}

}  // namespace

template <typename T>
void applyBinary(BinaryOperation operation, Matrix<const T> left, Matrix<const T> right, Matrix<T> out, int64_t numRows) {
  switch (operation) {
    case BinaryOperation::kAdd:
      return applyRows<Add>(left, right, out, numRows);
    case BinaryOperation::kSubtract:
      return applyRows<Subtract>(left, right, out, numRows);
    case BinaryOperation::kMultiply:
      return applyRows<Multiply>(left, right, out, numRows);
    case BinaryOperation::kDivide:
      return applyRows<Divide>(left, right, out, numRows);
    case BinaryOperation::kMax:
      return applyRows<Max>(left, right, out, numRows);
    case BinaryOperation::kMin:
      return applyRows<Min>(left, right, out, numRows);
    case BinaryOperation::kPower:
      return applyRows<Power>(left, right, out, numRows);
    case BinaryOperation::kModulo:
      return applyRows<Modulo>(left, right, out, numRows);
    case BinaryOperation::kRemainder:
      return applyRows<Remainder>(left, right, out, numRows);
  }
}

template <typename T>
void applyComparison(ComparisonOperation operation, Matrix<const T> left, Matrix<const T> right, Matrix<int64_t> out, int64_t numRows) {
  switch (operation) {
    case ComparisonOperation::kEqual:
      return applyRows<Equal>(left, right, out, numRows);
    case ComparisonOperation::kLess:
      return applyRows<Less>(left, right, out, numRows);
    case ComparisonOperation::kLessOrEqual:
      return applyRows<LessOrEqual>(left, right, out, numRows);
    case ComparisonOperation::kGreater:
      return applyRows<Less>(right, left, out, numRows);
    case ComparisonOperation::kGreaterOrEqual:
      return applyRows<LessOrEqual>(right, left, out, numRows);
  }
}

void applyLogical(LogicalOperation operation, Matrix<const int64_t> left, Matrix<const int64_t> right, Matrix<int64_t> out, int64_t numRows) {
  switch (operation) {
    case LogicalOperation::kAnd:
      return applyRows<And>(left, right, out, numRows);
    case LogicalOperation::kOr:
      return applyRows<Or>(left, right, out, numRows);
    case LogicalOperation::kXor:
      return applyRows<Xor>(left, right, out, numRows);
  }
}

template <typename T>
void selectWhere(Matrix<const int64_t> condition, Matrix<const T> left, Matrix<const T> right, Matrix<T> out, int64_t numRows) {
  const int64_t stepCondition = condition.width == 1 ? 0 : 1;
  const int64_t stepLeft = left.width == 1 ? 0 : 1;
  const int64_t stepRight = right.width == 1 ? 0 : 1;
  for (int64_t i = 0; i < numRows; ++i) {
    const int64_t* c = condition.row(i);
    const T* a = left.row(i);
    const T* b = right.row(i);
    T* result = out.row(i);
    for (int64_t j = 0; j < out.width; ++j) {
      result[j] = c[j * stepCondition] != 0 ? a[j * stepLeft] : b[j * stepRight];
    }
  }
}

template void applyBinary(BinaryOperation, Matrix<const float>, Matrix<const float>, Matrix<float>, int64_t);
template void applyBinary(BinaryOperation, Matrix<const double>, Matrix<const double>, Matrix<double>, int64_t);
template void applyBinary(BinaryOperation, Matrix<const int64_t>, Matrix<const int64_t>, Matrix<int64_t>, int64_t);
template void applyBinary(BinaryOperation, Matrix<const uint64_t>, Matrix<const uint64_t>, Matrix<uint64_t>, int64_t);
template void applyComparison(ComparisonOperation, Matrix<const float>, Matrix<const float>, Matrix<int64_t>, int64_t);
template void applyComparison(ComparisonOperation, Matrix<const double>, Matrix<const double>, Matrix<int64_t>, int64_t);
template void applyComparison(ComparisonOperation, Matrix<const int64_t>, Matrix<const int64_t>, Matrix<int64_t>, int64_t);
template void applyComparison(ComparisonOperation, Matrix<const uint64_t>, Matrix<const uint64_t>, Matrix<int64_t>, int64_t);
template void applyComparison(ComparisonOperation, Matrix<const std::string_view>, Matrix<const std::string_view>, Matrix<int64_t>, int64_t);
template void selectWhere(Matrix<const int64_t>, Matrix<const float>, Matrix<const float>, Matrix<float>, int64_t);
template void selectWhere(Matrix<const int64_t>, Matrix<const double>, Matrix<const double>, Matrix<double>, int64_t);
template void selectWhere(Matrix<const int64_t>, Matrix<const int64_t>, Matrix<const int64_t>, Matrix<int64_t>, int64_t);
template void selectWhere(Matrix<const int64_t>, Matrix<const std::string_view>, Matrix<const std::string_view>, Matrix<std::string_view>, int64_t);

}  // namespace inferf
