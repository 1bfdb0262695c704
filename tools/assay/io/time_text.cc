#include "tools/assay/io/time_text.h"

#include <ctime>

namespace assay::cli {

std::optional<std::string> UtcText(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts;
  char text[64];
  if (::gmtime_r(&time, &parts) == nullptr || std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
    return std::nullopt;
  }
  return text;
}

std::string DurationText(std::uint64_t seconds) {
  constexpr std::uint64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour, kManyDays = 10 * kDay;
  const auto two = [](std::uint64_t large, const char* unit, std::uint64_t small, const char* small_unit) {
    std::string text = std::to_string(large) + unit;
    if (small > 0) text += ' ' + std::to_string(small) + small_unit;
    return text;
  };
  if (seconds < kMinute) return std::to_string(seconds) + " s";
  if (seconds < kHour) return two(seconds / kMinute, " min", seconds % kMinute, " s");
  if (seconds < 2 * kDay) return two(seconds / kHour, " h", seconds % kHour / kMinute, " min");
  const std::uint64_t days = seconds / kDay;
  if (seconds >= kManyDays) return std::to_string(days) + " days";
  return two(days, " days", seconds % kDay / kHour, " h");
}

}  // namespace assay::cli
