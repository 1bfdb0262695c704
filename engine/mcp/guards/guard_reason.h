// GuardReason: why a guard refuses a message to an authorization server.
//
// For gateways that stand in front of one. The guards are pure checks; they keep no state and fetch nothing.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/export.h"

namespace assay::mcp {

#define ASSAY_GUARD_REASONS(X)                                                   \
  X(Ok, "ok")                                                                    \
  X(ParameterRepeated, "parameter_repeated") /* RFC 6749 sections 3.1 and 3.2 */ \
  X(ParameterMissing, "parameter_missing")                                       \
  X(BrokenEncoding, "broken_encoding")                                           \
  X(ChallengeMissing, "challenge_missing") /* RFC 7636 section 4.4.1 */          \
  X(ChallengeMethodNotS256, "challenge_method_not_s256")                         \
  X(BadChallenge, "bad_challenge")                                               \
  X(VerifierMissing, "verifier_missing")                                         \
  X(BadVerifier, "bad_verifier")           /* RFC 7636 section 4.1 */            \
  X(VerifierMismatch, "verifier_mismatch") /* RFC 7636 section 4.6 */            \
  X(GrantTypeNotAllowed, "grant_type_not_allowed")                               \
  X(BadDocument, "bad_document")                                                 \
  X(RedirectUriMissing, "redirect_uri_missing")                                  \
  X(BadRedirectUri, "bad_redirect_uri")                                          \
  X(RedirectUriNotRegistered, "redirect_uri_not_registered")                     \
  X(AuthenticationMethodNotAllowed, "authentication_method_not_allowed")         \
  X(ResponseTypeNotAllowed, "response_type_not_allowed")                         \
  X(BadClientId, "bad_client_id")                                                \
  X(ClientIdMismatch, "client_id_mismatch")                                      \
  X(ClientNameMissing, "client_name_missing")                                    \
  X(SecretInDocument, "secret_in_document")                                      \
  X(AddressNotPublic, "address_not_public")                                      \
  X(RequestObjectNotAllowed, "request_object_not_allowed") /* RFC 9101 sections 5 and 6.3 */

enum class GuardReason : std::uint8_t {
#define ASSAY_GUARD_ENUMERATOR(name, word) k##name,
  ASSAY_GUARD_REASONS(ASSAY_GUARD_ENUMERATOR)
#undef ASSAY_GUARD_ENUMERATOR
};

ASSAY_EXPORT std::string_view GuardReasonWord(GuardReason reason);

}  // namespace assay::mcp
