// A second JWT validator, written to be plain rather than fast, and sharing no step with the
// engine: its own splitting, base64url, dates and policy, nlohmann-json for JSON, and BoringSSL's
// EVP interface (DER signatures for ECDSA) where the engine uses the lower one.
//
// It knows what the engine's contract says, so it is to agree on the reason, not only on
// acceptance.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/reason.h"
#include "engine/config/config.h"
#include "tests/differential/reference_json.h"

namespace assay::reference {

// Nothing for text that strict base64url does not allow.
std::optional<std::string> DecodeBase64url(std::string_view text);

// A NumericDate as whole seconds and whether a fraction lies above them; nothing beyond 63 bits.
struct Date {
  std::int64_t floor = 0;
  bool fraction = false;
};
std::optional<Date> ReadDate(std::string_view number);

class Validator {
 public:
  // Reads the inline JWK Sets; takes only keys with an `alg`, and EC, RSA and Ed25519 ones that are
  // sound.
  explicit Validator(const EngineConfig& config);

  Reason Validate(std::string_view token, std::int64_t now) const;

 private:
  struct Key {
    std::optional<std::string> kid;
    std::string algorithm;
    bool usable = false;
    std::shared_ptr<EVP_PKEY> evp;
  };
  struct Issuer {
    PolicyConfig policy;
    bool has_keys = false;
    std::vector<Key> keys;
  };

  static Key ReadKey(const Node& jwk);
  bool Allowed(const Issuer& issuer, const std::string& algorithm) const;
  Reason CheckHeader(const Node& header) const;
  Reason CheckClaims(const Node& claims) const;
  Reason ChooseKey(const Issuer& issuer, const Node& header, const Key** key) const;
  Reason CheckPolicy(const PolicyConfig& policy, const Node& header, const Node& claims, std::int64_t now) const;

  Limits limits_;
  std::vector<Issuer> issuers_;
};

// Whether the engine's reason is one that it may give where the reference gives `reference`. They
// may differ only for JSON with several defects: the engine stops at the first one it meets.
bool Agree(Reason engine, Reason reference);

}  // namespace assay::reference
