#include <string>

#include "engine/base/text.h"
#include "engine/json/strict.h"
#include "engine/policy/checks.h"

namespace assay {
namespace {

// HoldsKey: whether a member of `cnf` says which key, as its specification has it: RFC 7800's `jwk` is an object, and
// jkt (RFC 9449), x5t#S256 (RFC 8705) and the others are strings.
bool HoldsKey(const json::Member& member) {
  if (member.name == "jwk") return member.value.kind == json::Kind::kObject;
  return json::IsString(member.value) && !member.value.text.empty();
}

}  // namespace

void SetWanted(std::span<const std::string> wanted, Detail* detail) {
  if (wanted.empty()) return;
  detail->wanted = wanted.front();
  detail->bound = static_cast<std::int64_t>(wanted.size()) - 1;
}

void SetMismatch(std::string_view claim, const json::Value& found, std::span<const std::string> wanted,
                 Detail* detail) {
  *detail = {claim};
  detail->found = found.raw;
  SetWanted(wanted, detail);
}

void SetScopes(const json::Value* scopes, std::string_view claim, const Claims& claims, Detail* detail) {
  detail->wanted = claim;
  if (scopes != nullptr) {
    detail->found = scopes->raw;
  } else if (claims.scp() != nullptr) {
    detail->value = 1;
  } else if (claims.scope() != nullptr) {
    detail->value = 2;
  }
}

Reason CheckConfirmation(const std::vector<std::string>& accepted, const ClaimReader& claims, Detail* detail) {
  const json::Value* const confirmation = claims.claims().confirmation();
  if (confirmation == nullptr) return Reason::kUnset;
  *detail = {"cnf"};
  if (confirmation->kind != json::Kind::kObject) return Reason::kConfirmationUnsupported;
  Reason reason = Reason::kConfirmationUnsupported;
  json::ForEachMember(*confirmation, claims.arena(), [&](const json::Member& member) {
    reason = Reason::kUnset;
    if (!IsAmong(member.name, accepted)) {
      reason = Reason::kConfirmationUnsupported;
      detail->found = member.name;
    } else if (!HoldsKey(member)) {
      reason = Reason::kBadClaimType;
      *detail = {member.name};
      detail->found = member.value.raw;
      detail->wanted = member.name == "jwk" ? "an object" : "a string that is not empty";
    }
    return reason == Reason::kUnset;
  });
  return reason;
}

}  // namespace assay
