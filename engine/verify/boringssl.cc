#include "engine/verify/boringssl.h"

#include <openssl/bn.h>
#include <openssl/curve25519.h>
#include <openssl/digest.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "engine/base/check.h"

namespace assay::boringssl {
namespace {

const std::uint8_t* Bytes(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

struct Digest {
  std::uint8_t bytes[SHA512_DIGEST_LENGTH];
  std::size_t size;
  int nid;
};

void Hash(Algorithm algorithm, std::string_view input, Digest* digest) {
  switch (algorithm) {
    case Algorithm::kES256:
    case Algorithm::kRS256:
    case Algorithm::kPS256:
      SHA256(Bytes(input), input.size(), digest->bytes);
      digest->size = SHA256_DIGEST_LENGTH;
      digest->nid = NID_sha256;
      return;
    case Algorithm::kES384:
    case Algorithm::kRS384:
    case Algorithm::kPS384:
      SHA384(Bytes(input), input.size(), digest->bytes);
      digest->size = SHA384_DIGEST_LENGTH;
      digest->nid = NID_sha384;
      return;
    case Algorithm::kES512:
    case Algorithm::kRS512:
    case Algorithm::kPS512:
      SHA512(Bytes(input), input.size(), digest->bytes);
      digest->size = SHA512_DIGEST_LENGTH;
      digest->nid = NID_sha512;
      return;
    case Algorithm::kEdDSA:
    case Algorithm::kEd25519:
      break;
  }
  ASSAY_CHECK(false);
}

// r and s are the two halves, big-endian (RFC 7518 section 3.4); ECDSA_do_verify refuses r or s of
// zero and of the group order or more.
bool VerifyEcdsa(const PublicKey& key, const Digest& digest, std::string_view signature) {
  const EC_KEY* const ec = EVP_PKEY_get0_EC_KEY(key.evp());
  const std::size_t half = signature.size() / 2;
  bssl::UniquePtr<ECDSA_SIG> pair(ECDSA_SIG_new());
  ASSAY_CHECK(pair && BN_bin2bn(Bytes(signature), half, pair->r) && BN_bin2bn(Bytes(signature) + half, half, pair->s));
  return ECDSA_do_verify(digest.bytes, digest.size, pair.get(), ec) == 1;
}

bool VerifyPkcs1(const PublicKey& key, const Digest& digest, std::string_view signature) {
  return RSA_verify(digest.nid, digest.bytes, digest.size, Bytes(signature), signature.size(),
                    EVP_PKEY_get0_RSA(key.evp())) == 1;
}

// RFC 7518 section 3.5: MGF1 with the same hash, salt as long as the hash.
bool VerifyPss(const PublicKey& key, const Digest& digest, std::string_view signature) {
  const EVP_MD* const md = EVP_get_digestbynid(digest.nid);
  return RSA_verify_pss_mgf1(EVP_PKEY_get0_RSA(key.evp()), digest.bytes, digest.size, md, md,
                             static_cast<int>(digest.size), Bytes(signature), signature.size()) == 1;
}

bool Dispatch(const PublicKey& key, Algorithm algorithm, std::string_view input, std::string_view signature) {
  if (key.type() == KeyType::kEd25519) {
    return ED25519_verify(Bytes(input), input.size(), Bytes(signature), key.first().data()) == 1;
  }
  Digest digest;
  Hash(algorithm, input, &digest);
  switch (algorithm) {
    case Algorithm::kES256:
    case Algorithm::kES384:
    case Algorithm::kES512:
      return VerifyEcdsa(key, digest, signature);
    case Algorithm::kRS256:
    case Algorithm::kRS384:
    case Algorithm::kRS512:
      return VerifyPkcs1(key, digest, signature);
    case Algorithm::kPS256:
    case Algorithm::kPS384:
    case Algorithm::kPS512:
      return VerifyPss(key, digest, signature);
    case Algorithm::kEdDSA:
    case Algorithm::kEd25519:
      break;
  }
  return false;
}

}  // namespace

bool Verify(const PublicKey& key, Algorithm algorithm, std::string_view signing_input, std::string_view signature) {
  ASSAY_CHECK(key.capable().Contains(algorithm) && signature.size() == key.signature_bytes());
  const bool valid = Dispatch(key, algorithm, signing_input, signature);
  if (!valid) ERR_clear_error();
  return valid;
}

}  // namespace assay::boringssl
