// The one credential of a request: an access token in its Authorization header (RFC 6750 section 2.1, RFC 9449
// section 7.1).
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/export.h"
#include "engine/base/reason.h"
#include "engine/mcp/request/request_head.h"

namespace assay::mcp {

// Dpop: whether a token under the scheme DPoP counts. Accepting it is for who checks the proof in the DPoP header
// (RFC 9449 section 4.3) of each such request: nothing here does.
enum class Dpop : std::uint8_t { kRefused, kAccepted };

// ExtractToken: kUnset and the token, or why there is none to validate:
//   kCredentialMissing   no header, one of another scheme, or a scheme with nothing behind it: the client may not know
//                        that it must ask
//   kCredentialRepeated  several headers, or a list in one, or a second token in the query, be the header's empty
//   kRequestMalformed    the scheme is ours, and what follows is not the syntax of a token
// A token in the query or in the body is never used (MCP, Token Requirements; RFC 6750 section 5.3).
ASSAY_EXPORT Reason ExtractToken(const RequestHead& head, std::string_view* token, Dpop dpop = Dpop::kRefused);

// WhyNoCredential: why ExtractToken() gave kCredentialMissing, in words that hold nothing of the header: what has no
// scheme may be a token.
ASSAY_EXPORT const char* WhyNoCredential(const RequestHead& head);

// HasDpopScheme: whether the Authorization header's scheme is DPoP.
ASSAY_EXPORT bool HasDpopScheme(const RequestHead& head);

// HasTokenParameter: whether a query has a parameter `access_token`, in any percent-encoded spelling.
ASSAY_EXPORT bool HasTokenParameter(std::string_view query);

}  // namespace assay::mcp
