// Build sides: keys turned into codes and indexed, on as many threads as the second argument says. items_per_second counts build rows.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include "kernel/JoinIndex.h"
#include "kernel/KeyEncoder.h"

namespace inferf {
namespace {

/// 0 … count - 1 in random order.
std::vector<int64_t> shuffled(int64_t count, uint64_t seed) {
  std::vector<int64_t> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), int64_t{0});
  std::mt19937_64 random(seed);
  for (size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[random() % i]);
  }
  return values;
}

Column columnOf(const std::vector<int64_t>& values) {
  Column column;
  column.type = {.id = TypeId::kInt64, .byteWidth = 8, .format = "l"};
  column.length = static_cast<int64_t>(values.size());
  column.data = values.data();
  return column;
}

/// Encodes and indexes the rows of `columns`.
void buildIndex(benchmark::State& state, const std::vector<Column>& columns) {
  const int64_t rows = state.range(0);
  const auto threads = static_cast<int>(state.range(1));
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<size_t>(threads));
  tbb::task_arena arena(threads);
  std::vector<KeyInput> inputs;
  for (const Column& column : columns) {
    inputs.push_back({&column, nullptr});
  }
  bool isDense = false;
  for (auto _ : state) {
    arena.execute([&] {
      const CancellationToken cancellation;
      const Parallelism parallelism(cancellation);
      MemoryPool pool;
      PoolArray<int64_t> codes(pool, rows);
      const KeyEncoder encoder(inputs, rows, codes.data(), pool, parallelism);
      const JoinIndex index = JoinIndex::build(codes.data(), rows, encoder.range(), pool, parallelism);
      isDense = index.isDense();
      benchmark::DoNotOptimize(index.numKeys());
    });
  }
  state.SetItemsProcessed(state.iterations() * rows);
  state.counters["dense"] = isDense ? 1 : 0;
}

/// Keys 0, 1, 2 …, in this order.
void indexDense(benchmark::State& state) {
  std::vector<int64_t> keys(static_cast<size_t>(state.range(0)));
  std::iota(keys.begin(), keys.end(), int64_t{0});
  buildIndex(state, {columnOf(keys)});
}

/// The same keys in random order.
void indexShuffled(benchmark::State& state) {
  const std::vector<int64_t> keys = shuffled(state.range(0), 1);
  buildIndex(state, {columnOf(keys)});
}

/// Keys far apart, in random order.
void indexSparse(benchmark::State& state) {
  std::vector<int64_t> keys = shuffled(state.range(0), 1);
  for (int64_t& key : keys) {
    key *= 1'000'003;
  }
  buildIndex(state, {columnOf(keys)});
}

/// Two columns whose product of ranges is no array.
void indexTwoColumns(benchmark::State& state) {
  const std::vector<int64_t> order = shuffled(state.range(0), 1);
  std::vector<int64_t> first(order.size());
  std::vector<int64_t> second(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    first[i] = order[i] % 10'000;
    second[i] = order[i] / 10'000 * 1'000;
  }
  buildIndex(state, {columnOf(first), columnOf(second)});
}

/// Each key four times, far apart.
void indexRepeated(benchmark::State& state) {
  std::vector<int64_t> keys = shuffled(state.range(0), 1);
  for (int64_t& key : keys) {
    key = key / 4 * 1'000'003;
  }
  buildIndex(state, {columnOf(keys)});
}

/// Each key four times, next to each other in value.
void indexRepeatedDense(benchmark::State& state) {
  std::vector<int64_t> keys = shuffled(state.range(0), 1);
  for (int64_t& key : keys) {
    key /= 4;
  }
  buildIndex(state, {columnOf(keys)});
}

/// Different texts of 15 characters.
void indexStrings(benchmark::State& state) {
  std::string bytes;
  std::vector<int32_t> offsets{0};
  for (const int64_t key : shuffled(state.range(0), 1)) {
    const std::string digits = std::to_string(key);
    bytes += "a-code-" + std::string(8 - digits.size(), '0') + digits;
    offsets.push_back(static_cast<int32_t>(bytes.size()));
  }
  Column column;
  column.type = {.id = TypeId::kString, .format = "u"};
  column.length = state.range(0);
  column.data = bytes.data();
  column.offsets = offsets.data();
  buildIndex(state, {column});
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"rows", "threads"})->UseRealTime()->Unit(benchmark::kMillisecond);
  for (const int64_t rows : {100'000, 1'000'000, 10'000'000}) {
    for (const int64_t threads : {1, 2}) {
      benchmark->Args({rows, threads});
    }
  }
}

BENCHMARK(indexDense)->Apply(sizes);
BENCHMARK(indexShuffled)->Apply(sizes);
BENCHMARK(indexSparse)->Apply(sizes);
BENCHMARK(indexTwoColumns)->Apply(sizes);
BENCHMARK(indexRepeated)->Apply(sizes);
BENCHMARK(indexRepeatedDense)->Apply(sizes);
BENCHMARK(indexStrings)->Apply(sizes);

}  // namespace
}  // namespace inferf
