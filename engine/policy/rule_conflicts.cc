#include "engine/policy/rule_conflicts.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace assay {
namespace {

// ClaimKind: what a claim must be to meet the rule. kExists leaves it open.
enum class ClaimKind : std::uint8_t { kAny, kString, kNumber, kBoolean, kArray };

ClaimKind KindOf(const ClaimRule& rule) {
  switch (rule.op) {
    case ClaimOperator::kExists:
      return ClaimKind::kAny;
    case ClaimOperator::kHas:
      return ClaimKind::kArray;
    case ClaimOperator::kIs:
      if (std::holds_alternative<bool>(rule.is)) return ClaimKind::kBoolean;
      if (std::holds_alternative<std::int64_t>(rule.is)) return ClaimKind::kNumber;
      return ClaimKind::kString;
    case ClaimOperator::kIn:
    case ClaimOperator::kWords:
    case ClaimOperator::kPrefix:
      return ClaimKind::kString;
  }
  return ClaimKind::kAny;
}

// IsMetBy: whether this text meets a rule for strings.
bool IsMetBy(const ClaimRule& rule, std::string_view text) {
  if (rule.op == ClaimOperator::kIs) return std::get<std::string>(rule.is) == text;
  const std::string spaced = ' ' + std::string(text) + ' ';
  return std::any_of(rule.values.begin(), rule.values.end(), [&](const std::string& value) {
    if (rule.op == ClaimOperator::kPrefix) return text.starts_with(value);
    if (rule.op == ClaimOperator::kWords) return spaced.find(' ' + value + ' ') != std::string::npos;
    return text == value;
  });
}

// Listed: the only texts that meet the rule, where it lists them.
std::vector<std::string> Listed(const ClaimRule& rule) {
  if (rule.op == ClaimOperator::kIs) return {std::get<std::string>(rule.is)};
  return rule.op == ClaimOperator::kIn ? rule.values : std::vector<std::string>();
}

bool OneStringMeets(const ClaimRule& a, const ClaimRule& b) {
  const bool b_lists = Listed(a).empty();
  const ClaimRule& other = b_lists ? a : b;
  const std::vector<std::string> listed = Listed(b_lists ? b : a);
  if (!listed.empty()) {
    return std::any_of(listed.begin(), listed.end(), [&](const std::string& text) { return IsMetBy(other, text); });
  }
  if (a.op != ClaimOperator::kPrefix || b.op != ClaimOperator::kPrefix) return true;  // words are added to any text
  return std::any_of(a.values.begin(), a.values.end(), [&](const std::string& one) {
    return std::any_of(b.values.begin(), b.values.end(), [&](const std::string& another) {
      return one.starts_with(another) || another.starts_with(one);
    });
  });
}

bool OneClaimMeets(const ClaimRule& a, const ClaimRule& b) {
  const ClaimKind kind = KindOf(a), other = KindOf(b);
  if (kind == ClaimKind::kAny || other == ClaimKind::kAny) return true;
  if (kind != other) return false;
  if (kind == ClaimKind::kString) return OneStringMeets(a, b);
  return kind == ClaimKind::kArray || a.is == b.is;
}

// LiesBelow: whether `claim` is a member of what `object` names, at whatever depth.
bool LiesBelow(const ClaimPath& claim, const ClaimPath& object) {
  return claim.size() > object.size() && std::equal(object.begin(), object.end(), claim.begin());
}

bool OneTokenMeets(const ClaimRule& a, const ClaimRule& b) {
  if (a.claim == b.claim) return OneClaimMeets(a, b);
  if (LiesBelow(b.claim, a.claim)) return KindOf(a) == ClaimKind::kAny;  // else no object, and nothing lies below it
  return !LiesBelow(a.claim, b.claim) || KindOf(b) == ClaimKind::kAny;
}

}  // namespace

Result<void> CheckRuleConflicts(std::span<const ClaimRule> rules) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (OneTokenMeets(rules[i], rules[j])) continue;
      return Error{"claims/" + std::to_string(i) + ": contradicts claims/" + std::to_string(j) +
                   ": no token could meet both"};
    }
  }
  return {};
}

}  // namespace assay
