#include "kernel/KeyEncoder.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <type_traits>

#include "base/Error.h"
#include "kernel/KeyInputs.h"

namespace inferf {

namespace {

constexpr uint64_t kMaxRange = uint64_t{1} << 62;

enum class KeyClass { kNull, kInteger, kBool, kTemporal, kString, kFloat, kOther };

KeyClass keyClass(const ColumnType& type) {
  switch (type.id) {
    case TypeId::kNull:
      return KeyClass::kNull;
    case TypeId::kBool:
      return KeyClass::kBool;
    case TypeId::kInt8:
    case TypeId::kInt16:
    case TypeId::kInt32:
    case TypeId::kInt64:
    case TypeId::kUInt8:
    case TypeId::kUInt16:
    case TypeId::kUInt32:
    case TypeId::kUInt64:
      return KeyClass::kInteger;
    case TypeId::kString:
    case TypeId::kLargeString:
      return KeyClass::kString;
    case TypeId::kFloat32:
    case TypeId::kFloat64:
      return KeyClass::kFloat;
    case TypeId::kFixedWidth:
      return type.isTemporal() ? KeyClass::kTemporal : KeyClass::kOther;
    case TypeId::kFixedSizeList:
      return KeyClass::kOther;
  }
  return KeyClass::kOther;
}

/// Writes onValue(value) or, for NULLs, `nullResult` for each row.
template <typename Reader, typename OnValue>
void transformRows(const KeyInput& input, const Reader& reader, int64_t numRows, int64_t nullResult, int64_t* out,
                   OnValue onValue) {
  const Column& column = *input.column;
  if (column.validity == nullptr) {
    if (input.rows == nullptr) {
      for (int64_t i = 0; i < numRows; ++i) {
        out[i] = onValue(reader[i]);
      }
    } else {
      for (int64_t i = 0; i < numRows; ++i) {
        const int64_t row = input.rows[i];
        out[i] = row == column.length ? nullResult : onValue(reader[row]);
      }
    }
    return;
  }
  for (int64_t i = 0; i < numRows; ++i) {
    const int64_t row = input.rows == nullptr ? i : input.rows[i];
    out[i] = row == column.length || column.isNull(row) ? nullResult : onValue(reader[row]);
  }
}

void combine(const int64_t* codes, uint64_t range, int64_t numRows, int64_t* combined) {
  for (int64_t i = 0; i < numRows; ++i) {
    combined[i] = combined[i] < 0 || codes[i] < 0 ? KeyEncoder::kMissing
                                                  : combined[i] * static_cast<int64_t>(range) + codes[i];
  }
}

}  // namespace

void KeyEncoder::checkTypes(const ColumnType& probe, const std::string& probeName, const ColumnType& build,
                            const std::string& buildName) {
  const KeyClass probeClass = keyClass(probe);
  const KeyClass buildClass = keyClass(build);
  for (const auto& [kind, type, name] : {std::tuple<KeyClass, const ColumnType&, const std::string&>(probeClass, probe, probeName),
                                         std::tuple<KeyClass, const ColumnType&, const std::string&>(buildClass, build, buildName)}) {
    INFERF_USER_CHECK(kind != KeyClass::kFloat && kind != KeyClass::kOther, INFERF_ERROR_UNSUPPORTED,
                      "Join keys must be integers, booleans, dates, times or strings. Column ", name,
                      " has the Arrow type '", type.format, "'.");
  }
  const bool comparable = probeClass == KeyClass::kNull || buildClass == KeyClass::kNull ||
                          (probeClass == buildClass && (probeClass != KeyClass::kTemporal || probe.format == build.format));
  INFERF_USER_CHECK(comparable, INFERF_ERROR_TYPE_MISMATCH, "The two sides of a join key have different types. Column ",
                    probeName, " has the Arrow type '", probe.format, "', column ", buildName, " has '", build.format, "'.");
}

int64_t KeyEncoder::bytes() const {
  int64_t bytes = 0;
  for (const ColumnStage& stage : stages_) {
    bytes += stage.strings.bytes() + stage.numbered.bytes() + stage.prefix.bytes();
  }
  return bytes;
}

KeyEncoder::KeyEncoder(std::span<const KeyInput> build, int64_t numRows, int64_t* codes, MemoryPool& pool) {
  PoolArray<int64_t> columnCodes(pool, build.size() > 1 ? numRows : 0);
  for (size_t k = 0; k < build.size(); ++k) {
    ColumnStage& stage = stages_.emplace_back();
    if (k == 0) {
      learnColumn(build[k], numRows, codes, stage, pool);
      range_ = stage.range;
      continue;
    }
    learnColumn(build[k], numRows, columnCodes.data(), stage, pool);
    if (range_ > kMaxRange / stage.range) {
      stage.prefix = CodeTable(pool, numRows);
      for (int64_t i = 0; i < numRows; ++i) {
        codes[i] = codes[i] < 0 ? kMissing : stage.prefix.insert(codes[i]);
      }
      range_ = static_cast<uint64_t>(std::max(stage.prefix.size(), 1));
    }
    if (range_ > kMaxRange / stage.range) {
      numberColumn(numRows, columnCodes.data(), stage, pool);
    }
    combine(columnCodes.data(), stage.range, numRows, codes);
    range_ *= stage.range;
  }
}

void KeyEncoder::learnColumn(const KeyInput& input, int64_t numRows, int64_t* codes, ColumnStage& stage, MemoryPool& pool) {
  const Column& column = *input.column;
  if (column.type.id == TypeId::kNull) {
    std::fill(codes, codes + numRows, kMissing);
    return;
  }
  if (column.type.id == TypeId::kString || column.type.id == TypeId::kLargeString) {
    stage.isString = true;
    stage.strings = StringTable(pool, numRows);
    for (int64_t i = 0; i < numRows; ++i) {
      const int64_t row = input.rows == nullptr ? i : input.rows[i];
      codes[i] = row == column.length || column.isNull(row) ? kMissing : stage.strings.insert(column.stringAt(row));
    }
    stage.isEmpty = stage.strings.size() == 0;
    stage.range = static_cast<uint64_t>(std::max(stage.strings.size(), 1));
    return;
  }
  stage.isUnsigned = column.type.id == TypeId::kUInt64;
  visitIntegers(column, [&](const auto& reader) {
    using Wide = std::conditional_t<std::is_same_v<std::decay_t<decltype(reader[0])>, uint64_t>, uint64_t, int64_t>;
    Wide minimum = std::numeric_limits<Wide>::max();
    Wide maximum = std::numeric_limits<Wide>::min();
    transformRows(input, reader, numRows, 0, codes, [&](auto value) {
      minimum = std::min<Wide>(minimum, static_cast<Wide>(value));
      maximum = std::max<Wide>(maximum, static_cast<Wide>(value));
      stage.isEmpty = false;
      return int64_t{0};
    });
    if (!stage.isEmpty) {
      stage.minimum = static_cast<uint64_t>(minimum);
      stage.span = static_cast<uint64_t>(maximum) - static_cast<uint64_t>(minimum);
    }
  });
  if (stage.span < kMaxRange) {
    stage.range = stage.span + 1;
    encodeColumn(stage, input, numRows, codes);
    return;
  }
  // The distances do not fit a code (nor leave room for kMissing), so number the values. No more than 2^31 of them are taken: one that is
  // free soon turns up and can stand for NULL.
  stage.numbered = CodeTable(pool, numRows);
  visitIntegers(column, [&](const auto& reader) {
    transformRows(input, reader, numRows, kMissing, codes, [&](auto value) -> int64_t {
      return stage.numbered.insert(static_cast<int64_t>(static_cast<uint64_t>(value) - stage.minimum));
    });
  });
  while (stage.numbered.find(stage.absentKey) != CodeTable::kMissing) {
    --stage.absentKey;
  }
  stage.range = static_cast<uint64_t>(stage.numbered.size());
}

void KeyEncoder::numberColumn(int64_t numRows, int64_t* codes, ColumnStage& stage, MemoryPool& pool) {
  // Strings and columns numbered already have a range below 2^31, as has the prefix: only plain distances come here.
  stage.numbered = CodeTable(pool, numRows);
  for (int64_t i = 0; i < numRows; ++i) {
    codes[i] = codes[i] < 0 ? kMissing : stage.numbered.insert(codes[i]);
  }
  stage.range = static_cast<uint64_t>(std::max(stage.numbered.size(), 1));
}

void KeyEncoder::encodeColumn(const ColumnStage& stage, const KeyInput& input, int64_t numRows, int64_t* codes) {
  if (stage.isEmpty || input.column->type.id == TypeId::kNull) {
    std::fill(codes, codes + numRows, kMissing);
    return;
  }
  if (stage.isString) {
    encodeStrings(stage, input, numRows, codes);
    return;
  }
  visitIntegers(*input.column, [&](const auto& reader) {
    using T = std::decay_t<decltype(reader[0])>;
    [[maybe_unused]] constexpr uint64_t kInt64Max = std::numeric_limits<int64_t>::max();
    const uint64_t minimum = stage.minimum;
    const uint64_t span = stage.span;
    [[maybe_unused]] const bool isUnsigned = stage.isUnsigned;
    const int64_t absent = stage.numbered.isAllocated() ? stage.absentKey : kMissing;
    // A value below the minimum wraps to a distance above the span, because no two 64-bit integers are 2^64 apart.
    const auto distance = [minimum, span, absent](uint64_t value) {
      const uint64_t result = value - minimum;
      return result <= span ? static_cast<int64_t>(result) : absent;
    };
    transformRows(input, reader, numRows, absent, codes, [&](T value) {
      // Across the two signs, only values that both types can hold are equal.
      if constexpr (std::is_signed_v<T>) {
        if (isUnsigned && value < 0) {
          return absent;
        }
      } else if constexpr (std::is_same_v<T, uint64_t>) {
        if (!isUnsigned && value > kInt64Max) {
          return absent;
        }
      }
      return distance(static_cast<uint64_t>(value));
    });
  });
  if (stage.numbered.isAllocated()) {
    stage.numbered.find(codes, numRows, codes);
  }
}

void KeyEncoder::encodeStrings(const ColumnStage& stage, const KeyInput& input, int64_t numRows, int64_t* codes) {
  constexpr int64_t kBlock = 16;
  const Column& column = *input.column;
  std::string_view texts[kBlock];
  uint64_t hashes[kBlock];
  bool isNull[kBlock];
  for (int64_t begin = 0; begin < numRows; begin += kBlock) {
    const int64_t count = std::min(kBlock, numRows - begin);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t row = input.rows == nullptr ? begin + i : input.rows[begin + i];
      isNull[i] = row == column.length || column.isNull(row);
      if (!isNull[i]) {
        texts[i] = column.stringAt(row);
        hashes[i] = StringTable::hash(texts[i]);
        stage.strings.prefetch(hashes[i]);
      }
    }
    for (int64_t i = 0; i < count; ++i) {
      codes[begin + i] = isNull[i] ? kMissing : stage.strings.find(texts[i], hashes[i]);
    }
  }
}

void KeyEncoder::encode(std::span<const KeyInput> probe, int64_t numRows, int64_t* scratch, int64_t* codes) const {
  for (size_t k = 0; k < stages_.size(); ++k) {
    const ColumnStage& stage = stages_[k];
    if (k == 0) {
      encodeColumn(stage, probe[k], numRows, codes);
      continue;
    }
    if (stage.prefix.isAllocated()) {
      stage.prefix.find(codes, numRows, codes);
    }
    encodeColumn(stage, probe[k], numRows, scratch);
    combine(scratch, stage.range, numRows, codes);
  }
}

}  // namespace inferf
