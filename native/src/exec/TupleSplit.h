#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "plan/Plan.h"

namespace inferf {

/// The values of a node that streamed rows pass, in two parts: those that only read what build sides hand over, and so are the same for all rows that
/// meet the same build rows, and those of the row itself. Lists are ascending; concatenations, slices, loads and constants may be in both parts.
struct TupleSplit {
  std::vector<uint32_t> tupleValues;   // to be computed once per tuple of build rows
  std::vector<uint32_t> sharedValues;  // those of them that others read: kept by tuple
  std::vector<uint32_t> rowValues;     // to be computed for each row; may be empty
  std::vector<uint32_t> tables;        // tables of build sides that tupleValues read, and
  std::vector<uint32_t> handedOver;    // values stored on build sides that they read: what a tuple consists of
};

/// Splits the values of `node`; nothing if no value is worth keeping by tuple.
std::optional<TupleSplit> splitByTuples(const Plan& plan, uint32_t node);

}  // namespace inferf
