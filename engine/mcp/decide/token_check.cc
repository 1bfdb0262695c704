#include "engine/mcp/decide/token_check.h"

#include <algorithm>
#include <utility>

#include "engine/base/bytes.h"
#include "engine/policy/checks.h"

namespace assay::mcp {
namespace {

constexpr std::string_view kKeyThumbprint = "jkt";  // RFC 9449 section 6.1

bool AcceptsKeyBinding(const PolicyConfig& issuer) {
  const auto& accepted = issuer.accept_confirmation;
  return std::find(accepted.begin(), accepted.end(), kKeyThumbprint) != accepted.end();
}

Reason Refuse(Reason reason, const char* why, Explanation* out) {
  out->before = why;
  return reason;
}

}  // namespace

// MakeIssuer: fails for an issuer whose tokens must not be decided on for this resource.
Result<TokenCheck::Issuer> TokenCheck::MakeIssuer(const PolicyConfig& issuer, const ScopePolicyConfig& config) {
  if (issuer.any_audience_is_dangerous || issuer.signature_only) {
    return Error{"accepts tokens for any audience; MCP requires that they are meant for this resource"};
  }
  if (!issuer.required_scopes.empty()) {
    return Error{
        "has required scopes of its own; they belong into the policy's rules, where a challenge can name them"};
  }
  Result<IssuerNames> names = IssuerNames::Build(issuer);
  if (!names) return Error{names.error()};
  Arena arena(256);
  std::string scope_claim(NameOf(issuer.scopes.claim, arena));
  Issuer made{
      issuer.issuer_mode, std::move(*names), {}, std::move(scope_claim), issuer.mode == EnforcementMode::kReport};
  // An issuer whose name is not checked is none that the policy could mean.
  const bool has_name = issuer.issuer_mode != IssuerMode::kUnchecked;
  const std::vector<std::string>& all = made.names.all();
  for (const auto& [name, from] : config.audience_from_issuers) {
    if (!has_name || std::find(all.begin(), all.end(), name) == all.end()) continue;
    if (made.names.has_canonical_spelling() && !made.audience_from.empty()) {
      return Error{"stands in audience_from_issuers by two of its names; one of them counts for all"};
    }
    made.audience_from.emplace_back(made.names.has_canonical_spelling() ? all.front() : name, &from);
  }
  if (HasAudience(issuer, config.resource) || (issuer.audience_from && !made.audience_from.empty())) return made;
  return Error{issuer.audience_from ? "has audience_from, and the policy's audience_from_issuers does not list it"
                                    : "does not require the policy's resource as audience"};
}

Result<TokenCheck> TokenCheck::Create(const ScopePolicy& policy, std::span<const PolicyConfig> issuers) {
  if (issuers.empty()) return Error{"the engine has no issuers"};
  const ScopePolicyConfig& config = policy.config();
  std::vector<Issuer> known;
  Schemes schemes = Schemes::kBearer;
  for (const PolicyConfig& issuer : issuers) {
    Result<Issuer> made = MakeIssuer(issuer, config);
    if (!made) {
      const std::string name = EntryName(issuer);
      return Error{(name.empty() ? "the engine" : "issuer " + name) + " " + made.error() + " (" + config.resource +
                   ")"};
    }
    if (AcceptsKeyBinding(issuer)) schemes = Schemes::kBoth;
    known.push_back(std::move(*made));
  }
  if (config.metadata.dpop_bound_access_tokens_required) schemes = Schemes::kDpop;
  return TokenCheck(policy, std::move(known), schemes);
}

TokenCheck::TokenCheck(const ScopePolicy& policy, std::vector<Issuer> issuers, Schemes schemes)
    : config_(&policy.config()), issuers_(std::move(issuers)), schemes_(schemes) {
  own_audiences_ = AudienceSpellings(config_->resource);
  for (const std::string& audience : config_->audiences) {
    const std::vector<std::string> spellings = AudienceSpellings(audience);
    own_audiences_.insert(own_audiences_.end(), spellings.begin(), spellings.end());
  }
}

Reason TokenCheck::Check(const Verdict& verdict, std::optional<bool> uses_dpop, Explanation* why) {
  if (!verdict.accepted()) {
    why->verdict = &verdict;
    return verdict.reason();
  }
  const Claims* const claims = verdict.claims();
  if (claims == nullptr) return Refuse(Reason::kUnset, "the token's claims were not read", why);
  arena_.Reset();
  const Issuer* issuer = nullptr;
  if (const Reason reason = CheckIssuer(verdict, &issuer, why); reason != Reason::kUnset) return reason;
  if (const Reason reason = CheckAudienceOf(verdict, *issuer, why); reason != Reason::kUnset) return reason;
  const Reason reason = CheckBinding(*claims, uses_dpop, why);
  return reason == Reason::kUnset ? Reason::kAccepted : reason;
}

// A verdict that is a rejection has no claims to look at; that its token is bound to no key is among what it says.
bool TokenCheck::MayBeReported(const Verdict& verdict, Reason reason, bool uses_dpop) {
  if (!verdict.accepted()) {
    const auto index = static_cast<std::size_t>(verdict.issuer_index());
    if (!verdict.report_only() || index >= issuers_.size()) return false;
    // As CheckIssuer(): since a reload the index may be another issuer's.
    const Issuer& issuer = issuers_[index];
    const bool is_known = issuer.mode == IssuerMode::kUnchecked || issuer.names.Has(verdict.issuer());
    return is_known && issuer.in_report_mode && !uses_dpop && !config_->metadata.dpop_bound_access_tokens_required;
  }
  if (reason != Reason::kAudienceMissing && reason != Reason::kWrongAudience) return false;
  Explanation unused;  // the binding is looked at after the audience
  return CheckBinding(*verdict.claims(), uses_dpop, &unused) == Reason::kUnset;
}

Reason TokenCheck::CheckIssuer(const Verdict& verdict, const Issuer** issuer, Explanation* why) const {
  const auto index = static_cast<std::size_t>(verdict.issuer_index());
  const bool is_known = index < issuers_.size() && (issuers_[index].mode == IssuerMode::kUnchecked ||
                                                    issuers_[index].names.Name(*verdict.claims()).has_value());
  if (!is_known) return Refuse(Reason::kIssuerUnknown, "the issuer came with a reload, after this checker", why);
  *issuer = &issuers_[index];
  return Reason::kUnset;
}

// CheckAudienceOf: the token names this resource, or has no `aud` member at all and its issuer's stand-in for one.
Reason TokenCheck::CheckAudienceOf(const Verdict& verdict, const Issuer& issuer, Explanation* why) {
  const Claims& claims = *verdict.claims();
  const auto listed = std::find_if(issuer.audience_from.begin(), issuer.audience_from.end(),
                                   [&](const auto& entry) { return SameText(entry.first, verdict.issuer()); });
  if (listed != issuer.audience_from.end() && claims.Find("aud") == nullptr) {
    const Reason reason = CheckAudienceFrom(*listed->second, {claims, arena_}, &detail_);
    return reason == Reason::kUnset ? reason : Explain(reason, " (`audience_from_issuers` of the policy)", why);
  }
  const Reason reason = CheckAudience(own_audiences_, claims, arena_, &detail_);
  if (reason == Reason::kUnset) return reason;
  detail_.wanted = config_->resource;
  detail_.bound = static_cast<std::int64_t>(config_->audiences.size());  // some are ours in two spellings
  return Explain(reason,
                 reason == Reason::kAudienceMissing ? " (`resource` and `audiences` of the policy). For an issuer that "
                                                      "writes none, audience_from_issuers says what stands in for it"
                                                    : " (`resource` and `audiences` of the policy)",
                 why);
}

Reason TokenCheck::Explain(Reason reason, const char* whose, Explanation* why) const {
  why->detail = &detail_;
  why->after = whose;
  return reason;
}

// CheckBinding: RFC 9449 section 7.1: a token that is bound to a key counts under the scheme DPoP alone, for which the
// host has checked the proof, and any other token does not count there.
Reason TokenCheck::CheckBinding(const Claims& claims, std::optional<bool> uses_dpop, Explanation* why) {
  json::Value thumbprint;
  const bool is_bound = claims.confirmation() != nullptr && claims.FindPath(binding_path_, arena_, &thumbprint);
  if (is_bound && (!json::IsString(thumbprint) || thumbprint.text.empty())) {
    return Refuse(Reason::kBadClaimType, "cnf.jkt is no string", why);
  }
  if (is_bound && uses_dpop == false) {
    return Refuse(Reason::kConfirmationUnsupported,
                  "cnf.jkt binds the token to a key: it counts under the scheme DPoP only", why);
  }
  if (is_bound) return Reason::kUnset;
  if (uses_dpop == true)
    return Refuse(Reason::kClaimMissing, "cnf.jkt is missing: under DPoP a token is bound to a key", why);
  if (!config_->metadata.dpop_bound_access_tokens_required) return Reason::kUnset;
  return Refuse(Reason::kClaimMissing, "cnf.jkt is missing: dpop_bound_access_tokens_required", why);
}

}  // namespace assay::mcp
