#include "tools/assay/io/text.h"

#include <algorithm>
#include <charconv>

#include "engine/json/strict.h"
#include "engine/json/text.h"

namespace assay::cli {
namespace {

// A code point read from the front of some bytes. `length` is 0 for bytes that are no UTF-8
// (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;
};

CodePoint ReadMultibyte(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  std::size_t length = 0;
  std::uint32_t value = 0;
  std::uint32_t least = 0;
  if ((lead & 0xE0u) == 0xC0u) {
    length = 2, value = lead & 0x1Fu, least = 0x80;
  } else if ((lead & 0xF0u) == 0xE0u) {
    length = 3, value = lead & 0x0Fu, least = 0x800;
  } else if ((lead & 0xF8u) == 0xF0u) {
    length = 4, value = lead & 0x07u, least = 0x10000;
  } else {
    return {};
  }
  if (text.size() < length) return {};
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return {};
    value = (value << 6) | (byte(i) & 0x3Fu);
  }
  if (value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, length};
}

template <bool kQuoted>
void AppendEscaped(std::string* out, std::string_view text) {
  std::size_t plain = 0;  // text[plain, i) needs no escaping and is not yet written
  std::size_t i = 0;
  while (i < text.size()) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x7F && !(kQuoted && (c == '"' || c == '\\'))) {
      ++i;
      continue;
    }
    std::size_t length = 1;
    bool replaced = false;
    std::uint32_t value = c;
    if (c >= 0x80) {
      const CodePoint point = ReadMultibyte(text.substr(i));
      replaced = point.length == 0;
      length = replaced ? 1 : point.length;
      value = replaced ? 0xFFFD : point.value;
      if (!replaced && !json::IsInvisible(value)) {
        i += length;
        continue;
      }
    }
    out->append(text, plain, i - plain);
    if (value == '"' || value == '\\') {
      *out += '\\';
      *out += static_cast<char>(value);
    } else if (value == '\n') {
      out->append("\\n");
    } else if (value == '\t') {
      out->append("\\t");
    } else {
      json::AppendEscape(value, out);
    }
    i += length;
    plain = i;
  }
  out->append(text, plain);
}

}  // namespace

void AppendJsonString(std::string* out, std::string_view text) {
  *out += '"';
  AppendEscaped<true>(out, text);
  *out += '"';
}

void AppendJson(std::string* out, std::string_view json) {
  const std::size_t start = out->size();
  json::AppendMinified(json, out);
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) < 0x7F; };
  if (std::all_of(out->begin() + static_cast<std::ptrdiff_t>(start), out->end(), is_plain)) return;
  const std::string raw = out->substr(start);
  out->resize(start);
  AppendPrintable(out, raw);
}

void AppendPrintable(std::string* out, std::string_view text) { AppendEscaped<false>(out, text); }

std::string Printable(std::string_view text) {
  std::string out;
  AppendPrintable(&out, text);
  return out;
}

void AppendNumber(std::string* out, std::uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out->append(digits, static_cast<std::size_t>(end - digits));
}

std::string Count(std::uint64_t number, std::string_view noun) {
  std::string out = std::to_string(number) + ' ' + std::string(noun);
  if (number != 1) out += 's';
  return out;
}

}  // namespace assay::cli
