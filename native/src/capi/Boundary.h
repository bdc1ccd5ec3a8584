#pragma once

#include <utility>

#include "base/Error.h"
#include "column/ArrowHandle.h"
#include "inferf/inferf.h"

namespace inferf {

/// Fills `error` unless it is NULL; a message that is too long is cut at the start of a UTF-8 character.
void fillError(inferf_error* error, inferf_status code, ErrorKind kind, const char* message) noexcept;

/// Turns the exception being handled into a status and fills `error` unless it is NULL. Only inside a catch block.
inferf_status describeCurrentException(inferf_error* error) noexcept;

/// Runs the body of an exported function: no exception leaves it.
template <typename Body>
inferf_status guard(inferf_error* error, Body&& body) noexcept {
  try {
    std::forward<Body>(body)();
    return INFERF_OK;
  } catch (...) {
    return describeCurrentException(error);
  }
}

/// Throws INVALID_ARGUMENT if a pointer argument is NULL.
inline void checkNotNull(const void* argument, const char* name) {
  INFERF_USER_CHECK(argument != nullptr, INFERF_ERROR_INVALID_ARGUMENT, "An argument must not be NULL: ", name);
}

/// Moves an Arrow struct out of the caller's memory, whose copy is marked as released. Empty if `argument` is NULL.
template <typename Struct>
ArrowHandle<Struct> takeOwnership(Struct* argument) noexcept {
  if (argument == nullptr) {
    return ArrowHandle<Struct>();
  }
  ArrowHandle<Struct> owned(*argument);
  argument->release = nullptr;
  return owned;
}

}  // namespace inferf
