// Signatures by BoringSSL alone, for the reference validator.
#pragma once

#include <openssl/base.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::reference {

// Number: of big-endian bytes.
bssl::UniquePtr<BIGNUM> Number(const std::string& bytes);

// SignatureBytes: the length that a signature of this key must have.
std::size_t SignatureBytes(const EVP_PKEY* key);

// Verify: whether `raw`, as a JWS carries it, is this key's signature of `input`.
bool Verify(EVP_PKEY* key, const std::string& algorithm, std::string_view input, const std::string& raw);

}  // namespace assay::reference
