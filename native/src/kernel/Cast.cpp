#include "kernel/Cast.h"

#include <charconv>
#include <system_error>
#include <type_traits>

#include "base/Error.h"

namespace inferf {

namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;

bool isSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Text without white space around it and without a plus sign, which std::from_chars does not know.
std::string_view numeral(std::string_view text) {
  while (!text.empty() && isSpace(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && isSpace(text.back())) {
    text.remove_suffix(1);
  }
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') {
    text.remove_prefix(1);
  }
  return text;
}

/// Reads all of `text`. `isReadable` says whether it is a number at all, which may be too large or too small for T.
template <typename T>
std::errc parseAll(std::string_view text, T& value, bool& isReadable) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  isReadable = end == text.data() + text.size() && error != std::errc::invalid_argument && !text.empty();
  return error;
}

[[noreturn]] void throwNoNumber(std::string_view text) {
  throwUser(INFERF_ERROR_INVALID_DATA, "A text that the model converts to a number is none. Text: '", text.substr(0, 64), "'");
}

template <typename T>
T parseFloat(std::string_view text) {
  const std::string_view digits = numeral(text);
  T value = T(0);
  bool isReadable = false;
  const std::errc error = parseAll(digits, value, isReadable);
  if (isReadable && error == std::errc::result_out_of_range) {
    // Tells overflow from underflow.
    long double wide = 0.0L;
    isReadable = parseAll(digits, wide, isReadable) == std::errc();
    value = static_cast<T>(wide);
  }
  if (!isReadable) {
    throwNoNumber(text);
  }
  return value;
}

int64_t parseInteger(std::string_view text, bool isUnsigned) {
  const std::string_view digits = numeral(text);
  bool isReadable = false;
  if (isUnsigned) {
    uint64_t bits = 0;
    if (parseAll(digits, bits, isReadable) == std::errc() && isReadable) {
      return static_cast<int64_t>(bits);
    }
  } else {
    int64_t value = 0;
    if (parseAll(digits, value, isReadable) == std::errc() && isReadable) {
      return value;
    }
  }
  const auto value = parseFloat<double>(text);
  return isUnsigned ? static_cast<int64_t>(truncateToUnsigned(value)) : truncateToInteger(value);
}

template <typename To, typename From>
To convert(From x, const CastRules& rules) {
  if constexpr (std::is_same_v<From, std::string_view>) {
    if constexpr (std::is_integral_v<To>) {
      return parseInteger(x, rules.wrap.isUnsigned && rules.wrap.bits == 0);
    } else {
      return parseFloat<To>(x);
    }
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    const auto wide = static_cast<double>(x);
    return rules.wrap.isUnsigned && rules.wrap.bits == 0 ? static_cast<int64_t>(truncateToUnsigned(wide)) : truncateToInteger(wide);
  } else {
    return static_cast<To>(x);
  }
}

/// Rounds from the argument itself: by way of float it would be rounded twice.
template <typename From>
float convertToFormat(From x, const CastRules& rules) {
  if constexpr (std::is_same_v<From, std::string_view>) {
    return roundToFormat(parseFloat<double>(x), rules.rounding);
  } else {
    return roundToFormat(static_cast<double>(x), rules.rounding);
  }
}

template <typename From>
bool isTrue(From x) {
  if constexpr (std::is_same_v<From, std::string_view>) {
    return parseFloat<double>(x) != 0.0;
  } else {
    return x != From(0);
  }
}

template <typename From, typename To, class Function>
void transformRows(Matrix<const From> in, Matrix<To> out, int64_t numRows, const Function& function) {
  for (int64_t i = 0; i < numRows; ++i) {
    const From* a = in.row(i);
    To* c = out.row(i);
    for (int64_t j = 0; j < out.width; ++j) {
      c[j] = function(a[j]);
    }
  }
}

}  // namespace

int64_t wrapInteger(int64_t x, IntegerWrap wrap) {
  if (wrap.bits == 0) {
    return x;
  }
  const uint32_t unused = 64 - wrap.bits;
  const uint64_t raised = static_cast<uint64_t>(x) << unused;
  return wrap.isUnsigned ? static_cast<int64_t>(raised >> unused) : static_cast<int64_t>(raised) >> unused;
}

uint64_t truncateToUnsigned(double x) {
  if (x >= kTwoTo63 && x < 2.0 * kTwoTo63) {
    return static_cast<uint64_t>(x);
  }
  return static_cast<uint64_t>(truncateToInteger(x));
}

template <typename From, typename To>
void applyCast(Matrix<const From> in, Matrix<To> out, int64_t numRows, const CastRules& rules) {
  if (rules.toBoolean) {
    return transformRows(in, out, numRows, [](From x) { return isTrue(x) ? To(1) : To(0); });
  }
  if constexpr (std::is_same_v<To, float>) {
    if (rules.rounding.format != FloatFormat::kNone) {
      if constexpr (std::is_integral_v<From>) {
        if (rules.argumentIsUnsigned) {
          return transformRows(in, out, numRows, [&](From x) { return convertToFormat(static_cast<uint64_t>(x), rules); });
        }
      }
      return transformRows(in, out, numRows, [&](From x) { return convertToFormat(x, rules); });
    }
  }
  if constexpr (std::is_integral_v<From> && std::is_floating_point_v<To>) {
    if (rules.argumentIsUnsigned) {
      return transformRows(in, out, numRows, [](From x) { return static_cast<To>(static_cast<uint64_t>(x)); });
    }
  }
  if constexpr (std::is_integral_v<To>) {
    if (rules.wrap.bits != 0) {
      return transformRows(in, out, numRows, [&](From x) { return wrapInteger(convert<To>(x, rules), rules.wrap); });
    }
  }
  transformRows(in, out, numRows, [&](From x) { return convert<To>(x, rules); });
}

template void applyCast(Matrix<const float>, Matrix<float>, int64_t, const CastRules&);
template void applyCast(Matrix<const float>, Matrix<double>, int64_t, const CastRules&);
template void applyCast(Matrix<const float>, Matrix<int64_t>, int64_t, const CastRules&);
template void applyCast(Matrix<const double>, Matrix<float>, int64_t, const CastRules&);
template void applyCast(Matrix<const double>, Matrix<double>, int64_t, const CastRules&);
template void applyCast(Matrix<const double>, Matrix<int64_t>, int64_t, const CastRules&);
template void applyCast(Matrix<const int64_t>, Matrix<float>, int64_t, const CastRules&);
template void applyCast(Matrix<const int64_t>, Matrix<double>, int64_t, const CastRules&);
template void applyCast(Matrix<const int64_t>, Matrix<int64_t>, int64_t, const CastRules&);
template void applyCast(Matrix<const std::string_view>, Matrix<float>, int64_t, const CastRules&);
template void applyCast(Matrix<const std::string_view>, Matrix<double>, int64_t, const CastRules&);
template void applyCast(Matrix<const std::string_view>, Matrix<int64_t>, int64_t, const CastRules&);

}  // namespace inferf
