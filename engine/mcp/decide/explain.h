// Why an operation is denied, in words for whoever writes the policy or the token's issuer. Not installed.
#pragma once

#include "engine/mcp/decide/compiled_policy.h"
#include "engine/mcp/decide/decision.h"
#include "engine/mcp/decide/grants.h"
#include "engine/mcp/decide/ruling.h"

namespace assay::mcp {

// WhyNoRule: of an operation that no rule names.
Explanation WhyNoRule(const Request& request);

// WhyUserMayNot: of an operation for which the user's side of the token does not suffice.
Explanation WhyUserMayNot(const CompiledPolicy& policy, const Ruling& ruling, const Granted& granted);

}  // namespace assay::mcp
