#include "exec/TupleSwitch.h"

#include <cmath>

namespace inferf {

namespace {

/// The least of what was known, if anything was, and of a new figure per row.
double least(double known, int64_t nanoseconds, int64_t numRows) {
  const double now = static_cast<double>(nanoseconds) / static_cast<double>(numRows);
  return known == 0 ? now : std::min(known, now);
}

}  // namespace

void TupleSwitch::count(const Work& work) {
  if (work.numRows == 0) {
    return;
  }
  window_.numRows += work.numRows;
  window_.numComputed += work.numComputed;
  window_.computeNanoseconds += work.computeNanoseconds;
  lookupNanoseconds_ = least(lookupNanoseconds_, work.lookupNanoseconds, work.numRows);
  if (window_.numRows < kWindow) {
    return;
  }
  if (window_.numComputed > 0) {
    // Batches of a few rows say less about a row's share.
    computeNanoseconds_ = least(computeNanoseconds_, window_.computeNanoseconds, window_.numComputed);
  }
  const bool isFirst = numRows_ == 0;
  if (isFirst) {
    const auto n = static_cast<double>(window_.numRows);
    distinct_ = n * n / (2 * std::max(static_cast<double>(window_.numRows - window_.numComputed), 0.5));
  }
  numRows_ += window_.numRows;
  numFailures_ = pays() ? 0 : numFailures_ + 1;
  window_ = {};
  lookupNanoseconds_ = 0;
  if (numFailures_ == 2 || (isFirst && numFailures_ == 1)) {
    turnOff();
  }
}

bool TupleSwitch::pays() const {
  const auto rows = static_cast<double>(window_.numRows);
  double hits = rows - static_cast<double>(window_.numComputed);
  if (numRows_ <= kWarmUp) {
    // The share of known tuples among those of kWarmUp rows drawn from `distinct_`.
    const auto warm = static_cast<double>(kWarmUp);
    const double known = 1 - distinct_ / warm * -std::expm1(-warm / distinct_);
    hits = std::max(hits, rows * known);
  }
  return hits * computeNanoseconds_ > rows * lookupNanoseconds_;
}

void TupleSwitch::turnOff() {
  pause_ = nextPause_;
  nextPause_ = std::min(2 * nextPause_, int64_t{1} << 60);
  numRows_ = 0;
  computeNanoseconds_ = 0;
  lookupNanoseconds_ = 0;
  numFailures_ = 0;
  window_ = {};
}

}  // namespace inferf
