// The one credential of a request: a bearer token in its Authorization header (RFC 6750 section 2.1).
#pragma once

#include <string_view>

#include "engine/base/export.h"
#include "engine/base/reason.h"
#include "engine/mcp/request/request_head.h"

namespace assay::mcp {

// ExtractToken: kUnset and the token, or why there is none to validate:
//   kCredentialMissing   no header, or one of another scheme: the client may not know that it must ask
//   kCredentialRepeated  several headers, or a list in one, or a second token in the query
//   kRequestMalformed    the scheme is Bearer, and what follows is not the syntax of a token
// A token in the query or in the body is never used (MCP, Token Requirements; RFC 6750 section 5.3).
ASSAY_EXPORT Reason ExtractToken(const RequestHead& head, std::string_view* token);

// HasTokenParameter: whether a query has a parameter `access_token`, in any percent-encoded spelling.
ASSAY_EXPORT bool HasTokenParameter(std::string_view query);

}  // namespace assay::mcp
