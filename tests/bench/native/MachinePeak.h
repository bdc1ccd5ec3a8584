#pragma once

#include <cstdint>

namespace inferf {

// What one thread of this machine can do, measured when first asked for: what the counters `of_peak` are shares of.

/// Floating-point operations per second of fused multiply-adds in registers.
double measuredPeakFlops();

/// Bytes of rows per second that are gathered by random int32 and added, from a table of that size.
double measuredGatherRate(int64_t rowBytes, int64_t tableBytes);

}  // namespace inferf
