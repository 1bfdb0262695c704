// Claims as they are named on the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/claims/claim_path.h"

namespace assay::cli {

struct ClaimArgument {
  ClaimPath claim;
  std::optional<std::string> value;
};

// ReadClaimArgument: CLAIM or CLAIM=VALUE, where CLAIM is the name of a claim, or a JSON list of names where it begins
// with `[`. Throws InputError naming the option; adds a warning of a name that looks like a path.
ClaimArgument ReadClaimArgument(const std::string& option, const std::string& text, std::vector<std::string>* warnings);

}  // namespace assay::cli
