#include <algorithm>
#include <string>

#include "engine/base/bytes.h"
#include "engine/json/strict.h"
#include "engine/policy/checks.h"

namespace assay {
namespace {

bool Holds(const std::vector<std::string>& values, std::string_view text) {
  return std::any_of(values.begin(), values.end(), [&](const std::string& value) { return SameText(value, text); });
}

// HasItem: whether an array of strings alone holds one of `values`.
bool HasItem(const json::Value& array, const std::vector<std::string>& values, Arena& arena) {
  if (!json::IsArrayOfStrings(array)) return false;
  bool found = false;
  json::ForEachItem(array, arena, [&](const json::Value& item) {
    found = Holds(values, item.text);
    return !found;
  });
  return found;
}

bool HasWord(std::string_view text, const std::vector<std::string>& values) {
  for (;;) {
    const std::size_t space = text.find(' ');
    if (Holds(values, text.substr(0, space))) return true;
    if (space == std::string_view::npos) return false;
    text.remove_prefix(space + 1);
  }
}

// IsValue: type-exact; an integer by its shortest spelling, so that 1.0 and 1e0 are not 1.
bool IsValue(const json::Value& value, const std::variant<bool, std::int64_t, std::string>& wanted) {
  if (const auto* const text = std::get_if<std::string>(&wanted)) return json::IsString(value) && value.text == *text;
  if (const auto* const flag = std::get_if<bool>(&wanted)) {
    return value.kind == (*flag ? json::Kind::kTrue : json::Kind::kFalse);
  }
  return value.kind == json::Kind::kNumber && value.raw == std::to_string(*std::get_if<std::int64_t>(&wanted));
}

bool Matches(const json::Value& value, const ClaimRule& rule, Arena& arena) {
  const bool is_string = json::IsString(value);
  switch (rule.op) {
    case ClaimOperator::kExists:
      return value.kind != json::Kind::kNull && !(is_string && value.text.empty());
    case ClaimOperator::kIn:
      return is_string && Holds(rule.values, value.text);
    case ClaimOperator::kIs:
      return IsValue(value, rule.is);
    case ClaimOperator::kHas:
      return HasItem(value, rule.values, arena);
    case ClaimOperator::kWords:
      return is_string && HasWord(value.text, rule.values);
    case ClaimOperator::kPrefix:
      return is_string && std::any_of(rule.values.begin(), rule.values.end(),
                                      [&](const std::string& prefix) { return value.text.starts_with(prefix); });
  }
  return false;
}

// HasRequiredValue: see RequiredClaim.
bool HasRequiredValue(const json::Value& value, const std::vector<std::string>& wanted, Arena& arena) {
  switch (value.kind) {
    case json::Kind::kString:
      return Holds(wanted, value.text);
    case json::Kind::kNumber:
    case json::Kind::kTrue:
    case json::Kind::kFalse:
      return Holds(wanted, value.raw);
    case json::Kind::kArray:
      break;
    default:
      return false;
  }
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
    bool found = false;
    json::ForEachItem(value, arena, [&](const json::Value& item) {
      found = json::IsString(item) && SameText(item.text, one);
      return !found;
    });
    return found;
  });
}

// Mismatch: the first one is what the detail tells; a missing claim, which goes before any, is looked for on.
void Mismatch(const ClaimPath& path, const json::Value& found, const std::vector<std::string>& wanted, Detail* detail) {
  *detail = {path.back()};
  detail->found = found.raw;
  if (wanted.empty()) return;
  detail->wanted = wanted.front();
  detail->bound = static_cast<std::int64_t>(wanted.size()) - 1;  // and so many others
}

Reason Missing(const ClaimPath& path, Detail* detail) {
  *detail = {path.back()};
  return Reason::kClaimMissing;
}

}  // namespace

Reason CheckClaims(const PolicyConfig& policy, const ClaimReader& claims, Detail* detail) {
  Reason reason = Reason::kUnset;
  for (const RequiredClaim& required : policy.required_claims) {
    const json::Value* const value = claims.Find(required.claim);
    if (value == nullptr || value->kind == json::Kind::kNull) return Missing(required.claim, detail);
    if (required.values.empty() || reason != Reason::kUnset) continue;
    if (HasRequiredValue(*value, required.values, claims.arena())) continue;
    Mismatch(required.claim, *value, required.values, detail);
    reason = Reason::kClaimMismatch;
  }
  for (const ClaimRule& rule : policy.claim_rules) {
    const json::Value* const value = claims.Find(rule.claim);
    if (value == nullptr) return Missing(rule.claim, detail);
    if (reason != Reason::kUnset || Matches(*value, rule, claims.arena())) continue;
    if (rule.op == ClaimOperator::kExists) return Missing(rule.claim, detail);
    Mismatch(rule.claim, *value, rule.values, detail);
    reason = Reason::kClaimMismatch;
  }
  return reason;
}

Reason CheckConfirmation(const std::vector<std::string>& accepted, const ClaimReader& claims, Detail* detail) {
  const json::Value* const confirmation = claims.claims().confirmation();
  if (confirmation == nullptr) return Reason::kUnset;
  *detail = {"cnf"};
  if (confirmation->kind != json::Kind::kObject) return Reason::kConfirmationUnsupported;
  bool any = false, all = true;
  json::ForEachMember(*confirmation, claims.arena(), [&](const json::Member& member) {
    any = true;
    all = Holds(accepted, member.name);
    if (!all) detail->found = member.name;
    return all;
  });
  return any && all ? Reason::kUnset : Reason::kConfirmationUnsupported;
}

}  // namespace assay
