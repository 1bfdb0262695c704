// Claim rules of which no token could meet all.
#pragma once

#include <span>

#include "engine/base/result.h"
#include "engine/policy/policy_config.h"

namespace assay {

// CheckRuleConflicts: fails with the first rule that contradicts one before it, as ValidatePolicy() does: no token has
// a claim that meets both. Requires rules that are good each by itself.
Result<void> CheckRuleConflicts(std::span<const ClaimRule> rules);

}  // namespace assay
