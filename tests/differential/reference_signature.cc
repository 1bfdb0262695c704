#include "tests/differential/reference_signature.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/rsa.h>

#include <cstdint>

namespace assay::reference {
namespace {

using Bytes = const std::uint8_t*;

std::string DerOf(const std::string& raw) {
  bssl::UniquePtr<ECDSA_SIG> pair(ECDSA_SIG_new());
  ECDSA_SIG_set0(pair.get(), Number(raw.substr(0, raw.size() / 2)).release(),
                 Number(raw.substr(raw.size() / 2)).release());
  std::uint8_t* der = nullptr;
  std::size_t size = 0;
  if (!ECDSA_SIG_to_bytes(&der, &size, pair.get())) return {};
  std::string text(reinterpret_cast<char*>(der), size);
  OPENSSL_free(der);
  return text;
}

}  // namespace

bssl::UniquePtr<BIGNUM> Number(const std::string& bytes) {
  return bssl::UniquePtr<BIGNUM>(BN_bin2bn(reinterpret_cast<Bytes>(bytes.data()), bytes.size(), nullptr));
}

std::size_t SignatureBytes(const EVP_PKEY* key) {
  if (EVP_PKEY_id(key) == EVP_PKEY_ED25519) return 64;
  if (EVP_PKEY_id(key) == EVP_PKEY_RSA) return static_cast<std::size_t>(EVP_PKEY_size(key));
  return 2 * ((static_cast<std::size_t>(EVP_PKEY_bits(key)) + 7) / 8);
}

bool Verify(EVP_PKEY* key, const std::string& algorithm, std::string_view input, const std::string& raw) {
  const EVP_MD* hash = nullptr;
  if (algorithm.ends_with("S256")) hash = EVP_sha256();
  if (algorithm.ends_with("S384")) hash = EVP_sha384();
  if (algorithm.ends_with("S512")) hash = EVP_sha512();
  bssl::ScopedEVP_MD_CTX context;
  EVP_PKEY_CTX* parameters = nullptr;
  const std::string signature = algorithm.starts_with("ES") ? DerOf(raw) : raw;
  bool ok = EVP_DigestVerifyInit(context.get(), &parameters, hash, nullptr, key) == 1;
  if (ok && algorithm.starts_with("PS")) {
    ok = EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, -1) == 1;
  }
  ok = ok && EVP_DigestVerify(context.get(), reinterpret_cast<Bytes>(signature.data()), signature.size(),
                              reinterpret_cast<Bytes>(input.data()), input.size()) == 1;
  ERR_clear_error();
  return ok;
}

}  // namespace assay::reference
