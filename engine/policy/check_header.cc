#include "engine/base/text.h"
#include "engine/json/strict.h"
#include "engine/policy/checks.h"

namespace assay {

Reason CheckHeaderRules(const std::vector<HeaderRule>& rules, std::span<const json::Member> header, Detail* detail) {
  for (const HeaderRule& rule : rules) {
    const json::Value* const value = json::Find(header, rule.name);
    if (value != nullptr && json::IsString(*value) && IsAmong(value->text, rule.in)) continue;
    *detail = {rule.name, kOfHeader};
    if (value != nullptr) detail->found = value->raw;
    SetWanted(rule.in, detail);
    return value == nullptr ? Reason::kClaimMissing : Reason::kClaimMismatch;
  }
  return Reason::kUnset;
}

Reason CheckSvidType(const jws::Header& header, Detail* detail) {
  if (!header.has_type || EqualsIgnoreCase(header.type, "JWT") || EqualsIgnoreCase(header.type, "JOSE")) {
    return Reason::kUnset;
  }
  *detail = {header.type};
  detail->wanted = "JWT";
  return Reason::kWrongType;
}

}  // namespace assay
