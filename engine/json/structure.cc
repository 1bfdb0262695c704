#include "engine/json/structure.h"

#include "engine/json/scan.h"

namespace assay::json {

Value Structure::ValueAt(std::uint32_t at) const {
  const Kind kind = KindOf(CharAt(at));
  if (kind == Kind::kObject || kind == Kind::kArray) {
    return {kind, at, {text_ + positions_[at], positions_[closing_[at]] + 1 - positions_[at]}, {}};
  }
  const std::string_view raw = SpelledAt(at);
  return {kind, 0, raw, kind == Kind::kString ? Unquoted(raw) : std::string_view()};
}

std::uint32_t Structure::MemberAt(std::uint32_t at, std::string_view name) const {
  for (++at; CharAt(at) != '}';) {  // name, colon, value, comma or brace
    if (IsStringAt(at, name)) return at + 2;
    at = EndOf(at + 2);
    if (CharAt(at) == ',') ++at;
  }
  return 0;
}

bool Structure::FindPath(const Value& from, std::span<const std::string> names, Value* value) const {
  std::uint32_t at = from.place;
  for (const std::string& name : names) {
    if (CharAt(at) != '{') return false;
    at = MemberAt(at, name);
    if (at == 0) return false;
  }
  *value = ValueAt(at);
  return true;
}

}  // namespace assay::json
