// Keys that are published as PEM: public keys (SubjectPublicKeyInfo) and certificates, alone or as a map of kids.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/jwks/jwk.h"

namespace assay::jwks {

// JwkOfPem: the JWK of the one public key, or certificate, that `text` holds; with no other members than the key's.
Result<std::string> JwkOfPem(std::string_view text);

// ReadPemKeys: the keys of `text`: a JSON object of kids and PEM, or PEM alone, whose key has no kid and is for tokens
// without one. A member that is none, or holds a private key or several, comes back unusable, as ReadJwk() has it.
// Fails for a text that is neither, and over the limits of ReadJwkSet(). A certificate's key is valid as long as it is.
Result<std::vector<Jwk>> ReadPemKeys(std::string_view text, AlgorithmSet allowed);

}  // namespace assay::jwks
