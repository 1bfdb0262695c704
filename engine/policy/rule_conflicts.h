// Rules of a policy of which no token could meet all.
#pragma once

#include "engine/base/result.h"
#include "engine/policy/policy_config.h"

namespace assay {

// CheckRuleConflicts: fails, as ValidatePolicy() does, with the first rule that contradicts one before it or another
// member of the policy: no token that is accepted has a claim, or a header, that meets both. Requires rules and members
// that are good each by itself.
Result<void> CheckRuleConflicts(const PolicyConfig& config);

}  // namespace assay
