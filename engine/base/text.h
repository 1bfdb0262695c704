// ASCII text: classes of characters, case, blanks, numbers. The C library's own go by the locale; these never do.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace assay {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool IsAlpha(char c) { return IsUpper(c) || (c >= 'a' && c <= 'z'); }
constexpr bool IsAlphanumeric(char c) { return IsAlpha(c) || IsDigit(c); }
constexpr bool IsControl(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; }

// IsTokenCharacter: whether a token of HTTP may hold it (RFC 9110 section 5.6.2).
constexpr bool IsTokenCharacter(char c) {
  return IsAlphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

constexpr char ToLower(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

// EqualsIgnoreCase: whether two texts are equal but for the case of ASCII letters.
constexpr bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (ToLower(a[i]) != ToLower(b[i])) return false;
  }
  return true;
}

// IsMiscased: whether `name` is `exact` in another case: a reader that folds case would take it for that one.
constexpr bool IsMiscased(std::string_view name, std::string_view exact) {
  return name != exact && EqualsIgnoreCase(name, exact);
}

// Trim: `text` without the spaces and tabs around it (RFC 9110 section 5.6.3, OWS).
constexpr std::string_view Trim(std::string_view text, std::string_view blanks = " \t") {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

// IsBearerToken: whether `text` can be sent as a bearer token (RFC 6750 section 2.1, b64token).
constexpr bool IsBearerToken(std::string_view text) {
  const std::size_t end = text.find_last_not_of('=');
  if (end == std::string_view::npos) return false;
  text = text.substr(0, end + 1);
  // Without a branch, in bytes, so that compilers look at many at once: every request's token passes here.
  std::uint8_t others = 0;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    const auto letter = static_cast<std::uint8_t>((byte | 0x20) - 'a');
    const auto from_hyphen = static_cast<std::uint8_t>(byte - '-');  // - . / 0-9 stand in one row
    others |= static_cast<std::uint8_t>(letter >= 26) & static_cast<std::uint8_t>(from_hyphen >= 13) &
              static_cast<std::uint8_t>(byte != '+') & static_cast<std::uint8_t>(byte != '_') &
              static_cast<std::uint8_t>(byte != '~');
  }
  return others == 0;
}

// IsMediaTypeText: whether every byte may stand in a media type, its slash included (RFC 6838 section 4.2).
constexpr bool IsMediaTypeText(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlphanumeric(c) || std::string_view("!#$&-^_.+/").find(c) != std::string_view::npos;
  });
}

// IsPathWord: whether `text`, which is not empty, holds A-Z a-z 0-9 . _ - alone: what has one spelling in a URL, and
// ends no segment of its path.
constexpr bool IsPathWord(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return IsAlphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

// ParseNumber: all of `text` as a number; nothing for anything else, blanks, a plus sign and overflow included.
template <typename Number>
std::optional<Number> ParseNumber(std::string_view text, int base = 10) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

// HexDigit: the value of a hexadecimal digit of either case, or -1.
constexpr int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = ToLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// PercentEscape: the byte of the escape `%XX` that stands at `at` (RFC 3986 section 2.1), or -1 where none does.
constexpr int PercentEscape(std::string_view text, std::size_t at) {
  if (at >= text.size() || text.size() - at < 3 || text[at] != '%') return -1;
  const int high = HexDigit(text[at + 1]), low = HexDigit(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

inline constexpr char kHexDigits[] = "0123456789abcdef";

// Hex: `bytes` in hexadecimal, in lower case.
inline std::string Hex(std::span<const std::uint8_t> bytes) {
  std::string hex;
  for (const std::uint8_t byte : bytes) {
    hex += kHexDigits[byte >> 4];
    hex += kHexDigits[byte & 15];
  }
  return hex;
}

}  // namespace assay
