#include <gtest/gtest.h>

#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

#include "capi/Boundary.h"

namespace inferf {
namespace {

TEST(ErrorTest, CutsLongMessagesAtACharacter) {
  for (const std::string character : {"a", "\u00e9", "\u20ac", "\U0001F600"}) {
    for (size_t prefix = 0; prefix < 5; ++prefix) {
      std::string message(prefix, '.');
      while (message.size() < 2000) {
        message += character;
      }
      inferf_error error;
      std::memset(&error, 0xff, sizeof(error));
      fillError(&error, INFERF_ERROR_SOURCE, ErrorKind::kUser, message.c_str());
      const size_t length = std::strlen(error.message);
      ASSERT_LE(length, sizeof(error.message) - 1);
      EXPECT_GT(length + character.size(), sizeof(error.message) - 1);
      EXPECT_EQ((length - prefix) % character.size(), 0u);
      EXPECT_EQ(message.compare(0, length, error.message), 0);
    }
  }
}

TEST(ErrorTest, CutsWhatIsNoUtf8AnywhereAndKeepsShortMessages) {
  inferf_error error{};
  fillError(&error, INFERF_ERROR_SOURCE, ErrorKind::kUser, std::string(3000, '\x80').c_str());
  EXPECT_EQ(std::strlen(error.message), sizeof(error.message) - 1);
  const std::string fits(sizeof(error.message) - 1, 'x');
  fillError(&error, INFERF_ERROR_SOURCE, ErrorKind::kUser, fits.c_str());
  EXPECT_EQ(fits, error.message);
  fillError(nullptr, INFERF_ERROR_SOURCE, ErrorKind::kUser, "no one listens");
}

TEST(ErrorTest, TurnsEveryExceptionIntoAStatus) {
  inferf_error error{};
  EXPECT_EQ(guard(&error, [] { throwUser(INFERF_ERROR_ARITHMETIC, "overflow ", 7); }), INFERF_ERROR_ARITHMETIC);
  EXPECT_STREQ(error.message, "overflow 7");
  EXPECT_EQ(error.kind, 0);
  EXPECT_EQ(guard(&error, [] { INFERF_CHECK(1 + 1 == 3); }), INFERF_ERROR_INTERNAL);
  EXPECT_EQ(error.kind, 1);
  EXPECT_EQ(guard(&error, [] { throw std::bad_alloc(); }), INFERF_ERROR_MEMORY_LIMIT);
  EXPECT_EQ(error.kind, 0);
  EXPECT_EQ(guard(&error, [] { throw std::length_error("vector"); }), INFERF_ERROR_MEMORY_LIMIT);
  EXPECT_EQ(guard(&error, [] { throw std::runtime_error("library"); }), INFERF_ERROR_INTERNAL);
  EXPECT_STREQ(error.message, "library");
  EXPECT_EQ(guard(&error, [] { throw 42; }), INFERF_ERROR_INTERNAL);
  EXPECT_EQ(error.code, INFERF_ERROR_INTERNAL);
  EXPECT_EQ(guard(nullptr, [] { throw 42; }), INFERF_ERROR_INTERNAL);
  EXPECT_EQ(guard(&error, [] {}), INFERF_OK);
}

}  // namespace
}  // namespace inferf
