// Whether a PolicyConfig is safe, and what it says could ever hold.
#pragma once

#include <string_view>

#include "engine/base/result.h"
#include "engine/policy/policy_config.h"

namespace assay {

// ValidatePolicy: fails with the first unsafe member, whose name stands before the first colon, as in a configuration
// file: `claims/0: ...`.
Result<void> ValidatePolicy(const PolicyConfig& config);

// WhyNoStandIn: why a claim, whose path is not empty, cannot say whom a token without `aud` is meant for; empty: it
// may.
std::string_view WhyNoStandIn(const ClaimPath& claim);

// ValidateRule: fails for a claim rule that no token could meet, or that would match more than it says.
Result<void> ValidateRule(const ClaimRule& rule);

}  // namespace assay
