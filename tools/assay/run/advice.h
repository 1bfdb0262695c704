// Advice: what would have to change for a token that was refused.
#pragma once

#include <string_view>

#include "engine/base/reason.h"

namespace assay::cli {

// AdviceFor: a sentence or two for people; empty for kAccepted. It never says to check less, but where a token is good
// and the configuration asks for something else than was meant.
std::string_view AdviceFor(Reason reason);

// AdviceForTool: likewise where an MCP policy denies a tool to an accepted token.
std::string_view AdviceForTool(Reason reason);

}  // namespace assay::cli
