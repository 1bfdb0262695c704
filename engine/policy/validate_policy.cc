#include "engine/policy/validate_policy.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/claims/scope_set.h"
#include "engine/json/text.h"
#include "engine/policy/issuer_names.h"
#include "engine/policy/rule_conflicts.h"

namespace assay {
namespace {

// kOfIdTokensToo: claims that ID tokens have as well (OpenID Connect Core, sections 2 and 5.1): a rule on one of them
// does not tell an access token.
constexpr std::string_view kOfIdTokensToo[] = {"iss",
                                               "sub",
                                               "aud",
                                               "exp",
                                               "nbf",
                                               "iat",
                                               "jti",
                                               "azp",
                                               "nonce",
                                               "auth_time",
                                               "acr",
                                               "amr",
                                               "at_hash",
                                               "c_hash",
                                               "s_hash",
                                               "name",
                                               "given_name",
                                               "family_name",
                                               "middle_name",
                                               "nickname",
                                               "preferred_username",
                                               "profile",
                                               "picture",
                                               "website",
                                               "email",
                                               "email_verified",
                                               "gender",
                                               "birthdate",
                                               "zoneinfo",
                                               "locale",
                                               "phone_number",
                                               "phone_number_verified",
                                               "address",
                                               "updated_at"};

constexpr std::size_t kMostSpellings = 16;  // of one issuer: each is looked up among the revocations

// kSvidAlgorithms: JWT-SVID section 2.1.
constexpr AlgorithmSet kSvidAlgorithms = {Algorithm::kRS256, Algorithm::kRS384, Algorithm::kRS512,
                                          Algorithm::kES256, Algorithm::kES384, Algorithm::kES512,
                                          Algorithm::kPS256, Algorithm::kPS384, Algorithm::kPS512};

// IsTokenType: "any", or a media type with or without its top level (RFC 6838 section 4.2).
bool IsTokenType(std::string_view type) { return !type.empty() && type.size() <= 255 && IsMediaTypeText(type); }

bool HasNul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

// IsPath: whether a claim could stand there.
bool IsPath(const ClaimPath& path) {
  return !path.empty() && path.size() <= kMaxClaimPathNames &&
         std::none_of(path.begin(), path.end(), [](const std::string& name) { return name.empty() || HasNul(name); });
}

bool AnyEmpty(const std::vector<std::string>& values) {
  return std::any_of(values.begin(), values.end(), [](const std::string& value) { return value.empty(); });
}

Result<void> ValidateIssuer(const PolicyConfig& config) {
  const bool from_template = !config.issuer_template.pattern.empty();
  if (!config.subject_trust_domain.empty()) {
    if (config.issuer_mode != IssuerMode::kChosenByIss || from_template || !config.issuer_aliases.empty()) {
      return Error{"subject_trust_domain: stands in place of an issuer"};
    }
    if (config.audience_from) return Error{"audience_from: a JWT-SVID always has an audience"};
    for (int i = 0; i < kAlgorithmCount; ++i) {
      const auto algorithm = static_cast<Algorithm>(i);
      if (!config.algorithms.Contains(algorithm) || kSvidAlgorithms.Contains(algorithm)) continue;
      return Error{"algorithms: one of them is none of JWT-SVID: " + std::string(AlgorithmName(algorithm))};
    }
    if (config.token_type != "any") return Error{"token_type: a JWT-SVID has typ JWT, JOSE or none"};
  } else if (config.issuer_mode != IssuerMode::kUnchecked && config.issuer.empty() && !from_template) {
    return Error{"issuer: is empty"};
  }
  if (from_template && (config.issuer_mode != IssuerMode::kChosenByIss || !config.issuer_aliases.empty())) {
    return Error{"issuer: a template stands beside nothing else"};
  }
  if (AnyEmpty(config.issuer_aliases)) return Error{"issuer: one of the list is empty"};
  if (config.issuer_aliases.size() >= kMostSpellings) {
    return Error{"issuer: more than 16 spellings of one issuer; a template stands for many issuers"};
  }
  if (!from_template && !config.issuer_template.variables.empty()) return Error{"issuer: variables without a template"};
  const Result<IssuerNames> names = IssuerNames::Build(config);
  return names ? Result<void>() : Error{names.error()};
}

// kTokenUses: claims in which issuers say what a token is for, and kUsesOfOthers: what they write there of tokens that
// are no access tokens. Without ASCII case.
constexpr std::string_view kTokenUses[] = {"token_use", "typ", "token_type", "use"};
constexpr std::string_view kUsesOfOthers[] = {"id",      "id_token", "refresh",      "refresh_token",
                                              "offline", "logout",   "logout_token", "JWT"};

// TellsByValues: whether values of this claim tell access tokens from others.
bool TellsByValues(const ClaimPath& claim, ClaimOperator op, std::span<const std::string> values) {
  const bool says_use = claim.size() == 1 &&
                        std::find(std::begin(kTokenUses), std::end(kTokenUses), claim.front()) != std::end(kTokenUses);
  if (!says_use) return true;
  return op != ClaimOperator::kPrefix && std::none_of(values.begin(), values.end(), [](const std::string& value) {
           return std::any_of(std::begin(kUsesOfOthers), std::end(kUsesOfOthers),
                              [&](std::string_view other) { return EqualsIgnoreCase(value, other); });
         });
}

// TellsAccessTokens: whether a rule on this claim, which is not `stand_in`, tells access tokens from others: by values,
// or, of `sid`, of which each session has its own, by being there.
bool TellsAccessTokens(const ClaimPath& claim, const ClaimPath& stand_in, ClaimOperator op,
                       std::span<const std::string> values) {
  const bool is_known =
      std::find(std::begin(kOfIdTokensToo), std::end(kOfIdTokensToo), claim.front()) != std::end(kOfIdTokensToo);
  if (claim == stand_in || is_known) return false;
  return op == ClaimOperator::kExists ? claim == ClaimPath{"sid"} : TellsByValues(claim, op, values);
}

bool HasTellingRule(const PolicyConfig& config) {
  const ClaimPath& stand_in = config.audience_from->claim;
  const auto rule_tells = [&](const ClaimRule& rule) {
    const auto* const text = rule.op == ClaimOperator::kIs ? std::get_if<std::string>(&rule.is) : nullptr;
    return TellsAccessTokens(rule.claim, stand_in, rule.op,
                             text != nullptr ? std::span(text, 1) : std::span(rule.values));
  };
  const auto requirement_tells = [&](const RequiredClaim& required) {
    const ClaimOperator op = required.values.empty() ? ClaimOperator::kExists : ClaimOperator::kIn;
    return TellsAccessTokens(required.claim, stand_in, op, required.values);
  };
  return std::any_of(config.claim_rules.begin(), config.claim_rules.end(), rule_tells) ||
         std::any_of(config.required_claims.begin(), config.required_claims.end(), requirement_tells);
}

// IsOfOthersToo: whether tokens that are no access tokens have this type, too.
bool IsOfOthersToo(std::string_view type) {
  return type == "any" || EqualsIgnoreCase(type, "JWT") || EqualsIgnoreCase(type, "application/jwt");
}

Result<void> ValidateAudiences(const PolicyConfig& config) {
  if (config.any_audience_is_dangerous) {
    if (!config.audiences.empty()) return Error{"audiences: given, and any audience accepted as well"};
    if (config.audience_from) return Error{"audience_from: given, and any audience accepted as well"};
  } else if (config.audiences.empty() && !config.audience_from) {
    return Error{"audiences: the list is empty; a token meant for another service would be accepted"};
  }
  if (AnyEmpty(config.audiences)) return Error{"audiences: an audience is empty"};
  if (!config.audience_from) return {};
  const AudienceFrom& from = *config.audience_from;
  if (!IsPath(from.claim)) return Error{"audience_from: the claim has no name, too many, or one with a NUL"};
  if (const std::string_view why = WhyNoStandIn(from.claim); !why.empty()) {
    return Error{"audience_from: " + std::string(why)};
  }
  if (from.in.empty() || AnyEmpty(from.in)) return Error{"audience_from: the list is empty, or holds an empty string"};
  if (IsOfOthersToo(config.token_type) && !HasTellingRule(config)) {
    return Error{
        "audience_from: needs a token_type that ID tokens do not have (at+jwt, not JWT), or a rule that tells access "
        "tokens from them: on their value of token_use or typ, or that sid is there. Otherwise ID tokens of the same "
        "client would be accepted"};
  }
  return {};
}

Result<void> ValidateClaims(const PolicyConfig& config) {
  for (const RequiredClaim& claim : config.required_claims) {
    if (!IsPath(claim.claim)) return Error{"required_claims: a claim has no name, too many, or one with a NUL"};
  }
  for (std::size_t i = 0; i < config.claim_rules.size(); ++i) {
    const Result<void> valid = ValidateRule(config.claim_rules[i]);
    if (!valid) return Error{"claims/" + std::to_string(i) + ": " + valid.error()};
  }
  for (const HeaderRule& rule : config.header_rules) {
    if (rule.name.empty() || HasNul(rule.name)) return Error{"header: a name is empty, or holds a NUL"};
    if (rule.in.empty() || AnyEmpty(rule.in)) return Error{"header: a list is empty, or holds an empty string"};
  }
  const IdentityClaims& identity = config.identity;
  if (!IsPath(identity.client)) return Error{"client_claim: is no claim"};
  if (!IsPath(identity.session)) return Error{"session_claim: is no claim"};
  if (!IsPath(identity.token_id)) return Error{"token_id_claim: is no claim"};
  if (!identity.tenant.empty() && !IsPath(identity.tenant)) return Error{"tenant_claim: is no claim"};
  if (AnyEmpty(config.accept_confirmation)) return Error{"accept_confirmation: a name is empty"};
  return {};
}

Result<void> ValidateScopes(const PolicyConfig& config) {
  if (!IsPath(config.scopes.claim)) return Error{"scopes: the claim has no name, too many, or one with a NUL"};
  if (!config.scopes.granted_by.empty() && config.scopes.form != ScopeForm::kKeys) {
    return Error{"scopes: granted_by belongs to the form keys"};
  }
  if (AnyEmpty(config.scopes.granted_by)) return Error{"scopes: granted_by holds an empty string"};
  for (const std::string& scope : config.required_scopes) {
    if (!IsScopeToken(scope)) {
      return Error{"required scope: not a scope-token (RFC 6749 section 3.3): " + json::Quoted(scope)};
    }
  }
  return {};
}

}  // namespace

std::string_view WhyNoStandIn(const ClaimPath& claim) {
  if (claim.front() == "aud") return "aud cannot stand in for itself";
  return claim.front() == "iss" ? "iss says nothing of whom a token is meant for: all of this issuer's have it" : "";
}

Result<void> ValidateRule(const ClaimRule& rule) {
  if (!IsPath(rule.claim)) return Error{"the claim has no name, too many, or one with a NUL"};
  const bool has_list = rule.op != ClaimOperator::kExists && rule.op != ClaimOperator::kIs;
  if (has_list == rule.values.empty()) return Error{has_list ? "the list is empty" : "a list that is not looked at"};
  if (AnyEmpty(rule.values)) return Error{"an empty string"};
  if (const auto* const text = std::get_if<std::string>(&rule.is); rule.op == ClaimOperator::kIs && text != nullptr) {
    if (text->empty()) return Error{"an empty string"};
  }
  const auto has_space = [](const std::string& word) { return word.find(' ') != std::string::npos; };
  if (rule.op == ClaimOperator::kWords && std::any_of(rule.values.begin(), rule.values.end(), has_space)) {
    return Error{"a word holds a space, and no claim has such a word: list words one by one"};
  }
  if (rule.op != ClaimOperator::kPrefix) return {};
  const bool ends = std::all_of(rule.values.begin(), rule.values.end(), [](const std::string& prefix) {
    return prefix.ends_with('/') || prefix.ends_with(':');
  });
  return ends ? Result<void>() : Error{"a prefix must end in / or :, or it would match longer names as well"};
}

Result<void> ValidatePolicy(const PolicyConfig& config) {
  if (config.algorithms.empty()) return Error{"algorithms: the list is empty"};
  if (config.signature_only) {
    if (config.mode != EnforcementMode::kEnforce) return Error{"mode: a signature is not reported only"};
    if (config.issuer_mode == IssuerMode::kUnchecked) return {};
    return Error{"signature_only: checks no issuer"};
  }
  if (!IsTokenType(config.token_type)) return Error{"token_type: neither \"any\" nor a media type"};
  if (config.leeway_seconds < 0 || config.leeway_seconds > kMaxLeewaySeconds) {
    return Error{"leeway_seconds: outside 0..300"};
  }
  if (config.max_age_seconds && *config.max_age_seconds < 0) return Error{"max_age_seconds: is negative"};
  for (const auto validate : {ValidateIssuer, ValidateAudiences, ValidateClaims, ValidateScopes, CheckRuleConflicts}) {
    if (Result<void> valid = validate(config); !valid) return valid;
  }
  return {};
}

}  // namespace assay
