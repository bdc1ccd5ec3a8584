#include "kernel/Activation.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace inferf {
namespace {

template <typename T>
std::vector<T> samples() {
  std::mt19937 random(5);
  std::vector<T> xs;
  for (const double scale : {1e-30, 1e-6, 0.1, 1.0, 10.0, 80.0, 1000.0}) {
    std::uniform_real_distribution<double> uniform(-scale, scale);
    for (int i = 0; i < 501; ++i) {
      xs.push_back(static_cast<T>(uniform(random)));
    }
  }
  for (const double x : {0.0, -0.0, 1e300, -1e300}) {
    xs.push_back(static_cast<T>(x));
  }
  xs.push_back(std::numeric_limits<T>::infinity());
  xs.push_back(-std::numeric_limits<T>::infinity());
  xs.push_back(std::numeric_limits<T>::quiet_NaN());
  xs.push_back(std::numeric_limits<T>::max());
  xs.push_back(std::numeric_limits<T>::lowest());
  return xs;
}

template <typename T, class Function, class Exact>
void expectClose(const Function& function, const Exact& exact, double ulps) {
  const std::vector<T> xs = samples<T>();
  std::vector<T> ys(xs.size());
  function(xs.data(), ys.data(), static_cast<int64_t>(xs.size()));
  for (size_t i = 0; i < xs.size(); ++i) {
    const auto expected = static_cast<T>(exact(static_cast<long double>(xs[i])));
    if (std::isnan(xs[i])) {
      EXPECT_TRUE(std::isnan(ys[i]));
      continue;
    }
    if (ys[i] == expected) {
      continue;
    }
    const T unit = std::abs(expected) < std::numeric_limits<T>::min()
                       ? std::numeric_limits<T>::min() * std::numeric_limits<T>::epsilon() * 8
                       : std::nextafter(std::abs(expected), std::numeric_limits<T>::infinity()) - std::abs(expected);
    EXPECT_LE(std::abs(ys[i] - expected), ulps * unit) << "x = " << xs[i] << ", y = " << ys[i] << ", expected = " << expected;
  }
  // Every length and position gives the same bits.
  for (size_t begin = 0; begin < 40; ++begin) {
    for (size_t count = 0; count < 20; ++count) {
      std::vector<T> some(count);
      function(xs.data() + begin, some.data(), static_cast<int64_t>(count));
      ASSERT_TRUE(count == 0 || std::memcmp(some.data(), ys.data() + begin, count * sizeof(T)) == 0) << begin << " " << count;
    }
  }
}

template <typename T>
class ActivationTest : public testing::Test {};
using FloatTypes = testing::Types<float, double>;
TYPED_TEST_SUITE(ActivationTest, FloatTypes);

TYPED_TEST(ActivationTest, SigmoidIsAccurate) {
  using T = TypeParam;
  expectClose<T>([](const T* in, T* out, int64_t n) { sigmoid(in, out, n); },
                 [](long double x) { return 1.0L / (1.0L + std::exp(-x)); }, 4);
  const T low = -1000;
  T result = 1;
  sigmoid(&low, &result, 1);
  EXPECT_EQ(result, T(0));
}

TYPED_TEST(ActivationTest, TanhIsAccurate) {
  using T = TypeParam;
  expectClose<T>([](const T* in, T* out, int64_t n) { tanh(in, out, n); }, [](long double x) { return std::tanh(x); }, 5);
}

TYPED_TEST(ActivationTest, ReluIsExactAndKeepsNan) {
  using T = TypeParam;
  expectClose<T>([](const T* in, T* out, int64_t n) { relu(in, out, n); }, [](long double x) { return x < 0 ? 0 : x; }, 0);
  expectClose<T>([](const T* in, T* out, int64_t n) { leakyRelu(in, out, n, T(0.25)); }, [](long double x) { return x < 0 ? x / 4 : x; }, 0);
}

TYPED_TEST(ActivationTest, ScalarSpecificationsAgree) {
  using T = TypeParam;
  for (const T x : samples<T>()) {
    T y = 0;
    sigmoid(&x, &y, 1);
    const T expected = sigmoidScalar(x);
    EXPECT_TRUE((std::isnan(y) && std::isnan(expected)) || std::abs(y - expected) <= 8 * std::numeric_limits<T>::epsilon() * expected + std::numeric_limits<T>::min());
    relu(&x, &y, 1);
    EXPECT_TRUE((std::isnan(y) && std::isnan(reluScalar(x))) || y == reluScalar(x));
    leakyRelu(&x, &y, 1, T(0.1));
    EXPECT_TRUE((std::isnan(y) && std::isnan(leakyReluScalar(x, T(0.1)))) || y == leakyReluScalar(x, T(0.1)));
  }
}

TYPED_TEST(ActivationTest, SoftmaxMatchesTheSpecification) {
  using T = TypeParam;
  std::mt19937 random(9);
  std::normal_distribution<double> normal(0, 20);
  for (int64_t width = 1; width < 40; ++width) {
    std::vector<T> in(static_cast<size_t>(width));
    for (T& x : in) {
      x = static_cast<T>(normal(random) + 5000);
    }
    std::vector<T> out(in.size());
    std::vector<T> expected(in.size());
    softmax(in.data(), out.data(), width);
    softmaxScalar(in.data(), expected.data(), width);
    for (size_t j = 0; j < in.size(); ++j) {
      EXPECT_NEAR(out[j], expected[j], 32 * std::numeric_limits<T>::epsilon() * expected[j] + std::numeric_limits<T>::min());
    }
    softmax(in.data(), in.data(), width);
    EXPECT_EQ(in, out);
  }
}

TYPED_TEST(ActivationTest, LogSoftmaxMatchesTheSpecification) {
  using T = TypeParam;
  std::mt19937 random(9);
  std::normal_distribution<double> normal(0, 20);
  for (int64_t width = 1; width < 40; ++width) {
    std::vector<T> in(static_cast<size_t>(width));
    for (T& x : in) {
      x = static_cast<T>(normal(random));
    }
    std::vector<T> out(in.size());
    std::vector<T> expected(in.size());
    logSoftmax(in.data(), out.data(), width);
    logSoftmaxScalar(in.data(), expected.data(), width);
    for (size_t j = 0; j < in.size(); ++j) {
      EXPECT_NEAR(out[j], expected[j], 32 * std::numeric_limits<T>::epsilon() * (1 + std::abs(expected[j])));
    }
    logSoftmax(in.data(), in.data(), width);
    EXPECT_EQ(in, out);
  }
}

TYPED_TEST(ActivationTest, HardmaxTakesTheFirstLargest) {
  using T = TypeParam;
  std::vector<T> row = {T(1), T(3), T(3), std::numeric_limits<T>::quiet_NaN()};
  hardmax(row.data(), row.data(), 4);
  EXPECT_EQ(row, (std::vector<T>{0, 1, 0, 0}));
}

TYPED_TEST(ActivationTest, SoftmaxSpreadsNan) {
  using T = TypeParam;
  for (const T bad : {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity()}) {
    for (size_t at = 0; at < 10; ++at) {
      std::vector<T> row(10, T(1));
      row[at] = bad;
      softmax(row.data(), row.data(), 10);
      for (const T y : row) {
        EXPECT_TRUE(std::isnan(y));
      }
    }
  }
}

}  // namespace
}  // namespace inferf
