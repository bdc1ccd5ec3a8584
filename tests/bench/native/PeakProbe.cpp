// What the machine can do, with one thread and with two: multiply-adds in registers, sequential reads by cache, rows gathered by random id and
// added. `FLOPS` and bytes_per_second are totals of all threads; `inferf bench machine` measures the same in C#.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "PeakLoops.h"
#include "RandomData.h"

namespace inferf {
namespace {

constexpr int64_t kSteps = 200'000;
constexpr int64_t kGatheredBytes = 32 << 20;

void peakFma(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(peakMultiplyAdd(kSteps));
  }
  state.counters["FLOPS"] =
      benchmark::Counter(static_cast<double>(state.iterations() * kSteps * peakFlopsPerStep()), benchmark::Counter::kIsRate);
}
BENCHMARK(peakFma)->ThreadRange(1, 2)->UseRealTime();

/// Memory of each thread's own: L2, L3, DRAM.
void peakReadBytes(benchmark::State& state) {
  MemoryPool pool;
  const int64_t count = state.range(0) / 4;
  PoolArray<float> memory(pool, count);
  std::fill(memory.begin(), memory.end(), 1e-3F);
  for (auto _ : state) {
    benchmark::DoNotOptimize(peakRead(memory.data(), count));
  }
  state.SetBytesProcessed(state.iterations() * count * 4);
}
BENCHMARK(peakReadBytes)->Arg(256 << 10)->Arg(4 << 20)->Arg(256 << 20)->ThreadRange(1, 2)->UseRealTime();

/// Bytes per row, bytes of the table.
void peakGather(benchmark::State& state) {
  static PoolArray<float> table;
  static MemoryPool pool;
  const int64_t width = state.range(0) / 4;
  const int64_t rows = state.range(1) / state.range(0);
  const int64_t count = kGatheredBytes / state.range(0);
  if (state.thread_index() == 0) {
    table = PoolArray<float>(pool, rows * width);
    std::fill(table.begin(), table.end(), 1e-3F);
  }
  const std::vector<int32_t> ids = randomIds(count, rows, static_cast<uint32_t>(state.thread_index()));
  std::vector<float> sum(static_cast<size_t>(width));
  for (auto _ : state) {
    peakGatherAdd(table.data(), width, ids.data(), count, sum.data());
    benchmark::DoNotOptimize(sum.data());
  }
  state.SetBytesProcessed(state.iterations() * count * state.range(0));
}
BENCHMARK(peakGather)->ArgsProduct({{256, 1024}, {512 << 10, 8 << 20, 24 << 20, 128 << 20}})->ThreadRange(1, 2)->UseRealTime();

}  // namespace
}  // namespace inferf
