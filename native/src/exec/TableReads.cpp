#include "exec/TableReads.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <utility>

namespace inferf {

TableReads::TableReads(std::vector<std::unique_ptr<BatchReader>>& readers, CancellationToken& cancellation)
    : readers_(readers), cancellation_(cancellation), batches_(readers.size()) {
  for (size_t table = 0; table < readers_.size(); ++table) {
    if (readers_[table] == nullptr) {
      continue;
    }
    batches_[table].resize(readers_[table]->numParts());
    for (size_t part = 0; part < batches_[table].size(); ++part) {
      parts_.push_back({table, part});
    }
  }
}

void TableReads::run(const std::function<void(const std::function<void()>&)>& around) {
  tbb::parallel_for(
      tbb::blocked_range<size_t>(0, parts_.size(), 1),
      [&](const tbb::blocked_range<size_t>& range) {
        around([&] {
          for (size_t i = range.begin(); i < range.end(); ++i) {
            readPart(parts_[i]);
          }
        });
      },
      tbb::simple_partitioner{});
  if (failure_ != nullptr) {
    std::rethrow_exception(failure_);
  }
}

void TableReads::readPart(const Part& part) {
  try {
    cancellation_.check();
    batches_[part.table][part.part] = readers_[part.table]->readPart(part.part, cancellation_);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (failure_ == nullptr) {
      failure_ = std::current_exception();
    }
    cancellation_.cancel();  // the run is over: other streams are not read to their ends
  }
}

Batch TableReads::takeTable(size_t table) {
  Batch rows = readers_[table]->join(std::move(batches_[table]));
  readers_[table].reset();
  return rows;
}

}  // namespace inferf
