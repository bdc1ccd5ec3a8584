// Joins: codes looked up in an array and in a hash table, and keys turned into codes. One thread; items_per_second counts keys.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "RandomData.h"
#include "kernel/JoinIndex.h"
#include "kernel/KeyEncoder.h"

namespace inferf {
namespace {

constexpr int64_t kProbes = 1 << 20;
constexpr int64_t kBatch = 4096;

/// Codes of the build rows `spread` apart; random ones of them are looked up.
void lookUp(benchmark::State& state, int64_t spread) {
  const int64_t rows = state.range(0);
  MemoryPool pool;
  std::vector<int64_t> codes(static_cast<size_t>(rows));
  for (int64_t i = 0; i < rows; ++i) {
    codes[static_cast<size_t>(i)] = i * spread;
  }
  const JoinIndex index = JoinIndex::build(codes.data(), rows, static_cast<uint64_t>(rows * spread), pool);
  const std::vector<int32_t> chosen = randomIds(kProbes, rows, 3);
  std::vector<int64_t> probes(static_cast<size_t>(kProbes));
  for (size_t i = 0; i < probes.size(); ++i) {
    probes[i] = codes[static_cast<size_t>(chosen[i])];
  }
  std::vector<int32_t> matches(static_cast<size_t>(kBatch));
  for (auto _ : state) {
    for (int64_t begin = 0; begin + kBatch <= kProbes; begin += kBatch) {
      index.lookup(probes.data() + begin, kBatch, matches.data());
    }
    benchmark::DoNotOptimize(matches.data());
  }
  state.SetItemsProcessed(state.iterations() * kProbes);
  state.SetBytesProcessed(state.iterations() * kProbes * static_cast<int64_t>(sizeof(int64_t) + sizeof(int32_t)));
  state.counters["dense"] = index.isDense() ? 1 : 0;
}

void denseLookUp(benchmark::State& state) { lookUp(state, 1); }
BENCHMARK(denseLookUp)->Arg(1'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void hashProbe(benchmark::State& state) { lookUp(state, 1'000'003); }
BENCHMARK(hashProbe)->Arg(1'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

/// Integer keys in batches of rows.
void encodeIntegers(benchmark::State& state) {
  const int64_t rows = state.range(0);
  MemoryPool pool;
  std::vector<int32_t> buildKeys(static_cast<size_t>(rows));
  std::iota(buildKeys.begin(), buildKeys.end(), 0);
  const std::vector<int32_t> probeKeys = randomIds(kProbes, rows, 4);
  Column build;
  build.type = {.id = TypeId::kInt32, .byteWidth = 4, .format = "i"};
  build.length = rows;
  build.data = buildKeys.data();
  Column probe = build;
  std::vector<int64_t> codes(static_cast<size_t>(std::max(rows, kBatch)));
  std::vector<int64_t> scratch(static_cast<size_t>(kBatch));
  const KeyInput buildInput{&build, nullptr};
  const KeyEncoder encoder({&buildInput, 1}, rows, codes.data(), pool);
  probe.length = kBatch;
  for (auto _ : state) {
    for (int64_t begin = 0; begin + kBatch <= kProbes; begin += kBatch) {
      probe.data = probeKeys.data() + begin;
      const KeyInput input{&probe, nullptr};
      encoder.encode({&input, 1}, kBatch, scratch.data(), codes.data());
    }
    benchmark::DoNotOptimize(codes.data());
  }
  state.SetItemsProcessed(state.iterations() * kProbes);
  state.SetBytesProcessed(state.iterations() * kProbes * static_cast<int64_t>(sizeof(int32_t) + sizeof(int64_t)));
}
BENCHMARK(encodeIntegers)->Arg(100'000)->Unit(benchmark::kMillisecond);

/// Text keys of 15 characters: the build side's own, in order.
void encodeStrings(benchmark::State& state) {
  const int64_t rows = state.range(0);
  MemoryPool pool;
  std::string bytes;
  std::vector<int32_t> offsets{0};
  for (int64_t i = 0; i < rows; ++i) {
    std::string digits = std::to_string(i);
    bytes += "a-code-" + std::string(8 - digits.size(), '0') + digits;
    offsets.push_back(static_cast<int32_t>(bytes.size()));
  }
  Column column;
  column.type = {.id = TypeId::kString, .format = "u"};
  column.length = rows;
  column.data = bytes.data();
  column.offsets = offsets.data();
  std::vector<int64_t> codes(static_cast<size_t>(rows));
  std::vector<int64_t> scratch(static_cast<size_t>(rows));
  const KeyInput input{&column, nullptr};
  const KeyEncoder encoder({&input, 1}, rows, codes.data(), pool);
  const std::vector<int32_t> order = randomIds(rows, rows, 5);
  const KeyInput probe{&column, order.data()};
  for (auto _ : state) {
    encoder.encode({&probe, 1}, rows, scratch.data(), codes.data());
    benchmark::DoNotOptimize(codes.data());
  }
  state.SetItemsProcessed(state.iterations() * rows);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes.size()));
}
BENCHMARK(encodeStrings)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace inferf
