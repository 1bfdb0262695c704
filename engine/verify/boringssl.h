// Verification by BoringSSL, one signature at a time: every algorithm, every accepted key. The
// reference for the kernels, and the fallback for keys and algorithms without one.
#pragma once

#include <string_view>

#include "engine/jws/alg.h"
#include "engine/verify/public_key.h"

namespace assay::boringssl {

// Verify: whether `signature` is a valid signature of `signing_input` under `key`. Requires that
// key.capable() contains `algorithm` and that signature.size() == key.signature_bytes(). May
// allocate. Thread-safe.
bool Verify(const PublicKey& key, Algorithm algorithm, std::string_view signing_input, std::string_view signature);

}  // namespace assay::boringssl
