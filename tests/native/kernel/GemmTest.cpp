#include "kernel/Gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <deque>
#include <limits>
#include <memory>
#include <random>
#include <vector>

namespace inferf {
namespace {

/// A random sum: items over matrices with padding between rows, with and without ids, null rows and weights.
template <typename T>
class RandomSum {
 public:
  RandomSum(uint32_t seed, int64_t numRows, int64_t width, std::vector<int64_t> lengths, int64_t outStride)
      : random_(seed), numRows_(numRows), width_(width), outStride_(outStride), isPadded_(outStride >= width + 64) {
    bias_.assign(static_cast<size_t>(paddedWidth<T>(width)), T(0));
    fill(bias_.data(), width);
    for (const int64_t length : lengths) {
      addItem(length);
    }
  }

  SumArguments<T> arguments(LinearActivation activation, std::vector<T>& out) {
    out.assign(static_cast<size_t>(std::max<int64_t>(1, numRows_ * outStride_)), T(-7));
    return {.items = items_, .width = width_, .bias = bias_.data(), .activation = activation, .alpha = T(0.1),
            .out = out.data(), .outStride = outStride_, .numRows = numRows_, .rowsArePadded = outStride_ >= paddedWidth<T>(width_) && isPadded_};
  }
  const std::vector<const T*>& weights() const { return weightPointers_; }
  std::vector<SumItem<T>>& items() { return items_; }
  std::vector<T>& matrix(size_t i) { return matrices_[i]; }

  /// Sum of the absolute values of all addends of one result: what rounding errors are proportional to.
  double magnitude(int64_t row, int64_t column) const {
    double sum = std::abs(static_cast<double>(bias_[static_cast<size_t>(column)]));
    for (size_t t = 0; t < items_.size(); ++t) {
      const T* x = items_[t].rows.row(row);
      if (items_[t].weights == nullptr) {
        sum += std::abs(static_cast<double>(x[column]));
      } else {
        for (int64_t k = 0; k < items_[t].length; ++k) {
          sum += std::abs(static_cast<double>(x[k]) * static_cast<double>(weightPointers_[t][(items_[t].weightBegin + k) * width_ + column]));
        }
      }
    }
    return sum;
  }

 private:
  void fill(T* data, int64_t count) {
    std::normal_distribution<double> normal;
    for (int64_t i = 0; i < count; ++i) {
      data[i] = static_cast<T>(normal(random_));
    }
  }

  /// length > 0: weighted; 0: the rows themselves.
  void addItem(int64_t length) {
    const int64_t columns = length > 0 ? length : isPadded_ ? paddedWidth<T>(width_) : width_;
    const int64_t stride = columns + static_cast<int64_t>(random_() % 5);
    const int64_t tableRows = numRows_ + 3;
    std::vector<T>& matrix = matrices_.emplace_back(static_cast<size_t>(tableRows * stride));
    fill(matrix.data(), tableRows * stride);
    SumItem<T> item;
    item.length = length;
    item.rows.base = matrix.data();
    item.rows.stride = stride;
    if (random_() % 2 == 0) {
      std::vector<int32_t>& ids = ids_.emplace_back();
      for (int64_t i = 0; i < numRows_; ++i) {
        ids.push_back(static_cast<int32_t>(random_() % static_cast<uint32_t>(tableRows)));
      }
      std::vector<T>& null = matrices_.emplace_back(static_cast<size_t>(columns));
      fill(null.data(), columns);
      item.rows.ids = ids.data();
      item.rows.nullRow = static_cast<int32_t>(tableRows - 1);
      item.rows.nullData = null.data();
    }
    const T* weights = nullptr;
    if (length > 0) {
      item.weightBegin = static_cast<int64_t>(random_() % 3);
      std::vector<T>& w = matrices_.emplace_back(static_cast<size_t>((length + 3) * width_));
      fill(w.data(), (length + 3) * width_);
      weights = w.data();
      packed_.push_back(std::make_unique<PackedWeights<T>>(weights, length + 3, width_, width_, pool_));
      item.weights = packed_.back().get();
    }
    weightPointers_.push_back(weights);
    items_.push_back(item);
  }

  std::mt19937 random_;
  int64_t numRows_;
  int64_t width_;
  int64_t outStride_;
  bool isPadded_;
  MemoryPool pool_;
  std::vector<T> bias_;
  std::deque<std::vector<T>> matrices_;
  std::deque<std::vector<int32_t>> ids_;
  std::vector<std::unique_ptr<PackedWeights<T>>> packed_;
  std::vector<const T*> weightPointers_;
  std::vector<SumItem<T>> items_;
};

template <typename T>
class GemmTest : public testing::Test {};
using FloatTypes = testing::Types<float, double>;
TYPED_TEST_SUITE(GemmTest, FloatTypes);

template <typename T>
void expectMatchesScalar(uint32_t seed, int64_t numRows, int64_t width, const std::vector<int64_t>& lengths, int64_t padding) {
  SCOPED_TRACE(testing::Message() << "seed " << seed << " rows " << numRows << " width " << width << " items " << lengths.size());
  RandomSum<T> sum(seed, numRows, width, lengths, width + padding);
  for (const auto activation : {LinearActivation::kNone, LinearActivation::kRelu, LinearActivation::kLeakyRelu}) {
    std::vector<T> actual;
    std::vector<T> expected;
    sumTerms(sum.arguments(activation, actual));
    sumTermsScalar<T>(sum.arguments(activation, expected), sum.weights());
    for (int64_t i = 0; i < numRows; ++i) {
      for (int64_t j = 0; j < width; ++j) {
        const auto at = static_cast<size_t>(i * (width + padding) + j);
        const double bound = 16 * static_cast<double>(std::numeric_limits<T>::epsilon()) * (1 + sum.magnitude(i, j));
        ASSERT_NEAR(actual[at], expected[at], bound) << "row " << i << " column " << j;
      }
      if (padding < 64) {
        for (int64_t j = width; j < width + padding; ++j) {
          ASSERT_EQ(actual[static_cast<size_t>(i * (width + padding) + j)], T(-7)) << "wrote between rows, row " << i;
        }
      }
    }
  }
}

TYPED_TEST(GemmTest, MatchesTheSpecificationOnAllTails) {
  uint32_t seed = 1;
  for (const int64_t width : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100}) {
    for (const int64_t numRows : {1, 2, 5, 6, 7, 12, 13, 25}) {
      expectMatchesScalar<TypeParam>(seed++, numRows, width, {3}, 0);
      expectMatchesScalar<TypeParam>(seed++, numRows, width, {1, 0, 17}, 1);
    }
  }
}

TYPED_TEST(GemmTest, MatchesTheSpecificationOnRandomSums) {
  std::mt19937 random(42);
  for (uint32_t seed = 100; seed < 160; ++seed) {
    std::vector<int64_t> lengths;
    for (uint32_t items = 1 + random() % 6; items > 0; --items) {
      lengths.push_back(random() % 3 == 0 ? 0 : 1 + static_cast<int64_t>(random() % 130));
    }
    expectMatchesScalar<TypeParam>(seed, 1 + static_cast<int64_t>(random() % 40), 1 + static_cast<int64_t>(random() % 80), lengths,
                                   random() % 2 == 0 ? 0 : 64);
  }
}

TYPED_TEST(GemmTest, SplitsLongSumsIntoPasses) {
  expectMatchesScalar<TypeParam>(7, 13, 21, {1000, 0, 500}, 0);
  expectMatchesScalar<TypeParam>(8, 13, 48, {384, 384, 0, 1}, 0);
  expectMatchesScalar<TypeParam>(9, 7, 16, std::vector<int64_t>(30, 0), 0);
  expectMatchesScalar<TypeParam>(10, 7, 20, std::vector<int64_t>(40, 5), 0);
}

TYPED_TEST(GemmTest, RowsDoNotDependOnTheirNeighbours) {
  using T = TypeParam;
  for (const int64_t width : {1, 3, 10, 16, 24, 256}) {
    constexpr int64_t kRows = 61;
    RandomSum<T> sum(static_cast<uint32_t>(width), kRows, width, {8, 0, 37, 0}, width);
    std::vector<T> together;
    SumArguments<T> arguments = sum.arguments(LinearActivation::kRelu, together);
    sumTerms(arguments);
    for (const int64_t step : {1, 2, 5, 6, 17}) {
      std::vector<T> apart(together.size());
      for (int64_t begin = 0; begin < kRows; begin += step) {
        std::vector<SumItem<T>> items = sum.items();
        for (SumItem<T>& item : items) {
          if (item.rows.ids != nullptr) {
            item.rows.ids += begin;
          } else {
            item.rows.base += begin * item.rows.stride;
          }
        }
        arguments.items = items;
        arguments.out = apart.data() + begin * width;
        arguments.numRows = std::min(step, kRows - begin);
        sumTerms(arguments);
      }
      EXPECT_EQ(std::memcmp(together.data(), apart.data(), together.size() * sizeof(T)), 0) << "width " << width << " step " << step;
    }
  }
}

TYPED_TEST(GemmTest, KeepsNanAndInfinity) {
  using T = TypeParam;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const T infinity = std::numeric_limits<T>::infinity();
  for (const int64_t width : {1, 5, 16}) {
    MemoryPool pool;
    const std::vector<T> w(static_cast<size_t>(2 * width), T(0));
    const PackedWeights<T> packed(w.data(), 2, width, width, pool);
    const std::vector<T> x = {nan, 0, infinity, 1, T(-0.5), 2};
    const std::vector<T> bias(static_cast<size_t>(paddedWidth<T>(width)), T(-1));
    std::vector<T> out(static_cast<size_t>(3 * width));
    const SumItem<T> item{&packed, 0, 2, {x.data(), 2, nullptr, -1, nullptr}};
    sumTerms(SumArguments<T>{{&item, 1}, width, bias.data(), LinearActivation::kRelu, T(0), out.data(), width, 3, false});
    for (int64_t j = 0; j < width; ++j) {
      EXPECT_TRUE(std::isnan(out[static_cast<size_t>(j)])) << "NaN * 0";
      EXPECT_TRUE(std::isnan(out[static_cast<size_t>(width + j)])) << "Inf * 0";
      EXPECT_EQ(out[static_cast<size_t>(2 * width + j)], T(0));
    }
  }
}

TYPED_TEST(GemmTest, AnItemMayBeTheResultItself) {
  using T = TypeParam;
  std::vector<T> out(7 * 20, T(1.5));
  const std::vector<T> bias(static_cast<size_t>(paddedWidth<T>(20)), T(1));
  const SumItem<T> item{nullptr, 0, 0, {out.data(), 20, nullptr, -1, nullptr}};
  sumTerms(SumArguments<T>{{&item, 1}, 20, bias.data(), LinearActivation::kNone, T(0), out.data(), 20, 7, false});
  for (const T x : out) {
    EXPECT_EQ(x, T(2.5));
  }
}

TEST(GemmHalfTest, AddsRowsInHalfPrecision) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  for (const int64_t width : {1, 3, 4, 5, 8, 15, 16, 17, 32, 40, 64, 250}) {
    for (const bool isPadded : {false, true}) {
      constexpr int64_t kRows = 29;
      constexpr int64_t kTableRows = 12;
      // In floats; a row ends where the next one begins, unless it is padded.
      const int64_t stride = isPadded ? 64 * ((2 * width + 127) / 64) / 4 : (2 * width + 3) / 4;
      std::vector<float> table(static_cast<size_t>(kTableRows * stride));
      for (int64_t i = 0; i < kTableRows; ++i) {
        for (int64_t j = 0; j < width; ++j) {
          reinterpret_cast<Half*>(table.data() + i * stride)[j] = narrowToHalfScalar(normal(random));
        }
      }
      std::vector<int32_t> ids(kRows);
      for (int32_t& id : ids) {
        id = static_cast<int32_t>(random() % kTableRows);
      }
      std::vector<float> whole(static_cast<size_t>(kRows * (width + 64)), 0.5F);
      std::vector<float> bias(static_cast<size_t>(paddedWidth<float>(width)), 0.25F);
      const std::vector<SumItem<float>> items = {{nullptr, 0, 0, {table.data(), stride, ids.data(), -1, nullptr}, true},
                                                 {nullptr, 0, 0, {whole.data(), width + 64, nullptr, -1, nullptr}, false}};
      const int64_t outStride = isPadded ? width + 64 : width;
      std::vector<float> actual(static_cast<size_t>(kRows * outStride), -7.0F);
      std::vector<float> expected = actual;
      SumArguments<float> arguments{items, width, bias.data(), LinearActivation::kRelu, 0.0F, actual.data(), outStride, kRows, isPadded};
      sumTerms(arguments);
      arguments.out = expected.data();
      const std::vector<const float*> weights(2, nullptr);
      sumTermsScalar<float>(arguments, weights);
      for (int64_t i = 0; i < kRows; ++i) {
        for (int64_t j = 0; j < width; ++j) {
          ASSERT_EQ(actual[static_cast<size_t>(i * outStride + j)], expected[static_cast<size_t>(i * outStride + j)])
              << "width " << width << " padded " << isPadded << " row " << i << " column " << j;
        }
      }
    }
  }
}

TYPED_TEST(GemmTest, NoRowsAreFine) {
  RandomSum<TypeParam> sum(3, 0, 9, {4}, 9);
  std::vector<TypeParam> out;
  sumTerms(sum.arguments(LinearActivation::kNone, out));
  EXPECT_EQ(out[0], TypeParam(-7));
}

TEST(PackedWeightsTest, GivesItsMemoryBack) {
  MemoryPool pool;
  {
    const std::vector<float> w(10 * 33, 1.0f);
    const PackedWeights<float> packed(w.data(), 10, 33, 33, pool);
    EXPECT_GT(pool.bytesInUse(), 10 * 33 * 4);
  }
  EXPECT_EQ(pool.bytesInUse(), 0);
}

}  // namespace
}  // namespace inferf
