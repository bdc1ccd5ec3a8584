#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string_view>
#include <vector>

#include "kernel/LabelEncoder.h"
#include "kernel/Selection.h"
#include "support/ExpectError.h"

namespace inferf {
namespace {

template <typename Key, typename Value>
std::vector<Value> encoded(const std::vector<Key>& keys, const std::vector<Value>& values, Value defaultValue, const std::vector<Key>& in) {
  std::vector<Value> out(in.size());
  const auto width = static_cast<int64_t>(in.size());
  encodeLabels<Key, Value>(KeyIndex<Key>(keys), values, defaultValue, {in.data(), width, width}, {out.data(), width, width}, 1);
  return out;
}

TEST(LabelEncoderTest, TheFirstEqualKeyCounts) {
  using std::string_view;
  EXPECT_EQ((encoded<string_view, int64_t>({"a", "b", "a"}, {1, 2, 3}, -1, {"a", "b", "", "c"})), (std::vector<int64_t>{1, 2, -1, -1}));
  EXPECT_EQ((encoded<int64_t, string_view>({5, 6}, {"five", "six"}, "?", {6, 7, 5})), (std::vector<string_view>{"six", "?", "five"}));
  EXPECT_EQ((encoded<int64_t, float>({5}, {0.5f}, 9.0f, {5, -5})), (std::vector<float>{0.5f, 9.0f}));
  EXPECT_EQ((encoded<string_view, string_view>({"x"}, {"y"}, "z", {"x", "xx"})), (std::vector<string_view>{"y", "z"}));
}

TEST(LabelEncoderTest, NanEqualsNanAndZeroMinusZero) {
  const float nan = std::nanf("");
  EXPECT_EQ((encoded<float, int64_t>({nan, 0.0f, 0.1f}, {1, 2, 3}, -1, {-nan, std::nanf("3"), -0.0f, 0.1f, 0.2f})),
            (std::vector<int64_t>{1, 1, 2, 3, -1}));
  EXPECT_EQ((encoded<double, double>({-0.0, INFINITY}, {1, 2}, 0, {0.0, INFINITY, -INFINITY, std::nan("")})), (std::vector<double>{1, 2, 0, 0}));
}

TEST(SelectionTest, SelectsSingleElementsAndRuns) {
  MemoryPool pool;
  const std::vector<std::vector<int64_t>> choices = {{2, 0, 0, 5}, {0, 1, 2, 3, 4, 5}, {4, 5, 0, 1, 2, 3, 4, 5}, {3}};
  std::vector<double> in(2 * 8);
  for (size_t i = 0; i < in.size(); ++i) {
    in[i] = static_cast<double>(i);
  }
  for (const std::vector<int64_t>& indices : choices) {
    const auto width = static_cast<int64_t>(indices.size());
    const ColumnSelection selection(indices.data(), width, 6, "indices", pool);
    std::vector<double> out(2 * indices.size());
    selection.apply(reinterpret_cast<const uint8_t*>(in.data()), 64, reinterpret_cast<uint8_t*>(out.data()), width * 8, 8, 2);
    for (size_t i = 0; i < 2; ++i) {
      for (size_t j = 0; j < indices.size(); ++j) {
        EXPECT_EQ(out[i * indices.size() + j], in[i * 8 + static_cast<size_t>(indices[j])]);
      }
    }
    // The same for elements of 4 and 16 bytes.
    std::vector<float> narrow(6);
    std::vector<std::string_view> texts = {"a", "b", "c", "d", "e", "f"};
    for (size_t i = 0; i < 6; ++i) {
      narrow[i] = static_cast<float>(i);
    }
    std::vector<float> narrowOut(indices.size());
    std::vector<std::string_view> textOut(indices.size());
    selection.apply(reinterpret_cast<const uint8_t*>(narrow.data()), 24, reinterpret_cast<uint8_t*>(narrowOut.data()), 4 * width, 4, 1);
    selection.apply(reinterpret_cast<const uint8_t*>(texts.data()), 96, reinterpret_cast<uint8_t*>(textOut.data()), 16 * width, 16, 1);
    for (size_t j = 0; j < indices.size(); ++j) {
      EXPECT_EQ(narrowOut[j], narrow[static_cast<size_t>(indices[j])]);
      EXPECT_EQ(textOut[j], texts[static_cast<size_t>(indices[j])]);
    }
  }
}

TEST(SelectionTest, IndicesOutsideAreErrors) {
  MemoryPool pool;
  for (const int64_t bad : {int64_t{-1}, int64_t{6}, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    const std::vector<int64_t> indices = {0, bad};
    test::expectError(INFERF_ERROR_INVALID_DATA, "Tensor: 'order', position: 1, expected: 0 to 5", [&] {
      ColumnSelection(indices.data(), 2, 6, "order", pool);
    });
  }
}

TEST(SelectionTest, EmbeddingsCountFromBothEnds) {
  const std::vector<float> table = {0, 1, 10, 11, 20, 21};
  const std::vector<int64_t> ids = {2, 0, -1, -3, 1, 1};
  std::vector<float> out(12);
  gatherEmbeddings(reinterpret_cast<const uint8_t*>(table.data()), 3, 8, {ids.data(), 2, 2}, reinterpret_cast<uint8_t*>(out.data()), 16, 3);
  EXPECT_EQ(out, (std::vector<float>{20, 21, 0, 1, 20, 21, 0, 1, 10, 11, 10, 11}));
  for (const int64_t bad : {int64_t{3}, int64_t{-4}, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    test::expectError(INFERF_ERROR_INVALID_DATA, "no row of this id. Expected: -3 to 2", [&] {
      gatherEmbeddings(reinterpret_cast<const uint8_t*>(table.data()), 3, 8, {&bad, 1, 1}, reinterpret_cast<uint8_t*>(out.data()), 8, 1);
    });
  }
}

}  // namespace
}  // namespace inferf
