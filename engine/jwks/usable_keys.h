// The keys of a document that an issuer's tokens could be verified with.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/jwks/jwk.h"

namespace assay::jwks {

enum class KeyForm : std::uint8_t { kJwks, kPem };

// UsableKeys: what of a document counts, and what does not. At least one key is usable.
struct UsableKeys {
  std::vector<Jwk> keys;  // unusable ones included; of equal ones the first
  std::size_t usable = 0;
  std::vector<std::string> skipped;    // each unusable key, and why
  std::vector<std::string> repeated;   // each key that was left out, and which one it repeats
  std::vector<std::string> ambiguous;  // each kid that several keys of one algorithm have
};

// ReadUsableKeys: of a JWK Set or one JWK, or of PEM. Fails for what ReadJwkSet() or ReadPemKeys() refuses, and for a
// document without a key that a token of an issuer which allows `allowed` could use.
Result<UsableKeys> ReadUsableKeys(std::string_view text, KeyForm form, AlgorithmSet allowed);

}  // namespace assay::jwks
