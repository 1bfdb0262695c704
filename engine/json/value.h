// Value and Member: what strict parsing yields. Views only; they own nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/bytes.h"

namespace assay::json {

enum class Kind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

struct Value {
  Kind kind = Kind::kNull;
  std::uint32_t place = 0;  // an array's or object's in its parser's Structure; 0: unknown
  std::string_view raw;     // the value's JSON text, quotes and brackets included
  std::string_view text;    // kString: unescaped UTF-8; otherwise empty
};

struct Member {
  std::string_view name;  // unescaped
  Value value;
};

inline bool IsString(const Value& value) { return value.kind == Kind::kString; }

// Find: the value of the member with exactly this name, or null.
inline const Value* Find(std::span<const Member> members, std::string_view name) {
  for (const Member& member : members) {
    if (SameText(member.name, name)) return &member.value;
  }
  return nullptr;
}

}  // namespace assay::json
