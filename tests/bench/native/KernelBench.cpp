// The linear kernels: GEMM, gather-add, and the fused first layer of the star-mlp workload. One thread. Counters: FLOPS is
// floating-point operations per second, bytes_per_second counts the bytes of gathered rows; of_peak is the share of what MachinePeak measures.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "MachinePeak.h"
#include "RandomData.h"
#include "kernel/Gemm.h"

namespace inferf {
namespace {

/// Rows per call as the engine would choose them: accumulators and inputs in about half of the L2 cache.
int64_t chunkRows(int64_t floatsPerRow) { return std::clamp<int64_t>(64 * 1024 / floatsPerRow, 48, 1008) / 24 * 24; }

void gemm(benchmark::State& state) {
  const int64_t k = state.range(0);
  const int64_t n = state.range(1);
  const int64_t rows = chunkRows(k + n);
  MemoryPool pool;
  const PoolArray<float> x = randomFloats(pool, rows * k);
  const PoolArray<float> w = randomFloats(pool, k * n);
  const PoolArray<float> bias = randomFloats(pool, paddedWidth<float>(n));
  PoolArray<float> out(pool, rows * n);
  const PackedWeights<float> packed(w.data(), k, n, n, pool);
  const SumItem<float> item{&packed, 0, k, {x.data(), k, nullptr, -1, nullptr}};
  for (auto _ : state) {
    sumTerms(SumArguments<float>{{&item, 1}, n, bias.data(), LinearActivation::kRelu, 0, out.data(), n, rows, false});
    benchmark::DoNotOptimize(out.data());
  }
  const auto flops = static_cast<double>(state.iterations() * 2 * rows * k * n);
  state.counters["FLOPS"] = benchmark::Counter(flops, benchmark::Counter::kIsRate);
  state.counters["of_peak"] = benchmark::Counter(flops / measuredPeakFlops(), benchmark::Counter::kIsRate);
}
// Factorized first layers and own features; then K >= 128 with H >= 256, and H = 64; then narrow ones.
BENCHMARK(gemm)
    ->Args({8, 256})
    ->Args({100, 256})
    ->Args({200, 256})
    ->Args({358, 256})
    ->Args({128, 256})
    ->Args({256, 256})
    ->Args({512, 512})
    ->Args({1024, 256})
    ->Args({64, 64})
    ->Args({128, 64})
    ->Args({256, 64})
    ->Args({64, 16})
    ->Args({64, 1});

constexpr int64_t kFactRows = 120'000;
constexpr int64_t kWidth = 256;
constexpr int64_t kGatheredBytes = 32 << 20;

/// Rows that are added up to one, as in the probe.
constexpr size_t kAddends = 4;

/// Sums of `numAddends` rows of one table, chosen at random: bytes per row, bytes of the table. Gathered bytes are counted.
void sumGathered(benchmark::State& state, size_t numAddends, bool toOneRow) {
  const int64_t width = state.range(0) / 4;
  const int64_t tableRows = state.range(1) / state.range(0);
  const int64_t rows = chunkRows(width);
  const int64_t calls = kGatheredBytes / (state.range(0) * rows * static_cast<int64_t>(numAddends));
  MemoryPool pool;
  const PoolArray<float> table = randomFloats(pool, tableRows * width);
  const PoolArray<float> bias = randomFloats(pool, width);
  std::vector<std::vector<int32_t>> ids;
  for (size_t t = 0; t < numAddends; ++t) {
    ids.push_back(randomIds(calls * rows, tableRows, static_cast<uint32_t>(t + 2)));
  }
  PoolArray<float> out(pool, rows * width);
  std::vector<SumItem<float>> items(numAddends);
  for (auto _ : state) {
    for (int64_t call = 0; call < calls; ++call) {
      for (size_t t = 0; t < numAddends; ++t) {
        items[t].rows = {table.data(), width, ids[t].data() + call * rows, -1, nullptr};
      }
      sumTerms(SumArguments<float>{items, width, bias.data(), LinearActivation::kNone, 0, out.data(), toOneRow ? 0 : width, rows, false});
    }
    benchmark::DoNotOptimize(out.data());
  }
  const int64_t bytes = state.iterations() * calls * rows * static_cast<int64_t>(numAddends) * state.range(0);
  state.SetBytesProcessed(bytes);
  state.counters["of_peak"] =
      benchmark::Counter(static_cast<double>(bytes) / measuredGatherRate(state.range(0), state.range(1)), benchmark::Counter::kIsRate);
}

/// The same work as the probe's: four rows of the table are read for each one that is written, and that one stays in the L1 cache, because all
/// of them are written to one place.
void gatherAdd(benchmark::State& state) { sumGathered(state, kAddends, true); }
BENCHMARK(gatherAdd)->ArgsProduct({{256, 1024}, {512 << 10, 8 << 20, 24 << 20, 128 << 20}})->Unit(benchmark::kMillisecond);

/// Four rows are read for each one that is written to a block as large as the engine's, in the L2 cache. The probe has nothing of that to write.
void gatherAddToBlock(benchmark::State& state) { sumGathered(state, kAddends, false); }
BENCHMARK(gatherAddToBlock)->ArgsProduct({{256, 1024}, {512 << 10, 8 << 20, 24 << 20, 128 << 20}})->Unit(benchmark::kMillisecond);

/// One row is read for each one that is written to a block as large as the engine's: as many bytes again as are read.
void gatherOneToBlock(benchmark::State& state) { sumGathered(state, 1, false); }
BENCHMARK(gatherOneToBlock)->ArgsProduct({{256, 1024}, {512 << 10, 8 << 20, 24 << 20, 128 << 20}})->Unit(benchmark::kMillisecond);

/// bias + 8 own features + three gathered partial results, ReLU; with `range(0)` also the layers 256 -> 64 -> 1.
void starMlp(benchmark::State& state) {
  const int64_t rows = chunkRows(kWidth + 64 + 8 + 1);
  MemoryPool pool;
  const PoolArray<float> own = randomFloats(pool, kFactRows * 8);
  const PoolArray<float> weights = randomFloats(pool, 256 * 64);
  const PoolArray<float> bias = randomFloats(pool, kWidth);
  const PackedWeights<float> first(weights.data(), 8, 256, 256, pool);
  const PackedWeights<float> second(weights.data(), 256, 64, 64, pool);
  const PackedWeights<float> third(weights.data(), 64, 1, 1, pool);
  std::vector<PoolArray<float>> tables;
  std::vector<std::vector<int32_t>> ids;
  for (const int64_t tableRows : {100'000, 10'000, 1'000}) {
    tables.push_back(randomFloats(pool, tableRows * kWidth));
    ids.push_back(randomIds(kFactRows, tableRows, static_cast<uint32_t>(tableRows)));
  }
  PoolArray<float> hidden(pool, rows * kWidth);
  PoolArray<float> narrow(pool, rows * 64);
  PoolArray<float> score(pool, rows);
  for (auto _ : state) {
    for (int64_t begin = 0; begin + rows <= kFactRows; begin += rows) {
      std::vector<SumItem<float>> items = {{&first, 0, 8, {own.data() + begin * 8, 8, nullptr, -1, nullptr}}};
      for (size_t t = 0; t < tables.size(); ++t) {
        items.push_back({nullptr, 0, 0, {tables[t].data(), kWidth, ids[t].data() + begin, -1, nullptr}});
      }
      sumTerms(SumArguments<float>{items, kWidth, bias.data(), LinearActivation::kRelu, 0, hidden.data(), kWidth, rows, false});
      if (state.range(0) != 0) {
        const SumItem<float> toNarrow{&second, 0, 256, {hidden.data(), 256, nullptr, -1, nullptr}};
        sumTerms(SumArguments<float>{{&toNarrow, 1}, 64, bias.data(), LinearActivation::kRelu, 0, narrow.data(), 64, rows, false});
        const SumItem<float> toScore{&third, 0, 64, {narrow.data(), 64, nullptr, -1, nullptr}};
        sumTerms(SumArguments<float>{{&toScore, 1}, 1, bias.data(), LinearActivation::kNone, 0, score.data(), 1, rows, false});
      }
    }
    benchmark::DoNotOptimize(hidden.data());
    benchmark::DoNotOptimize(score.data());
  }
  state.SetItemsProcessed(state.iterations() * (kFactRows / rows * rows));
}
BENCHMARK(starMlp)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace inferf
