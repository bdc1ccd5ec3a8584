#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/Cancellation.h"
#include "column/ArrowBridge.h"

namespace inferf {

/// Reads the tables that are held in memory: all streams of all of them at the same time, as far as the TBB arena of the calling thread has threads. The
/// rows of a table are in the order of its streams, whichever is read first.
class TableReads {
 public:
  /// `readers` by table; tables whose reader is nullptr are left out. Readers are released as they are read.
  TableReads(std::vector<std::unique_ptr<BatchReader>>& readers, CancellationToken& cancellation);

  /// Reads everything. `around` is called on each thread that reads, with the work to do. Throws the first failure, after which the cancellation is
  /// set: it stops the other streams.
  void run(const std::function<void(const std::function<void()>&)>& around);

  /// The rows of a table, once, after run().
  Batch takeTable(size_t table);

 private:
  struct Part {
    size_t table;
    size_t part;
  };

  void readPart(const Part& part);

  std::vector<std::unique_ptr<BatchReader>>& readers_;
  CancellationToken& cancellation_;
  std::vector<Part> parts_;
  std::vector<std::vector<std::vector<Batch>>> batches_;  // by table and part
  std::mutex mutex_;
  std::exception_ptr failure_;  // the first one
};

}  // namespace inferf
