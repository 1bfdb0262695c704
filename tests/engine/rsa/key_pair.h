// RSA keys of a test, what they sign, and BoringSSL's verdict on it.
#pragma once

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include <memory>
#include <vector>

#include "engine/rsa/encoding.h"
#include "engine/rsa/rsa_verify.h"

namespace assay::rsa {

using Bytes = std::vector<std::uint8_t>;

inline constexpr Algorithm kAlgorithms[] = {Algorithm::kRS256, Algorithm::kRS384, Algorithm::kRS512,
                                            Algorithm::kPS256, Algorithm::kPS384, Algorithm::kPS512};

inline const EVP_MD* Hash(Algorithm algorithm) {
  const std::size_t bytes = DigestBytes(algorithm);
  return bytes == 32 ? EVP_sha256() : bytes == 48 ? EVP_sha384() : EVP_sha512();
}

struct KeyPair {
  bssl::UniquePtr<RSA> rsa;
  std::unique_ptr<const PreparedRsa> prepared;

  explicit KeyPair(unsigned bits) : rsa(RSA_new()) {
    bssl::UniquePtr<BIGNUM> e(BN_new());
    EXPECT_TRUE(BN_set_word(e.get(), 65537));
    EXPECT_TRUE(RSA_generate_key_ex(rsa.get(), static_cast<int>(bits), e.get(), nullptr));
    Bytes n(bits / 8);
    EXPECT_TRUE(BN_bn2bin_padded(n.data(), n.size(), RSA_get0_n(rsa.get())));
    const Bytes f4 = {1, 0, 1};
    prepared = PreparedRsa::Create(n, f4);
    EXPECT_NE(prepared, nullptr);
  }

  std::size_t bytes() const { return prepared->bytes(); }

  Bytes Sign(Algorithm algorithm, const Bytes& digest) const {
    Bytes signature(bytes());
    if (IsPkcs1(algorithm)) {
      unsigned length = 0;
      EXPECT_TRUE(RSA_sign(EVP_MD_type(Hash(algorithm)), digest.data(), static_cast<unsigned>(digest.size()),
                           signature.data(), &length, rsa.get()));
    } else {
      std::size_t length = 0;
      EXPECT_TRUE(RSA_sign_pss_mgf1(rsa.get(), &length, signature.data(), signature.size(), digest.data(),
                                    digest.size(), Hash(algorithm), Hash(algorithm), static_cast<int>(digest.size())));
    }
    return signature;
  }

  // The signature that opens to `block`, whatever that is.
  Bytes Close(const Bytes& block) const {
    Bytes signature(bytes());
    std::size_t length = 0;
    EXPECT_TRUE(RSA_sign_raw(rsa.get(), &length, signature.data(), signature.size(), block.data(), block.size(),
                             RSA_NO_PADDING));
    return signature;
  }

  bool Reference(Algorithm algorithm, const Bytes& digest, const Bytes& signature) const {
    if (IsPkcs1(algorithm)) {
      return RSA_verify(EVP_MD_type(Hash(algorithm)), digest.data(), static_cast<unsigned>(digest.size()),
                        signature.data(), signature.size(), rsa.get()) == 1;
    }
    return RSA_verify_pss_mgf1(rsa.get(), digest.data(), digest.size(), Hash(algorithm), Hash(algorithm),
                               static_cast<int>(DigestBytes(algorithm)), signature.data(), signature.size()) == 1;
  }
};

// Keys are slow to make, so they are made once.
inline const std::vector<KeyPair>& Keys() {
  static const std::vector<KeyPair> keys = [] {
    std::vector<KeyPair> made;
    for (unsigned bits : {2048u, 2048u, 2048u, 3072u, 3072u, 4096u, 4096u}) made.emplace_back(bits);
    return made;
  }();
  return keys;
}

struct Example {
  const KeyPair* key;
  Algorithm algorithm;
  Bytes digest;
  Bytes signature;

  RsaJob Job() const { return {key->prepared.get(), algorithm, digest, signature}; }
  bool Reference() const { return key->Reference(algorithm, digest, signature); }
};

inline Bytes ToBytes(const BIGNUM* number, std::size_t size) {
  Bytes bytes(size);
  EXPECT_TRUE(BN_bn2bin_padded(bytes.data(), size, number));
  return bytes;
}

}  // namespace assay::rsa
