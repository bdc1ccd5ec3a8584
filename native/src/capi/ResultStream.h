#pragma once

#include <memory>

#include "capi/QueryRun.h"
#include "inferf/arrow_c.h"

namespace inferf {

/// The results of a run as an Arrow C stream. Holds a reference to the run; releasing the stream cancels a run that is under way.
class ResultStream {
 public:
  explicit ResultStream(std::shared_ptr<QueryRun> run) : run_(std::move(run)) {}

  /// Hands the stream over to `out`, whose `release` deletes it.
  static void exportTo(std::unique_ptr<ResultStream> stream, ArrowArrayStream* out) noexcept;

 private:
  static ResultStream& of(ArrowArrayStream* stream) { return *static_cast<ResultStream*>(stream->private_data); }
  static int getSchema(ArrowArrayStream* stream, ArrowSchema* out) noexcept;
  static int getNext(ArrowArrayStream* stream, ArrowArray* out) noexcept;
  static const char* getLastError(ArrowArrayStream* stream) noexcept;
  static void release(ArrowArrayStream* stream) noexcept;

  /// Runs a callback's body; its failure becomes the last error and an errno value.
  template <typename Body>
  int guarded(Body&& body) noexcept;

  std::shared_ptr<QueryRun> run_;
  inferf_error lastError_{};
};

}  // namespace inferf
