#include "engine/config/issuer_members.h"

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/config/claim_members.h"
#include "engine/config/known_issuers.h"
#include "engine/config/member_names.h"
#include "engine/json/text.h"
#include "engine/policy/checks.h"
#include "engine/policy/issuer_names.h"
#include "engine/policy/validate_policy.h"

namespace assay {
namespace {

using Object = ConfigReader::Object;
using Item = ConfigReader::Item;

// A media type, with or without its `application/` (RFC 6838 section 4.2), or "any".
bool IsMediaType(std::string_view type) {
  return IsMediaTypeText(type) && std::count(type.begin(), type.end(), '/') <= 1 && !type.starts_with('/') &&
         !type.ends_with('/');
}

// WarnOfIssuer: of an issuer, or one of those that a template stands for, that no token names.
void WarnOfIssuer(ConfigReader& reader, const Item& item, std::string_view issuer) {
  if (const std::string_view why = WhyNoTokenNames(issuer); !why.empty()) reader.Warn(item.value, item.pointer, why);
}

// ReadVariable: the values that stand for {NAME} in the pattern.
void ReadVariable(ConfigReader& reader, std::string_view name, const std::vector<Item>& values, IssuerTemplate* from) {
  IssuerTemplate::Variable& variable = from->variables.emplace_back();
  variable.name = name;
  const std::string placeholder = "{" + variable.name + "}";
  const std::size_t at = from->pattern.find(placeholder);
  for (const Item& value : values) {
    variable.values.emplace_back(value.value.text);
    if (!IsPathWord(value.value.text)) {
      reader.Refuse(value.value, value.pointer, json::Quoted(value.value.text) + " holds other than A-Z a-z 0-9 . _ -");
    }
    if (at == std::string::npos || !WhyNoTokenNames(from->pattern).empty()) continue;  // told of the pattern
    WarnOfIssuer(reader, value, std::string(from->pattern).replace(at, placeholder.size(), value.value.text));
  }
}

// ReadTemplate: {"template": …, NAME: […], …}.
void ReadTemplate(ConfigReader& reader, const Object& object, IssuerTemplate* from) {
  if (!reader.Required(object, "template") || !reader.String(object, "template", &from->pattern)) return;
  reader.CheckAbout(object);
  const Item pattern{*object.Find("template"), ConfigReader::Pointer(object, "template")};
  WarnOfText(reader, pattern);
  WarnOfIssuer(reader, pattern, from->pattern);
  if (from->pattern.find('{') == std::string::npos) {
    reader.Warn(pattern.value, pattern.pointer, "has no {NAME} in it, and stands for one issuer alone");
  }
  for (const json::Member& member : object.members) {
    if (member.name == "template" || member.name == ConfigReader::kAbout) continue;
    std::vector<Item> values;
    if (reader.Strings(object, member.name, &values)) ReadVariable(reader, member.name, values, from);
  }
}

// ReadName: a plain issuer, one of several spellings, or a template.
void ReadName(ConfigReader& reader, const Object& issuer, PolicyConfig* policy) {
  const json::Value* const value = issuer.Find("issuer");
  if (issuer.Find("subject_trust_domain") != nullptr) {
    if (value != nullptr)
      reader.Refuse(*value, ConfigReader::Pointer(issuer, "issuer"), "stands beside subject_trust_domain");
    reader.String(issuer, "subject_trust_domain", &policy->subject_trust_domain);
    return;
  }
  if (!reader.Required(issuer, "issuer")) return;
  const Item item{*value, ConfigReader::Pointer(issuer, "issuer")};
  std::vector<Item> items;
  if (Object object; value->kind == json::Kind::kObject) {
    if (reader.AsObject(item, &object)) ReadTemplate(reader, object, &policy->issuer_template);
    return;
  }
  if (value->kind == json::Kind::kArray) {
    if (!reader.Strings(issuer, "issuer", &items)) return;
  } else if (reader.IsText(*value, item.pointer)) {
    items = {item};
  } else {
    return;
  }
  for (const Item& name : items) {
    if (name.value.text.find_first_of("{}") != std::string_view::npos) {
      const bool is_variable =
          name.value.text.find("${") != std::string_view::npos || name.value.text.find("{{") != std::string_view::npos;
      reader.Refuse(name.value, name.pointer,
                    is_variable
                        ? "holds a brace: an issuer is compared byte for byte, and no variable is replaced in it"
                        : "holds a brace: an issuer is compared byte for byte. For the issuers of several tenants give "
                          "{\"template\": …, \"NAME\": [the values of {NAME}]}");
      return;
    }
    WarnOfText(reader, name);
    WarnOfIssuer(reader, name, name.value.text);
  }
  policy->issuer = items.front().value.text;
  for (const Item& alias : std::span(items).subspan(1)) policy->issuer_aliases.emplace_back(alias.value.text);
}

void ReadAudiences(ConfigReader& reader, const Object& issuer, PolicyConfig* policy) {
  if (Object from; reader.Child(issuer, "audience_from", &from)) policy->audience_from = ReadAudienceFrom(reader, from);
  if (issuer.Find("audience_from") == nullptr && !reader.Required(issuer, "audiences")) return;
  std::vector<Item> items;
  if (!reader.Strings(issuer, "audiences", &items)) return;
  for (const Item& item : items) {
    policy->audiences.emplace_back(item.value.text);
    if (const std::string_view why = WhyDoubtfulAudience(item.value.text); !why.empty()) {
      reader.Warn(item.value, item.pointer, why);
    }
    if (const std::string_view whose = WhoseAudience(item.value.text, EntryName(*policy)); !whose.empty()) {
      reader.Warn(item.value, item.pointer,
                  "is the audience of " + std::string(whose) +
                      " itself, and in the tokens of many clients: it does not say that a token is meant for this "
                      "service");
    }
  }
}

void ReadAlgorithms(ConfigReader& reader, const Object& issuer, PolicyConfig* policy) {
  std::vector<Item> items;
  if (!reader.Strings(issuer, "algorithms", &items)) return;
  policy->algorithms = {};
  for (const Item& item : items) {
    if (const auto algorithm = ParseAlgorithm(item.value.text)) {
      policy->algorithms.Add(*algorithm);
      continue;
    }
    std::string names;
    for (int i = 0; i < kAlgorithmCount; ++i) {
      names += ' ';
      names += AlgorithmName(static_cast<Algorithm>(i));
    }
    reader.Refuse(item.value, item.pointer, "must be one of" + names);
  }
}

void ReadRequiredClaims(ConfigReader& reader, const Object& issuer, PolicyConfig* policy) {
  std::vector<Item> items;
  if (!reader.Items(issuer, "required_claims", &items)) return;
  for (const Item& item : items) {
    RequiredClaim claim;
    if (item.value.kind == json::Kind::kObject) {
      reader.Refuse(item.value, item.pointer, "must be a claim's name; what value it must have is for `claims` to say");
      continue;
    }
    if (!ReadClaimPath(reader, item, &claim.claim)) continue;
    const auto& known = policy->required_claims;
    if (std::find(known.begin(), known.end(), claim) != known.end()) {
      reader.Refuse(item.value, item.pointer, "stands twice");
    } else {
      policy->required_claims.push_back(std::move(claim));
    }
  }
}

void ReadScopes(ConfigReader& reader, const Object& issuer, PolicyConfig* policy) {
  std::string name;
  ReadScopeSource(reader, issuer, &policy->scopes);
  if (!reader.String(issuer, "scope_claim", &name)) return;
  const std::string pointer = ConfigReader::Pointer(issuer, "scope_claim");
  if (issuer.Find("scopes") != nullptr) {
    reader.Refuse(*issuer.Find("scope_claim"), pointer, "stands beside scopes, which says it");
  } else if (name == "scp") {
    policy->scopes = ScpScopes();
  } else if (name != "scope") {
    reader.Refuse(*issuer.Find("scope_claim"), pointer,
                  "must be \"scope\" or \"scp\"; `scopes` names any other claim, and its form");
  }
}

void ReadHeaderRules(ConfigReader& reader, const Object& issuer, std::vector<HeaderRule>* rules) {
  std::vector<Item> items;
  if (!reader.Items(issuer, "header", &items)) return;
  for (const Item& item : items) {
    Object object;
    HeaderRule rule;
    if (!reader.AsObject(item, &object)) continue;
    reader.RefuseUnknown(object, kHeaderRuleMembers);
    const bool has_name = reader.Required(object, "name") && reader.String(object, "name", &rule.name);
    const bool has_values = reader.Required(object, "in") && ReadStrings(reader, object, "in", &rule.in);
    if (has_name && has_values) rules->push_back(std::move(rule));
  }
}

void ReadTokenType(ConfigReader& reader, const Object& issuer, PolicyConfig* policy) {
  if (!reader.String(issuer, "token_type", &policy->token_type)) return;
  const json::Value& value = *issuer.Find("token_type");
  const std::string pointer = ConfigReader::Pointer(issuer, "token_type");
  if (!IsMediaType(policy->token_type)) {
    reader.Refuse(value, pointer, "must be \"any\" or a media type such as \"at+jwt\"");
  } else if (IsTypeOfOthers(policy->token_type)) {
    reader.Warn(value, pointer, "is the type of tokens that are no access tokens, and they alone will be accepted");
  }
}

void ReadTypeAndTimes(ConfigReader& reader, const Object& issuer, PolicyConfig* policy) {
  reader.Integer(issuer, "leeway_seconds", 0, kMaxLeewaySeconds, &policy->leeway_seconds);
  ReadTokenType(reader, issuer, policy);
  // The one member that may be null, for "none": configurations have it so since the first version.
  const json::Value* const max_age = issuer.Find("max_age_seconds");
  std::int64_t seconds = 0;
  if (max_age != nullptr && max_age->kind != json::Kind::kNull &&
      reader.Integer(issuer, "max_age_seconds", 1, std::numeric_limits<std::int32_t>::max(), &seconds)) {
    policy->max_age_seconds = seconds;
  }
}

void ReadWithoutKid(ConfigReader& reader, const Object& issuer, PolicyConfig* policy) {
  std::string word;
  if (!reader.String(issuer, "without_kid", &word)) return;
  const std::optional<WithoutKid> known = ParseWithoutKid(word);
  const json::Value& value = *issuer.Find("without_kid");
  const std::string pointer = ConfigReader::Pointer(issuer, "without_kid");
  if (!known) return reader.Refuse(value, pointer, "must be \"unique\" or \"try\"");
  policy->without_kid = *known;
  if (*known == WithoutKid::kTry && !policy->subject_trust_domain.empty()) {
    reader.Warn(value, pointer, "has no effect: a JWT-SVID without kid is always refused (JWT-SVID section 3)");
  }
}

void ReadConfirmation(ConfigReader& reader, const Object& issuer, PolicyConfig* policy) {
  // RFC 7800, RFC 8705, RFC 9203 and RFC 9449: the registered members of `cnf`.
  constexpr std::string_view kRegistered[] = {"jwk", "jwe", "kid", "jku", "x5t#S256", "osc", "jkt"};
  std::vector<Item> items;
  if (!reader.Strings(issuer, "accept_confirmation", &items)) return;
  for (const Item& item : items) {
    policy->accept_confirmation.emplace_back(item.value.text);
    if (std::find(std::begin(kRegistered), std::end(kRegistered), item.value.text) != std::end(kRegistered)) continue;
    reader.Warn(item.value, item.pointer, "is no registered member of cnf, such as jkt or x5t#S256");
  }
}

void ReadMode(ConfigReader& reader, const Object& issuer, PolicyConfig* policy) {
  std::string word;
  if (!reader.String(issuer, "mode", &word)) return;
  if (word == "report") {
    policy->mode = EnforcementMode::kReport;
  } else if (word != "enforce") {
    reader.Refuse(*issuer.Find("mode"), ConfigReader::Pointer(issuer, "mode"), "must be \"enforce\" or \"report\"");
  }
}

// CheckMode: of a policy that is safe in force.
void CheckMode(ConfigReader& reader, const Object& issuer, const PolicyConfig& policy, const KnownIssuer& known) {
  if (policy.mode == EnforcementMode::kEnforce) return;
  const json::Value& mode = *issuer.Find("mode");
  const std::string pointer = ConfigReader::Pointer(issuer, "mode");
  if (known.GivesToAnyone()) {
    reader.Refuse(mode, pointer,
                  "this issuer gives a token to whoever asks: with rules that are reported only, everybody would pass");
  } else {
    reader.Warn(mode, pointer,
                "REPORT ONLY: gateways let tokens of this issuer pass that are meant for others, or lack what is asked "
                "of them; say \"enforce\" once the reports are understood");
  }
}

// RefuseUnsafe: the value that `error` names, up to a colon, is what the defect is of.
void RefuseUnsafe(ConfigReader& reader, const Object& issuer, const std::string& error) {
  const std::size_t colon = error.find(": ");
  const std::string path = error.substr(0, colon);
  if (colon == std::string::npos || issuer.Find(path.substr(0, path.find('/'))) == nullptr) {
    return reader.Refuse(issuer.value, issuer.pointer, error);
  }
  reader.Refuse(reader.ValueAt(issuer, path), issuer.pointer + '/' + path, error.substr(colon + 2));
}

}  // namespace

std::optional<WithoutKid> ParseWithoutKid(std::string_view word) {
  if (word == "unique") return WithoutKid::kUnique;
  return word == "try" ? std::optional(WithoutKid::kTry) : std::nullopt;
}

void ReadPolicy(ConfigReader& reader, const Object& issuer, PolicyConfig* policy) {
  const std::size_t defects = reader.defect_count();
  ReadName(reader, issuer, policy);
  ReadAudiences(reader, issuer, policy);
  ReadAlgorithms(reader, issuer, policy);
  ReadTypeAndTimes(reader, issuer, policy);
  ReadRequiredClaims(reader, issuer, policy);
  ReadClaimRules(reader, issuer, &policy->claim_rules);
  ReadHeaderRules(reader, issuer, &policy->header_rules);
  ReadScopes(reader, issuer, policy);
  ReadClaimPath(reader, issuer, "client_claim", &policy->identity.client);
  ReadClaimPath(reader, issuer, "session_claim", &policy->identity.session);
  ReadClaimPath(reader, issuer, "token_id_claim", &policy->identity.token_id);
  ReadClaimPath(reader, issuer, "tenant_claim", &policy->identity.tenant);
  ReadWithoutKid(reader, issuer, policy);
  ReadConfirmation(reader, issuer, policy);
  ReadMode(reader, issuer, policy);
  if (reader.defect_count() != defects) return;  // more would follow from these
  if (const Result<void> valid = ValidatePolicy(*policy); !valid) return RefuseUnsafe(reader, issuer, valid.error());
  const KnownIssuer known(*policy);
  CheckMode(reader, issuer, *policy, known);
  if (const std::string_view owner = known.MissingOwner(); !owner.empty()) {
    reader.Refuse(issuer.value, issuer.pointer,
                  "whoever asks this issuer for a token chooses its audience: " + std::string(owner) +
                      " in `claims` must say whose tokens are meant, by `in` or `is`");
  }
  if (policy->leeway_seconds == 0 && known.WritesNotBefore()) {
    reader.Warn(issuer.value, issuer.pointer,
                "this issuer writes nbf: without leeway_seconds a clock that is a second behind refuses new tokens");
  }
}

}  // namespace assay
