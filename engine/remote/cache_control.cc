#include "engine/remote/cache_control.h"

#include <algorithm>
#include <limits>
#include <string>

#include "engine/base/text.h"

namespace assay::remote {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

// delta-seconds (RFC 9111 section 1.2.2); a sender must not quote it, but some do.
std::optional<std::int64_t> ReadSeconds(std::string_view text) {
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) text = text.substr(1, text.size() - 2);
  if (text.empty()) return std::nullopt;
  std::int64_t seconds = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return std::nullopt;
    seconds = std::min(seconds * 10 + (c - '0'), kMost);
  }
  return seconds;
}

// Cuts the next directive off `text`: what stands before a comma that is not within quotes.
std::string_view NextDirective(std::string_view* text) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < text->size() && (quoted || (*text)[end] != ','); ++end) {
    if ((*text)[end] == '"') quoted = !quoted;
    if (quoted && (*text)[end] == '\\') ++end;
  }
  end = std::min(end, text->size());
  const std::string_view directive = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return Trim(directive);
}

}  // namespace

std::optional<std::int64_t> FreshnessSeconds(std::string_view cache_control, std::string_view age) {
  std::optional<std::int64_t> max_age;
  while (!cache_control.empty()) {
    const std::string_view directive = NextDirective(&cache_control);
    const std::size_t equals = directive.find('=');
    const std::string_view name = directive.substr(0, equals);
    if (EqualsIgnoreCase(name, "no-store") || EqualsIgnoreCase(name, "no-cache")) return 0;
    if (!EqualsIgnoreCase(name, "max-age") || equals == directive.npos) continue;
    const std::optional<std::int64_t> seconds = ReadSeconds(directive.substr(equals + 1));
    // Said twice, the shorter one is meant.
    if (seconds) max_age = std::min(max_age.value_or(kMost), *seconds);
  }
  if (!max_age) return std::nullopt;
  return std::max<std::int64_t>(*max_age - ReadSeconds(Trim(age)).value_or(0), 0);
}

}  // namespace assay::remote
