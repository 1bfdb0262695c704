#include "engine/claims/claims.h"

#include "engine/json/strict.h"

namespace assay {
namespace {

// Identities are compared and logged by others too, some of them in C: a NUL inside one is refused.
// JSON spells it only by an escape, which makes the spelling longer than the text.
bool ReadString(const json::Value& value, std::optional<std::string_view>* out) {
  if (!json::IsString(value)) return false;
  const bool escapes = value.raw.size() != value.text.size() + 2;
  if (escapes && value.text.find('\0') != std::string_view::npos) return false;
  *out = value.text;
  return true;
}

bool ReadDate(const json::Value& value, std::optional<NumericDate>* out) {
  if (value.kind != json::Kind::kNumber) return false;
  *out = NumericDate::Parse(value.raw);
  return out->has_value();
}

}  // namespace

const json::Value* Claims::Find(std::string_view name) const { return json::Find(members_, name); }

Reason Claims::Read(std::string_view json, std::span<const json::Member> members,
                    std::string_view* bad_name) {
  *this = {};
  json_ = json;
  members_ = members;
  for (const json::Member& member : members) {
    const std::string_view name = member.name;
    const json::Value& value = member.value;
    bool well_typed = true;
    if (name.size() == 3) {
      if (name == "iss") {
        well_typed = ReadString(value, &issuer_);
      } else if (name == "sub") {
        well_typed = ReadString(value, &subject_);
      } else if (name == "aud") {
        // RFC 7519 section 4.1.3
        well_typed = json::IsString(value) || json::IsArrayOfStrings(value);
        audience_ = &value;
      } else if (name == "exp") {
        well_typed = ReadDate(value, &expires_at_);
      } else if (name == "nbf") {
        well_typed = ReadDate(value, &not_before_);
      } else if (name == "iat") {
        well_typed = ReadDate(value, &issued_at_);
      } else if (name == "jti") {
        well_typed = ReadString(value, &jwt_id_);
      }
    } else if (name == "client_id") {
      well_typed = ReadString(value, &client_id_);
    }
    if (!well_typed) {
      *bad_name = name;
      return Reason::kBadClaimType;
    }
  }
  return Reason::kUnset;
}

}  // namespace assay
