#include <cstring>
#include <new>
#include <stdexcept>

#include "capi/Boundary.h"

namespace inferf {

namespace {

/// The longest prefix of `message` that fits `capacity` bytes and does not end inside a UTF-8 character.
size_t prefixLength(const char* message, size_t capacity) {
  const size_t length = strnlen(message, capacity + 1);
  if (length <= capacity) {
    return length;
  }
  // A character has at most three continuation bytes (10xxxxxx); more of them are no UTF-8, and any cut will do.
  for (size_t cut = capacity; cut + 3 >= capacity; --cut) {
    if ((static_cast<unsigned char>(message[cut]) & 0xC0) != 0x80) {
      return cut;
    }
  }
  return capacity;
}

}  // namespace

void fillError(inferf_error* error, inferf_status code, ErrorKind kind, const char* message) noexcept {
  if (error == nullptr) {
    return;
  }
  error->code = code;
  error->kind = static_cast<int32_t>(kind);
  const size_t length = prefixLength(message, sizeof(error->message) - 1);
  std::memcpy(error->message, message, length);
  error->message[length] = '\0';
}

inferf_status describeCurrentException(inferf_error* error) noexcept {
  try {
    throw;
  } catch (const EngineError& failure) {
    fillError(error, failure.code(), failure.kind(), failure.what());
    return failure.code();
  } catch (const std::bad_alloc&) {
    fillError(error, INFERF_ERROR_MEMORY_LIMIT, ErrorKind::kUser, "The system has no memory left.");
    return INFERF_ERROR_MEMORY_LIMIT;
  } catch (const std::length_error&) {
    fillError(error, INFERF_ERROR_MEMORY_LIMIT, ErrorKind::kUser, "A container would exceed the largest possible size.");
    return INFERF_ERROR_MEMORY_LIMIT;
  } catch (const std::exception& failure) {
    fillError(error, INFERF_ERROR_INTERNAL, ErrorKind::kInternal, failure.what());
    return INFERF_ERROR_INTERNAL;
  } catch (...) {
    fillError(error, INFERF_ERROR_INTERNAL, ErrorKind::kInternal, "An exception of unknown type reached the C interface.");
    return INFERF_ERROR_INTERNAL;
  }
}

}  // namespace inferf
