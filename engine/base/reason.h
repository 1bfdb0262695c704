// Reason: why a token or request was refused, or that it was accepted.
//
// One flat enum for the whole engine. The numbers are part of the C ABI and the words are part of
// the command's output and of the metrics: neither is ever reused or renamed, new ones are added
// within their block. A value-initialised Reason is `kUnset`, which is a rejection.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/export.h"

namespace assay {

// ASSAY_REASONS: X(Name, number, "word") for each reason, in the order in which defects are looked for; the first one
// is reported.
#define ASSAY_REASONS(X)                                      \
  X(Unset, 0, "unset")                                        \
  /* input */                                                 \
  X(Empty, 1, "empty")                                        \
  X(TooLarge, 2, "too_large")                                 \
  X(NotThreeSegments, 3, "not_three_segments")                \
  X(EncryptedToken, 4, "encrypted_token")                     \
  X(BadBase64url, 5, "bad_base64url")                         \
  /* header */                                                \
  X(BadHeaderJson, 20, "bad_header_json")                     \
  X(DuplicateName, 21, "duplicate_name")                      \
  X(BadHeaderField, 22, "bad_header_field")                   \
  X(AlgorithmMissing, 23, "algorithm_missing")                \
  X(AlgorithmNone, 24, "algorithm_none")                      \
  X(AlgorithmUnknown, 25, "algorithm_unknown")                \
  X(AlgorithmNotAllowed, 26, "algorithm_not_allowed")         \
  X(CriticalHeader, 27, "critical_header")                    \
  X(UnencodedPayload, 28, "unencoded_payload")                \
  X(KidTooLong, 29, "kid_too_long")                           \
  /* payload */                                               \
  X(BadPayloadJson, 40, "bad_payload_json")                   \
  X(BadClaimType, 41, "bad_claim_type")                       \
  /* key */                                                   \
  X(IssuerMissing, 60, "issuer_missing")                      \
  X(IssuerUnknown, 61, "issuer_unknown")                      \
  X(KeysUnavailable, 62, "keys_unavailable")                  \
  X(KeyNotFound, 63, "key_not_found")                         \
  X(KeyAmbiguous, 64, "key_ambiguous")                        \
  X(KeyUnusable, 65, "key_unusable")                          \
  X(KeyPending, 66, "key_pending")                            \
  /* signature */                                             \
  X(SignatureLength, 80, "signature_length")                  \
  X(BadSignature, 81, "bad_signature")                        \
  /* policy */                                                \
  X(WrongIssuer, 100, "wrong_issuer")                         \
  X(ExpiryMissing, 101, "expiry_missing")                     \
  X(Expired, 102, "expired")                                  \
  X(NotYetValid, 103, "not_yet_valid")                        \
  X(IssuedInFuture, 104, "issued_in_future")                  \
  X(TooOld, 105, "too_old")                                   \
  X(AudienceMissing, 106, "audience_missing")                 \
  X(WrongAudience, 107, "wrong_audience")                     \
  X(WrongType, 108, "wrong_type")                             \
  X(ClaimMissing, 109, "claim_missing")                       \
  X(ConfirmationUnsupported, 110, "confirmation_unsupported") \
  X(Revoked, 111, "revoked")                                  \
  X(RevocationUnavailable, 112, "revocation_unavailable")     \
  X(ClaimMismatch, 113, "claim_mismatch")                     \
  /* authorization */                                         \
  X(InsufficientScope, 140, "insufficient_scope")             \
  X(ToolDenied, 141, "tool_denied")                           \
  X(RequestMalformed, 142, "request_malformed")               \
  X(RequestMismatch, 143, "request_mismatch")                 \
  X(CredentialMissing, 144, "credential_missing")             \
  X(CredentialRepeated, 145, "credential_repeated")           \
  X(OriginDenied, 146, "origin_denied")                       \
  X(Preflight, 147, "preflight")                              \
  X(MethodNotAllowed, 148, "method_not_allowed")              \
  X(BodyTooLarge, 149, "body_too_large")                      \
  X(BodyEncoding, 150, "body_encoding")                       \
  /* success */                                               \
  X(Accepted, 200, "accepted")

enum class Reason : std::uint8_t {
#define ASSAY_REASON_ENUMERATOR(name, number, word) k##name = number,
  ASSAY_REASONS(ASSAY_REASON_ENUMERATOR)
#undef ASSAY_REASON_ENUMERATOR
};

// ReasonWord: the stable word of `reason`; "unset" for a value that is none of the enumerators.
ASSAY_EXPORT std::string_view ReasonWord(Reason reason);

// IsAccepted: true for `kAccepted` alone; every other value, unknown ones too, is a rejection.
constexpr bool IsAccepted(Reason reason) { return reason == Reason::kAccepted; }

}  // namespace assay
