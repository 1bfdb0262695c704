#include "engine/json/strict.h"
#include "engine/policy/checks.h"

namespace assay {
namespace {

bool Is(const json::Value& value, std::string_view wanted) {
  switch (value.kind) {
    case json::Kind::kString:
      return value.text == wanted;
    case json::Kind::kNumber:
    case json::Kind::kTrue:
    case json::Kind::kFalse:
      return value.raw == wanted;
    default:
      return false;
  }
}

bool Satisfies(const json::Value& value, const RequiredClaim& claim, Arena& arena) {
  if (value.kind == json::Kind::kNull) return false;
  if (!claim.value) return true;
  if (value.kind != json::Kind::kArray) return Is(value, *claim.value);
  bool found = false;
  json::ForEachItem(value, arena, [&](const json::Value& item) {
    found = json::IsString(item) && item.text == *claim.value;
    return !found;
  });
  return found;
}

}  // namespace

Reason CheckRequiredClaims(const std::vector<RequiredClaim>& required, const Claims& claims, Arena& arena,
                           Detail* detail) {
  for (const RequiredClaim& claim : required) {
    const json::Value* const value = claims.Find(claim.name);
    if (value != nullptr && Satisfies(*value, claim, arena)) continue;
    detail->subject = claim.name;
    return Reason::kClaimMissing;
  }
  return Reason::kUnset;
}

}  // namespace assay
