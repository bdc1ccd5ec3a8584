#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/Error.h"

namespace inferf::test {

/// Runs `body` and expects an EngineError of `code` whose message contains `text`.
template <typename Body>
void expectError(inferf_status code, const std::string& text, Body&& body) {
  try {
    body();
  } catch (const EngineError& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << "'" << text << "' is not in: " << error.what();
    return;
  }
  ADD_FAILURE() << "No error; expected one with: " << text;
}

}  // namespace inferf::test
