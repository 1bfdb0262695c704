#include <algorithm>

#include "engine/json/strict.h"
#include "engine/policy/checks.h"

namespace assay {
Reason CheckAudience(std::span<const std::string> ours, const Claims& claims, Arena& arena, Detail* detail) {
  const json::Value* const audience = claims.audience();
  if (audience == nullptr) {
    *detail = {};
    SetWanted(ours, detail);
    return Reason::kAudienceMissing;
  }
  bool found = false;
  if (json::IsString(*audience)) {
    found = IsAmong(audience->text, ours);
  } else {
    json::ForEachItem(*audience, arena, [&](const json::Value& item) {
      found = IsAmong(item.text, ours);
      return !found;
    });
  }
  if (found) return Reason::kUnset;
  SetMismatch("aud", *audience, ours, detail);
  return Reason::kWrongAudience;
}

Reason CheckAudienceFrom(const AudienceFrom& from, const ClaimReader& claims, Detail* detail) {
  if (claims.claims().audience() != nullptr) return Reason::kWrongAudience;
  const json::Value* const value = claims.Find(from.claim);
  if (value == nullptr) {
    *detail = {NameOf(from.claim, claims.arena())};
    SetWanted(from.in, detail);
    return Reason::kAudienceMissing;
  }
  if (json::IsString(*value) && IsAmong(value->text, from.in)) return Reason::kUnset;
  SetMismatch(NameOf(from.claim, claims.arena()), *value, from.in, detail);
  return Reason::kWrongAudience;
}

std::vector<std::string> AudienceSpellings(const std::string& audience) {
  std::vector<std::string> spellings = {audience};
  const std::size_t scheme = audience.find("://");
  if (scheme == std::string::npos) return spellings;
  const std::size_t authority = scheme + 3;
  const std::size_t end = audience.find_first_of("/?#", authority);
  if (end == authority || authority == audience.size()) return spellings;
  if (end == std::string::npos) spellings.push_back(audience + "/");
  if (end + 1 == audience.size() && audience[end] == '/') spellings.push_back(audience.substr(0, end));
  return spellings;
}

bool HasAudience(const PolicyConfig& policy, const std::string& audience) {
  const std::vector<std::string> spellings = AudienceSpellings(audience);
  return std::any_of(policy.audiences.begin(), policy.audiences.end(),
                     [&](const std::string& one) { return IsAmong(one, spellings); });
}

}  // namespace assay
