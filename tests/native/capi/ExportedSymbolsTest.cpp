#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace inferf {
namespace {

/// Functions that inferf.h declares with INFERF_API.
std::set<std::string> declaredFunctions() {
  std::ifstream file(INFERF_HEADER_FILE);
  std::stringstream text;
  text << file.rdbuf();
  const std::string header = text.str();
  const std::regex declaration("INFERF_API\\s+\\w+\\s+(inferf_\\w+)\\(");
  std::set<std::string> names;
  for (std::sregex_iterator match(header.begin(), header.end(), declaration), end; match != end; ++match) {
    names.insert((*match)[1]);
  }
  return names;
}

/// Dynamic symbols that the built library defines.
std::set<std::string> exportedSymbols() {
  const std::string command = std::string(INFERF_NM) + " -D --defined-only --format=posix \"" INFERF_LIBRARY_FILE "\"";
  const auto close = [](std::FILE* pipe) { pclose(pipe); };
  const std::unique_ptr<std::FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
  std::set<std::string> names;
  char line[1024];
  while (pipe != nullptr && std::fgets(line, sizeof(line), pipe.get()) != nullptr) {
    std::string name;
    std::istringstream(line) >> name;
    names.insert(name);
  }
  return names;
}

TEST(ExportedSymbolsTest, AreExactlyTheFunctionsOfTheHeader) {
  const std::set<std::string> declared = declaredFunctions();
  EXPECT_GE(declared.size(), 14u);
  EXPECT_EQ(exportedSymbols(), declared);
}

}  // namespace
}  // namespace inferf
