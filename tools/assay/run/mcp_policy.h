// MCP policies for the command.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/api/mcp.h"

namespace assay::cli {

// ReadScopePolicy: the policy in this file; warns of what is doubtful in it. Throws InputError and ConfigDefects.
std::shared_ptr<const mcp::ScopePolicy> ReadScopePolicy(const std::string& path);

// WarnOfIssuers: warns of what in the policy has no effect with these issuers, or is promised in vain.
void WarnOfIssuers(const mcp::ScopePolicy& policy, const std::vector<PolicyConfig>& issuers);

// MakeChecker: throws InputError for issuers that the policy cannot be used with.
mcp::Checker MakeChecker(const std::shared_ptr<const mcp::ScopePolicy>& policy,
                         const std::vector<PolicyConfig>& issuers);

}  // namespace assay::cli
