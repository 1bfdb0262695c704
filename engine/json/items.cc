#include "engine/json/items.h"

#include <cstddef>
#include <string_view>

#include "engine/json/scan.h"
#include "engine/json/text.h"

namespace assay::json {
namespace {

std::size_t SkipSpace(std::string_view text, std::size_t at) {
  while (at < text.size() && IsSpace(text[at])) ++at;
  return at;
}

std::size_t SkipString(std::string_view text, std::size_t at) {
  for (++at; text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

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
        while (at < text.size() && text[at] != ',' && text[at] != ']' && !IsSpace(text[at])) ++at;
    }
  } while (depth > 0);
  return at;
}

}  // namespace

void ForEachItem(const Value& array, Arena& arena, bool (*visit)(void* context, const Value& item), void* context) {
  const std::string_view text = array.raw;
  std::size_t at = SkipSpace(text, 1);
  while (text[at] != ']') {
    const std::size_t end = SkipValue(text, at);
    Value item{KindOf(text[at]), text.substr(at, end - at), {}};
    if (item.kind == Kind::kString) {
      item.text = item.raw.substr(1, item.raw.size() - 2);
      if (item.text.find('\\') != std::string_view::npos) {
        char* const out = arena.Allocate<char>(item.text.size());
        item.text = {out, Unescape(item.text, out).value_or(0)};
      }
    }
    if (!visit(context, item)) return;
    at = SkipSpace(text, end);
    if (text[at] == ',') at = SkipSpace(text, at + 1);
  }
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
