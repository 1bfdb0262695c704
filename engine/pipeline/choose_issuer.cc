// Whose keys and policy a token is held against.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/pipeline/detail_text.h"
#include "engine/pipeline/validate.h"

namespace assay {

// `iss` is not authentic yet: it only says whose keys and policy to try, and that policy checks it again.
Reason Pipeline::ChooseIssuer(const TrustSnapshot& snapshot, InFlight& token) {
  Reason reason = FindIssuer(snapshot, token);
  if (reason == Reason::kUnset) reason = CheckAlgorithm(token);
  if (reason != Reason::kUnset || token.claims == nullptr) return reason;
  const ClaimReader claims(*token.claims, arena_, &claim_hints_, parser_.structure());
  reason = NameClaims(claims, token);
  if (reason == Reason::kUnset) token.issuer->policy->JudgeClaims(claims, &rule_memo_, &token.named);
  return reason;
}

Reason Pipeline::FindIssuer(const TrustSnapshot& snapshot, InFlight& token) {
  std::optional<std::string_view> iss;
  if (token.claims != nullptr) iss = token.claims->issuer();
  if (iss || !snapshot.issuer_required()) {
    token.issuer_index = snapshot.FindIssuer(iss.value_or(std::string_view()));
    if (token.issuer_index == TrustSnapshot::kNoIssuer) return IssuerUnknown(snapshot, *iss, token);
  } else {
    // Without `iss` a `sub` may say it; with one it never does.
    const std::optional<std::string_view> sub = token.claims->subject();
    if (snapshot.trust_domains().count > 0 && sub) token.issuer_index = snapshot.FindTrustDomain(*sub);
    if (token.issuer_index == TrustSnapshot::kNoIssuer) return IssuerMissing(snapshot, sub, token);
  }
  token.issuer = &snapshot.issuer(token.issuer_index);
  return Reason::kUnset;
}

Reason Pipeline::IssuerUnknown(const TrustSnapshot& snapshot, std::string_view iss, InFlight& token) {
  token.detail = {iss};
  // By its name alone, or as a `sub` would name it.
  if (snapshot.IsTrustDomain(iss) || snapshot.FindTrustDomain(iss) != TrustSnapshot::kNoIssuer) {
    token.detail.value = kTrustDomain;
  } else {
    SetWantedIssuers(snapshot, snapshot.named_issuers(), token);
  }
  return Reason::kIssuerUnknown;
}

Reason Pipeline::IssuerMissing(const TrustSnapshot& snapshot, std::optional<std::string_view> sub, InFlight& token) {
  token.detail = {};
  const bool by_sub = snapshot.trust_domains().count > 0 && (sub || snapshot.named_issuers().count == 0);
  if (by_sub) token.detail = {sub.value_or(""), sub ? kTrustDomain : kTrustDomainWithoutSub};
  SetWantedIssuers(snapshot, by_sub ? snapshot.trust_domains() : snapshot.named_issuers(), token);
  return Reason::kIssuerMissing;
}

void Pipeline::SetWantedIssuers(const TrustSnapshot& snapshot, const IssuerDirectory::Kind& kind, InFlight& token) {
  if (kind.count == 0) return;
  const std::vector<std::string>& known = snapshot.issuer(kind.first).policy->names().all();
  token.detail.wanted = arena_.Copy(known.empty() ? std::string_view() : known.front());
  token.detail.bound = kind.count - 1;
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
