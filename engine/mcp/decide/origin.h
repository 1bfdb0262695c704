// Origin: who made a browser send a request. MCP's transports must check it, against DNS rebinding.
#pragma once

#include <string_view>

#include "engine/base/export.h"

namespace assay::mcp {

class ScopePolicy;

// IsOrigin: whether `text` is one serialized origin (RFC 6454 section 6.2): of http or https in lower case, scheme,
// host, perhaps a port that the scheme does not imply, and nothing behind; or of one browser extension
// (`chrome-extension://ID`, `moz-extension://UUID`, `safari-web-extension://UUID`).
bool IsOrigin(std::string_view text);

// kAnyLocalPort: what a policy may list in place of an origin: http://localhost with any port.
inline constexpr std::string_view kAnyLocalPort = "http://localhost:*";

// IsAllowedOrigin: whether a request with this Origin header may be served: byte for byte one of the policy's
// `allowed_origins` or, where there are none, the origin of its resource. `null` never is. Where kAnyLocalPort is
// listed, so is `http://localhost:` with a port from 1 to 65535.
ASSAY_EXPORT bool IsAllowedOrigin(const ScopePolicy& policy, std::string_view origin);

}  // namespace assay::mcp
