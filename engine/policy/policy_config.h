// PolicyConfig: what a token of one issuer must satisfy. Strict by default; every relaxation has a
// name that says so. Turned into an immutable Policy by Policy::Build(), which refuses unsafe values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/jws/alg.h"

namespace assay {

struct RequiredClaim {
  std::string name;
  // value: when given, the claim is this string, or an array holding this string, or a number or boolean spelled
  // exactly so. Without: any value but null.
  std::optional<std::string> value;

  bool operator==(const RequiredClaim&) const = default;
};

enum class IssuerMode : std::uint8_t {
  kChosenByIss,  // `iss` picks this issuer among several; an unknown `iss` is refused
  kFixed,        // the route fixes the issuer; another `iss` is `wrong_issuer`. One issuer only.
  kUnchecked,    // `iss` is not looked at. One issuer only; for tools.
};

enum class ScopeClaim : std::uint8_t {
  kScope,  // RFC 8693 section 4.2: one string, separated by spaces
  kScp,    // as some providers write it: one string or an array of strings
};

struct PolicyConfig {
  std::string issuer;  // compared byte for byte, RFC 7519 section 4.1.1
  IssuerMode issuer_mode = IssuerMode::kChosenByIss;

  // audiences: at least one, unless any_audience_is_dangerous. A token must name one of them exactly. A root URI stands
  // for both of its spellings (`https://h` and `https://h/`).
  std::vector<std::string> audiences;
  bool any_audience_is_dangerous = false;  // opt-out: tokens meant for other services are accepted

  AlgorithmSet algorithms = {Algorithm::kES256, Algorithm::kRS256};
  std::string token_type = "any";  // or a media type such as "at+jwt"
  std::vector<RequiredClaim> required_claims;
  std::vector<std::string> required_scopes;  // each RFC 6749 section 3.3 scope-token
  ScopeClaim scope_claim = ScopeClaim::kScope;

  std::int64_t leeway_seconds = 0;  // 0..300, for exp, nbf and iat
  bool expiry_required = true;
  std::optional<std::int64_t> max_age_seconds;  // since `iat`, which is then required
  bool accept_confirmation_claim = false;       // the host itself checks the proof that `cnf` names
  bool signature_only = false;                  // check the JWS alone; the payload may be any bytes. For vectors.

  bool operator==(const PolicyConfig&) const = default;
};

}  // namespace assay
