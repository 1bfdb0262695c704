// Single strings and numbers of JSON text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::json {

// IsNumber: whether all of `text` is one number of the grammar of RFC 8259 section 6.
bool IsNumber(std::string_view text);

// Unescape: unescapes the inside of a JSON string (without its quotes) into `out`, which has room for `inside.size()`
// bytes. Gives the number of bytes; nothing when an escape is malformed or a surrogate stands alone. Requires that the
// caller has checked control characters and UTF-8.
std::optional<std::size_t> Unescape(std::string_view inside, char* out);

// Utf8SequenceLength: the number of bytes of the well-formed UTF-8 sequence (RFC 3629) that `text` begins with; 0 when
// it begins with none. Requires a non-empty text.
std::size_t Utf8SequenceLength(std::string_view text);

// IsInvisible: whether people do not see the code point, and a terminal, an editor or a viewer may obey it: C0 and C1
// controls and DEL, line and paragraph separators, bidirectional controls, zero-width characters and tags. Whatever
// shows text that others wrote escapes them.
constexpr bool IsInvisible(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0x061C || point == 0x180E ||
         (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF || (point >= 0xFFF9 && point <= 0xFFFB) ||
         (point >= 0xE0000 && point <= 0xE007F);
}

// AppendEscape: appends a code point as `\uXXXX`, beyond U+FFFF as two surrogates (RFC 8259 section 7).
void AppendEscape(char32_t point, std::string* out);

// Escapes: what AppendEscaped() does besides escaping what is IsInvisible().
enum class Escapes : std::uint8_t {
  kString,       // quotes and backslashes too, for the inside of a JSON string; bytes that are no UTF-8 become U+FFFD
  kShownString,  // likewise, but for people: such bytes become `\ufffd`, line feeds and tabs `\n` and `\t`
  kShownText,    // likewise, but quotes and backslashes stay
};

// AppendEscaped: appends `text`, safe to be shown whatever its bytes are. AppendQuoted() adds quotes; Escaped() and
// Quoted() give the string alone.
void AppendEscaped(std::string_view text, std::string* out, Escapes escapes = Escapes::kString);
void AppendQuoted(std::string_view text, std::string* out, Escapes escapes = Escapes::kString);
std::string Escaped(std::string_view text, Escapes escapes = Escapes::kString);
std::string Quoted(std::string_view text, Escapes escapes = Escapes::kString);

}  // namespace assay::json
