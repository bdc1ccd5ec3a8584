#include "kernel/Elementwise.h"

#include <cmath>
#include <limits>
#include <type_traits>

#include "base/Error.h"

namespace inferf {

namespace {

struct Add {
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
    } else {
      return a + b;
    }
  }
};

struct Subtract {
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
    } else {
      return a - b;
    }
  }
};

struct Multiply {
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
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
      INFERF_USER_CHECK(b != 0, INFERF_ERROR_ARITHMETIC, "Integer division by zero in the model. Dividend: ", a);
      return b == -1 ? static_cast<T>(0 - static_cast<uint64_t>(a)) : a / b;
    } else {
      return a / b;
    }
  }
};

template <class Operation, typename T>
void applyRows(Matrix<const T> left, Matrix<const T> right, Matrix<T> out, int64_t numRows) {
  for (int64_t i = 0; i < numRows; ++i) {
    const T* a = left.row(i);
    const T* b = right.row(i);
    T* c = out.row(i);
    if (left.width == out.width && right.width == out.width) {
      for (int64_t j = 0; j < out.width; ++j) {
        c[j] = Operation::apply(a[j], b[j]);
      }
    } else if (left.width == out.width) {
      const T constant = b[0];
      for (int64_t j = 0; j < out.width; ++j) {
        c[j] = Operation::apply(a[j], constant);
      }
    } else {
      const T constant = a[0];
      for (int64_t j = 0; j < out.width; ++j) {
        c[j] = Operation::apply(constant, right.width == 1 ? b[0] : b[j]);
      }
    }
  }
}

template <typename T>
void applyOperation(BinaryOperation operation, Matrix<const T> left, Matrix<const T> right, Matrix<T> out, int64_t numRows) {
  switch (operation) {
    case BinaryOperation::kAdd:
      return applyRows<Add>(left, right, out, numRows);
    case BinaryOperation::kSubtract:
      return applyRows<Subtract>(left, right, out, numRows);
    case BinaryOperation::kMultiply:
      return applyRows<Multiply>(left, right, out, numRows);
    case BinaryOperation::kDivide:
      return applyRows<Divide>(left, right, out, numRows);
  }
}

template <typename From, typename To>
To convert(From x) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    return truncateToInteger(static_cast<double>(x));
  } else {
    return static_cast<To>(x);
  }
}

}  // namespace

void applyBinary(BinaryOperation operation, Matrix<const float> left, Matrix<const float> right, Matrix<float> out, int64_t numRows) {
  applyOperation(operation, left, right, out, numRows);
}
void applyBinary(BinaryOperation operation, Matrix<const double> left, Matrix<const double> right, Matrix<double> out, int64_t numRows) {
  applyOperation(operation, left, right, out, numRows);
}
void applyBinary(BinaryOperation operation, Matrix<const int64_t> left, Matrix<const int64_t> right, Matrix<int64_t> out, int64_t numRows) {
  applyOperation(operation, left, right, out, numRows);
}

int64_t truncateToInteger(double x) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  return x >= -kLimit && x < kLimit ? static_cast<int64_t>(x) : std::numeric_limits<int64_t>::min();
}

int64_t wrapInteger(int64_t x, IntegerWrap wrap) {
  switch (wrap.bits) {
    case 8:
      return wrap.isUnsigned ? static_cast<int64_t>(static_cast<uint8_t>(x)) : static_cast<int64_t>(static_cast<int8_t>(x));
    case 16:
      return wrap.isUnsigned ? static_cast<int64_t>(static_cast<uint16_t>(x)) : static_cast<int64_t>(static_cast<int16_t>(x));
    case 32:
      return wrap.isUnsigned ? static_cast<int64_t>(static_cast<uint32_t>(x)) : static_cast<int64_t>(static_cast<int32_t>(x));
    default:
      return x;
  }
}

template <typename From, typename To>
void applyCast(Matrix<const From> in, Matrix<To> out, int64_t numRows, IntegerWrap wrap, bool toBoolean) {
  for (int64_t i = 0; i < numRows; ++i) {
    const From* a = in.row(i);
    To* c = out.row(i);
    if (toBoolean) {
      for (int64_t j = 0; j < out.width; ++j) {
        c[j] = a[j] != From(0) ? To(1) : To(0);
      }
      continue;
    }
    for (int64_t j = 0; j < out.width; ++j) {
      c[j] = convert<From, To>(a[j]);
    }
    if constexpr (std::is_integral_v<To>) {
      if (wrap.bits != 0) {
        for (int64_t j = 0; j < out.width; ++j) {
          c[j] = wrapInteger(c[j], wrap);
        }
      }
    }
  }
}

template <typename T>
void applyImpute(Matrix<const T> in, Matrix<T> out, int64_t numRows, T replaced, const T* imputed, int64_t imputedStride) {
  bool replacesNan = false;
  if constexpr (std::is_floating_point_v<T>) {
    replacesNan = std::isnan(replaced);
  }
  for (int64_t i = 0; i < numRows; ++i) {
    const T* a = in.row(i);
    T* c = out.row(i);
    if (replacesNan) {
      for (int64_t j = 0; j < out.width; ++j) {
        c[j] = a[j] != a[j] ? imputed[j * imputedStride] : a[j];
      }
    } else {
      for (int64_t j = 0; j < out.width; ++j) {
        c[j] = a[j] == replaced ? imputed[j * imputedStride] : a[j];
      }
    }
  }
}

template void applyCast(Matrix<const float>, Matrix<float>, int64_t, IntegerWrap, bool);
template void applyCast(Matrix<const float>, Matrix<double>, int64_t, IntegerWrap, bool);
template void applyCast(Matrix<const float>, Matrix<int64_t>, int64_t, IntegerWrap, bool);
template void applyCast(Matrix<const double>, Matrix<float>, int64_t, IntegerWrap, bool);
template void applyCast(Matrix<const double>, Matrix<double>, int64_t, IntegerWrap, bool);
template void applyCast(Matrix<const double>, Matrix<int64_t>, int64_t, IntegerWrap, bool);
template void applyCast(Matrix<const int64_t>, Matrix<float>, int64_t, IntegerWrap, bool);
template void applyCast(Matrix<const int64_t>, Matrix<double>, int64_t, IntegerWrap, bool);
template void applyCast(Matrix<const int64_t>, Matrix<int64_t>, int64_t, IntegerWrap, bool);
template void applyImpute(Matrix<const float>, Matrix<float>, int64_t, float, const float*, int64_t);
template void applyImpute(Matrix<const double>, Matrix<double>, int64_t, double, const double*, int64_t);
template void applyImpute(Matrix<const int64_t>, Matrix<int64_t>, int64_t, int64_t, const int64_t*, int64_t);

}  // namespace inferf
