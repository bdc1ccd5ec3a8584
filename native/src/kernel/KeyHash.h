#pragma once

#include <cstdint>
#include <span>

#include "kernel/KeyInputs.h"

namespace inferf {

/// Hashes join keys of any number of columns so that keys which KeyEncoder takes for equal have equal hashes, whatever integer or string types their
/// columns have. A key that contains NULL equals nothing: its hash is that of its place, so that such rows do not gather in one partition.
void hashKeys(std::span<const KeyInput> keys, int64_t numRows, uint64_t* hashes);

}  // namespace inferf
