// Discovery of an issuer's jwks_uri, by authorization server metadata (RFC 8414) or OpenID Connect Discovery 1.0.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/remote/fetcher.h"

namespace assay::remote {

inline constexpr std::size_t kMaxMetadataBytes = 256 * 1024;

// MetadataUrls: the well-known locations of the metadata of `issuer`, in the order in which to try them. For
// https://h/t:
//   https://h/.well-known/oauth-authorization-server/t   (RFC 8414 section 3.1)
//   https://h/.well-known/openid-configuration/t
//   https://h/t/.well-known/openid-configuration         (OpenID Connect Discovery section 4.1)
// without a path, the first two. Fails for an issuer that is no URL to fetch from, or has a query
// (RFC 8414 section 2).
Result<std::vector<std::string>> MetadataUrls(std::string_view issuer);

// ReadJwksUri: the jwks_uri of a metadata document. Fails unless the document is strict JSON, its `issuer` is
// `issuer` byte for byte (RFC 8414 section 3.3), and the jwks_uri is a URL to fetch from. One that
// names this machine is refused where the issuer does not.
Result<std::string> ReadJwksUri(std::string_view document, std::string_view issuer);

// Discover: fetches and reads metadata, one location after the other, with everything but URL and ETag as in
// `request`. The timeout is for all of it. An answer that says nothing of the issuer (an error
// status, another issuer's document) leads to the next location; a server that cannot be reached ends it.
Result<std::string> Discover(Fetcher& fetcher, FetchRequest request, std::string_view issuer);

}  // namespace assay::remote
