#include "kernel/GatherRows.h"

#include <gtest/gtest.h>

#include <vector>

namespace inferf {
namespace {

TEST(GatherRowsTest, CopiesRowsByIdAndKeepsPadding) {
  std::vector<uint8_t> from(10 * 7);
  for (size_t i = 0; i < from.size(); ++i) {
    from[i] = static_cast<uint8_t>(i);
  }
  const std::vector<int32_t> ids = {9, 0, 0, 4};
  std::vector<uint8_t> to(4 * 8, 255);
  gatherRows(from.data(), 7, ids.data(), 4, 5, to.data(), 8);
  for (size_t i = 0; i < ids.size(); ++i) {
    for (size_t byte = 0; byte < 8; ++byte) {
      EXPECT_EQ(to[i * 8 + byte], byte < 5 ? ids[i] * 7 + static_cast<int>(byte) : 255);
    }
  }
}

TEST(GatherRowsTest, CopiesConsecutiveRows) {
  const std::vector<uint8_t> from = {1, 2, 3, 4, 5, 6};
  std::vector<uint8_t> to(6, 0);
  copyRows(from.data(), 2, 3, 2, to.data(), 2);
  EXPECT_EQ(to, from);
  to.assign(6, 0);
  copyRows(from.data(), 3, 2, 2, to.data(), 3);
  EXPECT_EQ(to, (std::vector<uint8_t>{1, 2, 0, 4, 5, 0}));
}

}  // namespace
}  // namespace inferf
