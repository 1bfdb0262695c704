// NumericDate: seconds since the epoch as a JSON number (RFC 7519 section 2), read exactly.
//
// The text of the number is never converted through `double`: the integer part is held as 64-bit
// and a fraction as one bit, which is all that comparison with a whole-second clock needs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace assay {

class NumericDate {
 public:
  constexpr NumericDate() = default;
  constexpr explicit NumericDate(std::int64_t seconds, bool fraction = false) : floor_(seconds), fraction_(fraction) {}

  // Parse: reads a number that already satisfies the JSON grammar, exponent form included. Nothing when
  // the integer part does not fit 63 bits.
  static std::optional<NumericDate> Parse(std::string_view json_number);

  // floor, ceil: rounded down and up to whole seconds; ceil saturates.
  constexpr std::int64_t floor() const { return floor_; }
  constexpr std::int64_t ceil() const { return floor_ + (fraction_ && floor_ != INT64_MAX ? 1 : 0); }
  constexpr bool has_fraction() const { return fraction_; }

  constexpr bool operator==(const NumericDate&) const = default;

 private:
  std::int64_t floor_ = 0;
  bool fraction_ = false;
};

}  // namespace assay
