#include "kernel/MixBits.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/MixBits.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace inferf {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void MixCodes(const int64_t* codes, int64_t count, uint64_t* hashes) {
  const hn::ScalableTag<uint64_t> d;
  const hn::RebindToSigned<decltype(d)> signedTag;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto first = hn::Set(d, 0xff51afd7ed558ccdULL);
  const auto second = hn::Set(d, 0xc4ceb9fe1a85ec53ULL);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    auto value = hn::BitCast(d, hn::LoadU(signedTag, codes + i));
    value = hn::Mul(hn::Xor(value, hn::ShiftRight<33>(value)), first);
    value = hn::Mul(hn::Xor(value, hn::ShiftRight<33>(value)), second);
    hn::StoreU(hn::Xor(value, hn::ShiftRight<33>(value)), d, hashes + i);
  }
  for (; i < count; ++i) {
    hashes[i] = mixCode(codes[i]);
  }
}

void MixHashes(const uint64_t* values, int64_t count, uint64_t* hashes) {
  const hn::ScalableTag<uint64_t> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto first = hn::Set(d, 0xbf58476d1ce4e5b9ULL);
  const auto second = hn::Set(d, 0x94d049bb133111ebULL);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    auto value = hn::Add(hn::LoadU(d, hashes + i), hn::LoadU(d, values + i));
    value = hn::Mul(hn::Xor(value, hn::ShiftRight<30>(value)), first);
    value = hn::Mul(hn::Xor(value, hn::ShiftRight<27>(value)), second);
    hn::StoreU(hn::Xor(value, hn::ShiftRight<31>(value)), d, hashes + i);
  }
  for (; i < count; ++i) {
    hashes[i] = mixHash(hashes[i] + values[i]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace inferf
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace inferf {

HWY_EXPORT(MixCodes);
HWY_EXPORT(MixHashes);

void mixCodes(const int64_t* codes, int64_t count, uint64_t* hashes) { HWY_DYNAMIC_DISPATCH(MixCodes)(codes, count, hashes); }
void mixHashes(const uint64_t* values, int64_t count, uint64_t* hashes) { HWY_DYNAMIC_DISPATCH(MixHashes)(values, count, hashes); }

}  // namespace inferf
#endif  // HWY_ONCE
