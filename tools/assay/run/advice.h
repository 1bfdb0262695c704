// Advice: what would have to change for a token that was refused.
#pragma once

#include <string_view>

#include "engine/base/reason.h"

namespace assay::cli {

// AdviceFor: a sentence or two for people; empty for kAccepted. It never says to check less, but where a token is good
// and the configuration asks for something else than was meant.
std::string_view AdviceFor(Reason reason);

// DeniedTool: what the reason alone does not say where an MCP policy denies a tool to an accepted token.
struct DeniedTool {
  bool is_named = false;          // a rule says what the tool needs: the user's roles or permissions do not suffice
  bool user_side_counts = false;  // the policy looks at roles or permissions, too
  bool token_has_scopes = false;  // a scope claim is there, whatever it holds
};

// AdviceForTool: likewise for an accepted token.
std::string_view AdviceForTool(Reason reason, const DeniedTool& tool);

}  // namespace assay::cli
