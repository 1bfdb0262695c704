// Whose keys and policy a token is held against.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/pipeline/validate.h"

namespace assay {

// `iss` is not authentic yet: it only says whose keys and policy to try, and that policy checks it again.
Reason Pipeline::ChooseIssuer(const TrustSnapshot& snapshot, InFlight& token) {
  Reason reason = FindIssuer(snapshot, token);
  if (reason == Reason::kUnset) reason = CheckAlgorithm(token);
  if (reason != Reason::kUnset || token.claims == nullptr) return reason;
  const ClaimReader claims(*token.claims, arena_, &claim_hints_, parser_.structure());
  reason = NameClaims(claims, token);
  if (reason == Reason::kUnset) token.issuer->policy->JudgeClaims(claims, &token.named);
  return reason;
}

Reason Pipeline::FindIssuer(const TrustSnapshot& snapshot, InFlight& token) {
  std::optional<std::string_view> iss;
  if (token.claims != nullptr) iss = token.claims->issuer();
  if (!iss && snapshot.issuer_required()) {
    // Without `iss` a `sub` may say it; with one it never does.
    if (!snapshot.has_trust_domains() || !token.claims->subject()) return Reason::kIssuerMissing;
    token.issuer_index = snapshot.FindTrustDomain(*token.claims->subject());
    if (token.issuer_index == TrustSnapshot::kNoIssuer) {
      token.detail = {*token.claims->subject()};
      return Reason::kIssuerMissing;
    }
  } else {
    token.issuer_index = snapshot.FindIssuer(iss.value_or(std::string_view()));
  }
  if (token.issuer_index == TrustSnapshot::kNoIssuer) {
    token.detail = {*iss, 0, static_cast<std::int64_t>(snapshot.issuer_count()) - 1};
    const std::vector<std::string>& known = snapshot.issuer(0).policy->names().all();
    token.detail.wanted = arena_.Copy(known.empty() ? std::string_view() : known.front());
    return Reason::kIssuerUnknown;
  }
  token.issuer = &snapshot.issuer(token.issuer_index);
  return Reason::kUnset;
}

Reason Pipeline::CheckAlgorithm(InFlight& token) {
  const AlgorithmSet allowed = token.issuer->policy->algorithms();
  if (allowed.Contains(*token.header.algorithm)) return Reason::kUnset;
  token.detail = {AlgorithmName(*token.header.algorithm), allowed.bits()};
  return Reason::kAlgorithmNotAllowed;
}

Reason Pipeline::NameClaims(const ClaimReader& claims, InFlight& token) {
  const Policy& policy = *token.issuer->policy;
  const Reason reason = policy.ReadForm(claims, &token.named, &token.detail);
  if (reason != Reason::kUnset) {
    OwnDetail(token);
    return reason;
  }
  const std::string_view name = policy.names().Canonical(*token.claims);
  token.issuer_name = policy.names().has_canonical_spelling() ? arena_.Copy(name) : name;
  return Reason::kUnset;
}

}  // namespace assay
