// Parses a JWK Set document (RFC 7517 section 5), or a single JWK in its place.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/jwks/jwk.h"

namespace assay::jwks {

// ReadJwkSet: all keys of the document, unusable ones included. Fails for text that is no JSON object of either
// form, and for a document over the limits (kMaxJwkSetBytes, kMaxKeysPerIssuer), which is refused whole.
Result<std::vector<Jwk>> ReadJwkSet(std::string_view text, AlgorithmSet allowed);

// Repetition: of two equal keys of a set, by position: which one was taken out, and which one stays.
struct Repetition {
  std::size_t repeated, first;
};

// RemoveRepeated: makes one key of usable keys that are equal: the same kid (or none), material, `alg`, `use`,
// `key_ops` and `issuer`. Keys that differ in any of it all stay, and are ambiguous where a token could mean either.
std::vector<Repetition> RemoveRepeated(std::vector<Jwk>* keys);

}  // namespace assay::jwks
