#include "MachinePeak.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <utility>

#include "PeakLoops.h"
#include "RandomData.h"

namespace inferf {
namespace {

constexpr int kRounds = 9;
constexpr int64_t kSteps = 1'000'000;
constexpr int64_t kGatheredBytes = 64 << 20;

/// Seconds of the fastest of some rounds: what the machine can do, not what it does while others use it.
template <typename Body>
double bestSeconds(Body body) {
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < kRounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    body();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

}  // namespace

double measuredPeakFlops() {
  static const double peak =
      static_cast<double>(kSteps * peakFlopsPerStep()) / bestSeconds([] { benchmark::DoNotOptimize(peakMultiplyAdd(kSteps)); });
  return peak;
}

double measuredGatherRate(int64_t rowBytes, int64_t tableBytes) {
  static std::map<std::pair<int64_t, int64_t>, double> rates;
  const auto known = rates.find({rowBytes, tableBytes});
  if (known != rates.end()) {
    return known->second;
  }
  MemoryPool pool;
  const int64_t width = rowBytes / 4;
  const int64_t rows = tableBytes / rowBytes;
  const int64_t count = kGatheredBytes / rowBytes;
  PoolArray<float> table(pool, rows * width);
  std::fill(table.begin(), table.end(), 1e-3F);
  const std::vector<int32_t> ids = randomIds(count, rows, 2);
  PoolArray<float> sum(pool, width);
  std::fill(sum.begin(), sum.end(), 0.0F);
  const double rate = static_cast<double>(count * rowBytes) / bestSeconds([&] {
                        peakGatherAdd(table.data(), width, ids.data(), count, sum.data());
                        benchmark::DoNotOptimize(sum.data());
                      });
  rates[{rowBytes, tableBytes}] = rate;
  return rate;
}

}  // namespace inferf
