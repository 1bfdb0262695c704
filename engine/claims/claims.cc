#include "engine/claims/claims.h"

#include <memory>

#include "engine/claims/claim_reader.h"
#include "engine/json/strict.h"

namespace assay {
namespace {

// ReadString: a string without NUL, since C code that compares or logs an identity would cut it there.
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
  const std::optional<NumericDate> date = NumericDate::Parse(value.raw);
  if (!date) return false;
  // By its parts, not by copy: avoids a store-forwarding stall (a 16-byte load after two narrower stores).
  out->emplace(date->floor(), date->has_fraction());
  return true;
}

// Pack3: a three-character name as one number, for a switch.
constexpr std::uint32_t Pack3(std::string_view name) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(name[i])); };
  return byte(0) | byte(1) << 8 | byte(2) << 16;
}

}  // namespace

const json::Value* Claims::Find(std::string_view name) const { return json::Find(members_, name); }

bool Claims::FindPath(const ClaimPath& path, Arena& arena, json::Value* value) const {
  const json::Value* const found = ClaimReader(*this, arena).Find(path);
  if (found != nullptr) *value = *found;
  return found != nullptr;
}

Reason Claims::Read(std::string_view json, std::span<const json::Member> members, std::string_view* bad_name) {
  std::construct_at(this);  // in place: assignment would copy a temporary
  json_ = json;
  members_ = members;
  for (const json::Member& member : members) {
    const std::string_view name = member.name;
    const json::Value& value = member.value;
    bool well_typed = true;
    if (name.size() == 3) {
      switch (Pack3(name)) {
        case Pack3("iss"):
          well_typed = ReadString(value, &issuer_);
          break;
        case Pack3("sub"):
          well_typed = ReadString(value, &subject_);
          break;
        case Pack3("aud"):  // RFC 7519 section 4.1.3
          well_typed = json::IsString(value) || json::IsArrayOfStrings(value);
          audience_ = &value;
          break;
        case Pack3("exp"):
          well_typed = ReadDate(value, &expires_at_);
          break;
        case Pack3("nbf"):
          well_typed = ReadDate(value, &not_before_);
          break;
        case Pack3("iat"):
          well_typed = ReadDate(value, &issued_at_);
          break;
        case Pack3("jti"):
          well_typed = ReadString(value, &jwt_id_);
          break;
        case Pack3("scp"):
          scp_ = &value;
          break;
        case Pack3("sid"):
          session_ = &value;
          break;
        case Pack3("cnf"):
          confirmation_ = &value;
          break;
        default:
          break;
      }
    } else if (name == "scope") {
      scope_ = &value;
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

void Claims::CopyOver(const Claims& from, std::string_view json, std::span<const json::Member> members) {
  *this = from;
  for (std::optional<std::string_view>* const text : {&issuer_, &subject_, &jwt_id_, &client_id_}) {
    if (!*text) continue;
    const bool is_empty = (*text)->empty();  // it may point anywhere
    const std::size_t offset = is_empty ? 0 : static_cast<std::size_t>((*text)->data() - from.json_.data());
    *text = json.substr(offset, (*text)->size());
  }
  const auto* const old = reinterpret_cast<const char*>(from.members_.data());
  for (const json::Value** const value : {&audience_, &scope_, &scp_, &session_, &confirmation_}) {
    if (*value == nullptr) continue;
    const auto offset = static_cast<std::size_t>(reinterpret_cast<const char*>(*value) - old);
    *value = &members[offset / sizeof(json::Member)].value;
  }
  json_ = json;
  members_ = members;
}

}  // namespace assay
