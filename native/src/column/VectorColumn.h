#pragma once

#include <memory>

#include "column/ArrowBridge.h"

namespace inferf {

/// Turns a finished vector into an immutable column that owns its buffers. Not for structs.
Column columnFromVector(OutputVector vector, std::shared_ptr<MemoryPool> pool);

}  // namespace inferf
