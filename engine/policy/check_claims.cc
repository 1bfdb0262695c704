#include <algorithm>
#include <charconv>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/text.h"
#include "engine/claims/scope_set.h"
#include "engine/json/strict.h"
#include "engine/policy/checks.h"

namespace assay {
namespace {

// HasOne, HasOneWord: whether an array of strings, or a string split at spaces, holds one of `values`.
bool HasOne(const json::Value& array, const std::vector<std::string>& values, const ClaimReader& claims) {
  bool found = false;
  claims.ForEachItem(array, [&](const json::Value& item) {
    found = IsAmong(item.text, values);
    return !found;
  });
  return found;
}

bool HasOneWord(const json::Value& text, const std::vector<std::string>& values, Arena& arena) {
  bool found = false;
  ForEachScope(text, arena, [&](std::string_view word) {
    found = IsAmong(word, values);
    return !found;
  });
  return found;
}

// IsValue: type-exact; an integer by its shortest spelling, so that 1.0, 1e0 and -0 are not 1 and 0.
bool IsValue(const json::Value& value, const std::variant<bool, std::int64_t, std::string>& wanted) {
  if (const auto* const text = std::get_if<std::string>(&wanted)) return json::IsString(value) && value.text == *text;
  if (const auto* const flag = std::get_if<bool>(&wanted)) {
    return value.kind == (*flag ? json::Kind::kTrue : json::Kind::kFalse);
  }
  return value.kind == json::Kind::kNumber && value.raw != "-0" &&
         ParseNumber<std::int64_t>(value.raw) == *std::get_if<std::int64_t>(&wanted);
}

bool Matches(const json::Value& value, const ClaimRule& rule, const ClaimReader& claims) {
  const bool is_string = json::IsString(value);
  switch (rule.op) {
    case ClaimOperator::kExists:
      return value.kind != json::Kind::kNull && !(is_string && value.text.empty());
    case ClaimOperator::kIn:
      return is_string && IsAmong(value.text, rule.values);
    case ClaimOperator::kIs:
      return IsValue(value, rule.is);
    case ClaimOperator::kHas:
      return claims.IsArrayOfStrings(value) && HasOne(value, rule.values, claims);
    case ClaimOperator::kWords:
      return is_string && HasOneWord(value, rule.values, claims.arena());
    case ClaimOperator::kPrefix:
      return is_string && std::any_of(rule.values.begin(), rule.values.end(),
                                      [&](const std::string& prefix) { return value.text.starts_with(prefix); });
  }
  return false;
}

// FindUnmet: the first of the wanted values that the claim does not have, or null: a string, number or boolean needs
// one of them, an array all.
const std::string* FindUnmet(const json::Value& value, const std::vector<std::string>& wanted,
                             const ClaimReader& claims) {
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

// NameOf: a path in words: its names with slashes between.
std::string_view NameOf(const ClaimPath& path, Arena& arena) {
  if (path.size() == 1) return path.front();
  std::size_t size = path.size() - 1;
  for (const std::string& name : path) size += name.size();
  char* const text = arena.Allocate<char>(size);
  char* end = text;
  for (const std::string& name : path) {
    if (end != text) *end++ = '/';
    end = std::copy(name.begin(), name.end(), end);
  }
  return {text, size};
}

// IsText: the value of a rule with the operator `is`, as JSON spells it.
std::string_view IsText(const ClaimRule& rule, Arena& arena) {
  if (const auto* const text = std::get_if<std::string>(&rule.is)) return *text;
  if (const auto* const flag = std::get_if<bool>(&rule.is)) return *flag ? "true" : "false";
  constexpr std::size_t kDigits = 20;
  char* const digits = arena.Allocate<char>(kDigits);
  const auto end = std::to_chars(digits, digits + kDigits, *std::get_if<std::int64_t>(&rule.is)).ptr;
  return {digits, static_cast<std::size_t>(end - digits)};
}

Reason Missing(const ClaimPath& path, const std::vector<std::string>& wanted, Arena& arena, Detail* detail) {
  *detail = {NameOf(path, arena)};
  SetWanted(wanted, detail);
  return Reason::kClaimMissing;
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

Reason CheckClaims(const PolicyConfig& policy, const ClaimReader& claims, Detail* detail) {
  Arena& arena = claims.arena();
  Reason reason = Reason::kUnset;
  for (const auto& [path, wanted] : policy.required_claims) {
    const json::Value* const value = claims.Find(path);
    if (value == nullptr || value->kind == json::Kind::kNull) return Missing(path, wanted, arena, detail);
    if (wanted.empty() || reason != Reason::kUnset) continue;
    const std::string* const unmet = FindUnmet(*value, wanted, claims);
    if (unmet == nullptr) continue;
    const bool needs_all = value->kind == json::Kind::kArray;
    SetMismatch(NameOf(path, arena), *value, needs_all ? std::span(unmet, 1) : std::span(wanted), detail);
    reason = Reason::kClaimMismatch;
  }
  for (const ClaimRule& rule : policy.claim_rules) {
    const json::Value* const value = claims.Find(rule.claim);
    if (value == nullptr) return Missing(rule.claim, rule.values, arena, detail);
    if (reason != Reason::kUnset || Matches(*value, rule, claims)) continue;
    if (rule.op == ClaimOperator::kExists) return Missing(rule.claim, {}, arena, detail);
    SetMismatch(NameOf(rule.claim, arena), *value, rule.values, detail);
    if (rule.op == ClaimOperator::kIs) detail->wanted = IsText(rule, arena);
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
    all = IsAmong(member.name, accepted);
    if (!all) detail->found = member.name;
    return all;
  });
  return any && all ? Reason::kUnset : Reason::kConfirmationUnsupported;
}

}  // namespace assay
