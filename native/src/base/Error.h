#pragma once

#include <cstdint>
#include <exception>
#include <sstream>
#include <string>
#include <utility>

#include "inferf/inferf.h"

namespace inferf {

/// Who has to act on a failure.
enum class ErrorKind : int32_t {
  kUser = 0,     // a bad plan, bad data, a limit: the caller can do something
  kInternal = 1  // a broken invariant: a bug of the engine
};

/// The only exception type the engine throws. Never used as control flow per row; caught at the C boundary and by the task that runs
/// worker threads.
class EngineError : public std::exception {
 public:
  EngineError(inferf_status code, ErrorKind kind, std::string message)
      : code_(code), kind_(kind), message_(std::move(message)) {}

  inferf_status code() const noexcept { return code_; }
  ErrorKind kind() const noexcept { return kind_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  inferf_status code_;
  ErrorKind kind_;
  std::string message_;
};

namespace detail {
template <typename... Parts>
std::string concatenate(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return std::move(out).str();
}
}  // namespace detail

/// Throws a user error. `parts` are streamed together: a static sentence first, run-time values last.
template <typename... Parts>
[[noreturn]] void throwUser(inferf_status code, const Parts&... parts) {
  throw EngineError(code, ErrorKind::kUser, detail::concatenate(parts...));
}

}  // namespace inferf

/// Throws a user error with `code` and the streamed message parts unless `condition` holds.
#define INFERF_USER_CHECK(condition, code, ...)     \
  do {                                              \
    if (!(condition)) [[unlikely]] {                \
      ::inferf::throwUser((code), __VA_ARGS__);     \
    }                                               \
  } while (false)

/// Throws an internal error that shows the condition and its place unless it holds.
#define INFERF_CHECK(condition)                                                                        \
  do {                                                                                                 \
    if (!(condition)) [[unlikely]] {                                                                   \
      throw ::inferf::EngineError(                                                                     \
          INFERF_ERROR_INTERNAL, ::inferf::ErrorKind::kInternal,                                       \
          ::inferf::detail::concatenate("Broken invariant: ", #condition, " (", __FILE__, ":", __LINE__, ")")); \
    }                                                                                                  \
  } while (false)
