// TokenCheck: whether a validated token is one for this resource. Not installed.
//
// The engine's own answer is not enough: it may have been reloaded for other resources since, and several resources may
// share one engine.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/result.h"
#include "engine/mcp/decide/decision.h"
#include "engine/mcp/decide/policy_config.h"
#include "engine/mcp/decide/scope_policy.h"
#include "engine/policy/issuer_names.h"
#include "engine/policy/policy_config.h"

namespace assay::mcp {

class TokenCheck {
 public:
  // Create: for the policies of an engine's issuers, in its order. Fails for one whose tokens may be meant for others.
  static Result<TokenCheck> Create(const ScopePolicy& policy, std::span<const PolicyConfig> issuers);

  // schemes: under which schemes a token can count: DPoP where the policy requires it, or where an issuer's tokens may
  // be bound to a key.
  Schemes schemes() const { return schemes_; }

  // Check: kAccepted for the verdict on a valid token that is meant for this resource and came under its own scheme.
  // `uses_dpop`: whether it came under DPoP; nothing where that is not asked.
  Reason Check(const Verdict& verdict, std::optional<bool> uses_dpop, Explanation* why);

  // MayBeReported: whether a token that Check() refused for `reason` is one that a policy in report mode lets pass.
  bool MayBeReported(const Verdict& verdict, Reason reason, bool uses_dpop);

  // ScopeClaim: the name of the claim that holds the scopes of this issuer's tokens. Requires a verdict that Check()
  // accepts.
  const std::string& ScopeClaim(const Verdict& verdict) const {
    return issuers_[static_cast<std::size_t>(verdict.issuer_index())].scope_claim;
  }

 private:
  // Issuer: what of an issuer's policy a decision needs.
  struct Issuer {
    IssuerMode mode;
    IssuerNames names;
    // audience_from: what the policy lets stand in for `aud`, by the name that Verdict::issuer() gives.
    std::vector<std::pair<std::string, const AudienceFrom*>> audience_from;
    std::string scope_claim;
    bool in_report_mode;
  };

  static Result<Issuer> MakeIssuer(const PolicyConfig& issuer, const ScopePolicyConfig& config);
  TokenCheck(const ScopePolicy& policy, std::vector<Issuer> issuers, Schemes schemes);

  Reason CheckIssuer(const Verdict& verdict, const Issuer** issuer, Explanation* why) const;
  Reason CheckAudienceOf(const Verdict& verdict, const Issuer& issuer, Explanation* why);
  // Explain: the refusal for `reason` by detail_; `whose` stands behind what was wanted.
  Reason Explain(Reason reason, const char* whose, Explanation* why) const;
  Reason CheckBinding(const Claims& claims, std::optional<bool> uses_dpop, Explanation* why);

  const ScopePolicyConfig* config_;
  std::vector<Issuer> issuers_;
  std::vector<std::string> own_audiences_;
  Schemes schemes_;
  ClaimPath binding_path_ = {"cnf", "jkt"};
  Arena arena_;
  Detail detail_;  // of the last refusal that is explained by one
};

}  // namespace assay::mcp
