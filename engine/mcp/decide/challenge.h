// Challenges: complete WWW-Authenticate values (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section
// 5.1).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/base/export.h"
#include "engine/mcp/decide/decision.h"

namespace assay::mcp {

class ScopePolicy;

// Challenge: one challenge and its parameters; empty ones are left out.
struct Challenge {
  std::string_view scheme = "Bearer";
  std::string_view error = {};
  std::string_view error_description = {};
  std::span<const std::string_view> scopes = {};
  std::string_view resource_metadata = {};
  std::string_view algs = {};
};

// AppendChallenge: appends `SCHEME name="value", …`. Values are escaped as quoted strings (RFC 9110 section 5.6.4);
// bytes that such a string cannot hold are written as `?`. Nothing is appended when every parameter is empty: a
// challenge has at least one (RFC 6750 section 3).
ASSAY_EXPORT void AppendChallenge(const Challenge& challenge, std::string* out);

// ChallengeFor: the value of the WWW-Authenticate header that answers `decision`: a challenge for each scheme under
// which tokens count here; empty when the answer has none. Scopes have the policy's `scope_prefix`; `offline_access` is
// not among them.
ASSAY_EXPORT std::string ChallengeFor(const ScopePolicy& policy, const Decision& decision);

}  // namespace assay::mcp
