// SigningKey: a key pair for tests and load, and its JWK. Nothing under engine/ ever handles a private key. BoringSSL
// alone does the work, so that nothing here shares a mistake with the engine under test.
#pragma once

#include <openssl/evp.h>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/jws/alg.h"

namespace assay::load {

// Concat: the parts one behind the other.
std::string Concat(std::initializer_list<std::string_view> parts);

// Base64url: `bytes` in base64url without padding, by BoringSSL's encoder.
std::string Base64url(std::string_view bytes);

// JwkMembers: the JWK members that are a key's public half, without braces: those that RFC 7638 section 3.2 hashes, in
// its order. P-256, P-384, P-521, RSA or Ed25519.
std::string JwkMembers(const EVP_PKEY* key);

class SigningKey {
 public:
  // Generate: a new key. `rsa_bits` counts for RSA only.
  static SigningKey Generate(Algorithm algorithm, unsigned rsa_bits, std::optional<std::string> kid);

  // Make: a key that is the same in every run, and so no secret. Elliptic and Edwards keys are derived from `seed`; of
  // RSA keys there are only 0 and 1 (2048 bits) and 2 (3072 bits).
  static SigningKey Make(Algorithm algorithm, std::string kid = "k", unsigned seed = 0);

  // SigningKey: takes over `key`, which must be of the algorithm's type. Without a `kid` it is the RFC 7638 thumbprint.
  SigningKey(Algorithm algorithm, bssl::UniquePtr<EVP_PKEY> key, std::optional<std::string> kid,
             bool has_private = true);

  Algorithm algorithm() const { return algorithm_; }
  const std::string& kid() const { return kid_; }
  bool has_private() const { return has_private_; }
  EVP_PKEY* evp() const { return evp_.get(); }

  // Sign: the signature that a JWS carries, decoded: r and s side by side for curves (RFC 7518 section 3.4).
  // Requires has_private(). Thread-safe.
  std::string Sign(std::string_view signing_input) const { return SignAs(algorithm_, signing_input); }

  // SignAs: the same under another algorithm of the same key type (another hash or padding for RSA, the other name for
  // Ed25519).
  std::string SignAs(Algorithm algorithm, std::string_view signing_input) const;

  // PublicJwk: the public JWK with use, alg and kid, on one line. PrivateJwk: with the private members; requires
  // has_private().
  std::string PublicJwk() const;
  std::string PrivateJwk() const;

  // JwkWith: the public JWK with `members` (`"kid":"x","use":"enc"`, may be empty) in place of use, alg and kid.
  std::string JwkWith(std::string_view members) const;

 private:
  Algorithm algorithm_;
  bool has_private_;
  std::shared_ptr<EVP_PKEY> evp_;
  std::string kid_;
};

// JwkSet: {"keys":[…]} of JWK texts, or of keys' public halves.
std::string JwkSet(const std::vector<std::string>& jwks);
std::string JwkSet(const std::vector<SigningKey>& keys);

}  // namespace assay::load
