// Jwk: one key of a JWK Set (RFC 7517), validated at install.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/json/strict.h"
#include "engine/jws/alg.h"
#include "engine/verify/public_key.h"

namespace assay::jwks {

struct Jwk {
  bool has_kid = false;
  std::string kid;  // opaque bytes
  // algorithms: those that this key may verify: pinned by its `alg`, or inferred from kty and crv. With RSA and no
  // `alg`: the issuer's only RSA algorithm, or RS256 when that is among several. Never empty when `key` is set; two
  // members only for Ed25519, whose two names mean one algorithm.
  AlgorithmSet algorithms;
  // issuer: the only issuer whose tokens this key may verify, where several publish their keys together (Entra): see
  // IsIssuerOf().
  std::optional<std::string> issuer;
  bool for_svid = false;                 // `use` is jwt-svid (SPIFFE Trust Domain and Bundle, section 4.2.2)
  std::string thumbprint;                // RFC 7638; also of a key that is not usable, where its material is whole
  std::shared_ptr<const PublicKey> key;  // null: never a candidate, for the reason below
  std::string unusable_because;
  // valid_from, valid_through: Unix seconds outside of which the key is no candidate: those of its certificate.
  std::int64_t valid_from = INT64_MIN, valid_through = INT64_MAX;
  // restrictions: what the JWK says of its use, in one spelling: equal keys say the same.
  std::string restrictions;

  bool IsValidAt(std::int64_t now) const { return valid_from <= now && now <= valid_through; }
  bool IsAlwaysValid() const { return valid_from == INT64_MIN && valid_through == INT64_MAX; }
};

// IsIssuerOf: whether `iss` is what a key's `issuer` says: the same text, in which `{tenantid}` stands for one
// segment of the path.
bool IsIssuerOf(std::string_view issuer, std::string_view iss);

// ReadJwk: parses and validates one JWK. A key that this engine does not know or must not use (unknown kty, crv or alg;
// `use` other than sig; `key_ops` without verify; private members; bad lengths, curve points, moduli or exponents)
// comes back unusable, never as an error. A member that is `null` counts as absent. `allowed`: the issuer's algorithms,
// which decide what an RSA key without `alg` serves.
Jwk ReadJwk(const json::Value& object, AlgorithmSet allowed, json::StrictParser& parser, Arena& arena);

}  // namespace assay::jwks
