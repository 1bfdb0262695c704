#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/json/strict.h"
#include "engine/policy/checks.h"

namespace assay {
namespace {

bool Holds(std::span<const std::string> list, std::string_view text) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& one) { return SameText(one, text); });
}

}  // namespace

Reason CheckAudience(std::span<const std::string> ours, const Claims& claims, Arena& arena, Detail* detail) {
  const json::Value* const audience = claims.audience();
  if (audience == nullptr) {
    *detail = {};
    if (!ours.empty()) detail->wanted = ours.front();
    detail->bound = static_cast<std::int64_t>(ours.size()) - 1;
    return Reason::kAudienceMissing;
  }
  bool found = false;
  if (json::IsString(*audience)) {
    found = Holds(ours, audience->text);
  } else {
    json::ForEachItem(*audience, arena, [&](const json::Value& item) {
      found = Holds(ours, item.text);
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
    *detail = {from.claim.back()};
    return Reason::kAudienceMissing;
  }
  if (json::IsString(*value) && Holds(from.in, value->text)) return Reason::kUnset;
  SetMismatch(from.claim.back(), *value, from.in, detail);
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

}  // namespace assay
