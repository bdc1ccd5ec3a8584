#include "kernel/KeyEncoder.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <type_traits>

#include "base/Error.h"
#include "kernel/FirstRows.h"

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

/// Calls onValue(i, value) or, for NULLs, onNull(i) for keys begin … end - 1.
template <typename Reader, typename OnValue, typename OnNull>
void visitRows(const KeyInput& input, const Reader& reader, int64_t begin, int64_t end, OnValue onValue, OnNull onNull) {
  const Column& column = *input.column;
  if (column.validity == nullptr && input.rows == nullptr) {
    for (int64_t i = begin; i < end; ++i) {
      onValue(i, reader[i]);
    }
    return;
  }
  if (column.validity == nullptr) {
    for (int64_t i = begin; i < end; ++i) {
      if (const int64_t row = input.rows[i]; row == column.length) {
        onNull(i);
      } else {
        onValue(i, reader[row]);
      }
    }
    return;
  }
  for (int64_t i = begin; i < end; ++i) {
    if (input.isNullAt(i)) {
      onNull(i);
    } else {
      onValue(i, reader[input.rowAt(i)]);
    }
  }
}

/// Writes codeOf(value) or, for NULLs, `nullCode` for keys begin … end - 1.
template <typename Reader, typename CodeOf>
void encodeRows(const KeyInput& input, const Reader& reader, int64_t begin, int64_t end, int64_t nullCode, int64_t* codes, CodeOf codeOf) {
  visitRows(
      input, reader, begin, end, [&](int64_t i, auto value) { codes[i] = codeOf(value); }, [&](int64_t i) { codes[i] = nullCode; });
}

/// The smallest and the largest of some integers, as unsigned or signed 64-bit numbers.
template <typename Wide>
struct Bounds {
  Wide minimum = std::numeric_limits<Wide>::max();
  Wide maximum = std::numeric_limits<Wide>::min();

  bool isEmpty() const { return minimum > maximum; }
  void add(const Bounds& other) {
    minimum = std::min(minimum, other.minimum);
    maximum = std::max(maximum, other.maximum);
  }
};

void combine(const int64_t* codes, uint64_t range, int64_t begin, int64_t end, int64_t* combined) {
  for (int64_t i = begin; i < end; ++i) {
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

KeyEncoder::KeyEncoder(std::span<const KeyInput> build, int64_t numRows, int64_t* codes, MemoryPool& pool, const Parallelism& parallelism) {
  PoolArray<int64_t> columnCodes(pool, build.size() > 1 ? numRows : 0);
  for (size_t k = 0; k < build.size(); ++k) {
    ColumnStage& stage = stages_.emplace_back();
    if (k == 0) {
      learnColumn(build[k], numRows, codes, stage, pool, parallelism);
      range_ = stage.range;
      continue;
    }
    learnColumn(build[k], numRows, columnCodes.data(), stage, pool, parallelism);
    if (range_ > kMaxRange / stage.range) {
      stage.prefix = CodeTable::numberCodes(codes, numRows, pool, parallelism);
      range_ = static_cast<uint64_t>(std::max(stage.prefix.size(), 1));
    }
    if (range_ > kMaxRange / stage.range) {
      // Strings and columns numbered already have a range below 2^31, as has the prefix: only plain distances come here.
      stage.numbered = CodeTable::numberCodes(columnCodes.data(), numRows, pool, parallelism);
      stage.range = static_cast<uint64_t>(std::max(stage.numbered.size(), 1));
    }
    parallelism.forEachChunk(numRows, [&](int64_t, int64_t begin, int64_t end) { combine(columnCodes.data(), stage.range, begin, end, codes); });
    range_ *= stage.range;
  }
}

void KeyEncoder::learnColumn(const KeyInput& input, int64_t numRows, int64_t* codes, ColumnStage& stage, MemoryPool& pool,
                             const Parallelism& parallelism) {
  const Column& column = *input.column;
  if (column.type.id == TypeId::kNull) {
    std::fill(codes, codes + numRows, kMissing);
    return;
  }
  if (column.type.id == TypeId::kString || column.type.id == TypeId::kLargeString) {
    stage.isString = true;
    stage.strings = StringTable(input, numRows, codes, pool, parallelism);
    stage.isEmpty = stage.strings.size() == 0;
    stage.range = static_cast<uint64_t>(std::max(stage.strings.size(), 1));
    return;
  }
  stage.isUnsigned = column.type.id == TypeId::kUInt64;
  learnBounds(input, numRows, stage, pool, parallelism);
  if (stage.span < kMaxRange) {
    stage.range = stage.span + 1;
    parallelism.forEachChunk(numRows, [&](int64_t, int64_t begin, int64_t end) { encodeColumn(stage, input, begin, end, codes); });
    return;
  }
  numberDistances(input, numRows, codes, stage, pool, parallelism);
}

void KeyEncoder::learnBounds(const KeyInput& input, int64_t numRows, ColumnStage& stage, MemoryPool& pool, const Parallelism& parallelism) {
  visitIntegers(*input.column, [&](const auto& reader) {
    using Wide = std::conditional_t<std::is_same_v<std::decay_t<decltype(reader[0])>, uint64_t>, uint64_t, int64_t>;
    PoolArray<Bounds<Wide>> byChunk(pool, Parallelism::numChunks(numRows));
    parallelism.forEachChunk(numRows, [&](int64_t chunk, int64_t begin, int64_t end) {
      Bounds<Wide> bounds;
      visitRows(
          input, reader, begin, end,
          [&bounds](int64_t, auto value) { bounds.add({static_cast<Wide>(value), static_cast<Wide>(value)}); }, [](int64_t) {});
      byChunk[chunk] = bounds;
    });
    Bounds<Wide> bounds;
    for (const Bounds<Wide>& chunk : byChunk) {
      bounds.add(chunk);
    }
    stage.isEmpty = bounds.isEmpty();
    if (!stage.isEmpty) {
      stage.minimum = static_cast<uint64_t>(bounds.minimum);
      stage.span = static_cast<uint64_t>(bounds.maximum) - static_cast<uint64_t>(bounds.minimum);
    }
  });
}

void KeyEncoder::numberDistances(const KeyInput& input, int64_t numRows, int64_t* codes, ColumnStage& stage, MemoryPool& pool,
                                 const Parallelism& parallelism) {
  // The distances do not fit a code (nor leave room for kMissing), so number the values.
  static_assert(kMissing == FirstRows::kNoKey);
  visitIntegers(*input.column, [&](const auto& reader) {
    const auto distance = [&stage](auto value) { return static_cast<int64_t>(static_cast<uint64_t>(value) - stage.minimum); };
    if (stage.span < std::numeric_limits<uint64_t>::max()) {
      // ~0 is no distance: it can stand for NULL.
      parallelism.forEachChunk(numRows, [&](int64_t, int64_t begin, int64_t end) { encodeRows(input, reader, begin, end, kMissing, codes, distance); });
      stage.numbered = CodeTable::numberCodes(codes, numRows, pool, parallelism);
      return;
    }
    // Both ends of all 64-bit integers are there. No more than 2^31 values are taken: one that is free soon turns up.
    stage.numbered = CodeTable(pool, numRows);
    encodeRows(input, reader, 0, numRows, kMissing, codes, [&](auto value) -> int64_t { return stage.numbered.insert(distance(value)); });
    while (stage.numbered.find(stage.absentKey) != CodeTable::kMissing) {
      --stage.absentKey;
    }
  });
  stage.range = static_cast<uint64_t>(stage.numbered.size());
}

void KeyEncoder::encodeColumn(const ColumnStage& stage, const KeyInput& input, int64_t begin, int64_t end, int64_t* codes) {
  if (stage.isEmpty || input.column->type.id == TypeId::kNull) {
    std::fill(codes + begin, codes + end, kMissing);
    return;
  }
  if (stage.isString) {
    encodeStrings(stage, input, begin, end, codes);
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
    encodeRows(input, reader, begin, end, absent, codes, [&](T value) {
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
    stage.numbered.find(codes + begin, end - begin, codes + begin);
  }
}

void KeyEncoder::encodeStrings(const ColumnStage& stage, const KeyInput& input, int64_t begin, int64_t end, int64_t* codes) {
  constexpr int64_t kBlock = 16;
  std::string_view texts[kBlock];
  uint64_t hashes[kBlock];
  bool isNull[kBlock];
  for (; begin < end; begin += kBlock) {
    const int64_t count = std::min(kBlock, end - begin);
    for (int64_t i = 0; i < count; ++i) {
      isNull[i] = input.isNullAt(begin + i);
      if (!isNull[i]) {
        texts[i] = input.stringAt(begin + i);
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
      encodeColumn(stage, probe[k], 0, numRows, codes);
      continue;
    }
    if (stage.prefix.isAllocated()) {
      stage.prefix.find(codes, numRows, codes);
    }
    encodeColumn(stage, probe[k], 0, numRows, scratch);
    combine(scratch, stage.range, 0, numRows, codes);
  }
}

}  // namespace inferf
