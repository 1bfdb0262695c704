#include "engine/json/items.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/json/scan.h"
#include "engine/json/text.h"

namespace assay::json {
namespace {

std::size_t SkipSpace(std::string_view text, std::size_t at) {
  while (at < text.size() && IsSpace(text[at])) ++at;
  return at;
}

// NextOf: the place of the first of two bytes from `at` on; there is one.
std::size_t NextOf(std::string_view text, std::size_t at, char a, char b) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u, kHigh = 0x8080808080808080u;
  const auto zeros = [](std::uint64_t word) { return (word - kOnes) & ~word & kHigh; };  // exact up to the first zero
  for (; at + 8 <= text.size(); at += 8) {
    const auto word = LoadWord<std::uint64_t>(text.data() + at);
    const std::uint64_t found =
        zeros(word ^ kOnes * static_cast<unsigned char>(a)) | zeros(word ^ kOnes * static_cast<unsigned char>(b));
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  }
  while (text[at] != a && text[at] != b) ++at;
  return at;
}

std::size_t SkipString(std::string_view text, std::size_t at) {
  for (at = NextOf(text, at + 1, '"', '\\'); text[at] != '"'; at = NextOf(text, at + 2, '"', '\\')) {
  }
  return at + 1;
}

bool EndsScalar(char c) { return c == ',' || c == ']' || c == '}' || IsSpace(c); }

// The end of the accepted value that begins at `at`.
std::size_t SkipValue(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  do {
    switch (text[at]) {
      case '"':
        at = SkipString(text, at);
        break;
      case '[':
      case '{':
        ++depth;
        ++at;
        break;
      case ']':
      case '}':
        --depth;
        ++at;
        break;
      default:
        ++at;
        if (depth > 0) break;
        while (at < text.size() && !EndsScalar(text[at])) ++at;
    }
  } while (depth > 0);
  return at;
}

// SkipComma: the place of what follows the item that ends at `at`: the next item, or the closing bracket.
std::size_t SkipComma(std::string_view text, std::size_t at) {
  at = SkipSpace(text, at);
  return text[at] == ',' ? SkipSpace(text, at + 1) : at;
}

// TextOf: the text of an accepted string.
std::string_view TextOf(std::string_view spelled, Arena& arena) {
  const std::string_view inside = spelled.substr(1, spelled.size() - 2);
  if (spelled[NextOf(spelled, 1, '"', '\\')] == '"') return inside;
  char* const out = arena.Allocate<char>(inside.size());
  return {out, Unescape(inside, out).value_or(0)};
}

Value ValueOf(std::string_view raw, Arena& arena) {
  const Kind kind = KindOf(raw.front());
  return {kind, 0, raw, kind == Kind::kString ? TextOf(raw, arena) : std::string_view()};
}

// ForEachSpelledMember: visit(name, value), both as they are spelled, for each member of an accepted object.
template <typename Visitor>
void ForEachSpelledMember(std::string_view text, Visitor&& visit) {
  std::size_t at = SkipSpace(text, 1);
  while (text[at] != '}') {
    const std::size_t name_end = SkipString(text, at);
    const std::size_t value = SkipSpace(text, SkipSpace(text, name_end) + 1);  // behind the colon
    const std::size_t end = SkipValue(text, value);
    if (!visit(text.substr(at, name_end - at), text.substr(value, end - value))) return;
    at = SkipComma(text, end);
  }
}

}  // namespace

void ForEachItem(const Value& array, Arena& arena, bool (*visit)(void* context, const Value& item), void* context) {
  const std::string_view text = array.raw;
  std::size_t at = SkipSpace(text, 1);
  while (text[at] != ']') {
    const std::size_t end = SkipValue(text, at);
    if (!visit(context, ValueOf(text.substr(at, end - at), arena))) return;
    at = SkipComma(text, end);
  }
}

void ForEachMember(const Value& object, Arena& arena, bool (*visit)(void* context, const Member& member),
                   void* context) {
  ForEachSpelledMember(object.raw, [&](std::string_view name, std::string_view value) {
    return visit(context, {TextOf(name, arena), ValueOf(value, arena)});
  });
}

bool FindMember(const Value& object, std::string_view name, Arena& arena, Value* value) {
  bool found = false;
  ForEachSpelledMember(object.raw, [&](std::string_view spelled, std::string_view raw) {
    found = SameText(TextOf(spelled, arena), name);
    if (found) *value = ValueOf(raw, arena);
    return !found;
  });
  return found;
}

bool IsArrayOfStrings(const Value& value) {
  if (value.kind != Kind::kArray) return false;
  const std::string_view text = value.raw;
  std::size_t at = SkipSpace(text, 1);
  while (text[at] == '"') {
    at = SkipSpace(text, SkipString(text, at));
    if (text[at] == ',') at = SkipSpace(text, at + 1);
  }
  return at + 1 == text.size();
}

}  // namespace assay::json
