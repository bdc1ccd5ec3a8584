#include "kernel/HalfPrecision.h"

#include <bit>
#include <cmath>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/HalfPrecision.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace inferf {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

bool Narrow(const float* in, Half* out, int64_t count) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<hwy::float16_t, decltype(d)> dh;
  const hn::Rebind<Half, decltype(d)> du;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto least = hn::Set(d, kHalfOverflow);
  const auto infinity = hn::Inf(d);
  auto overflows = hn::Zero(d);
  int64_t i = 0;
  const auto step = [&](hn::Vec<decltype(d)> x) HWY_ATTR {
    const auto magnitude = hn::Abs(x);
    overflows = hn::Or(overflows, hn::VecFromMask(d, hn::And(hn::Ge(magnitude, least), hn::Lt(magnitude, infinity))));
    return hn::BitCast(du, hn::DemoteTo(dh, x));
  };
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(step(hn::LoadU(d, in + i)), du, out + i);
  }
  if (i < count) {
    HWY_ALIGN float rest[HWY_MAX_BYTES / sizeof(float)] = {};
    HWY_ALIGN Half narrowed[HWY_MAX_BYTES / sizeof(float)];
    std::memcpy(rest, in + i, static_cast<size_t>(count - i) * sizeof(float));
    hn::StoreU(step(hn::Load(d, rest)), du, narrowed);
    std::memcpy(out + i, narrowed, static_cast<size_t>(count - i) * sizeof(Half));
  }
  return hn::AllFalse(d, hn::MaskFromVec(overflows));
}

}  // namespace HWY_NAMESPACE
}  // namespace inferf
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace inferf {

HWY_EXPORT(Narrow);

namespace {

constexpr uint32_t kFloatInfinity = 0x7F800000;
constexpr uint32_t kHalfInfinity = 0x7C00;
constexpr uint32_t kHalfQuietNan = 0x7E00;
constexpr int kMantissaDifference = 13;  // bits: 23 of a float, 10 of a half
constexpr uint32_t kLeastNormalHalf = 0x38800000;  // 2^-14 as a float

}  // namespace

bool narrowToHalf(const float* in, Half* out, int64_t count) { return HWY_DYNAMIC_DISPATCH(Narrow)(in, out, count); }

Half narrowToHalfScalar(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  const uint32_t sign = (bits >> 16) & 0x8000;
  const uint32_t magnitude = bits & 0x7FFFFFFF;
  if (magnitude >= kFloatInfinity) {
    const uint32_t payload = (magnitude >> kMantissaDifference) & 0x3FF;
    return static_cast<Half>(sign | (magnitude == kFloatInfinity ? kHalfInfinity : kHalfQuietNan | payload));
  }
  if (std::abs(x) >= kHalfOverflow) {
    return static_cast<Half>(sign | kHalfInfinity);
  }
  if (magnitude < kLeastNormalHalf) {
    // Subnormal: a whole number of 2^-24, rounded by the float addition's own rounding to even.
    const float shifted = std::abs(x) * 0x1p24F;
    return static_cast<Half>(sign | static_cast<uint32_t>(std::nearbyint(shifted)));
  }
  const uint32_t isOdd = (magnitude >> kMantissaDifference) & 1;
  const uint32_t rounded = magnitude + (1U << (kMantissaDifference - 1)) - 1 + isOdd;
  constexpr uint32_t kBiasDifference = (127 - 15) << 10;
  return static_cast<Half>(sign | ((rounded >> kMantissaDifference) - kBiasDifference));
}

float widenHalf(Half half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = (half >> 10) & 0x1F;
  const uint32_t mantissa = half & 0x3FF;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t widened = exponent == 0x1F ? kFloatInfinity : (exponent + 127 - 15) << 23;
  return std::bit_cast<float>(sign | widened | (mantissa << kMantissaDifference));
}

}  // namespace inferf
#endif  // HWY_ONCE
