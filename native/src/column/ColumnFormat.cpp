#include "column/ColumnFormat.h"

#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "base/Error.h"

namespace inferf {

namespace {

/// Formats are short; a longer one is a missing terminator or an attack. Time zones are the only free text in them.
constexpr size_t kMaxFormatLength = 256;

struct PrimitiveFormat {
  char format;
  TypeId id;
  int32_t byteWidth;
};

constexpr PrimitiveFormat kPrimitives[] = {
    {'c', TypeId::kInt8, 1},    {'C', TypeId::kUInt8, 1},   {'s', TypeId::kInt16, 2}, {'S', TypeId::kUInt16, 2},
    {'i', TypeId::kInt32, 4},   {'I', TypeId::kUInt32, 4},  {'l', TypeId::kInt64, 8}, {'L', TypeId::kUInt64, 8},
    {'f', TypeId::kFloat32, 4}, {'g', TypeId::kFloat64, 8}, {'e', TypeId::kFixedWidth, 2}};

ColumnType typeOf(TypeId id, int32_t byteWidth, std::string_view format) {
  ColumnType type;
  type.id = id;
  type.byteWidth = byteWidth;
  type.format = format;
  return type;
}

/// Parses all of `text` as a decimal number.
std::optional<int64_t> parseNumber(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

/// Bytes of a date, time, timestamp, duration or interval, or nothing if the format is unknown.
std::optional<int32_t> temporalWidth(std::string_view format) {
  if (format == "tdD" || format == "tts" || format == "ttm" || format == "tiM") {
    return 4;
  }
  if (format == "tdm" || format == "ttu" || format == "ttn" || format == "tiD") {
    return 8;
  }
  if (format == "tin") {
    return 16;
  }
  const bool hasUnit = format.size() >= 3 && std::string_view("smun").find(format[2]) != std::string_view::npos;
  const bool isTimestamp = hasUnit && format[1] == 's' && format.size() >= 4 && format[3] == ':';
  const bool isDuration = hasUnit && format[1] == 'D' && format.size() == 3;
  if (isTimestamp || isDuration) {
    return 8;
  }
  return std::nullopt;
}

/// Bytes of a decimal "d:precision,scale[,bits]", or nothing if the format is malformed.
std::optional<int32_t> decimalWidth(std::string_view format) {
  if (!format.starts_with("d:")) {
    return std::nullopt;
  }
  std::vector<int64_t> numbers;
  for (std::string_view rest = format.substr(2);;) {
    const size_t comma = rest.find(',');
    const std::optional<int64_t> number = parseNumber(rest.substr(0, comma));
    if (!number.has_value()) {
      return std::nullopt;
    }
    numbers.push_back(*number);
    if (comma == std::string_view::npos) {
      break;
    }
    rest = rest.substr(comma + 1);
  }
  if (numbers.size() < 2 || numbers.size() > 3 || numbers[0] <= 0) {
    return std::nullopt;
  }
  const int64_t bits = numbers.size() == 3 ? numbers[2] : 128;
  if (bits != 32 && bits != 64 && bits != 128 && bits != 256) {
    return std::nullopt;
  }
  return static_cast<int32_t>(bits / 8);
}

std::string_view checkedFormat(const ArrowSchema& schema, const std::string& where) {
  INFERF_USER_CHECK(schema.release != nullptr, INFERF_ERROR_INVALID_DATA, "A schema has been released already: ", where);
  INFERF_USER_CHECK(schema.format != nullptr, INFERF_ERROR_INVALID_DATA, "A schema has no format string: ", where);
  const size_t length = strnlen(schema.format, kMaxFormatLength + 1);
  INFERF_USER_CHECK(length > 0 && length <= kMaxFormatLength, INFERF_ERROR_INVALID_DATA,
                    "A format string must have between 1 and ", kMaxFormatLength, " bytes: ", where);
  return {schema.format, length};
}

void checkChildCount(const ArrowSchema& schema, int64_t expected, const std::string& where) {
  INFERF_USER_CHECK(schema.n_children == expected, INFERF_ERROR_INVALID_DATA,
                    "A schema has the wrong number of children: ", where, ", format '", schema.format, "'. Expected: ", expected,
                    ", actual: ", schema.n_children);
  for (int64_t i = 0; i < expected; ++i) {
    INFERF_USER_CHECK(schema.children != nullptr && schema.children[i] != nullptr, INFERF_ERROR_INVALID_DATA,
                      "A schema has a NULL child: ", where);
  }
}

int64_t parseCount(std::string_view text, std::string_view format, int64_t limit, const std::string& where) {
  const std::optional<int64_t> count = parseNumber(text);
  INFERF_USER_CHECK(count.has_value() && *count >= 0, INFERF_ERROR_INVALID_DATA, "A format string is malformed: ", where,
                    ", format '", format, "'");
  INFERF_USER_CHECK(*count >= 1 && *count <= limit, INFERF_ERROR_UNSUPPORTED,
                    "A size in a format string is out of the supported range: ", where, ", format '", format,
                    "'. Expected: 1 to ", limit, ", actual: ", *count);
  return *count;
}

/// Formats with neither children nor a dictionary.
ColumnFormat parseFlat(std::string_view format, const std::string& where) {
  ColumnFormat result;
  result.layout = ArrowLayout::kFixedWidth;
  if (format.size() == 1) {
    for (const PrimitiveFormat& primitive : kPrimitives) {
      if (primitive.format == format[0]) {
        result.type = typeOf(primitive.id, primitive.byteWidth, format);
        return result;
      }
    }
  }
  if (format == "n") {
    result.layout = ArrowLayout::kNull;
    result.type = typeOf(TypeId::kNull, 0, format);
  } else if (format == "b") {
    result.layout = ArrowLayout::kBits;
    result.type = typeOf(TypeId::kBool, 0, format);
  } else if (format == "u" || format == "z") {
    result.layout = ArrowLayout::kString;
    result.type = typeOf(TypeId::kString, 0, format);
  } else if (format == "U" || format == "Z") {
    result.layout = ArrowLayout::kString;
    result.type = typeOf(TypeId::kLargeString, 0, format);
  } else if (format == "vu" || format == "vz") {
    result.layout = ArrowLayout::kStringView;
    result.type = typeOf(TypeId::kString, 0, format.substr(1));
  } else if (format.starts_with("w:")) {
    const int64_t width = parseCount(format.substr(2), format, kMaxListLength, where);
    result.type = typeOf(TypeId::kFixedWidth, static_cast<int32_t>(width), format);
  } else if (const std::optional<int32_t> temporal = format[0] == 't' ? temporalWidth(format) : decimalWidth(format)) {
    result.type = typeOf(TypeId::kFixedWidth, *temporal, format);
  } else {
    throwUser(INFERF_ERROR_INVALID_DATA, "The format string is unknown: ", where, ", format '", format, "'");
  }
  return result;
}

ColumnFormat parseList(const ArrowSchema& schema, std::string_view format, const std::string& where) {
  ColumnFormat result;
  checkChildCount(schema, 1, where);
  const ArrowSchema& child = *schema.children[0];
  const std::string_view childFormat = checkedFormat(child, where);
  INFERF_USER_CHECK(childFormat[0] != '+' && child.dictionary == nullptr, INFERF_ERROR_UNSUPPORTED,
                    "Lists of lists, structs or dictionaries are not supported: ", where);
  checkChildCount(child, 0, where);
  const ColumnFormat element = parseFlat(childFormat, where);
  INFERF_USER_CHECK(element.layout == ArrowLayout::kFixedWidth && element.type.byteWidth <= 32, INFERF_ERROR_UNSUPPORTED,
                    "Only lists of fixed-width elements of at most 32 bytes are supported: ", where, ", element format '",
                    childFormat, "'");
  result.type.id = TypeId::kFixedSizeList;
  result.type.elementId = element.type.id;
  result.type.format = element.type.format;
  result.elementWidth = element.type.byteWidth;
  if (format == "+l" || format == "+L") {
    result.layout = ArrowLayout::kVariableList;
    result.largeOffsets = format == "+L";
  } else {
    result.layout = ArrowLayout::kFixedList;
    result.type.listLength = static_cast<int32_t>(parseCount(format.substr(3), format, kMaxListLength, where));
    result.type.byteWidth = result.type.listLength * result.elementWidth;
  }
  return result;
}

ColumnFormat parseDictionary(const ArrowSchema& schema, std::string_view format, const std::string& where) {
  const ColumnFormat index = parseFlat(format, where);
  const bool isInteger = index.type.id >= TypeId::kInt8 && index.type.id <= TypeId::kUInt64;
  INFERF_USER_CHECK(isInteger, INFERF_ERROR_INVALID_DATA, "Dictionary indices must be integers: ", where, ", format '", format, "'");
  checkChildCount(schema, 0, where);
  INFERF_USER_CHECK(schema.dictionary->dictionary == nullptr, INFERF_ERROR_UNSUPPORTED,
                    "Dictionaries of dictionaries are not supported: ", where);
  const std::string_view valueFormat = checkedFormat(*schema.dictionary, where);
  INFERF_USER_CHECK(valueFormat[0] != '+', INFERF_ERROR_UNSUPPORTED, "Dictionaries of nested values are not supported: ", where,
                    ", format '", valueFormat, "'");
  checkChildCount(*schema.dictionary, 0, where);
  ColumnFormat result;
  result.layout = ArrowLayout::kDictionary;
  result.indexId = index.type.id;
  result.dictionary = std::make_shared<const ColumnFormat>(parseFlat(valueFormat, where));
  result.type = result.dictionary->type;
  return result;
}

}  // namespace

ColumnFormat parseColumnFormat(const ArrowSchema& schema, const std::string& where) {
  const std::string_view format = checkedFormat(schema, where);
  if (schema.dictionary != nullptr) {
    return parseDictionary(schema, format, where);
  }
  if (format.starts_with("+w:") || format == "+l" || format == "+L") {
    return parseList(schema, format, where);
  }
  INFERF_USER_CHECK(format[0] != '+', INFERF_ERROR_UNSUPPORTED,
                    "Nested columns other than lists of numbers are not supported: ", where, ", format '", format, "'");
  checkChildCount(schema, 0, where);
  return parseFlat(format, where);
}

std::string exportFormat(const ColumnType& type) {
  if (!type.format.empty()) {
    return type.format;
  }
  const TypeId id = type.id == TypeId::kFixedSizeList ? type.elementId : type.id;
  for (const PrimitiveFormat& primitive : kPrimitives) {
    if (primitive.id == id && id != TypeId::kFixedWidth) {
      return std::string(1, primitive.format);
    }
  }
  switch (id) {
    case TypeId::kBool:
      return "b";
    case TypeId::kString:
      return "u";
    case TypeId::kLargeString:
      return "U";
    case TypeId::kFixedWidth:
      return detail::concatenate("w:", type.byteWidth);
    default:
      return "n";
  }
}

}  // namespace inferf
