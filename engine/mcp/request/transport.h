// MCP's Streamable HTTP transport: which HTTP methods and which forms of a body a request may have.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/reason.h"
#include "engine/mcp/request/request.h"
#include "engine/mcp/request/request_head.h"

namespace assay::mcp {

enum class Version : std::uint8_t { kUnknown, kAbsent, kBodyOnly, kMirrored };

// ReadVersion: reads MCP-Protocol-Version. Of the versions without mirrored headers, the oldest one sends no version
// header at all.
Version ReadVersion(const HeaderValue& header);

enum class HttpMethod : std::uint8_t { kPost, kGet, kDelete, kOptions, kOther };

HttpMethod ReadHttpMethod(std::string_view method);

// IsPreflight: whether a browser asks if it may send another request (Fetch standard, CORS-preflight request).
bool IsPreflight(const RequestHead& head);

// IsMethodAllowed: whether a request with this method may be judged. Versions up to 2025-11-25 have GET and DELETE
// besides POST; a `mode` that takes none of these versions has neither.
bool IsMethodAllowed(const RequestHead& head, std::optional<HeaderMode> mode);

// AllowedMethods: the methods for which that holds with this request's version, as the value of an Allow header (RFC
// 9110 section 10.2.1).
std::string_view AllowedMethods(const RequestHead& head, std::optional<HeaderMode> mode);

// CheckEncoding: kBodyEncoding, and why, unless the body is what stands there: another reader would see another
// message behind a content coding or in another charset.
Reason CheckEncoding(const RequestHead& head, const char** why);

// CheckNoMessage: kRequestMalformed or kRequestMismatch, and why, unless a GET or DELETE carries nothing that a server
// could take for a message.
Reason CheckNoMessage(const RequestHead& head, const RequestBody& body, const char** why);

}  // namespace assay::mcp
