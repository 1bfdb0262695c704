// OpenSSL 3 as a baseline beside BoringSSL, in one process.
//
// Both libraries define the same names, so OpenSSL is loaded at run time with its symbols kept to
// itself, and its headers are not included.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace assay::bench {

// One public key and a context that verifies digests of 32 bytes with it, set up once: less work
// for OpenSSL than any of its callers would give it.
class OpenSslVerifier {
 public:
  // From a DER SubjectPublicKeyInfo. Null where libcrypto.so.3 is not installed.
  static std::unique_ptr<OpenSslVerifier> Create(std::span<const std::uint8_t> public_key);
  ~OpenSslVerifier();
  OpenSslVerifier(const OpenSslVerifier&) = delete;
  OpenSslVerifier& operator=(const OpenSslVerifier&) = delete;

  // Whether `signature` (ECDSA: DER; RSA: PKCS#1 v1.5) is right for the SHA-256 `digest`.
  bool Verify(std::span<const std::uint8_t> signature, const std::uint8_t* digest) const;

  // SHA-256 by OpenSSL.
  static void Sha256(std::span<const std::uint8_t> message, std::uint8_t* digest);

 private:
  OpenSslVerifier(void* key, void* context) : key_(key), context_(context) {}
  void* key_;
  void* context_;
};

}  // namespace assay::bench
