// Activations over numbers that stay in L2, and softmax over rows. One thread; bytes_per_second counts what is read and written.
#include <benchmark/benchmark.h>

#include "RandomData.h"
#include "kernel/Activation.h"

namespace inferf {
namespace {

constexpr int64_t kCount = 32 * 1024;

template <typename Function>
void elementwise(benchmark::State& state, Function function) {
  MemoryPool pool;
  const PoolArray<float> in = randomFloats(pool, kCount);
  PoolArray<float> out(pool, kCount);
  for (auto _ : state) {
    function(in.data(), out.data(), kCount);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * kCount);
  state.SetBytesProcessed(state.iterations() * kCount * 2 * static_cast<int64_t>(sizeof(float)));
}

void reluFloats(benchmark::State& state) {
  elementwise(state, [](const float* in, float* out, int64_t count) { relu(in, out, count); });
}
BENCHMARK(reluFloats);

void sigmoidFloats(benchmark::State& state) {
  elementwise(state, [](const float* in, float* out, int64_t count) { sigmoid(in, out, count); });
}
BENCHMARK(sigmoidFloats);

void tanhFloats(benchmark::State& state) {
  elementwise(state, [](const float* in, float* out, int64_t count) { tanh(in, out, count); });
}
BENCHMARK(tanhFloats);

/// Elements per row.
void softmaxRows(benchmark::State& state) {
  const int64_t width = state.range(0);
  elementwise(state, [width](const float* in, float* out, int64_t count) {
    for (int64_t begin = 0; begin + width <= count; begin += width) {
      softmax(in + begin, out + begin, width);
    }
  });
}
BENCHMARK(softmaxRows)->Arg(10)->Arg(100)->Arg(1000);

}  // namespace
}  // namespace inferf
