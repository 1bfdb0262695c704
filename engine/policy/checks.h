// The checks of a policy, each a pure function: kUnset when satisfied, else its own reason.
// What a detail names lives as long as the shorter-lived of the policy and the claims.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/bytes.h"
#include "engine/base/detail.h"
#include "engine/base/reason.h"
#include "engine/claims/claim_reader.h"
#include "engine/claims/claims.h"
#include "engine/jws/header.h"
#include "engine/policy/policy_config.h"

namespace assay {

// CheckTime: RFC 7519 sections 4.1.4 to 4.1.6. exp is the first second at which a token is no longer valid; a
// fraction is rounded against the token; leeway widens every bound; arithmetic saturates.
// Gives kExpiryMissing, kExpired, kNotYetValid, and with a maximum age kIssuedInFuture, kTooOld.
Reason CheckTime(const PolicyConfig& policy, const Claims& claims, std::int64_t now, Detail* detail);

// CheckExpiry, CheckNotBefore, CheckAge: its steps: `exp`; `nbf`; with a maximum age `iat`.
Reason CheckExpiry(const PolicyConfig& policy, const Claims& claims, std::int64_t now, Detail* detail);
Reason CheckNotBefore(const PolicyConfig& policy, const Claims& claims, std::int64_t now, Detail* detail);
Reason CheckAge(const PolicyConfig& policy, const Claims& claims, std::int64_t now, Detail* detail);

// CheckAudience: RFC 7519 section 4.1.3: one of the token's audiences is byte for byte one of `ours`.
// Gives kAudienceMissing, kWrongAudience.
Reason CheckAudience(std::span<const std::string> ours, const Claims& claims, Arena& arena, Detail* detail);

// CheckAudienceFrom: the claim that stands in for `aud` in a token without that member. Same reasons.
Reason CheckAudienceFrom(const AudienceFrom& from, const ClaimReader& claims, Detail* detail);

// kNothingStandsIn: of an audience that is missing where none may (JWT-SVID section 3.3): Detail::value.
inline constexpr std::int64_t kNothingStandsIn = 1;

// IsTypeOfOthers: whether tokens of this media type, by its own specification, are no access tokens. Some issuer may
// write it all the same; most who ask for it took the wrong word.
bool IsTypeOfOthers(std::string_view type);

// CheckType: RFC 8725 section 3.11: the media type in `typ`, compared without ASCII case and with `application/`
// implied (RFC 7515 section 4.1.9). "any" accepts all but the types known not to be access tokens.
Reason CheckType(std::string_view wanted, const jws::Header& header, Detail* detail);

// CheckSvidType: JWT-SVID section 2.3: `typ` is absent, JWT or JOSE.
Reason CheckSvidType(const jws::Header& header, Detail* detail);

// CheckHeaderRules: the rules on members of the JOSE header. Same reasons as ClaimRules::Check(); `value` of the detail
// is kOfHeader, and no ClaimOperator.
inline constexpr std::int64_t kOfHeader = -1;
Reason CheckHeaderRules(const std::vector<HeaderRule>& rules, std::span<const json::Member> header, Detail* detail);

// CheckConfirmation: RFC 7800: a bound token is worth nothing without the proof. kConfirmationUnsupported unless `cnf`
// is absent, or an object, not empty, whose members are all among `accepted`: those whose proof the host checks.
// kBadClaimType where such a member names no key.
Reason CheckConfirmation(const std::vector<std::string>& accepted, const ClaimReader& claims, Detail* detail);

// IsAmong: whether one of `list` is `text`, byte for byte.
inline bool IsAmong(std::string_view text, std::span<const std::string> list) {
  for (const std::string& one : list) {
    if (SameText(one, text)) return true;
  }
  return false;
}

// SetWanted: names the first of what would do in the detail, and how many others would.
void SetWanted(std::span<const std::string> wanted, Detail* detail);

// SetMismatch: the detail of a claim that is none of what is wanted.
void SetMismatch(std::string_view claim, const json::Value& found, std::span<const std::string> wanted, Detail* detail);

// SetScopes: the detail's part of a token whose scopes do not do: those that it has, as FindScopes() gives them, of the
// claim of this name; and where it has none, whether it has the other usual claim: `value` is 1 for scp, 2 for scope.
void SetScopes(const json::Value* scopes, std::string_view claim, const Claims& claims, Detail* detail);

// AudienceSpellings: `audience`, and for a root URI also its spelling with or without the slash.
std::vector<std::string> AudienceSpellings(const std::string& audience);

// HasAudience: whether the policy's audiences hold this one, in one of its spellings.
bool HasAudience(const PolicyConfig& policy, const std::string& audience);

}  // namespace assay
