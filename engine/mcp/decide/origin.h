// Origin: who made a browser send a request. MCP's transports must check it, against DNS rebinding.
#pragma once

#include <string_view>

#include "engine/base/export.h"

namespace assay::mcp {

class ScopePolicy;

// IsOrigin: whether `text` is a serialized origin (RFC 6454 section 6.2) of http or https, in lower case: scheme, host,
// perhaps a port, and nothing behind.
bool IsOrigin(std::string_view text);

// IsAllowedOrigin: whether a request with this Origin header may be served: byte for byte one of the policy's
// `allowed_origins` or, where there are none, the origin of its resource. `null` never is.
ASSAY_EXPORT bool IsAllowedOrigin(const ScopePolicy& policy, std::string_view origin);

}  // namespace assay::mcp
