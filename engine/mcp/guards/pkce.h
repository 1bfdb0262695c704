// Proof Key for Code Exchange (RFC 7636), S256 only, as OAuth 2.1 and MCP require it.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/export.h"
#include "engine/mcp/guards/guard_reason.h"

namespace assay::mcp {

// IsCodeVerifier: whether `text` is a code verifier (RFC 7636 section 4.1): 43 to 128 unreserved characters.
ASSAY_EXPORT bool IsCodeVerifier(std::string_view text);

// CodeChallengeS256: the code challenge BASE64URL(SHA256(ASCII(verifier))), RFC 7636 section 4.2.
ASSAY_EXPORT std::string CodeChallengeS256(std::string_view verifier);

// CheckVerifier: checks the code verifier of a token request against the code challenge of its authorization request
// (RFC 7636 section 4.6).
ASSAY_EXPORT GuardReason CheckVerifier(std::string_view verifier, std::string_view challenge);

// CheckAuthorizationRequest: checks an authorization request's query: no parameter twice or such that servers read it
// differently (`x[]`, `;`), a code_challenge that S256 can have made, and code_challenge_method=S256 (left out, it
// would mean `plain`).
ASSAY_EXPORT GuardReason CheckAuthorizationRequest(std::string_view query);

// CheckTokenRequest: checks a token request's form: parameters likewise, a grant type that is authorization_code or
// refresh_token, and with the former a well-formed code_verifier unless the client authenticates itself.
ASSAY_EXPORT GuardReason CheckTokenRequest(std::string_view form, bool client_is_public);

}  // namespace assay::mcp
