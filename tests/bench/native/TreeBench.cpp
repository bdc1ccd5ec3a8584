// The tree kernels on ensembles of complete trees like those of the star-forest workload. One thread; items_per_second counts rows,
// bytes_per_second the bytes of gathered masks, of_peak their share of what gathering rows from a table of that size reaches.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <vector>

#include "MachinePeak.h"
#include "kernel/TreeMask.h"
#include "kernel/TreeScore.h"
#include "kernel/TreeTraversal.h"

namespace inferf {
namespace {

constexpr int64_t kFeatures = 358;
constexpr int64_t kChunkRows = 240;

/// `trees` complete trees of `depth` over all features; one weight per leaf.
struct Forest {
  Forest(int64_t trees, int depth) {
    std::mt19937 random(1);
    for (int64_t tree = 0; tree < trees; ++tree) {
      firstLeaves.push_back(numLeaves);
      roots.push_back(static_cast<int64_t>(thresholds.size()));
      grow(random, depth);
    }
    firstLeaves.push_back(numLeaves);
    for (int64_t leaf = 0; leaf < numLeaves; ++leaf) {
      weightLeaves.push_back(leaf);
      weightTargets.push_back(0);
      weights.push_back(static_cast<double>(leaf % 101) / 100);
    }
  }

  int64_t grow(std::mt19937& random, int depth) {
    if (depth == 0) {
      return ~numLeaves++;
    }
    const auto node = thresholds.size();
    thresholds.push_back(static_cast<double>(static_cast<float>(static_cast<double>(random() % 2000) / 1000 - 1)));
    nodes.insert(nodes.end(), {static_cast<int64_t>(random() % kFeatures), 0, 0, 0});
    const int64_t trueChild = grow(random, depth - 1);
    const int64_t falseChild = grow(random, depth - 1);
    nodes[4 * node + 2] = trueChild;
    nodes[4 * node + 3] = falseChild;
    return static_cast<int64_t>(node);
  }

  TreeArrays arrays() const {
    TreeArrays arrays;
    arrays.numFeatures = kFeatures;
    arrays.numTargets = 1;
    arrays.roots = roots;
    arrays.firstLeaves = firstLeaves;
    arrays.nodes = nodes;
    arrays.thresholds = thresholds;
    arrays.weightLeaves = weightLeaves;
    arrays.weightTargets = weightTargets;
    arrays.weights = weights;
    return arrays;
  }

  int64_t numLeaves = 0;
  std::vector<int64_t> roots, firstLeaves, nodes, weightLeaves, weightTargets;
  std::vector<double> thresholds, weights;
};

std::vector<float> randomFeatures(int64_t count) {
  std::mt19937 random(2);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) {
    value = uniform(random);
  }
  return values;
}

void mask(benchmark::State& state) {
  const int64_t width = state.range(0);
  MemoryPool pool;
  const Forest forest(100, static_cast<int>(state.range(1)));
  const TreeEnsemble trees(forest.arrays(), 0, pool);
  const TreeMask<float> kernel(trees, 0, width, pool);
  const std::vector<float> x = randomFeatures(kChunkRows * width);
  const int64_t words = trees.layout().numWords;
  std::vector<uint64_t> masks(static_cast<size_t>(kChunkRows * words));
  PoolArray<uint8_t> scratch(pool, kernel.scratchBytes());
  for (auto _ : state) {
    kernel.run({x.data(), width, width}, kChunkRows, scratch.data(), {masks.data(), words, words});
    benchmark::DoNotOptimize(masks.data());
  }
  state.SetItemsProcessed(state.iterations() * kChunkRows);
  state.counters["tests"] = static_cast<double>(kernel.numTests());
  state.counters["ns_per_test"] = benchmark::Counter(static_cast<double>(state.iterations() * kChunkRows * kernel.numTests()) / 1e9,
                                                     benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(mask)->Args({8, 6})->Args({50, 6})->Args({200, 6})->Args({200, 3})->Args({200, 9});

/// One local mask and three gathered by row id from tables of these sizes.
void score(benchmark::State& state) {
  MemoryPool pool;
  const Forest forest(100, static_cast<int>(state.range(1)));
  const TreeEnsemble trees(forest.arrays(), 0, pool);
  const TreeScore<float> kernel(trees, pool);
  const int64_t words = trees.layout().numWords;
  const int64_t stride = (words + 7) / 8 * 8;
  constexpr int64_t kFactRows = 240 * 250;
  std::mt19937 random(3);
  std::vector<PoolArray<uint64_t>> tables;
  std::vector<std::vector<int32_t>> ids;
  for (const int64_t rows : {state.range(0), state.range(0) / 10, state.range(0) / 100}) {
    // All leaves possible: the first leaf of every tree, wherever masks are read from.
    tables.emplace_back(pool, rows * stride);
    std::fill(tables.back().begin(), tables.back().end(), ~uint64_t{0} << (random() % 8));
    std::vector<int32_t>& column = ids.emplace_back(static_cast<size_t>(kFactRows));
    for (int32_t& id : column) {
      id = static_cast<int32_t>(random() % static_cast<uint64_t>(rows));
    }
  }
  std::vector<uint64_t> own(static_cast<size_t>(kChunkRows * stride));
  for (uint64_t& word : own) {
    word = (uint64_t{random()} << 32 | random()) | uint64_t{1} << 63 | uint64_t{0x8080808080808080};
  }
  std::vector<float> scores(static_cast<size_t>(kChunkRows));
  PoolArray<uint8_t> scratch(pool, kernel.scratchBytes());
  std::vector<RowsView<uint64_t>> masks(4);
  masks[3] = {.base = own.data(), .stride = stride};
  int64_t begin = 0;
  for (auto _ : state) {
    for (size_t t = 0; t < tables.size(); ++t) {
      masks[t] = {.base = tables[t].data(), .stride = stride, .ids = ids[t].data() + begin};
    }
    kernel.run(masks, kChunkRows, scratch.data(), {scores.data(), 1, 1});
    benchmark::DoNotOptimize(scores.data());
    begin = (begin + kChunkRows) % kFactRows;
  }
  state.SetItemsProcessed(state.iterations() * kChunkRows);
  const int64_t bytes = state.iterations() * kChunkRows * 3 * words * static_cast<int64_t>(sizeof(uint64_t));
  state.SetBytesProcessed(bytes);
  // Against gathering and adding 1-KB rows of the largest table.
  state.counters["of_peak"] = benchmark::Counter(
      static_cast<double>(bytes) / measuredGatherRate(1024, state.range(0) * stride * static_cast<int64_t>(sizeof(uint64_t))),
      benchmark::Counter::kIsRate);
}
BENCHMARK(score)->Args({1000, 6})->Args({10'000, 6})->Args({100'000, 6})->Args({100'000, 3})->Args({10'000, 8});

void traversal(benchmark::State& state) {
  MemoryPool pool;
  const Forest forest(state.range(0), static_cast<int>(state.range(1)));
  const TreeEnsemble trees(forest.arrays(), 0, pool);
  const TreeTraversal<float, float> kernel(trees, pool);
  const std::vector<float> x = randomFeatures(kChunkRows * kFeatures);
  std::vector<float> scores(static_cast<size_t>(kChunkRows));
  PoolArray<uint8_t> scratch(pool, kernel.scratchBytes());
  for (auto _ : state) {
    kernel.run({x.data(), kFeatures, kFeatures}, kChunkRows, scratch.data(), {scores.data(), 1, 1});
    benchmark::DoNotOptimize(scores.data());
  }
  state.SetItemsProcessed(state.iterations() * kChunkRows);
  state.counters["ns_per_step"] =
      benchmark::Counter(static_cast<double>(state.iterations() * kChunkRows * state.range(0) * state.range(1)) / 1e9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(traversal)->Args({100, 6})->Args({100, 3})->Args({20, 10});

}  // namespace
}  // namespace inferf
