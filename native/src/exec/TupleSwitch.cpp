#include "exec/TupleSwitch.h"

#include <cmath>

namespace inferf {

void TupleSwitch::count(const Work& work) {
  window_.numRows += work.numRows;
  window_.numComputed += work.numComputed;
  window_.computeNanoseconds += work.computeNanoseconds;
  window_.lookupNanoseconds += work.lookupNanoseconds;
  if (window_.numRows < kWindow) {
    return;
  }
  if (window_.numComputed > 0) {
    // Batches of a few rows say less about a row's share.
    const double now = static_cast<double>(window_.computeNanoseconds) / static_cast<double>(window_.numComputed);
    computeNanoseconds_ = computeNanoseconds_ == 0 ? now : std::min(computeNanoseconds_, now);
  }
  if (numRows_ == 0) {
    const auto n = static_cast<double>(window_.numRows);
    distinct_ = n * n / (2 * std::max(static_cast<double>(window_.numRows - window_.numComputed), 0.5));
  }
  numRows_ += window_.numRows;
  const bool stays = pays();
  window_ = {};
  if (!stays) {
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
  return hits * computeNanoseconds_ > static_cast<double>(window_.lookupNanoseconds);
}

void TupleSwitch::turnOff() {
  pause_ = nextPause_;
  nextPause_ = std::min(2 * nextPause_, int64_t{1} << 60);
  numRows_ = 0;
  computeNanoseconds_ = 0;
  window_ = {};
}

}  // namespace inferf
