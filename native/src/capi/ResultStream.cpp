#include "capi/ResultStream.h"

#include <cerrno>
#include <utility>

#include "capi/Boundary.h"

namespace inferf {

namespace {

/// The errno value that tells a consumer without access to inferf_query_failure most about a code.
int errnoOf(inferf_status code) {
  switch (code) {
    case INFERF_OK:
      return 0;
    case INFERF_ERROR_CANCELLED:
      return ECANCELED;
    case INFERF_ERROR_MEMORY_LIMIT:
      return ENOMEM;
    case INFERF_ERROR_SOURCE:
    case INFERF_ERROR_INTERNAL:
      return EIO;
    default:
      return EINVAL;
  }
}

}  // namespace

template <typename Body>
int ResultStream::guarded(Body&& body) noexcept {
  const inferf_status status = guard(&lastError_, std::forward<Body>(body));
  if (status == INFERF_OK) {
    lastError_.code = INFERF_OK;
  }
  return errnoOf(status);
}

void ResultStream::exportTo(std::unique_ptr<ResultStream> stream, ArrowArrayStream* out) noexcept {
  out->get_schema = &ResultStream::getSchema;
  out->get_next = &ResultStream::getNext;
  out->get_last_error = &ResultStream::getLastError;
  out->release = &ResultStream::release;
  out->private_data = stream.release();
}

int ResultStream::getSchema(ArrowArrayStream* stream, ArrowSchema* out) noexcept {
  ResultStream& self = of(stream);
  return self.guarded([&] { self.run_->resultSchema(out); });
}

int ResultStream::getNext(ArrowArrayStream* stream, ArrowArray* out) noexcept {
  ResultStream& self = of(stream);
  return self.guarded([&] {
    if (!self.run_->nextResult(out)) {
      *out = ArrowArray{};  // released: the end of the stream
    }
  });
}

const char* ResultStream::getLastError(ArrowArrayStream* stream) noexcept {
  const inferf_error& error = of(stream).lastError_;
  return error.code == INFERF_OK ? nullptr : error.message;
}

void ResultStream::release(ArrowArrayStream* stream) noexcept {
  const std::unique_ptr<ResultStream> self(&of(stream));
  self->run_->finish();
  stream->release = nullptr;
  stream->private_data = nullptr;
}

}  // namespace inferf
