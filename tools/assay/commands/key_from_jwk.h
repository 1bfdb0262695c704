// KeyFromJwk: a signing key from the JWK that a user gives.
#pragma once

#include <string>

#include "tools/assay/io/jwk_input.h"
#include "tools/load/signing_key.h"

namespace assay::cli {

// KeyFromJwk: the key of a private or public JWK. `alg` may be absent where the key type leaves one choice (RSA:
// RS256). `file` names it in messages. Throws InputError.
load::SigningKey KeyFromJwk(const JsonObject& jwk, const std::string& file);

}  // namespace assay::cli
