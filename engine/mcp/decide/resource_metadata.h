// Protected resource metadata (RFC 9728): the document, and where it is found.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/export.h"

namespace assay::mcp {

class ScopePolicy;

// CanonicalResource: a resource identifier in its canonical form: scheme and host in lower case, no slash behind a host
// that has no path. Nothing unless it is an absolute https URI (http to this machine is allowed) without user name,
// fragment or dot segments (RFC 8707 section 2, RFC 9728 section 1.2).
std::optional<std::string> CanonicalResource(std::string_view text);

// MetadataUrl: the URL of the protected resource metadata of canonical `resource`: the well-known path goes between
// host and path (RFC 9728 section 3.1).
ASSAY_EXPORT std::string MetadataUrl(std::string_view resource);

// MetadataDocument: the protected resource metadata (RFC 9728 section 2). To be served at MetadataUrl(), without asking
// for a token.
ASSAY_EXPORT std::string MetadataDocument(const ScopePolicy& policy);

// IsMetadataTarget: whether a request for `target` (path and query, as in the request line) asks for that document: at
// its own path, or at the root path, which MCP clients try last. A host with several resources of one origin looks for
// the one whose metadata_url() it is first: the root path can be that of one of them only.
ASSAY_EXPORT bool IsMetadataTarget(const ScopePolicy& policy, std::string_view target);

}  // namespace assay::mcp
