#include "engine/mcp/request/header_text.h"

#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/json/text.h"

namespace assay::mcp {
namespace {

constexpr std::string_view kBegin = "=?base64?";
constexpr std::string_view kEnd = "?=";

constexpr std::uint64_t EachByte(std::uint64_t byte) { return byte * 0x0101010101010101u; }

// HasUnprintable: whether eight bytes hold one outside 0x20..0x7E. A borrow or carry can only come from such a byte.
bool HasUnprintable(std::uint64_t word) {
  return ((word | (word - EachByte(0x20)) | (word + EachByte(1))) & EachByte(0x80)) != 0;
}

bool IsPrintable(std::string_view text) {
  if (text.size() < 8) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7F'; });
  }
  bool bad = HasUnprintable(LoadWord<std::uint64_t>(text.data() + text.size() - 8));
  for (std::size_t i = 0; i + 8 < text.size(); i += 8) bad |= HasUnprintable(LoadWord<std::uint64_t>(text.data() + i));
  return !bad;
}

int Sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

// DecodeBase64: decodes into `out`, which has room for 3 bytes per 4 characters.
std::optional<std::size_t> DecodeBase64(std::string_view text, char* out) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  std::size_t size = 0;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    const int sextet = Sextet(c);
    if (sextet < 0) return std::nullopt;
    bits = (bits << 6 | static_cast<unsigned>(sextet)) & 0xFFFF;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out[size++] = static_cast<char>(bits >> held & 0xFF);
  }
  if ((bits & ((1u << held) - 1)) != 0) return std::nullopt;
  return size;
}

bool IsCleanUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = json::Utf8SequenceLength(text);
    if (length == 0 || text[0] == '\0') return false;
    text.remove_prefix(length);
  }
  return true;
}

__attribute__((noinline)) std::optional<std::string_view> Decode(std::string_view value, Arena& arena) {
  value.remove_prefix(kBegin.size());
  if (!value.ends_with(kEnd)) return std::nullopt;
  value.remove_suffix(kEnd.size());
  char* const out = arena.Allocate<char>(value.size());
  const auto size = DecodeBase64(value, out);
  if (!size || !IsCleanUtf8({out, *size})) return std::nullopt;
  arena.Shrink(out, *size);
  return std::string_view(out, *size);
}

}  // namespace

std::optional<std::string_view> DecodeHeaderText(std::string_view value, Arena& arena) {
  if (value.empty()) return std::nullopt;
  if (value[0] == kBegin[0] && value.starts_with(kBegin)) return Decode(value, arena);
  if (value.front() == ' ' || value.back() == ' ' || !IsPrintable(value)) return std::nullopt;
  return value;
}

}  // namespace assay::mcp
