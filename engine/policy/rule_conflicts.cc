#include "engine/policy/rule_conflicts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
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

// Placed: a rule, or what another member of the policy asks of every token as one, and where it stands.
struct Placed {
  std::string place;
  ClaimRule rule;
};

std::vector<Placed> RulesOf(const PolicyConfig& config) {
  std::vector<Placed> rules;
  for (std::size_t i = 0; i < config.claim_rules.size(); ++i) {
    rules.push_back({"claims/" + std::to_string(i), config.claim_rules[i]});
  }
  for (std::size_t i = 0; i < config.required_claims.size(); ++i) {
    rules.push_back({"required_claims/" + std::to_string(i), {config.required_claims[i].claim}});
  }
  return rules;
}

// StandInOf: what stands in for the audience, as a rule.
Placed StandInOf(const AudienceFrom& from) { return {"audience_from", {from.claim, ClaimOperator::kIn, from.in}}; }

// ImpliedRules: an `aud` may be an array as well, which `has` looks at: see MeetsImplied().
std::vector<Placed> ImpliedRules(const PolicyConfig& config) {
  std::vector<Placed> implied;
  if (!config.subject_trust_domain.empty()) {
    const std::string prefix = std::string(kSpiffeScheme) + config.subject_trust_domain + '/';
    implied.push_back({"subject_trust_domain", {{"sub"}, ClaimOperator::kPrefix, {prefix}}});
  }
  if (config.audience_from && config.audiences.empty()) {
    implied.push_back(StandInOf(*config.audience_from));
  } else if (!config.audience_from && !config.audiences.empty()) {
    Placed aud{"audiences", {{"aud"}, ClaimOperator::kIn, {}}};
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

// MeetsIssuer: names, of which there may be many, are made for a rule that asks for some, and for no other.
bool MeetsIssuer(const ClaimRule& rule, const PolicyConfig& config) {
  if (rule.claim != ClaimPath{"iss"} || KindOf(rule) != ClaimKind::kString) return true;
  if (config.issuer_mode == IssuerMode::kUnchecked || !config.subject_trust_domain.empty()) return true;
  const Result<IssuerNames> names = IssuerNames::Build(config);
  if (!names) return true;
  const std::vector<std::string> listed = Listed(rule);
  if (!listed.empty()) {
    return std::any_of(listed.begin(), listed.end(), [&](const std::string& text) { return names->Has(text); });
  }
  return std::any_of(names->all().begin(), names->all().end(),
                     [&](const std::string& name) { return IsMetBy(rule, name); });
}

// WhyAbsent: which member of the policy has it that no token with this claim is accepted; empty: none.
std::string WhyAbsent(const std::string& claim, const PolicyConfig& config) {
  if (claim == "iss" && !config.subject_trust_domain.empty()) return "subject_trust_domain";
  if (claim == "aud" && config.audience_from && config.audiences.empty()) return "audience_from";
  if (claim == "cnf" && config.accept_confirmation.empty()) return "accept_confirmation, which is empty";
  return "";
}

// IsOther: whether the rule asks that the claim at `path` is of another kind, or that it is an object.
bool IsOther(const ClaimRule& rule, const ClaimPath& path, std::initializer_list<ClaimKind> kinds) {
  if (LiesBelow(rule.claim, path)) return true;
  const ClaimKind kind = KindOf(rule);
  return rule.claim == path && kind != ClaimKind::kAny && std::find(kinds.begin(), kinds.end(), kind) == kinds.end();
}

// AsksAnotherForm: whether the rule asks for another form of the scopes' claim than the policy has it in.
bool AsksAnotherForm(const ClaimRule& rule, const ScopeSource& scopes) {
  switch (scopes.form) {
    case ScopeForm::kString:
      return IsOther(rule, scopes.claim, {ClaimKind::kString});
    case ScopeForm::kArray:
      return IsOther(rule, scopes.claim, {ClaimKind::kArray});
    case ScopeForm::kEither:
      return IsOther(rule, scopes.claim, {ClaimKind::kString, ClaimKind::kArray});
    case ScopeForm::kKeys:
      return rule.claim == scopes.claim && KindOf(rule) != ClaimKind::kAny;
  }
  return false;
}

// WrongKind: what the claim always is, where the rule asks for something else; empty otherwise.
std::string WrongKind(const ClaimRule& rule, const PolicyConfig& config) {
  for (const char* name : {"iss", "sub", "jti", "client_id"}) {
    if (IsOther(rule, {name}, {ClaimKind::kString})) return std::string(name) + " is always a string";
  }
  for (const char* name : {"exp", "nbf", "iat"}) {
    if (IsOther(rule, {name}, {ClaimKind::kNumber})) return std::string(name) + " is always a number";
  }
  if (IsOther(rule, {"aud"}, {ClaimKind::kString, ClaimKind::kArray})) return "aud is a string or an array of strings";
  if (AsksAnotherForm(rule, config.scopes)) return "the scopes in this claim have another form (`scopes`)";
  const IdentityClaims& identity = config.identity;
  if (identity == IdentityClaims()) return "";  // the usual ones are taken as they are
  for (const ClaimPath& path : {identity.client, identity.session, identity.token_id, identity.tenant}) {
    if (!path.empty() && IsOther(rule, path, {ClaimKind::kString})) return "a claim that says who acts is a string";
  }
  return "";
}

// CheckAlone: a rule beside what the policy says of its claim.
Result<void> CheckAlone(const Placed& placed, const PolicyConfig& config) {
  if (const std::string member = WhyAbsent(placed.rule.claim.front(), config); !member.empty()) {
    return Contradiction(placed.place, member);
  }
  const std::string kind = WrongKind(placed.rule, config);
  return kind.empty() ? Result<void>() : Error{placed.place + ": " + kind};
}

bool IsAcceptedType(const std::string& type, const PolicyConfig& config) {
  jws::Header header;
  header.has_type = true;
  header.type = type;
  Detail unused;
  const bool is_svid = !config.subject_trust_domain.empty();
  return (is_svid ? CheckSvidType(header, &unused) : CheckType(config.token_type, header, &unused)) == Reason::kUnset;
}

Result<void> CheckHeaderConflicts(const PolicyConfig& config) {
  const auto is_allowed = [&](const std::string& text) {
    const auto algorithm = ParseAlgorithm(text);
    return algorithm && config.algorithms.Contains(*algorithm);
  };
  const auto is_type = [&](const std::string& text) { return IsAcceptedType(text, config); };
  for (std::size_t i = 0; i < config.header_rules.size(); ++i) {
    const HeaderRule& rule = config.header_rules[i];
    const auto can_be = [&](const auto& is) { return std::any_of(rule.in.begin(), rule.in.end(), is); };
    const std::string place = "header/" + std::to_string(i);
    if (rule.name == "alg" && !can_be(is_allowed)) return Contradiction(place, "algorithms");
    if (rule.name == "typ" && !can_be(is_type)) return Contradiction(place, "token_type");
    if (rule.name == "crit") return Error{place + ": a token with crit is always refused (RFC 7515 section 4.1.11)"};
    for (std::size_t j = 0; j < i; ++j) {
      const HeaderRule& other = config.header_rules[j];
      const auto is_listed = [&](const std::string& text) { return IsAmong(text, other.in); };
      if (other.name == rule.name && !can_be(is_listed)) return Contradiction(place, "header/" + std::to_string(j));
    }
  }
  return {};
}

}  // namespace

Result<void> CheckRuleConflicts(const PolicyConfig& config) {
  const std::vector<Placed> rules = RulesOf(config), implied = ImpliedRules(config);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto& [place, rule] = rules[i];
    for (std::size_t j = 0; j < i; ++j) {
      if (!OneTokenMeets(rule, rules[j].rule)) return Contradiction(place, rules[j].place);
    }
    for (const Placed& other : implied) {
      if (!MeetsImplied(rule, other.rule)) return Contradiction(place, other.place);
    }
    if (!MeetsIssuer(rule, config)) return Contradiction(place, "issuer");
    if (Result<void> alone = CheckAlone(rules[i], config); !alone) return alone;
  }
  if (config.audience_from) {
    if (Result<void> alone = CheckAlone(StandInOf(*config.audience_from), config); !alone) return alone;
  }
  return CheckHeaderConflicts(config);
}

}  // namespace assay
