#include "engine/base/text.h"
#include "engine/json/strict.h"
#include "engine/policy/checks.h"

namespace assay {

Reason CheckHeaderRules(const std::vector<HeaderRule>& rules, std::span<const json::Member> header, Detail* detail) {
  for (const HeaderRule& rule : rules) {
    const json::Value* const value = json::Find(header, rule.name);
    *detail = {rule.name};
    if (value == nullptr) return Reason::kClaimMissing;
    if (json::IsString(*value) && IsAmong(value->text, rule.in)) continue;
    SetMismatch(rule.name, *value, rule.in, detail);
    return Reason::kClaimMismatch;
  }
  return Reason::kUnset;
}

Reason CheckSvidType(const jws::Header& header, Detail* detail) {
  if (!header.has_type || EqualsIgnoreCase(header.type, "JWT") || EqualsIgnoreCase(header.type, "JOSE")) {
    return Reason::kUnset;
  }
  *detail = {header.type};
  return Reason::kWrongType;
}

}  // namespace assay
