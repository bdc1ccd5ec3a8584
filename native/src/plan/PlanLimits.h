#pragma once

#include <cstdint>

namespace inferf {

/// Sizes beyond which a plan is taken for a mistake or an attack. Real plans stay far below; the engine's buffers, recursions and
/// 32-bit numbers stay valid up to them.
inline constexpr int kMaxPlanTables = 1024;
inline constexpr int kMaxPlanNodes = 4096;
inline constexpr int kMaxPlanValues = 1 << 16;
inline constexpr int kMaxPlanTensors = 1 << 16;
inline constexpr int kMaxPlanTreeEnsembles = 1 << 16;
inline constexpr int kMaxPlanOutputs = 1 << 16;
inline constexpr uint32_t kMaxValueWidth = 1u << 20;
/// Bytes of a row of an OnnxRun: two outputs of the greatest width.
inline constexpr uint32_t kMaxOnnxRowBytes = 16 * kMaxValueWidth;
inline constexpr uint64_t kMaxTensorSize = uint64_t{1} << 31;  // elements
/// Nested messages: two per level of a scalar expression.
inline constexpr int kMaxPlanDepth = 400;

}  // namespace inferf
