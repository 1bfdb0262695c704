// What a client may say of itself: registration requests (RFC 7591) and Client ID Metadata Documents.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/export.h"
#include "engine/mcp/guards/guard_reason.h"

namespace assay::mcp {

// IsRedirectUri: whether codes may be sent to `text`: https, or http to this machine; no user name, fragment, wildcard
// or dot segments.
ASSAY_EXPORT bool IsRedirectUri(std::string_view text);

// IsRegisteredRedirect: whether `requested` is `registered`, byte for byte; the port of an http URI of this machine
// aside, which a native client cannot know beforehand (RFC 8252 section 7.3).
ASSAY_EXPORT bool IsRegisteredRedirect(std::string_view registered, std::string_view requested);

// CheckRegistration: checks a registration request's JSON: redirect URIs that IsRedirectUri() takes, at least one; the
// grant types authorization_code and refresh_token and the response type code only; and token_endpoint_auth_method
// `none`, explicitly, unless confidential clients are allowed. Other members are left to the server, but for a member
// that a reader without case would take for one of these, and a software_statement, whose values would go before them
// (RFC 7591 section 2.3): kBadDocument.
ASSAY_EXPORT GuardReason CheckRegistration(std::string_view json, bool allow_confidential = false);

// CheckClientIdUrl: checks a client_id that is a URL to be fetched: https, with a path other than `/`, without user
// name, fragment or dot segments, and whose host is neither this machine nor an address that is not public.
ASSAY_EXPORT GuardReason CheckClientIdUrl(std::string_view client_id);

// CheckClientMetadata: checks the document fetched from `client_id`: it names exactly that URL as its client_id, has a
// client_name and redirect URIs like a registration, and neither holds nor uses a shared secret.
ASSAY_EXPORT GuardReason CheckClientMetadata(std::string_view client_id, std::string_view json);

// IsPublicAddress: whether a resolved address (4 bytes of IPv4 or 16 of IPv6, in network order) may be connected to for
// such a fetch: globally reachable by IANA's registries, and so must be any IPv4 address embedded in it. To be asked of
// the address that is connected to, not of an earlier resolution.
ASSAY_EXPORT bool IsPublicAddress(std::span<const std::uint8_t> address);

}  // namespace assay::mcp
