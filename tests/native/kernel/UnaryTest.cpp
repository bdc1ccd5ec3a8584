#include "kernel/Unary.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace inferf {
namespace {

constexpr UnaryOperation kAll[] = {
    UnaryOperation::kExp,         UnaryOperation::kLog,       UnaryOperation::kSqrt,     UnaryOperation::kAbs,
    UnaryOperation::kNegate,      UnaryOperation::kReciprocal, UnaryOperation::kFloor,    UnaryOperation::kCeil,
    UnaryOperation::kRound,       UnaryOperation::kSign,      UnaryOperation::kErf,      UnaryOperation::kGelu,
    UnaryOperation::kGeluTanh,    UnaryOperation::kElu,       UnaryOperation::kSelu,     UnaryOperation::kCelu,
    UnaryOperation::kSoftplus,    UnaryOperation::kSoftsign,  UnaryOperation::kHardSigmoid, UnaryOperation::kHardSwish,
    UnaryOperation::kThresholdedRelu, UnaryOperation::kSwish, UnaryOperation::kMish,     UnaryOperation::kSin,
    UnaryOperation::kCos,         UnaryOperation::kTan,       UnaryOperation::kAtan};

template <typename T>
std::vector<T> samples() {
  std::mt19937 random(5);
  std::vector<T> xs;
  for (const double scale : {1e-30, 1e-6, 0.1, 1.0, 4.0, 10.0, 100.0, 1000.0}) {
    std::uniform_real_distribution<double> uniform(-scale, scale);
    for (int i = 0; i < 501; ++i) {
      xs.push_back(static_cast<T>(uniform(random)));
    }
  }
  for (const double x : {0.0, -0.0, 0.5, 1.5, 2.5, -0.5, -1.5, 1e30, -1e30}) {
    xs.push_back(static_cast<T>(x));
  }
  return xs;
}

template <typename T>
class UnaryTest : public testing::Test {};
using FloatTypes = testing::Types<float, double>;
TYPED_TEST_SUITE(UnaryTest, FloatTypes);

/// Units in the last place that an operation may be off, and an absolute error in multiples of |x| epsilon, as the header states them.
struct Tolerance {
  double units = 0;
  double ofArgument = 0;
};

template <typename T>
Tolerance toleranceOf(UnaryOperation operation) {
  switch (operation) {
    case UnaryOperation::kExp:
      return {2};
    case UnaryOperation::kLog:
      return {4};
    case UnaryOperation::kErf:
      return {3};
    case UnaryOperation::kElu:
    case UnaryOperation::kSelu:
    case UnaryOperation::kCelu:
      return {6};
    case UnaryOperation::kSoftplus:
      return {5};
    case UnaryOperation::kSwish:
      return {8};
    case UnaryOperation::kMish:
      return {16};
    case UnaryOperation::kGelu:
    case UnaryOperation::kGeluTanh:
      return {4, 2};
    default:
      return {0};
  }
}

TYPED_TEST(UnaryTest, AgreesWithTheSpecification) {
  using T = TypeParam;
  const std::vector<T> xs = samples<T>();
  std::vector<T> ys(xs.size());
  for (const UnaryOperation operation : kAll) {
    SCOPED_TRACE(static_cast<int>(operation));
    const Tolerance tolerance = toleranceOf<T>(operation);
    applyUnary(operation, T(0.75), T(0.5), xs.data(), ys.data(), static_cast<int64_t>(xs.size()));
    for (size_t i = 0; i < xs.size(); ++i) {
      // Where the specification in T is itself inexact, it is taken in long double.
      const bool isExact = tolerance.units == 0 && tolerance.ofArgument == 0;
      const T expected = isExact ? unaryScalar(operation, T(0.75), T(0.5), xs[i])
                                 : static_cast<T>(unaryScalar<long double>(operation, 0.75L, 0.5L, static_cast<long double>(xs[i])));
      if (std::isnan(expected)) {
        ASSERT_TRUE(std::isnan(ys[i])) << "x = " << xs[i] << ", y = " << ys[i];
        continue;
      }
      if (ys[i] == expected) {
        continue;
      }
      const T magnitude = std::max(std::abs(expected), std::numeric_limits<T>::min() * (8 + std::abs(xs[i])));
      const double unit = static_cast<double>(std::nextafter(magnitude, std::numeric_limits<T>::infinity()) - magnitude);
      // Swish rounds alpha x before it takes the exponential.
      const double units = tolerance.units + (operation == UnaryOperation::kSwish ? 0.75 * std::abs(static_cast<double>(xs[i])) : 0);
      const double bound = units * unit + tolerance.ofArgument * std::abs(static_cast<double>(xs[i])) * std::numeric_limits<T>::epsilon();
      ASSERT_LE(std::abs(static_cast<double>(ys[i]) - static_cast<double>(expected)), bound) << "x = " << xs[i] << ", y = " << ys[i] << ", expected = " << expected;
    }
  }
}

TYPED_TEST(UnaryTest, PositionDoesNotChangeABit) {
  using T = TypeParam;
  std::vector<T> xs = samples<T>();
  xs.resize(60);
  std::vector<T> ys(xs.size());
  for (const UnaryOperation operation : kAll) {
    applyUnary(operation, T(0.75), T(0.5), xs.data(), ys.data(), static_cast<int64_t>(xs.size()));
    for (size_t begin = 0; begin < 20; ++begin) {
      for (size_t count = 0; count < 20; ++count) {
        std::vector<T> some(xs.begin() + static_cast<std::ptrdiff_t>(begin), xs.begin() + static_cast<std::ptrdiff_t>(begin + count));
        applyUnary(operation, T(0.75), T(0.5), some.data(), some.data(), static_cast<int64_t>(count));
        ASSERT_TRUE(count == 0 || std::memcmp(some.data(), ys.data() + begin, count * sizeof(T)) == 0) << static_cast<int>(operation) << " " << begin << " " << count;
      }
    }
  }
}

TYPED_TEST(UnaryTest, SpecialNumbers) {
  using T = TypeParam;
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const auto of = [](UnaryOperation operation, T x) {
    T y = 0;
    applyUnary(operation, T(0.75), T(0.5), &x, &y, 1);
    return y;
  };
  for (const UnaryOperation operation : kAll) {
    if (operation == UnaryOperation::kThresholdedRelu) {
      EXPECT_EQ(of(operation, nan), T(0));
    } else {
      EXPECT_TRUE(std::isnan(of(operation, nan))) << static_cast<int>(operation);
    }
  }
  EXPECT_EQ(of(UnaryOperation::kExp, kInfinity), kInfinity);
  EXPECT_EQ(of(UnaryOperation::kExp, std::numeric_limits<T>::max()), kInfinity);
  EXPECT_EQ(of(UnaryOperation::kExp, -kInfinity), T(0));
  EXPECT_EQ(of(UnaryOperation::kLog, T(0)), -kInfinity);
  EXPECT_TRUE(std::isnan(of(UnaryOperation::kLog, T(-1))));
  EXPECT_EQ(of(UnaryOperation::kLog, kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(of(UnaryOperation::kSqrt, T(-1))));
  EXPECT_EQ(of(UnaryOperation::kErf, kInfinity), T(1));
  EXPECT_EQ(of(UnaryOperation::kErf, -kInfinity), T(-1));
  EXPECT_EQ(of(UnaryOperation::kElu, -kInfinity), T(-0.75));
  EXPECT_EQ(of(UnaryOperation::kElu, kInfinity), kInfinity);
  EXPECT_EQ(of(UnaryOperation::kSoftplus, kInfinity), kInfinity);
  EXPECT_EQ(of(UnaryOperation::kSoftplus, -kInfinity), T(0));
  EXPECT_EQ(of(UnaryOperation::kSoftplus, T(1000)), T(1000));
  EXPECT_EQ(of(UnaryOperation::kHardSigmoid, -kInfinity), T(0));
  EXPECT_EQ(of(UnaryOperation::kHardSigmoid, kInfinity), T(1));
  EXPECT_EQ(of(UnaryOperation::kReciprocal, T(0)), kInfinity);
  EXPECT_EQ(of(UnaryOperation::kSign, -kInfinity), T(-1));
  EXPECT_EQ(of(UnaryOperation::kAtan, kInfinity), static_cast<T>(std::atan(kInfinity)));
  const std::vector<T> xs = {nan, kInfinity, -kInfinity, T(1)};
  std::vector<int64_t> tests(4);
  testNan(xs.data(), tests.data(), 4);
  EXPECT_EQ(tests, (std::vector<int64_t>{1, 0, 0, 0}));
  testInfinity(xs.data(), tests.data(), 4, true, false);
  EXPECT_EQ(tests, (std::vector<int64_t>{0, 0, 1, 0}));
  testInfinity(xs.data(), tests.data(), 4, false, true);
  EXPECT_EQ(tests, (std::vector<int64_t>{0, 1, 0, 0}));
}

TEST(IntegerUnaryTest, Wraps) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  const std::vector<int64_t> xs = {kMin, -3, 0, 4};
  const auto of = [&](IntegerUnaryOperation operation) {
    std::vector<int64_t> ys(4);
    applyUnary(operation, xs.data(), ys.data(), 4);
    return ys;
  };
  EXPECT_EQ(of(IntegerUnaryOperation::kRelu), (std::vector<int64_t>{0, 0, 0, 4}));
  EXPECT_EQ(of(IntegerUnaryOperation::kAbs), (std::vector<int64_t>{kMin, 3, 0, 4}));
  EXPECT_EQ(of(IntegerUnaryOperation::kNegate), (std::vector<int64_t>{kMin, 3, 0, -4}));
  EXPECT_EQ(of(IntegerUnaryOperation::kSign), (std::vector<int64_t>{-1, -1, 0, 1}));
  EXPECT_EQ(of(IntegerUnaryOperation::kNot), (std::vector<int64_t>{0, 0, 1, 0}));
}

}  // namespace
}  // namespace inferf
