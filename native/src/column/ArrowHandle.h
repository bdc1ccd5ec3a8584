#pragma once

#include <utility>

#include "inferf/arrow_c.h"

namespace inferf {

/// Owns an ArrowSchema, ArrowArray or ArrowArrayStream: calls its `release` at the end. Move-only, may be empty.
template <typename Struct>
class ArrowHandle {
 public:
  ArrowHandle() noexcept : value_{} {}
  /// Takes over `value`; the caller must not use or release its copy any more.
  explicit ArrowHandle(Struct value) noexcept : value_(value) {}
  ArrowHandle(ArrowHandle&& other) noexcept : value_(std::exchange(other.value_, Struct{})) {}
  ArrowHandle& operator=(ArrowHandle&& other) noexcept {
    if (this != &other) {
      reset();
      value_ = std::exchange(other.value_, Struct{});
    }
    return *this;
  }
  ~ArrowHandle() { reset(); }

  /// Calls the producer's `release` unless empty.
  void reset() noexcept {
    if (value_.release != nullptr) {
      value_.release(&value_);
    }
    value_ = Struct{};
  }

  /// False if there is nothing to release: never filled, moved away, or handed over already released.
  explicit operator bool() const noexcept { return value_.release != nullptr; }
  Struct* get() noexcept { return &value_; }
  const Struct& operator*() const noexcept { return value_; }
  const Struct* operator->() const noexcept { return &value_; }

 private:
  Struct value_;
};

}  // namespace inferf
