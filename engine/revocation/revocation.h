// Revocation: one statement that tokens are no longer good, as a host or a feed makes it, and its spelling as
// one line of JSON, which is the same in files and in Redis:
//
//   {"iss":"https://auth.example.com","jti":"7f0c","exp":1700000000}
//   {"iss":"https://auth.example.com","sub":"alice","issued_before":1700000000}
//
//   {"iss":"https://auth.example.com","issued_before":1700000000}
//   {"iss":"https://auth.example.com","kid":"2026-11"}
//
// with `sid` or `client_id` in the place of `sub`, and `exp` where it is known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/export.h"
#include "engine/base/result.h"

namespace assay {

// RevokedBy: what names the tokens. Never the token's own bytes: an ECDSA signature has a valid twin.
enum class RevokedBy : std::uint8_t {
  kJwtId,    // `jti`: one token
  kSubject,  // `sub`, `sid`, `client_id`: all that were issued up to some time
  kSession,
  kClient,
  kIssuer,  // all of the issuer that were issued up to some time
  // kKey: all that a key verifies which bears this `kid` in the issuer's key set, or bore it in one that the engine has
  // had before, or is such a key under another `kid`: by whatever `kid` they name it, or none. `value` is the `kid`.
  // Whoever has stolen a key dates tokens as they please.
  kKey,
};

struct Revocation {
  RevokedBy by = RevokedBy::kJwtId;
  std::string issuer;  // `iss`, byte for byte
  std::string value;   // of the claim, or the key's `kid`; empty for kIssuer

  // expires_at: for kJwtId, the token's `exp`. The entry is forgotten 300 s later, when no leeway can save the token
  // any more; without it, never.
  std::optional<std::int64_t> expires_at = {};

  // issued_before: for the others but kKey, which need it: revoked is each token with floor(iat) <= issued_before, and
  // each without `iat`, or with one more than 300 s ahead: it says nothing of when the token was issued.
  std::optional<std::int64_t> issued_before = {};
};

// RevocationSource: where revocations are kept. Each is confirmed for itself.
enum class RevocationSource : std::uint8_t { kFile, kStream };

// ValidateRevocation: fails for an empty or overlong issuer or value, a NUL in one, a time that is missing or does not
// belong there.
ASSAY_EXPORT Result<void> ValidateRevocation(const Revocation& revocation);

// ParseRevocation: reads one line. Strict: no other members, no repeated ones, times as NumericDate (RFC 7519 section
// 2), of which a fraction of `exp` rounds up and one of `issued_before` down.
ASSAY_EXPORT Result<Revocation> ParseRevocation(std::string_view line);

// FormatRevocation: the line of a revocation that is not wrong, always spelled the same, without a newline.
ASSAY_EXPORT std::string FormatRevocation(const Revocation& revocation);

}  // namespace assay
