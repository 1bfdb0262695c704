// TokenTrace: what each step of one token's way gave, for people (`assay explain`). No verdict: that is
// Pipeline::Run()'s alone. Not installed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/reason.h"
#include "engine/claims/claims.h"
#include "engine/jwks/key_set.h"
#include "engine/jws/header.h"
#include "engine/policy/policy.h"

namespace assay {

// TokenCheck: the steps, in the order in which the first defect is the one that a verdict names.
enum class TokenCheck : std::uint8_t {
  kInput,            // size, segments, base64url
  kHeader,           // JSON, and the types of its members
  kAlgorithm,        // `alg` is one that some issuer allows
  kExtensions,       // `crit`, `b64`, the size of `kid`
  kPayload,          // JSON, and the types of the registered claims
  kIssuer,           // whose keys and policy
  kIssuerAlgorithm,  // `alg` is one that this issuer allows
  kClaimForms,       // the claims that the policy names for scopes and identity
  kKey,
  kSignature,
  kIssuerClaim,
  kExpiry,
  kNotBefore,
  kAge,
  kAudience,
  kType,
  kClaim,  // one for each required claim and rule
  kConfirmation,
  kHeaderRule,  // one for each
  kRevocation,
  kScopes,
};

// kKeyOfAnotherIssuer, kKeyForOtherEnds: why a key cannot be used that is one for the token's alg: TraceStep::found.
inline constexpr std::string_view kKeyOfAnotherIssuer = "that key is bound, by its member issuer, to";
inline constexpr std::string_view kKeyForOtherEnds = "the use of that key is not jwt-svid";

struct TraceStep {
  TokenCheck check;
  Reason reason = Reason::kUnset;  // kUnset: passed
  std::string detail;              // what a verdict with this reason says
  std::string subject, found;      // of what, and what was there: as its Detail has them
  // item: of kClaim, an index into the policy's required claims and, behind them, its rules; of kHeaderRule into those.
  std::size_t item = 0;
};

struct TokenTrace {
  // steps: those that could be taken, in order. A step is left out where one that failed leaves nothing to look at, or
  // where nothing is to be checked.
  std::vector<TraceStep> steps;

  // header_read to authentic: how far the token could be followed. Nothing of a token that is not authentic is proven.
  bool header_read = false;
  bool algorithm_allowed = false;
  bool forms_read = false;
  bool authentic = false;  // the signature is by a key of the issuer

  jws::Header header;
  const Claims* claims = nullptr;            // null: not read
  NamedClaims named;                         // with forms_read
  std::shared_ptr<const Policy> policy;      // of the issuer that was chosen; null: none was
  std::shared_ptr<const jwks::KeySet> keys;  // likewise; null also where none are loaded
  std::size_t keys_tried = 0;                // of a token without kid, where each that fits is tried

  // cause: the first step that failed; null when none did.
  const TraceStep* cause() const {
    for (const TraceStep& step : steps) {
      if (step.reason != Reason::kUnset) return &step;
    }
    return nullptr;
  }
};

}  // namespace assay
