// SigningKey: a key pair for tests and load, made and used with BoringSSL. Only the command signs;
// nothing under engine/ ever handles a private key.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/jws/alg.h"
#include "tools/assay/io/jwk_input.h"

namespace assay::cli {

class SigningKey {
 public:
  // `rsa_bits` counts for RSA only. An empty `kid` becomes the RFC 7638 thumbprint.
  static SigningKey Generate(Algorithm algorithm, unsigned rsa_bits, std::string kid);

  // A private or public JWK. `alg` may be absent where the key type leaves one choice (RSA: RS256).
  // `file` names it in messages. Throws InputError.
  static SigningKey FromJwk(const JsonObject& jwk, const std::string& file);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  Algorithm algorithm() const;
  const std::string& kid() const;
  bool has_private() const;

  // One JSON object on one line, without a newline.
  std::string PublicJwk() const;
  std::string PrivateJwk() const;  // requires has_private()

  // Appends the JWS signature (RFC 7518 section 3) of `input` to `out`. Requires has_private().
  // Thread-safe.
  void Sign(std::string_view input, std::string* out) const;

 private:
  struct Impl;
  explicit SigningKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::cli
