#include "kernel/Reduce.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "kernel/StridedRows.h"
#include "kernel/TopK.h"

namespace inferf {
namespace {

constexpr Reduction kAll[] = {Reduction::kSum, Reduction::kMean,         Reduction::kMax, Reduction::kMin, Reduction::kProduct,
                              Reduction::kL1,  Reduction::kSumOfSquares, Reduction::kL2,  Reduction::kLogSum, Reduction::kLogSumExp};

template <typename T>
class ReduceTest : public testing::Test {};
using NumericTypes = testing::Types<float, double, int64_t>;
TYPED_TEST_SUITE(ReduceTest, NumericTypes);

TYPED_TEST(ReduceTest, AgreesWithTheSpecification) {
  using T = TypeParam;
  std::mt19937 random(11);
  for (const Reduction reduction : kAll) {
    if (std::is_integral_v<T> && reduction >= Reduction::kL2) {
      continue;
    }
    for (const int64_t length : {1, 2, 7, 16, 33, 100}) {
      for (const int64_t inner : {1, 2, 5, 17}) {
        for (const int64_t outer : {1, 3}) {
          test::StridedRows<T> in(3, outer * length * inner, 2);
          in.fill([&] {
            const double x = std::uniform_real_distribution<double>(0.5, 1.5)(random);
            return std::is_integral_v<T> ? static_cast<T>(x * 10 - 10) : static_cast<T>(reduction == Reduction::kLogSum || random() % 2 == 0 ? x : -x);
          });
          test::StridedRows<T> out(3, outer * inner, 1);
          reduceRows<T>(reduction, {outer, length, inner}, in.read(), out.matrix(), 3);
          for (int64_t i = 0; i < 3; ++i) {
            for (int64_t o = 0; o < outer; ++o) {
              for (int64_t j = 0; j < inner; ++j) {
                const T expected = reduceScalar(reduction, in.read().row(i) + o * length * inner + j, length, inner);
                if (std::is_integral_v<T> || reduction == Reduction::kMax || reduction == Reduction::kMin) {
                  ASSERT_EQ(out.at(i, o * inner + j), expected);
                } else {
                  const double tolerance = static_cast<double>(std::numeric_limits<T>::epsilon()) * 4 * static_cast<double>(length) * (1 + std::abs(static_cast<double>(expected)));
                  ASSERT_NEAR(static_cast<double>(out.at(i, o * inner + j)), static_cast<double>(expected), tolerance)
                      << static_cast<int>(reduction) << " " << length << " " << inner;
                }
              }
            }
          }
          ASSERT_TRUE(out.guardsAreIntact());
        }
      }
    }
  }
}

TEST(ReduceSpecialTest, NanAndInfinities) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto reduced = [](Reduction reduction, std::vector<float> row, int64_t inner) {
    std::vector<float> out(static_cast<size_t>(inner));
    const auto width = static_cast<int64_t>(row.size());
    reduceRows<float>(reduction, {1, width / inner, inner}, {row.data(), width, width}, {out.data(), inner, inner}, 1);
    return out[0];
  };
  for (size_t at = 0; at < 40; ++at) {
    std::vector<float> row(40, 1.0f);
    row[at] = nan;
    EXPECT_TRUE(std::isnan(reduced(Reduction::kMax, row, 1)));
    EXPECT_TRUE(std::isnan(reduced(Reduction::kMin, row, 1)));
    EXPECT_TRUE(std::isnan(reduced(Reduction::kLogSumExp, row, 1)));
    EXPECT_EQ(std::isnan(reduced(Reduction::kMax, row, 2)), at % 2 == 0);
    EXPECT_EQ(std::isnan(reduced(Reduction::kMin, row, 2)), at % 2 == 0);
  }
  EXPECT_EQ(reduced(Reduction::kLogSumExp, {1000, 1000}, 1), 1000 + std::log(2.0f));
  EXPECT_EQ(reduced(Reduction::kLogSumExp, {-kInfinity, -kInfinity, -kInfinity}, 1), -kInfinity);
  EXPECT_EQ(reduced(Reduction::kLogSumExp, {kInfinity, -kInfinity, 0}, 1), kInfinity);
  EXPECT_EQ(reduced(Reduction::kLogSumExp, {kInfinity, 0, -kInfinity, 0}, 2), kInfinity);
  EXPECT_EQ(reduced(Reduction::kMax, std::vector<float>(9, -kInfinity), 1), -kInfinity);
  EXPECT_EQ(reduced(Reduction::kMin, std::vector<float>(9, kInfinity), 1), kInfinity);
}

TEST(ReduceSpecialTest, IntegersWrapAndMeansTruncate) {
  const std::vector<int64_t> row = {-3, -4, std::numeric_limits<int64_t>::max(), 2};
  std::vector<int64_t> out(2);
  reduceRows<int64_t>(Reduction::kSum, {2, 2, 1}, {row.data(), 4, 4}, {out.data(), 2, 2}, 1);
  EXPECT_EQ(out, (std::vector<int64_t>{-7, std::numeric_limits<int64_t>::min() + 1}));
  reduceRows<int64_t>(Reduction::kMean, {2, 2, 1}, {row.data(), 4, 4}, {out.data(), 2, 2}, 1);
  EXPECT_EQ(out[0], -3);
}

TEST(ReduceSpecialTest, PositionsOfExtremes) {
  const std::vector<float> row = {1, 5, 5, 2, /**/ 7, 0, 0, 7};
  std::vector<int64_t> out(2);
  const auto positions = [&](bool largest, bool last) {
    findExtremes<float>(largest, last, {2, 4, 1}, {row.data(), 8, 8}, {out.data(), 2, 2}, 1);
    return out;
  };
  EXPECT_EQ(positions(true, false), (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(positions(true, true), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(positions(false, false), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(positions(false, true), (std::vector<int64_t>{0, 2}));
  const std::vector<int64_t> inner = {1, 9, /**/ 4, 3, /**/ 4, 9};
  findExtremes<int64_t>(true, false, {1, 3, 2}, {inner.data(), 6, 6}, {out.data(), 2, 2}, 1);
  EXPECT_EQ(out, (std::vector<int64_t>{1, 0}));
}

TEST(TopKTest, SortsAndKeepsTheOrderOfEqualElements) {
  std::mt19937 random(2);
  for (const bool smallest : {false, true}) {
    for (const int64_t length : {1, 5, 64}) {
      for (const int64_t count : {int64_t{1}, (length + 1) / 2, length}) {
        const TopKShape shape{length, count, smallest};
        test::StridedRows<double> in(4, 2 * length, 3);
        in.fill([&] { return static_cast<double>(random() % 10); });
        test::StridedRows<double> out(4, 2 * count, 1);
        test::StridedRows<int64_t> positions(4, 2 * count, 1);
        std::vector<int32_t> scratch(static_cast<size_t>(length));
        selectTop(shape, in.read(), out.matrix(), 4, scratch.data());
        selectTopPositions(shape, in.read(), positions.matrix(), 4, scratch.data());
        for (int64_t i = 0; i < 4; ++i) {
          for (int64_t s = 0; s < 2; ++s) {
            std::vector<int64_t> order(static_cast<size_t>(length));
            for (int64_t k = 0; k < length; ++k) {
              order[static_cast<size_t>(k)] = k;
            }
            std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
              const double x = in.at(i, s * length + a);
              const double y = in.at(i, s * length + b);
              return smallest ? x < y : x > y;
            });
            for (int64_t k = 0; k < count; ++k) {
              ASSERT_EQ(positions.at(i, s * count + k), order[static_cast<size_t>(k)]);
              ASSERT_EQ(out.at(i, s * count + k), in.at(i, s * length + order[static_cast<size_t>(k)]));
            }
          }
        }
      }
    }
  }
}

TEST(TopKTest, NanIsLeastAndUnsignedIntegersAreLarge) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> row = {nan, 3, nan, -1};
  std::vector<int64_t> out(4);
  std::vector<int32_t> scratch(4);
  selectTopPositions<float>({4, 4, false}, {row.data(), 4, 4}, {out.data(), 4, 4}, 1, scratch.data());
  EXPECT_EQ(out, (std::vector<int64_t>{1, 3, 0, 2}));
  selectTopPositions<float>({4, 4, true}, {row.data(), 4, 4}, {out.data(), 4, 4}, 1, scratch.data());
  EXPECT_EQ(out, (std::vector<int64_t>{0, 2, 3, 1}));
  const std::vector<uint64_t> bits = {1, ~uint64_t{0}, 5};
  std::vector<uint64_t> top(1);
  selectTop<uint64_t>({3, 1, false}, {bits.data(), 3, 3}, {top.data(), 1, 1}, 1, scratch.data());
  EXPECT_EQ(top[0], ~uint64_t{0});
}

}  // namespace
}  // namespace inferf
