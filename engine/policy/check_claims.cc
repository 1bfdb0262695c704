#include <string>

#include "engine/base/text.h"
#include "engine/json/strict.h"
#include "engine/policy/checks.h"

namespace assay {

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

Reason CheckConfirmation(const std::vector<std::string>& accepted, const ClaimReader& claims, Detail* detail) {
  const json::Value* const confirmation = claims.claims().confirmation();
  if (confirmation == nullptr) return Reason::kUnset;
  *detail = {"cnf"};
  if (confirmation->kind != json::Kind::kObject) return Reason::kConfirmationUnsupported;
  bool any = false, all = true;
  json::ForEachMember(*confirmation, claims.arena(), [&](const json::Member& member) {
    any = true;
    all = IsAmong(member.name, accepted);
    if (!all) detail->found = member.name;
    return all;
  });
  return any && all ? Reason::kUnset : Reason::kConfirmationUnsupported;
}

}  // namespace assay
