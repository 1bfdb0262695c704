#include "engine/policy/claim_rules.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <variant>

#include "engine/base/bytes.h"
#include "engine/claims/scope_set.h"
#include "engine/policy/checks.h"

namespace assay {
namespace {

// PrefixOf: which of the prefixes the text has; null: none.
const std::string* PrefixOf(std::string_view text, const std::vector<std::string>& prefixes) {
  const auto found = std::find_if(prefixes.begin(), prefixes.end(),
                                  [&](const std::string& prefix) { return text.starts_with(prefix); });
  return found == prefixes.end() ? nullptr : &*found;
}

bool HasWordAmong(const json::Value& text, const std::vector<std::string>& words, Arena& arena) {
  bool found = false;
  ForEachScope(text, arena, [&](std::string_view word) {
    found = IsAmong(word, words);
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

// NextId: those of one engine's issuers follow each other, so that RuleMemo has a place for each: NextGeneration()
// counts other things besides.
std::uint64_t NextId() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

Reason Missing(const ClaimPath& path, const std::vector<std::string>& wanted, Arena& arena, Detail* detail) {
  *detail = {NameOf(path, arena)};
  SetWanted(wanted, detail);
  return Reason::kClaimMissing;
}

}  // namespace

ClaimRules::Compiled ClaimRules::Compile(const ClaimRule& rule) {
  if (rule.op != ClaimOperator::kIs) return {&rule, rule.op, rule.values};
  const bool is_text = std::holds_alternative<std::string>(rule.is);
  return {&rule, is_text ? ClaimOperator::kIn : rule.op, {Spelled(rule)}};
}

ClaimRules::ClaimRules(const PolicyConfig& policy) : required_(policy.required_claims), id_(NextId()) {
  rules_.reserve(policy.claim_rules.size());
  for (const ClaimRule& rule : policy.claim_rules) rules_.push_back(Compile(rule));
}

bool ClaimRules::Matches(const Compiled& compiled, const json::Value& value, const ClaimReader& claims) {
  const bool is_string = json::IsString(value);
  switch (compiled.op) {
    case ClaimOperator::kExists:
      return value.kind != json::Kind::kNull && !(is_string && value.text.empty());
    case ClaimOperator::kIn:
      return is_string && IsAmong(value.text, compiled.texts);
    case ClaimOperator::kIs:
      return IsAmong(value.raw, compiled.texts);
    case ClaimOperator::kHas:
      return claims.HasString(value, [&](std::string_view item) { return IsAmong(item, compiled.texts); });
    case ClaimOperator::kWords:
      return is_string && HasWordAmong(value, compiled.texts, claims.arena());
    case ClaimOperator::kPrefix:
      return is_string && PrefixOf(value.text, compiled.texts) != nullptr;
  }
  return false;
}

// Learn: what meets the rule. Of a string that only has to begin so, or to be there, the rest is another in each token.
void ClaimRules::Learn(const Compiled& compiled, std::size_t place, const json::Member& member, RuleMemo::Slot* slot) {
  const bool is_string = json::IsString(member.value);  // and so the claim itself: nothing lies below a string
  const char* const text = member.value.text.data();
  if (is_string && compiled.op == ClaimOperator::kExists) {
    slot->LearnPrefix(place, member, text, 2);  // a character and the quote behind it
  } else if (is_string && compiled.op == ClaimOperator::kPrefix) {
    slot->LearnPrefix(place, member, text + PrefixOf(member.value.text, compiled.texts)->size(), 1);
  } else {
    slot->Learn(place, member);
  }
}

bool ClaimRules::IsMet(const Compiled& compiled, const ClaimReader& claims, RuleMemo::Slot* slot) {
  const ClaimPath& path = compiled.rule->claim;
  const json::Member* const first = claims.FindFirst(path);
  const json::Value* const value = first == nullptr ? nullptr : claims.FindBelow(path, first->value);
  if (value == nullptr || !Matches(compiled, *value, claims)) return false;
  if (slot != nullptr) {
    Learn(compiled, static_cast<std::size_t>(first - claims.claims().members().data()), *first, slot);
  }
  return true;
}

// SetWantedBy: what a rule wants, and by which operator.
void ClaimRules::SetWantedBy(const Compiled& compiled, Arena& arena, Detail* detail) {
  const ClaimRule& rule = *compiled.rule;
  SetWanted(rule.values, detail);
  detail->value = static_cast<std::int64_t>(compiled.op);
  if (rule.op == ClaimOperator::kIs) detail->wanted = arena.Copy(compiled.texts.front());
}

bool ClaimRules::AreMet(const ClaimReader& claims, RuleMemo* memo) const {
  for (const auto& [path, wanted] : required_) {
    const json::Value* const value = claims.Find(path);
    if (value == nullptr || value->kind == json::Kind::kNull) return false;
    if (FirstUnmet(*value, wanted, claims) != nullptr) return false;
  }
  if (rules_.empty()) return true;
  if (memo != nullptr && claims.IsLiteral()) {
    if (const std::span<RuleMemo::Slot> slots = memo->Of(id_, rules_.size()); !slots.empty()) {
      return AreRulesMet(claims, slots);
    }
  }
  for (const Compiled& compiled : rules_) {
    if (!IsMet(compiled, claims, nullptr)) return false;
  }
  return true;
}

bool ClaimRules::AreRulesMet(const ClaimReader& claims, std::span<RuleMemo::Slot> slots) const {
  const std::span<const json::Member> members = claims.claims().members();
  RuleMemo::Slot* slot = slots.data();
  for (const Compiled& compiled : rules_) {
    if (!slot->Knows(members) && !IsMet(compiled, claims, slot)) return false;
    ++slot;
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
    const json::Value* const value = claims.Find(compiled.rule->claim);
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
