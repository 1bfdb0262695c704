#include "engine/policy/policy.h"

#include <memory>
#include <utility>

#include "engine/claims/scope_set.h"
#include "engine/json/strict.h"
#include "engine/policy/checks.h"
#include "engine/policy/validate_policy.h"

namespace assay {
namespace {

// IsIdentity: a string without NUL, as Claims::Read() has it of registered claims.
bool IsIdentity(const json::Value& value) {
  return json::IsString(value) && value.text.find('\0') == std::string_view::npos;
}

std::string_view NameOf(ScopeForm form) {
  switch (form) {
    case ScopeForm::kString:
      return "a string";
    case ScopeForm::kArray:
      return "an array of strings";
    case ScopeForm::kEither:
      return "a string or an array of strings";
    case ScopeForm::kKeys:
      return "an object";
  }
  return "";
}

// HasFewRules: whether the rules are little work for any token of usual size.
bool HasFewRules(const PolicyConfig& config) {
  constexpr std::size_t kMostValues = 64, kMostPaths = 4;
  std::size_t values = 0, paths = 0;
  const auto count = [&](const auto& rule) {
    values += rule.values.size() + 1;
    if (rule.claim.size() > 1) ++paths;
  };
  for (const RequiredClaim& required : config.required_claims) count(required);
  for (const ClaimRule& rule : config.claim_rules) count(rule);
  return values <= kMostValues && paths <= kMostPaths;
}

// IsReportable: what report mode may let pass: what a token says, and not whose it is or whether it is still good.
bool IsReportable(Reason reason) {
  switch (reason) {
    case Reason::kAudienceMissing:
    case Reason::kWrongAudience:
    case Reason::kWrongType:
    case Reason::kClaimMissing:
    case Reason::kClaimMismatch:
    case Reason::kInsufficientScope:
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<Policy> Policy::Build(PolicyConfig config) {
  if (const Result<void> valid = ValidatePolicy(config); !valid) return Error{valid.error()};
  Result<IssuerNames> names = IssuerNames::Build(config);
  if (!names) return Error{names.error()};
  if (config.max_age_seconds) config.required_claims.push_back({{"iat"}});
  return Policy(std::move(config), std::move(*names));
}

Policy::Policy(PolicyConfig config, IssuerNames names)
    : config_(std::move(config)),
      names_(std::move(names)),
      plain_identity_(config_.identity == IdentityClaims()),
      names_usual_claims_(plain_identity_ && config_.scopes == ScopeSource()),
      claim_rules_(config_),
      has_few_rules_(HasFewRules(config_)) {
  for (const std::string& audience : config_.audiences) {
    for (std::string& spelling : AudienceSpellings(audience)) audience_spellings_.push_back(std::move(spelling));
  }
}

Reason Policy::FindNamed(const ClaimReader& claims, NamedClaims* named, Detail* detail) const {
  if (!FindScopes(config_.scopes, claims, &named->scopes)) {
    *detail = {NameOf(config_.scopes.claim, claims.arena()), 0, 1};  // a scope claim: it may be configured otherwise
    detail->found = named->scopes->raw;
    detail->wanted = NameOf(config_.scopes.form);
    return Reason::kBadClaimType;
  }
  if (plain_identity_) return Reason::kUnset;
  auto* const identity = std::construct_at(claims.arena().Allocate<Identity>(1));
  named->identity = identity;
  const IdentityClaims& names = config_.identity;
  const std::pair<const ClaimPath&, std::optional<std::string_view>&> all[] = {{names.client, identity->client},
                                                                               {names.session, identity->session},
                                                                               {names.token_id, identity->token_id},
                                                                               {names.tenant, identity->tenant}};
  for (const auto& [path, out] : all) {
    const json::Value* const value = path.empty() ? nullptr : claims.Find(path);
    if (value == nullptr) continue;
    if (!IsIdentity(*value)) {
      *detail = {NameOf(path, claims.arena())};
      detail->found = value->raw;
      detail->wanted = "a string without NUL";
      return Reason::kBadClaimType;
    }
    out = value->text;
  }
  return Reason::kUnset;
}

void Policy::JudgeClaims(const ClaimReader& claims, RuleMemo* memo, NamedClaims* named) const {
  constexpr std::size_t kMostBytes = 4096;
  if (!has_few_rules_ || claims.claims().json().size() > kMostBytes) return;
  Detail detail;
  named->claims = claim_rules_.Check(claims, &detail, memo);
  named->judged = true;
  if (named->claims != Reason::kUnset) {
    named->detail = std::construct_at(claims.arena().Allocate<Detail>(1), detail);
  }
}

Reason Policy::CheckTimes(const Claims& claims, std::int64_t now, Detail* detail) const {
  return CheckTime(config_, claims, now, detail);
}

Reason Policy::CheckIssuer(const Claims& claims, Detail* detail) const {
  if (config_.issuer_mode == IssuerMode::kUnchecked || names_.Name(claims)) return Reason::kUnset;
  *detail = {claims.issuer().value_or("")};
  SetWanted(names_.all(), detail);
  return Reason::kWrongIssuer;
}

Reason Policy::CheckIntended(const ClaimReader& claims, Detail* detail) const {
  if (config_.any_audience_is_dangerous) return Reason::kUnset;
  if (config_.audience_from && claims.claims().audience() == nullptr) {
    return CheckAudienceFrom(*config_.audience_from, claims, detail);
  }
  const Reason reason = CheckAudience(audience_spellings_, claims.claims(), claims.arena(), detail);
  if (reason != Reason::kUnset) SetWanted(config_.audiences, detail);
  if (reason == Reason::kAudienceMissing && names_.by_trust_domain()) detail->value = kNothingStandsIn;
  return reason;
}

Reason Policy::CheckTokenType(const jws::Header& header, Detail* detail) const {
  return names_.by_trust_domain() ? CheckSvidType(header, detail) : CheckType(config_.token_type, header, detail);
}

Reason Policy::CheckScopes(const ClaimReader& claims, const NamedClaims& named, Detail* detail) const {
  for (const std::string& scope : config_.required_scopes) {
    if (named.scopes != nullptr && HasScope(*named.scopes, scope, claims.arena())) continue;
    *detail = {scope};
    SetScopes(named.scopes, NameOf(config_.scopes.claim, claims.arena()), claims.claims(), detail);
    return Reason::kInsufficientScope;
  }
  return Reason::kUnset;
}

Reason Policy::Evaluate(const jws::Header& header, const ClaimReader& claims, const NamedClaims& named,
                        std::int64_t now, Detail* detail) const {
  Reason reason = CheckIssuer(claims.claims(), detail);
  if (reason == Reason::kUnset) reason = CheckTime(config_, claims.claims(), now, detail);
  if (reason == Reason::kUnset) reason = CheckIntended(claims, detail);
  if (reason == Reason::kUnset) reason = CheckTokenType(header, detail);
  if (reason == Reason::kUnset && named.judged) {
    reason = named.claims;
    if (reason != Reason::kUnset) *detail = *named.detail;
  } else if (reason == Reason::kUnset) {
    reason = claim_rules_.Check(claims, detail);
  }
  if (reason == Reason::kUnset) reason = CheckConfirmation(config_.accept_confirmation, claims, detail);
  return reason == Reason::kUnset ? CheckScopes(claims, named, detail) : reason;
}

bool Policy::MayBeReported(Reason reason, const jws::Header& header, const ClaimReader& claims,
                           std::int64_t now) const {
  if (config_.mode != EnforcementMode::kReport || !IsReportable(reason)) return false;
  // The first defect hides those behind it: what is never let pass is asked for by itself.
  Detail unused;
  const bool age_is_known = !config_.max_age_seconds || claims.claims().issued_at().has_value();
  return age_is_known && CheckIssuer(claims.claims(), &unused) == Reason::kUnset &&
         CheckTime(config_, claims.claims(), now, &unused) == Reason::kUnset &&
         CheckType("any", header, &unused) == Reason::kUnset &&
         CheckConfirmation({}, claims, &unused) == Reason::kUnset;
}

Reason Policy::CheckHeader(std::span<const json::Member> header, Detail* detail) const {
  return CheckHeaderRules(config_.header_rules, header, detail);
}

}  // namespace assay
