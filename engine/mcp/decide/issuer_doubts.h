// What of a policy file an engine's issuers do not bear out. Not installed.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/mcp/decide/policy_config.h"
#include "engine/policy/policy_config.h"

namespace assay::mcp {

// FindIssuerDoubts: a line for each member that has no effect with these issuers, or that tells clients of tokens which
// none of them makes good. Nothing that would let a token pass: what is said here in vain is refused at each decision.
std::vector<std::string> FindIssuerDoubts(const ScopePolicyConfig& config, std::span<const PolicyConfig> issuers);

}  // namespace assay::mcp
