// The JWS compact serialization (RFC 7515 section 7.1): three segments and two dots.
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/base/reason.h"

namespace assay::jws {

// Compact: views of one token's segments, still base64url.
struct Compact {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signing_input;  // header '.' payload, section 5.2 step 8
};

// Split: the segments of `token`. kUnset on success; kEmpty, kTooLarge (over `max_bytes`, checked before anything is
// read), kEncryptedToken (five segments: a JWE, RFC 7516 section 3.1) or kNotThreeSegments.
Reason Split(std::string_view token, std::size_t max_bytes, Compact* compact);

}  // namespace assay::jws
