#pragma once

#include <algorithm>
#include <cstdint>

namespace inferf {

/// Decides for one worker whether the values of tuples are remembered, by what that has cost and saved so far. docs/TUPLES.md
class TupleSwitch {
 public:
  /// What remembering did for some rows.
  struct Work {
    int64_t numRows = 0;
    int64_t numComputed = 0;         // rows whose tuple was not known
    int64_t computeNanoseconds = 0;  // for those
    int64_t lookupNanoseconds = 0;   // for all rows: finding tuples and copying values
  };

  /// Rows that are computed as always before it is tried.
  static constexpr int64_t kFirstPause = 8192;
  /// Rows after which it is judged.
  static constexpr int64_t kWindow = 16384;
  /// Rows by which most tuples should be known.
  static constexpr int64_t kWarmUp = int64_t{1} << 19;
  /// Rows until it is tried again, the first time; then twice as many.
  static constexpr int64_t kNextPause = int64_t{1} << 20;

  bool isOn() const { return pause_ <= 0; }

  /// Counts rows while it is off.
  void skip(int64_t numRows) { pause_ -= numRows; }

  /// Counts rows while it is on. It is off at the end of the first window, or of two in succession, that did not pay.
  void count(const Work& work);

  /// Goes off, for as long as after a window that did not pay.
  void turnOff();

 private:
  bool pays() const;

  int64_t pause_ = kFirstPause;
  int64_t nextPause_ = kNextPause;
  int64_t numRows_ = 0;            // since it is on
  double distinct_ = 0;            // tuples there seem to be, by the first window
  // Per row, the least seen, because a thread that has to wait for its core says nothing; 0: not known. Of look-ups in this window.
  double computeNanoseconds_ = 0;
  double lookupNanoseconds_ = 0;
  int numFailures_ = 0;  // windows in succession that did not pay
  Work window_;
};

}  // namespace inferf
