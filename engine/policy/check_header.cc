#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/base/text.h"
#include "engine/json/strict.h"
#include "engine/policy/checks.h"

namespace assay {

Reason CheckHeaderRules(const std::vector<HeaderRule>& rules, std::span<const json::Member> header, Detail* detail) {
  for (const HeaderRule& rule : rules) {
    const json::Value* const value = json::Find(header, rule.name);
    *detail = {rule.name};
    if (value == nullptr) return Reason::kClaimMissing;
    if (json::IsString(*value) && std::find(rule.in.begin(), rule.in.end(), value->text) != rule.in.end()) continue;
    detail->found = value->raw;
    detail->wanted = rule.in.front();
    detail->bound = static_cast<std::int64_t>(rule.in.size()) - 1;
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
