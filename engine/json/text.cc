#include "engine/json/text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "engine/base/text.h"
#include "engine/json/strict.h"

namespace assay::json {
namespace {

// The code unit of `\uXXXX` at `p`, or -1.
int CodeUnit(const char* p, const char* end) {
  if (end - p < 6 || p[0] != '\\' || p[1] != 'u') return -1;
  int unit = 0;
  for (int i = 2; i < 6; ++i) {
    const int digit = HexDigit(p[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

char* PutUtf8(std::uint32_t code_point, char* out) {
  if (code_point < 0x80) {
    *out++ = static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    *out++ = static_cast<char>(0xC0 | (code_point >> 6));
    *out++ = static_cast<char>(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    *out++ = static_cast<char>(0xE0 | (code_point >> 12));
    *out++ = static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
    *out++ = static_cast<char>(0x80 | (code_point & 0x3F));
  } else {
    *out++ = static_cast<char>(0xF0 | (code_point >> 18));
    *out++ = static_cast<char>(0x80 | ((code_point >> 12) & 0x3F));
    *out++ = static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
    *out++ = static_cast<char>(0x80 | (code_point & 0x3F));
  }
  return out;
}

char SimpleEscape(char c) {
  switch (c) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '/':
      return '/';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

constexpr char32_t kReplacement = 0xFFFD;

// The code point of a well-formed sequence of `text.size()` bytes.
char32_t CodePointOf(std::string_view text) {
  auto point = static_cast<char32_t>(static_cast<unsigned char>(text[0]));
  if (text.size() > 1) point &= 0x7Fu >> text.size();
  for (const char c : text.substr(1)) point = point << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  return point;
}

void AppendCodeUnit(char32_t unit, std::string* out) {
  out->append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) out->push_back(kHexDigits[(unit >> shift) & 15]);
}

// IsPlainAscii: what no Escapes escapes, and most text is made of.
bool IsPlainAscii(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

}  // namespace

void AppendEscape(char32_t point, std::string* out) {
  if (point < 0x10000) return AppendCodeUnit(point, out);
  AppendCodeUnit(0xD800 + ((point - 0x10000) >> 10), out);
  AppendCodeUnit(0xDC00 + ((point - 0x10000) & 0x3FF), out);
}

std::optional<std::size_t> Unescape(std::string_view inside, char* out) {
  const char* p = inside.data();
  const char* const end = p + inside.size();
  char* const start = out;
  while (p < end) {
    const auto* backslash = static_cast<const char*>(std::memchr(p, '\\', static_cast<std::size_t>(end - p)));
    const char* const plain_end = backslash != nullptr ? backslash : end;
    std::memmove(out, p, static_cast<std::size_t>(plain_end - p));
    out += plain_end - p;
    p = plain_end;
    if (p == end) break;
    if (end - p < 2) return std::nullopt;
    if (p[1] != 'u') {
      const char c = SimpleEscape(p[1]);
      if (c == '\0') return std::nullopt;
      *out++ = c;
      p += 2;
      continue;
    }
    const int unit = CodeUnit(p, end);
    if (unit < 0) return std::nullopt;
    p += 6;
    auto code_point = static_cast<std::uint32_t>(unit);
    if (code_point >= 0xDC00 && code_point <= 0xDFFF) return std::nullopt;
    if (code_point >= 0xD800 && code_point <= 0xDBFF) {
      const int low = CodeUnit(p, end);
      if (low < 0xDC00 || low > 0xDFFF) return std::nullopt;
      code_point = 0x10000 + ((code_point - 0xD800) << 10) + (static_cast<std::uint32_t>(low) - 0xDC00);
      p += 6;
    }
    out = PutUtf8(code_point, out);
  }
  return static_cast<std::size_t>(out - start);
}

std::size_t Utf8SequenceLength(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (text.size() < length || at(1) < low || at(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (at(i) < 0x80 || at(i) > 0xBF) return 0;
  }
  return length;
}

void AppendMinified(std::string_view raw, std::string* out) {
  std::size_t run = 0;  // raw[run, i) is still to be copied
  std::size_t i = 0;
  while (i < raw.size()) {
    const char c = raw[i++];
    if (c == '"') {
      // Up to the next quote with an even number of backslashes before it.
      for (bool open = true; open && i < raw.size(); ++i) {
        i = std::min(raw.find('"', i), raw.size());
        std::size_t plain = i;
        while (raw[plain - 1] == '\\') --plain;
        open = (i - plain) % 2 != 0;
      }
      i = std::min(i, raw.size());
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      out->append(raw, run, i - 1 - run);
      run = i;
    }
  }
  out->append(raw, run);
}

void AppendEscaped(std::string_view text, std::string* out, Escapes escapes) {
  const bool quoted = escapes != Escapes::kShownText;
  const bool shown = escapes != Escapes::kString;
  std::size_t plain = 0;  // text[plain, i) needs no escape, and is not yet written
  std::size_t i = 0;
  for (;;) {
    while (i < text.size() && IsPlainAscii(text[i])) ++i;
    if (i == text.size()) break;
    const auto c = static_cast<unsigned char>(text[i]);
    const bool is_syntax = quoted && (c == '"' || c == '\\');
    const std::size_t length = c < 0x80 ? 1 : Utf8SequenceLength(text.substr(i));
    const char32_t point = length == 0 ? kReplacement : CodePointOf(text.substr(i, length));
    if (length > 0 && !is_syntax && !IsInvisible(point)) {
      i += length;
      continue;
    }
    out->append(text, plain, i - plain);
    if (is_syntax) {
      out->append({'\\', text[i]});
    } else if (shown && (c == '\n' || c == '\t')) {
      out->append(c == '\n' ? "\\n" : "\\t");
    } else if (length > 0 || shown) {
      AppendEscape(point, out);
    } else {
      out->append("\xEF\xBF\xBD");
    }
    i += std::max<std::size_t>(length, 1);
    plain = i;
  }
  out->append(text, plain);
}

void AppendQuoted(std::string_view text, std::string* out, Escapes escapes) {
  out->push_back('"');
  AppendEscaped(text, out, escapes);
  out->push_back('"');
}

std::string Escaped(std::string_view text, Escapes escapes) {
  std::string escaped;
  AppendEscaped(text, &escaped, escapes);
  return escaped;
}

std::string Quoted(std::string_view text, Escapes escapes) {
  std::string quoted;
  AppendQuoted(text, &quoted, escapes);
  return quoted;
}

}  // namespace assay::json
