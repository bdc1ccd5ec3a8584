#pragma once

#include <cstdint>

namespace inferf {

// The inner loops of the peak probe, on the widest vectors of the processor; `inferf bench machine` has the same ones in C#.

/// Floating-point operations of one step of peakMultiplyAdd().
int64_t peakFlopsPerStep();

/// Fused multiply-adds on independent accumulators; returns their sum so that nothing is optimized away.
float peakMultiplyAdd(int64_t steps);

/// Reads `count` floats from end to end; returns their sum.
float peakRead(const float* memory, int64_t count);

/// Adds rows ids[0, numIds) of a table of `width` floats per row (a multiple of 16) to `sum`, four at a time, requesting rows ahead.
void peakGatherAdd(const float* table, int64_t width, const int32_t* ids, int64_t numIds, float* sum);

}  // namespace inferf
