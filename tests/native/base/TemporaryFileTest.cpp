#include "base/TemporaryFile.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "base/Error.h"

namespace inferf {
namespace {

class TemporaryFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / "inferf-temporary-file-test";
    std::filesystem::create_directory(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
};

TEST_F(TemporaryFileTest, keepsWhatIsWrittenAnywhereAndHasNoName) {
  TemporaryFile file(directory_.string());
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
  file.write(100, "later", 5);
  file.write(0, "first", 5);
  char text[6] = {};
  file.read(100, text, 5);
  EXPECT_STREQ(text, "later");
  file.read(0, text, 5);
  EXPECT_STREQ(text, "first");
}

TEST_F(TemporaryFileTest, errorsNameTheDirectory) {
  const auto expectSourceError = [](const std::string& directory, const auto& body) {
    try {
      body();
      ADD_FAILURE() << "nothing failed";
    } catch (const EngineError& error) {
      EXPECT_EQ(error.code(), INFERF_ERROR_SOURCE);
      EXPECT_NE(std::string(error.what()).find(directory), std::string::npos) << error.what();
    }
  };
  const std::string missing = (directory_ / "missing").string();
  expectSourceError(missing, [&] { const TemporaryFile file(missing); });
  TemporaryFile file(directory_.string());
  file.write(0, "abc", 3);
  char text[8];
  expectSourceError(directory_.string(), [&] { file.read(0, text, 8); });
  expectSourceError("/dev/null", [&] { const TemporaryFile notADirectory("/dev/null"); });
}

TEST_F(TemporaryFileTest, lieInTheSystemsDirectoryByDefault) {
  const TemporaryFile file("");
  EXPECT_EQ(file.directory(), std::filesystem::temp_directory_path().string());
}

}  // namespace
}  // namespace inferf
