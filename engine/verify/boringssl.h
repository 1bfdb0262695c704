// Verification by BoringSSL, one signature at a time: every algorithm, every accepted key. The
// reference that the kernels are held against, and the path of what has no kernel.
#pragma once

#include <string_view>

#include "engine/jws/alg.h"
#include "engine/verify/public_key.h"

namespace assay::boringssl {

// Whether `signature` is a valid signature of `signing_input` under `key`. Requires that
// key.capable() contains `algorithm` and that signature.size() == key.signature_bytes(). May
// allocate. Thread-safe.
bool Verify(const PublicKey& key, Algorithm algorithm, std::string_view signing_input, std::string_view signature);

}  // namespace assay::boringssl
