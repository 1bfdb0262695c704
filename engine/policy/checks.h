// The checks of a policy, each a pure function: kUnset when satisfied, else its own reason.
// What a detail names lives as long as the shorter-lived of the policy and the claims.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/detail.h"
#include "engine/base/reason.h"
#include "engine/claims/claims.h"
#include "engine/jws/header.h"
#include "engine/policy/policy_config.h"

namespace assay {

// CheckTime: RFC 7519 sections 4.1.4 to 4.1.6. exp is the first second at which a token is no longer valid; a
// fraction is rounded against the token; leeway widens every bound; arithmetic saturates.
// Gives kExpiryMissing, kExpired, kNotYetValid, and with a maximum age kIssuedInFuture, kTooOld.
Reason CheckTime(const PolicyConfig& policy, const Claims& claims, std::int64_t now, Detail* detail);

// CheckAudience: RFC 7519 section 4.1.3: one of the token's audiences is byte for byte one of `ours`.
// Gives kAudienceMissing, kWrongAudience.
Reason CheckAudience(std::span<const std::string> ours, const Claims& claims, Arena& arena, Detail* detail);

// CheckType: RFC 8725 section 3.11: the media type in `typ`, compared without ASCII case and with `application/`
// implied (RFC 7515 section 4.1.9). "any" accepts all but the types known not to be access tokens.
Reason CheckType(std::string_view wanted, const jws::Header& header, Detail* detail);

// CheckRequiredClaims: kClaimMissing when a required claim is absent, null, or without its required value.
Reason CheckRequiredClaims(const std::vector<RequiredClaim>& required, const Claims& claims, Arena& arena,
                           Detail* detail);

// ScopesIn: the claim that `where` names as the one with the token's scopes; null when absent.
inline const json::Value* ScopesIn(const Claims& claims, ScopeClaim where) {
  return where == ScopeClaim::kScope ? claims.scope() : claims.scp();
}

// AudienceSpellings: `audience`, and for a root URI also its spelling with or without the slash.
std::vector<std::string> AudienceSpellings(const std::string& audience);

}  // namespace assay
