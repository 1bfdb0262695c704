// Encoded messages EM (RFC 8017 section 9): EMSA-PKCS1-v1_5 encoding and EMSA-PSS verification.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/jws/alg.h"

namespace assay::rsa {

// IsPkcs1: true for RS256, RS384 and RS512 (EMSA-PKCS1-v1_5), false for PS256, PS384 and PS512 (EMSA-PSS).
// Requires an RSA algorithm.
constexpr bool IsPkcs1(Algorithm algorithm) {
  return algorithm == Algorithm::kRS256 || algorithm == Algorithm::kRS384 || algorithm == Algorithm::kRS512;
}

constexpr bool IsPss(Algorithm algorithm) {
  return algorithm == Algorithm::kPS256 || algorithm == Algorithm::kPS384 || algorithm == Algorithm::kPS512;
}

// DigestBytes: the hash's length; 0 for other than RSA algorithms.
constexpr std::size_t DigestBytes(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRS256:
    case Algorithm::kPS256:
      return 32;
    case Algorithm::kRS384:
    case Algorithm::kPS384:
      return 48;
    case Algorithm::kRS512:
    case Algorithm::kPS512:
      return 64;
    default:
      return 0;
  }
}

// EncodePkcs1: writes EMSA-PKCS1-v1_5 (RFC 8017 section 9.2): 00 01 FF..FF 00 DigestInfo digest, the
// AlgorithmIdentifier with its NULL. This is the only block that is accepted: nothing ever parses
// the padding. Requires IsPkcs1(algorithm), digest.size() == DigestBytes(algorithm), block.size()
// >= 256.
void EncodePkcs1(Algorithm algorithm, std::span<const std::uint8_t> digest, std::span<std::uint8_t> block);

// VerifyPss: EMSA-PSS-VERIFY (RFC 8017 section 9.1.2) with MGF1 over the same hash and a salt as long as the
// hash (RFC 7518 section 3.5), for a modulus of 8 * block.size() bits. Requires IsPss(algorithm),
// digest.size() == DigestBytes(algorithm), 256 <= block.size() <= 512.
bool VerifyPss(Algorithm algorithm, std::span<const std::uint8_t> digest, std::span<const std::uint8_t> block);

}  // namespace assay::rsa
