#include "engine/policy/policy.h"

#include <algorithm>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/claims/scope_set.h"
#include "engine/json/strict.h"
#include "engine/policy/checks.h"

namespace assay {
namespace {

// IsTokenType: "any", or a media type with or without its top level (RFC 6838 section 4.2).
bool IsTokenType(std::string_view type) {
  return !type.empty() && type.size() <= 255 && std::all_of(type.begin(), type.end(), [](char c) {
    return IsAlphanumeric(c) || std::string_view("!#$&-^_.+/").find(c) != std::string_view::npos;
  });
}

// Validate: fails with the first unsafe member.
Result<void> Validate(const PolicyConfig& config) {
  if (config.algorithms.empty()) return Error{"algorithms: the list is empty"};
  if (config.signature_only) {
    if (config.issuer_mode == IssuerMode::kUnchecked) return {};
    return Error{"signature_only: checks no issuer"};
  }
  if (config.issuer_mode != IssuerMode::kUnchecked && config.issuer.empty()) return Error{"issuer: is empty"};
  if (config.any_audience_is_dangerous) {
    if (!config.audiences.empty()) return Error{"audiences: given, and any audience accepted as well"};
  } else if (config.audiences.empty()) {
    return Error{"audiences: the list is empty; a token meant for another service would be accepted"};
  }
  for (const std::string& audience : config.audiences) {
    if (audience.empty()) return Error{"audiences: an audience is empty"};
  }
  if (config.leeway_seconds < 0 || config.leeway_seconds > kMaxLeewaySeconds) {
    return Error{"leeway_seconds: outside 0..300"};
  }
  if (config.max_age_seconds && *config.max_age_seconds < 0) return Error{"max_age_seconds: is negative"};
  if (!IsTokenType(config.token_type)) return Error{"token_type: neither \"any\" nor a media type"};
  for (const RequiredClaim& claim : config.required_claims) {
    if (claim.name.empty()) return Error{"required_claims: a name is empty"};
  }
  for (const std::string& scope : config.required_scopes) {
    if (!IsScopeToken(scope)) return Error{"required scope: not a scope-token (RFC 6749 section 3.3)"};
  }
  return {};
}

}  // namespace

Result<Policy> Policy::Build(PolicyConfig config) {
  if (const Result<void> valid = Validate(config); !valid) return Error{valid.error()};
  std::vector<std::string> audiences;
  for (const std::string& audience : config.audiences) {
    for (std::string& spelling : AudienceSpellings(audience)) audiences.push_back(std::move(spelling));
  }
  config.audiences = std::move(audiences);
  if (config.max_age_seconds) config.required_claims.push_back({"iat", std::nullopt});
  return Policy(std::move(config));
}

std::string_view Policy::scope_claim_name() const {
  return config_.scope_claim == ScopeClaim::kScope ? "scope" : "scp";
}

const json::Value* Policy::Scopes(const Claims& claims) const { return ScopesIn(claims, config_.scope_claim); }

Reason Policy::CheckForm(const Claims& claims, Detail* detail) const {
  const json::Value* const scopes = Scopes(claims);
  if (scopes == nullptr) return Reason::kUnset;
  const bool may_be_array = config_.scope_claim == ScopeClaim::kScp;
  if (json::IsString(*scopes) || (may_be_array && json::IsArrayOfStrings(*scopes))) return Reason::kUnset;
  detail->subject = scope_claim_name();
  return Reason::kBadClaimType;
}

Reason Policy::CheckTimes(const Claims& claims, std::int64_t now, Detail* detail) const {
  return CheckTime(config_, claims, now, detail);
}

Reason Policy::Evaluate(const jws::Header& header, const Claims& claims, std::int64_t now, Arena& arena,
                        Detail* detail) const {
  if (config_.issuer_mode != IssuerMode::kUnchecked && claims.issuer() != config_.issuer) {
    detail->subject = claims.issuer().value_or("");
    return Reason::kWrongIssuer;
  }
  Reason reason = CheckTime(config_, claims, now, detail);
  if (reason != Reason::kUnset) return reason;
  if (!config_.any_audience_is_dangerous) {
    reason = CheckAudience(config_.audiences, claims, arena, detail);
    if (reason != Reason::kUnset) return reason;
  }
  reason = CheckType(config_.token_type, header, detail);
  if (reason != Reason::kUnset) return reason;
  reason = CheckRequiredClaims(config_.required_claims, claims, arena, detail);
  if (reason != Reason::kUnset) return reason;
  // RFC 7800: a bound token is worth nothing without the proof, and nobody here checks it.
  if (!config_.accept_confirmation_claim && claims.confirmation() != nullptr) {
    detail->subject = "cnf";
    return Reason::kConfirmationUnsupported;
  }
  if (!config_.required_scopes.empty()) {
    const json::Value* const scopes = Scopes(claims);
    for (const std::string& scope : config_.required_scopes) {
      if (scopes != nullptr && HasScope(*scopes, scope, arena)) continue;
      detail->subject = scope;
      return Reason::kInsufficientScope;
    }
  }
  return Reason::kUnset;
}

}  // namespace assay
