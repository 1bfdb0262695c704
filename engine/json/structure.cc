#include "engine/json/structure.h"

#include "engine/base/bytes.h"
#include "engine/json/scan.h"

namespace assay::json {

std::string_view Structure::SpelledAt(std::uint32_t at) const {
  const char* const begin = text_ + positions_[at];
  const char* last = text_ + positions_[at + 1] - 1;
  while (IsSpace(*last)) --last;
  return {begin, static_cast<std::size_t>(last + 1 - begin)};
}

Value Structure::ValueAt(std::uint32_t at) const {
  Value value;
  value.kind = KindOf(CharAt(at));
  if (value.kind == Kind::kObject || value.kind == Kind::kArray) {
    value.place = at;
    value.raw = {text_ + positions_[at], positions_[closing_[at]] + 1 - positions_[at]};
    return value;
  }
  value.raw = SpelledAt(at);
  if (value.kind == Kind::kString) value.text = value.raw.substr(1, value.raw.size() - 2);
  return value;
}

bool Structure::FindMember(const Value& object, std::string_view name, Value* value) const {
  std::uint32_t at = object.place + 1;
  while (CharAt(at) != '}') {  // name, colon, value, comma or brace
    const std::string_view spelled = SpelledAt(at);
    if (SameText(spelled.substr(1, spelled.size() - 2), name)) {
      *value = ValueAt(at + 2);
      return true;
    }
    at = EndOf(at + 2);
    if (CharAt(at) == ',') ++at;
  }
  return false;
}

}  // namespace assay::json
