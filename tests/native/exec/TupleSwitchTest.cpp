#include "exec/TupleSwitch.h"

#include <gtest/gtest.h>

#include <cmath>

namespace inferf {
namespace {

/// A worker whose rows meet tuples at random, all with the same costs.
class Stream {
 public:
  explicit Stream(double tuples) : tuples_(tuples) {}

  /// Passes rows in morsels; returns how many of them were looked up.
  int64_t pass(TupleSwitch& to, int64_t numRows, double computeNanoseconds, double lookupNanoseconds) {
    int64_t numOn = 0;
    for (int64_t done = 0; done < numRows; done += kMorsel) {
      if (!to.isOn()) {
        to.skip(kMorsel);
        known_ = 0;
        continue;
      }
      const double before = known_;
      known_ = tuples_ + (known_ - tuples_) * std::exp(-static_cast<double>(kMorsel) / tuples_);
      const auto computed = static_cast<int64_t>(known_ - before);
      to.count({.numRows = kMorsel,
                .numComputed = computed,
                .computeNanoseconds = static_cast<int64_t>(computeNanoseconds * static_cast<double>(computed)),
                .lookupNanoseconds = static_cast<int64_t>(lookupNanoseconds * kMorsel)});
      numOn += kMorsel;
    }
    return numOn;
  }
  void setTuples(double tuples) {
    tuples_ = tuples;
    known_ = 0;
  }

  static constexpr int64_t kMorsel = 8192;

 private:
  double tuples_;
  double known_ = 0;
};

TEST(TupleSwitchTest, leavesSmallQueriesAlone) {
  TupleSwitch tuples;
  EXPECT_FALSE(tuples.isOn());
  tuples.skip(TupleSwitch::kFirstPause - 1);
  EXPECT_FALSE(tuples.isOn());
  tuples.skip(1);
  EXPECT_TRUE(tuples.isOn());
}

TEST(TupleSwitchTest, staysOnForFewTuples) {
  TupleSwitch tuples;
  EXPECT_EQ(Stream(12000).pass(tuples, 100 * Stream::kMorsel, 100, 10), 99 * Stream::kMorsel);
}

TEST(TupleSwitchTest, waitsForTuplesThatComeBackLater) {
  // 3 % of the first window are hits, and nothing is saved by them yet.
  TupleSwitch tuples;
  EXPECT_EQ(Stream(250000).pass(tuples, 300 * Stream::kMorsel, 50, 10), 299 * Stream::kMorsel);
}

TEST(TupleSwitchTest, givesUpWhereNearlyAllTuplesAreNew) {
  TupleSwitch tuples;
  EXPECT_EQ(Stream(5e9).pass(tuples, 100 * Stream::kMorsel, 300, 10), TupleSwitch::kWindow);
  EXPECT_FALSE(tuples.isOn());
}

TEST(TupleSwitchTest, givesUpWhereValuesAreCheap) {
  TupleSwitch tuples;
  EXPECT_EQ(Stream(12000).pass(tuples, 100 * Stream::kMorsel, 8, 10), TupleSwitch::kWindow);
}

TEST(TupleSwitchTest, goesOffWhenHitsFall) {
  TupleSwitch tuples;
  Stream stream(1000);
  stream.pass(tuples, 80 * Stream::kMorsel, 100, 10);
  EXPECT_TRUE(tuples.isOn());
  stream.setTuples(1e9);
  EXPECT_LE(stream.pass(tuples, 100 * Stream::kMorsel, 100, 10), 3 * TupleSwitch::kWindow);
  EXPECT_FALSE(tuples.isOn());
}

TEST(TupleSwitchTest, aThreadThatWaitsForItsCoreDoesNotTurnItOff) {
  TupleSwitch tuples;
  Stream stream(1000);
  stream.pass(tuples, 100 * Stream::kMorsel, 100, 10);
  for (int i = 0; i < 20; ++i) {
    stream.pass(tuples, 3 * Stream::kMorsel, 100, 10);
    stream.pass(tuples, Stream::kMorsel, 100, 5000);
    EXPECT_TRUE(tuples.isOn());
  }
}

TEST(TupleSwitchTest, triesAgainLessAndLessOften) {
  TupleSwitch tuples;
  Stream stream(1e10);
  // One window each at 8 Ki, 1 Mi + …, 3 Mi + … rows.
  EXPECT_EQ(stream.pass(tuples, 6 * TupleSwitch::kNextPause, 100, 10), 3 * TupleSwitch::kWindow);
  EXPECT_FALSE(tuples.isOn());
  stream.setTuples(1000);
  EXPECT_GT(stream.pass(tuples, 8 * TupleSwitch::kNextPause, 100, 10), 4 * TupleSwitch::kNextPause);
  EXPECT_TRUE(tuples.isOn());
}

}  // namespace
}  // namespace inferf
