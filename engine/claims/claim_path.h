// ClaimPath: where a claim stands.
#pragma once

#include <string>
#include <vector>

namespace assay {

// ClaimPath: the names of the members that lead to a claim, from the root inwards: {"realm_access", "roles"}. A name
// may hold dots: {"https://acme/x.y"} is one. Names are compared unescaped, byte for byte; arrays are never entered.
using ClaimPath = std::vector<std::string>;

// kMaxClaimPathNames: the longest path.
inline constexpr std::size_t kMaxClaimPathNames = 8;

}  // namespace assay
