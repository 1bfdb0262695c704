// Challenges: complete WWW-Authenticate values (RFC 6750 section 3, RFC 9728 section 5.1).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/base/export.h"
#include "engine/mcp/decide/checker.h"

namespace assay::mcp {

// Challenge: the parameters of one Bearer challenge; empty ones are left out.
struct Challenge {
  std::string_view error = {};
  std::string_view error_description = {};
  std::span<const std::string_view> scopes = {};
  std::string_view resource_metadata = {};
};

// AppendChallenge: appends `Bearer name="value", …`. Values are escaped as quoted strings (RFC 9110 section 5.6.4);
// bytes that such a string cannot hold are written as `?`. Nothing is appended when every parameter is empty: a
// challenge has at least one (RFC 6750 section 3).
ASSAY_EXPORT void AppendChallenge(const Challenge& challenge, std::string* out);

// ChallengeFor: the value of the WWW-Authenticate header that answers `decision`; empty when the answer has none.
ASSAY_EXPORT std::string ChallengeFor(const ScopePolicy& policy, const Decision& decision);

}  // namespace assay::mcp
