#include "engine/policy/rule_conflicts.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/policy/checks.h"
#include "engine/policy/issuer_names.h"

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

Error Contradiction(const std::string& place, const std::string& other) {
  return Error{place + ": contradicts " + other + ": no token could meet both"};
}

std::string PlaceOf(std::size_t rule) { return "claims/" + std::to_string(rule); }

// Implied: what another member of the policy asks of every token, as a rule.
struct Implied {
  std::string member;
  ClaimRule rule;
};

// ImpliedRules: an `aud` may be an array as well, which `has` looks at: see MeetsImplied().
std::vector<Implied> ImpliedRules(const PolicyConfig& config) {
  std::vector<Implied> implied;
  const Result<IssuerNames> names = IssuerNames::Build(config);
  const bool has_names = config.issuer_mode != IssuerMode::kUnchecked && names.ok();
  if (has_names && names->by_trust_domain()) {
    implied.push_back({"subject_trust_domain", {{"sub"}, ClaimOperator::kPrefix, {names->all().front() + '/'}}});
  } else if (has_names) {
    implied.push_back({"issuer", {{"iss"}, ClaimOperator::kIn, names->all()}});
  }
  if (config.audience_from && config.audiences.empty()) {
    implied.push_back({"audience_from", {config.audience_from->claim, ClaimOperator::kIn, config.audience_from->in}});
  } else if (!config.audience_from && !config.audiences.empty()) {
    Implied aud{"audiences", {{"aud"}, ClaimOperator::kIn, {}}};
    for (const std::string& audience : config.audiences) {
      for (std::string& spelling : AudienceSpellings(audience)) aud.rule.values.push_back(std::move(spelling));
    }
    implied.push_back(std::move(aud));
  }
  return implied;
}

bool MeetsImplied(const ClaimRule& rule, const ClaimRule& implied) {
  const bool is_array_of_audiences = rule.claim == ClaimPath{"aud"} && KindOf(rule) == ClaimKind::kArray;
  return is_array_of_audiences || OneTokenMeets(rule, implied);
}

// WhyAbsent: which member of the policy has it that no token with this claim is accepted; empty: none.
std::string WhyAbsent(const std::string& claim, const PolicyConfig& config) {
  if (claim == "iss" && !config.subject_trust_domain.empty()) return "subject_trust_domain";
  if (claim == "aud" && config.audience_from && config.audiences.empty()) return "audience_from";
  if (claim == "cnf" && config.accept_confirmation.empty()) return "accept_confirmation, which is empty";
  return "";
}

// WrongKind: what the claim always is, where the rule asks for something else; empty otherwise.
std::string WrongKind(const ClaimRule& rule, const PolicyConfig& config) {
  constexpr std::string_view kStrings[] = {"iss", "sub", "jti", "client_id"}, kNumbers[] = {"exp", "nbf", "iat"};
  const std::string& first = rule.claim.front();
  const bool is_nested = rule.claim.size() > 1;
  const auto differs = [&](ClaimKind kind) {
    return is_nested || (KindOf(rule) != ClaimKind::kAny && KindOf(rule) != kind);
  };
  const auto is_among = [&](const auto& names) {
    return std::find(std::begin(names), std::end(names), first) != std::end(names);
  };
  if (is_among(kStrings) && differs(ClaimKind::kString)) return first + " is always a string";
  if (is_among(kNumbers) && differs(ClaimKind::kNumber)) return first + " is always a number";
  if (rule.claim != config.scopes.claim || KindOf(rule) == ClaimKind::kAny) return "";
  const bool is_string = KindOf(rule) == ClaimKind::kString, is_array = KindOf(rule) == ClaimKind::kArray;
  switch (config.scopes.form) {
    case ScopeForm::kString:
      return is_string ? "" : "the scopes are a string in this claim";
    case ScopeForm::kArray:
      return is_array ? "" : "the scopes are an array in this claim";
    case ScopeForm::kEither:
      return is_string || is_array ? "" : "the scopes are a string or an array in this claim";
    case ScopeForm::kKeys:
      return "the scopes are an object in this claim";
  }
  return "";
}

Result<void> CheckHeaderConflicts(const PolicyConfig& config) {
  for (std::size_t i = 0; i < config.header_rules.size(); ++i) {
    const HeaderRule& rule = config.header_rules[i];
    const auto can_be = [&](const auto& is) { return std::any_of(rule.in.begin(), rule.in.end(), is); };
    const auto is_allowed = [&](const std::string& text) {
      const auto algorithm = ParseAlgorithm(text);
      return algorithm && config.algorithms.Contains(*algorithm);
    };
    const auto is_type = [&](const std::string& text) {
      jws::Header header;
      header.has_type = true;
      header.type = text;
      Detail unused;
      return CheckType(config.token_type, header, &unused) == Reason::kUnset;
    };
    const std::string place = "header/" + std::to_string(i);
    if (rule.name == "alg" && !can_be(is_allowed)) return Contradiction(place, "algorithms");
    if (rule.name == "typ" && !can_be(is_type)) return Contradiction(place, "token_type");
    if (rule.name == "crit") return Error{place + ": a token with crit is always refused (RFC 7515 section 4.1.11)"};
  }
  return {};
}

}  // namespace

Result<void> CheckRuleConflicts(const PolicyConfig& config) {
  const std::vector<Implied> implied = ImpliedRules(config);
  for (std::size_t i = 0; i < config.claim_rules.size(); ++i) {
    const ClaimRule& rule = config.claim_rules[i];
    for (std::size_t j = 0; j < i; ++j) {
      if (!OneTokenMeets(rule, config.claim_rules[j])) return Contradiction(PlaceOf(i), PlaceOf(j));
    }
    for (const Implied& other : implied) {
      if (!MeetsImplied(rule, other.rule)) return Contradiction(PlaceOf(i), other.member);
    }
    if (const std::string member = WhyAbsent(rule.claim.front(), config); !member.empty()) {
      return Contradiction(PlaceOf(i), member);
    }
    if (const std::string kind = WrongKind(rule, config); !kind.empty()) return Error{PlaceOf(i) + ": " + kind};
  }
  for (const RequiredClaim& required : config.required_claims) {
    if (const std::string member = WhyAbsent(required.claim.front(), config); !member.empty()) {
      return Contradiction("required_claims", member);
    }
  }
  return CheckHeaderConflicts(config);
}

}  // namespace assay
