#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/MemoryPool.h"
#include "base/Parallelism.h"
#include "column/Column.h"
#include "kernel/CodeTable.h"
#include "kernel/KeyInputs.h"
#include "kernel/StringTable.h"

namespace inferf {

/// Turns join keys of any number of columns into one non-negative 64-bit code per row, so that equal keys have equal codes.
///
/// Learned from the build side: an integer contributes its distance to the smallest one, a string the number of its first occurrence.
/// Where the product of the ranges would pass 2^62, the combination so far (and, if need be, the column itself) is numbered by first
/// occurrence as well. A key that contains NULL, or that the build side does not contain for sure, has the code kMissing.
class KeyEncoder {
 public:
  static constexpr int64_t kMissing = -1;

  /// Throws TYPE_MISMATCH or UNSUPPORTED, naming columns and types, unless the two columns can be compared.
  static void checkTypes(const ColumnType& probe, const std::string& probeName, const ColumnType& build,
                         const std::string& buildName);

  KeyEncoder() = default;

  /// Learns the encoding from all build rows and writes their codes, both the same for any number of threads. The build columns must outlive the encoder.
  KeyEncoder(std::span<const KeyInput> build, int64_t numRows, int64_t* codes, MemoryPool& pool, const Parallelism& parallelism = {});

  /// Writes the codes of probe rows. `scratch` has room for numRows codes.
  void encode(std::span<const KeyInput> probe, int64_t numRows, int64_t* scratch, int64_t* codes) const;

  /// All codes are less than this.
  uint64_t range() const { return range_; }

  /// Bytes held, without those of the build columns.
  int64_t bytes() const;

 private:
  /// How one column becomes a code, and how that joins the code of the columns before it.
  struct ColumnStage {
    bool isString = false;
    bool isUnsigned = false;  // uint64: compares as unsigned, any other integer as signed
    bool isEmpty = true;      // no key at all was learned: everything misses
    uint64_t minimum = 0;
    uint64_t span = 0;        // maximum - minimum
    uint64_t range = 1;       // of the column's code
    StringTable strings;
    CodeTable numbered;       // if allocated: from distance to code
    int64_t absentKey = kMissing;  // a distance that `numbered` does not contain: stands for NULL
    CodeTable prefix;         // if allocated: renumbers the code of the columns before this one
  };

  static void learnColumn(const KeyInput& input, int64_t numRows, int64_t* codes, ColumnStage& stage, MemoryPool& pool, const Parallelism& parallelism);
  static void learnBounds(const KeyInput& input, int64_t numRows, ColumnStage& stage, MemoryPool& pool, const Parallelism& parallelism);
  static void numberDistances(const KeyInput& input, int64_t numRows, int64_t* codes, ColumnStage& stage, MemoryPool& pool,
                              const Parallelism& parallelism);
  /// Rows begin … end - 1 of the input.
  static void encodeColumn(const ColumnStage& stage, const KeyInput& input, int64_t begin, int64_t end, int64_t* codes);
  static void encodeStrings(const ColumnStage& stage, const KeyInput& input, int64_t begin, int64_t end, int64_t* codes);

  std::vector<ColumnStage> stages_;
  uint64_t range_ = 1;
};

}  // namespace inferf
