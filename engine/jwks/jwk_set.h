// Parses a JWK Set document (RFC 7517 section 5), or a single JWK in its place.
#pragma once

#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/jwks/jwk.h"

namespace assay::jwks {

// ReadJwkSet: all keys of the document, unusable ones included. Fails for text that is no JSON object of either
// form, and for a document over the limits (kMaxJwkSetBytes, kMaxKeysPerIssuer), which is refused whole.
Result<std::vector<Jwk>> ReadJwkSet(std::string_view text, AlgorithmSet allowed);

}  // namespace assay::jwks
