// PublicKey: one verification key, validated at import and immutable.
//
// Everything that a verifier touches (token, signature, public key) is public, so code below this
// folder may take time that depends on its inputs. No signing code, and nothing that handles a
// private key, may ever use it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/jws/alg.h"
#include "engine/p256/key_table.h"
#include "engine/rsa/prepared_rsa.h"

struct evp_pkey_st;

namespace assay {

enum class KeyType : std::uint8_t { kP256, kP384, kP521, kRsa, kEd25519 };

class PublicKey {
 public:
  using Bytes = std::span<const std::uint8_t>;

  // Ec: a key from its big-endian affine coordinates, each exactly as long as the field
  // (RFC 7518 section 6.2.1.2). Refuses other lengths and points that are not on the curve.
  // Requires `type` to be one of the three curves.
  static Result<std::shared_ptr<const PublicKey>> Ec(KeyType type, Bytes x, Bytes y);

  // Rsa: a key from big-endian modulus and exponent without leading zero bytes (RFC 7518 section
  // 6.3.1). Refuses what limits.h forbids: moduli outside 2048..8192 bits or even, exponents that
  // are even, below 3 or above 2^32 - 1.
  static Result<std::shared_ptr<const PublicKey>> Rsa(Bytes n, Bytes e);

  // Ed25519: a key of RFC 8037 section 2. Refuses lengths other than 32 bytes, what
  // is not a point of the curve, and points of small order.
  static Result<std::shared_ptr<const PublicKey>> Ed25519(Bytes x);

  ~PublicKey();
  PublicKey(const PublicKey&) = delete;
  PublicKey& operator=(const PublicKey&) = delete;

  KeyType type() const { return type_; }

  // capable: the algorithms that a key of this type can serve at all. A JWK pins it further.
  AlgorithmSet capable() const;

  // signature_bytes: the signature length in bytes for this key: 64, 96 or 132 for the curves, the modulus's length for
  // RSA, 64 for Ed25519.
  std::size_t signature_bytes() const { return signature_bytes_; }

  // rsa_bits: the bits of the RSA modulus; 0 for other keys.
  unsigned rsa_bits() const { return rsa_bits_; }

  // first, second: first and second parameter, big-endian: x and y of a curve, n and e of RSA, x and nothing of
  // Ed25519.
  Bytes first() const { return Bytes(first_); }
  Bytes second() const { return Bytes(second_); }

  // thumbprint: the RFC 7638 SHA-256 thumbprint, base64url.
  std::string_view thumbprint() const { return thumbprint_; }

  // WithTable: the same key with a comb table of the given window for ES256's kernels (p256/comb.h says what a
  // window is; KeyTable::BytesFor what it costs). Requires type() == kP256 and a window in range.
  std::shared_ptr<const PublicKey> WithTable(int window) const;

  // p256_table, prepared_rsa: what the kernels need: null for a key without a table, or of a type or size that has no
  // kernel.
  const p256::KeyTable* p256_table() const { return p256_table_.get(); }
  const rsa::PreparedRsa* prepared_rsa() const { return prepared_rsa_.get(); }

  // evp: BoringSSL's form of the key; lives as long as this object. Thread-safe to verify with.
  evp_pkey_st* evp() const { return evp_; }

 private:
  PublicKey() = default;

  KeyType type_ = KeyType::kP256;
  unsigned rsa_bits_ = 0;
  std::size_t signature_bytes_ = 0;
  evp_pkey_st* evp_ = nullptr;
  std::string thumbprint_;
  std::unique_ptr<const p256::KeyTable> p256_table_;
  std::unique_ptr<const rsa::PreparedRsa> prepared_rsa_;
  std::basic_string<std::uint8_t> first_;
  std::basic_string<std::uint8_t> second_;
};

}  // namespace assay
