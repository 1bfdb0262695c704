#include "engine/claims/numeric_date.h"

#include <algorithm>
#include <limits>

namespace assay {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

// The digits of a number without its point: value = digits * 10^-scale, scale after the exponent.
struct Decimal {
  std::string_view before;  // digits before the point
  std::string_view after;   // digits after it
  std::int64_t exponent = 0;
};

// Eight digits at once: pairs of neighbours are joined, then pairs of pairs. -1 when one is no digit.
std::int64_t EightDigits(const char* digits) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(digits[i])) << (8 * i);
  constexpr std::uint64_t kHigh = 0xF0F0F0F0F0F0F0F0, kZeros = 0x3030303030303030, kToCarry = 0x0606060606060606;
  if ((value & kHigh) != kZeros || ((value + kToCarry) & kHigh) != kZeros) return -1;
  value = ((value & 0x0F0F0F0F0F0F0F0F) * (1 + (10 << 8))) >> 8;
  value = ((value & 0x00FF00FF00FF00FF) * (1 + (100 << 16))) >> 16;
  value = ((value & 0x0000FFFF0000FFFF) * (1 + (std::uint64_t{10000} << 32))) >> 32;
  return static_cast<std::int64_t>(value);
}

// What nearly every token holds: digits alone, few enough to fit.
std::optional<std::int64_t> PlainInteger(std::string_view number) {
  if (number.size() > 18) return std::nullopt;
  std::int64_t value = 0;
  if (number.size() >= 8) {
    value = EightDigits(number.data());
    if (value < 0) return std::nullopt;
    number.remove_prefix(8);
  }
  for (char c : number) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

Decimal Split(std::string_view number) {
  Decimal decimal;
  const std::size_t e = number.find_first_of("eE");
  const std::string_view mantissa = number.substr(0, e);
  const std::size_t point = mantissa.find('.');
  decimal.before = mantissa.substr(0, point);
  if (point != std::string_view::npos) decimal.after = mantissa.substr(point + 1);
  if (e == std::string_view::npos) return decimal;
  std::string_view digits = number.substr(e + 1);
  const bool negative = digits.front() == '-';
  if (digits.front() == '-' || digits.front() == '+') digits.remove_prefix(1);
  // Beyond this bound every non-zero number of a token's size is too large, or below one.
  constexpr std::int64_t kBound = std::int64_t{1} << 40;
  for (char c : digits) decimal.exponent = std::min(kBound, decimal.exponent * 10 + (c - '0'));
  if (negative) decimal.exponent = -decimal.exponent;
  return decimal;
}

}  // namespace

std::optional<NumericDate> NumericDate::Parse(std::string_view json_number) {
  if (const std::optional<std::int64_t> plain = PlainInteger(json_number)) return NumericDate(*plain);
  const bool negative = json_number.front() == '-';
  if (negative) json_number.remove_prefix(1);
  const Decimal decimal = Split(json_number);
  const auto count = static_cast<std::int64_t>(decimal.before.size() + decimal.after.size());
  const auto digit = [&](std::int64_t i) -> std::int64_t {
    const auto at = static_cast<std::size_t>(i);
    const char c = at < decimal.before.size() ? decimal.before[at] : decimal.after[at - decimal.before.size()];
    return c - '0';
  };

  // Digits [0, whole) are the integer part; beyond `count` they are zeros that the exponent adds.
  const std::int64_t whole = static_cast<std::int64_t>(decimal.before.size()) + decimal.exponent;
  std::int64_t value = 0;
  for (std::int64_t i = 0; i < std::min(whole, count); ++i) {
    if (value > (kLargest - digit(i)) / 10) return std::nullopt;
    value = value * 10 + digit(i);
  }
  for (std::int64_t i = count; i < whole && value != 0; ++i) {
    if (value > kLargest / 10) return std::nullopt;
    value *= 10;
  }
  bool fraction = false;
  for (std::int64_t i = std::max<std::int64_t>(whole, 0); i < count; ++i) fraction |= digit(i) != 0;
  if (!negative) return NumericDate(value, fraction);
  // The floor of a negative number with a fraction lies one below.
  return NumericDate(fraction ? -value - 1 : -value, fraction);
}

}  // namespace assay
