// PEM (RFC 7468): one block of a text, strictly.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace assay::jwks {

struct PemBlock {
  std::string label;  // "PUBLIC KEY", "CERTIFICATE", ...
  std::string der;
};

// LooksLikePem: whether a text is meant to be PEM.
bool LooksLikePem(std::string_view text);

// HoldsPrivateKey: whether a block of a text is a private key. kPrivateKeyText: what is said of it.
bool HoldsPrivateKey(std::string_view text);
inline constexpr std::string_view kPrivateKeyText =
    "it holds a private key: only its public half belongs here (openssl pkey -pubout)";

// ReadPem: the only block of `text`; what stands around it is for people (RFC 7468 section 2). Fails for a text with
// none or with several, and for private keys, and says so: one that lies here is compromised.
Result<PemBlock> ReadPem(std::string_view text);

}  // namespace assay::jwks
