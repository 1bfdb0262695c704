#include "engine/policy/claim_rules.h"

#include <string>
#include <variant>

#include "engine/base/bytes.h"
#include "engine/claims/scope_set.h"
#include "engine/policy/checks.h"

namespace assay {
namespace {

bool IsOneOf(std::string_view text, const std::vector<KnownText>& list) {
  for (const KnownText& one : list) {
    if (one.Is(text)) return true;
  }
  return false;
}

bool HasPrefixAmong(std::string_view text, const std::vector<KnownText>& prefixes) {
  for (const KnownText& prefix : prefixes) {
    if (prefix.IsPrefixOf(text)) return true;
  }
  return false;
}

bool HasWordAmong(const json::Value& text, const std::vector<KnownText>& words, Arena& arena) {
  bool found = false;
  ForEachScope(text, arena, [&](std::string_view word) {
    found = IsOneOf(word, words);
    return !found;
  });
  return found;
}

// Spelled: the value of the operator `is`: as JSON spells it, but without the quotes of a string. True, false and each
// integer have one spelling: 1.0, 1e0 and -0 are not 1 and 0.
std::string Spelled(const ClaimRule& rule) {
  if (const auto* const text = std::get_if<std::string>(&rule.is)) return *text;
  if (const auto* const flag = std::get_if<bool>(&rule.is)) return *flag ? "true" : "false";
  return std::to_string(std::get<std::int64_t>(rule.is));
}

// FirstUnmet: the first of the wanted values that a required claim does not have, or null: a string, number or boolean
// needs one of them, an array all.
const std::string* FirstUnmet(const json::Value& value, const std::vector<std::string>& wanted,
                              const ClaimReader& claims) {
  if (wanted.empty()) return nullptr;
  if (value.kind != json::Kind::kArray) {
    const bool is_object = value.kind == json::Kind::kObject;
    const bool met = !is_object && IsAmong(json::IsString(value) ? value.text : value.raw, wanted);
    return met ? nullptr : &wanted.front();
  }
  for (const std::string& one : wanted) {
    bool found = false;
    claims.ForEachItem(value, [&](const json::Value& item) {
      found = json::IsString(item) && SameText(item.text, one);
      return !found;
    });
    if (!found) return &one;
  }
  return nullptr;
}

Reason Missing(const ClaimPath& path, const std::vector<std::string>& wanted, Arena& arena, Detail* detail) {
  *detail = {NameOf(path, arena)};
  SetWanted(wanted, detail);
  return Reason::kClaimMissing;
}

}  // namespace

ClaimRules::Compiled ClaimRules::Compile(const ClaimRule& rule) {
  Compiled compiled{&rule, rule.op, ClaimHints::IndexOf(&rule.claim), KnownText(rule.claim.front()), {}};
  if (rule.op == ClaimOperator::kIs) {
    compiled.texts.emplace_back(Spelled(rule));
    if (std::holds_alternative<std::string>(rule.is)) compiled.op = ClaimOperator::kIn;
  } else {
    for (const std::string& value : rule.values) compiled.texts.emplace_back(value);
  }
  return compiled;
}

ClaimRules::ClaimRules(const PolicyConfig& policy) : required_(policy.required_claims) {
  rules_.reserve(policy.claim_rules.size());
  for (const ClaimRule& rule : policy.claim_rules) rules_.push_back(Compile(rule));
}

__attribute__((always_inline)) inline const json::Value* ClaimRules::Find(const Compiled& compiled,
                                                                          const ClaimReader& claims) {
  const json::Value* const first = claims.FindFirst(compiled.name, compiled.hint);
  const ClaimPath& path = compiled.rule->claim;
  return path.size() == 1 || first == nullptr ? first : claims.FindBelow(path, *first);
}

__attribute__((always_inline)) inline bool ClaimRules::Matches(const Compiled& compiled, const json::Value& value,
                                                               const ClaimReader& claims) {
  const bool is_string = json::IsString(value);
  switch (compiled.op) {
    case ClaimOperator::kExists:
      return value.kind != json::Kind::kNull && !(is_string && value.text.empty());
    case ClaimOperator::kIn:
      return is_string && IsOneOf(value.text, compiled.texts);
    case ClaimOperator::kIs:
      return IsOneOf(value.raw, compiled.texts);
    case ClaimOperator::kHas:
      return claims.HasString(value, [&](std::string_view item) { return IsOneOf(item, compiled.texts); });
    case ClaimOperator::kWords:
      return is_string && HasWordAmong(value, compiled.texts, claims.arena());
    case ClaimOperator::kPrefix:
      return is_string && HasPrefixAmong(value.text, compiled.texts);
  }
  return false;
}

// SetWantedBy: what a rule wants, and by which operator.
void ClaimRules::SetWantedBy(const Compiled& compiled, Arena& arena, Detail* detail) {
  const ClaimRule& rule = *compiled.rule;
  SetWanted(rule.values, detail);
  detail->value = static_cast<std::int64_t>(compiled.op);
  if (rule.op == ClaimOperator::kIs) detail->wanted = arena.Copy(compiled.texts.front().text());
}

bool ClaimRules::AreMet(const ClaimReader& claims) const {
  for (const auto& [path, wanted] : required_) {
    const json::Value* const value = claims.Find(path);
    if (value == nullptr || value->kind == json::Kind::kNull) return false;
    if (FirstUnmet(*value, wanted, claims) != nullptr) return false;
  }
  for (const Compiled& compiled : rules_) {
    const json::Value* const value = Find(compiled, claims);
    if (value == nullptr || !Matches(compiled, *value, claims)) return false;
  }
  return true;
}

Reason ClaimRules::FindUnmet(const ClaimReader& claims, Detail* detail) const {
  Arena& arena = claims.arena();
  Reason reason = Reason::kUnset;
  for (const auto& [path, wanted] : required_) {
    const json::Value* const value = claims.Find(path);
    if (value == nullptr || value->kind == json::Kind::kNull) return Missing(path, wanted, arena, detail);
    if (reason != Reason::kUnset) continue;
    const std::string* const unmet = FirstUnmet(*value, wanted, claims);
    if (unmet == nullptr) continue;
    const bool needs_all = value->kind == json::Kind::kArray;
    SetMismatch(NameOf(path, arena), *value, needs_all ? std::span(unmet, 1) : std::span(wanted), detail);
    reason = Reason::kClaimMismatch;
  }
  for (const Compiled& compiled : rules_) {
    const json::Value* const value = Find(compiled, claims);
    if (value != nullptr && (reason != Reason::kUnset || Matches(compiled, *value, claims))) continue;
    const bool is_missing = value == nullptr || compiled.op == ClaimOperator::kExists;
    *detail = {NameOf(compiled.rule->claim, arena)};
    if (value != nullptr) detail->found = value->raw;
    SetWantedBy(compiled, arena, detail);
    if (is_missing) return Reason::kClaimMissing;
    reason = Reason::kClaimMismatch;
  }
  return reason;
}

}  // namespace assay
