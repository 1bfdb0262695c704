// SigningKey: a private key of a test, and its public half as a JWK. BoringSSL alone does the work,
// so that nothing here shares a mistake with the engine under test.
#pragma once

#include <openssl/evp.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/jws/alg.h"

namespace assay::testing {

// The parts one behind the other.
std::string Concat(std::initializer_list<std::string_view> parts);

// base64url without padding, by BoringSSL's encoder.
std::string Base64url(std::string_view bytes);

// The JWK members that are a key's public half: `"kty":…`, without braces. P-256, P-384, P-521, RSA
// or Ed25519.
std::string JwkMembers(const EVP_PKEY* key);

class SigningKey {
 public:
  // A key that signs with `algorithm`. Elliptic and Edwards keys are derived from `seed`, the same
  // in every run; RSA has only the seeds 0 and 1 (2048 bits) and 2 (3072 bits).
  static SigningKey Make(Algorithm algorithm, std::string kid = "k", unsigned seed = 0);

  Algorithm algorithm() const { return algorithm_; }
  const std::string& kid() const { return kid_; }
  EVP_PKEY* evp() const { return evp_.get(); }

  // The signature that a JWS carries, decoded: r and s side by side for curves (RFC 7518
  // section 3.4).
  std::string Sign(std::string_view signing_input) const { return SignAs(algorithm_, signing_input); }

  // The same under another algorithm of the same key type (another hash or padding for RSA, the
  // other name for Ed25519).
  std::string SignAs(Algorithm algorithm, std::string_view signing_input) const;

  // JwkMembers() of this key.
  std::string KeyMembers() const;

  // The public JWK with kid, alg and use; or with `members` (`"kid":"x","use":"enc"`, may be empty)
  // instead.
  std::string Jwk() const;
  std::string JwkWith(std::string_view members) const;

 private:
  Algorithm algorithm_ = Algorithm::kES256;
  std::string kid_;
  std::shared_ptr<EVP_PKEY> evp_;
};

// {"keys":[…]} of JWK texts.
std::string JwkSet(const std::vector<std::string>& jwks);
std::string JwkSet(const std::vector<SigningKey>& keys);

}  // namespace assay::testing
