#include "PeakLoops.h"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "PeakLoops.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace inferf {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Two multiply-adds per cycle that take four or five cycles each need ten accumulators; sixteen registers hold twelve and two operands.
constexpr int64_t kAccumulators = 12;
constexpr int64_t kRowsAhead = 12;
constexpr int64_t kFloatsPerLine = 16;

int64_t FlopsPerStep() { return 2 * kAccumulators * static_cast<int64_t>(hn::Lanes(hn::ScalableTag<float>())); }

float MultiplyAdd(int64_t steps) {
  const hn::ScalableTag<float> d;
  const auto x = hn::Set(d, 0.999F);
  const auto y = hn::Set(d, 0.001F);
  // All different: equal ones would be computed once.
  auto a0 = hn::Set(d, 0.00F), a1 = hn::Set(d, 0.01F), a2 = hn::Set(d, 0.02F), a3 = hn::Set(d, 0.03F), a4 = hn::Set(d, 0.04F),
       a5 = hn::Set(d, 0.05F);
  auto a6 = hn::Set(d, 0.06F), a7 = hn::Set(d, 0.07F), a8 = hn::Set(d, 0.08F), a9 = hn::Set(d, 0.09F), a10 = hn::Set(d, 0.10F),
       a11 = hn::Set(d, 0.11F);
  for (int64_t step = 0; step < steps; ++step) {
    a0 = hn::MulAdd(a0, x, y);
    a1 = hn::MulAdd(a1, x, y);
    a2 = hn::MulAdd(a2, x, y);
    a3 = hn::MulAdd(a3, x, y);
    a4 = hn::MulAdd(a4, x, y);
    a5 = hn::MulAdd(a5, x, y);
    a6 = hn::MulAdd(a6, x, y);
    a7 = hn::MulAdd(a7, x, y);
    a8 = hn::MulAdd(a8, x, y);
    a9 = hn::MulAdd(a9, x, y);
    a10 = hn::MulAdd(a10, x, y);
    a11 = hn::MulAdd(a11, x, y);
  }
  const auto low = hn::Add(hn::Add(hn::Add(a0, a1), hn::Add(a2, a3)), hn::Add(a4, a5));
  const auto high = hn::Add(hn::Add(hn::Add(a6, a7), hn::Add(a8, a9)), hn::Add(a10, a11));
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(low, high)));
}

float Read(const float* HWY_RESTRICT memory, int64_t count) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto a = hn::Zero(d), b = a, c = a, e = a;
  for (int64_t i = 0; i + 4 * lanes <= count; i += 4 * lanes) {
    a = hn::Add(a, hn::LoadU(d, memory + i));
    b = hn::Add(b, hn::LoadU(d, memory + i + lanes));
    c = hn::Add(c, hn::LoadU(d, memory + i + 2 * lanes));
    e = hn::Add(e, hn::LoadU(d, memory + i + 3 * lanes));
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(a, b), hn::Add(c, e))));
}

void GatherAdd(const float* HWY_RESTRICT table, int64_t width, const int32_t* HWY_RESTRICT ids, int64_t numIds, float* HWY_RESTRICT sum) {
  const hn::CappedTag<float, kFloatsPerLine> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t i = 0; i + 4 <= numIds; i += 4) {
    for (int64_t ahead = i + kRowsAhead; ahead < std::min(i + kRowsAhead + 4, numIds); ++ahead) {
      const float* row = table + ids[ahead] * width;
      for (int64_t j = 0; j < width; j += kFloatsPerLine) {
        hwy::Prefetch(row + j);
      }
    }
    const float* first = table + ids[i] * width;
    const float* second = table + ids[i + 1] * width;
    const float* third = table + ids[i + 2] * width;
    const float* fourth = table + ids[i + 3] * width;
    for (int64_t j = 0; j < width; j += lanes) {
      const auto rows =
          hn::Add(hn::Add(hn::LoadU(d, first + j), hn::LoadU(d, second + j)), hn::Add(hn::LoadU(d, third + j), hn::LoadU(d, fourth + j)));
      hn::StoreU(hn::Add(hn::LoadU(d, sum + j), rows), d, sum + j);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace inferf
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace inferf {

HWY_EXPORT(FlopsPerStep);
HWY_EXPORT(MultiplyAdd);
HWY_EXPORT(Read);
HWY_EXPORT(GatherAdd);

int64_t peakFlopsPerStep() { return HWY_DYNAMIC_DISPATCH(FlopsPerStep)(); }
float peakMultiplyAdd(int64_t steps) { return HWY_DYNAMIC_DISPATCH(MultiplyAdd)(steps); }
float peakRead(const float* memory, int64_t count) { return HWY_DYNAMIC_DISPATCH(Read)(memory, count); }
void peakGatherAdd(const float* table, int64_t width, const int32_t* ids, int64_t numIds, float* sum) {
  HWY_DYNAMIC_DISPATCH(GatherAdd)(table, width, ids, numIds, sum);
}

}  // namespace inferf
#endif
