#include "tools/assay/run/advice.h"

namespace assay::cli {
namespace {

// OfForm: before anything is known of the token.
std::string_view OfForm(Reason reason) {
  switch (reason) {
    case Reason::kEmpty:
      return "Send a token: there is nothing behind `Bearer`, or the variable that should hold it is empty.";
    case Reason::kTooLarge:
      return "Make the token smaller (fewer groups or roles), or raise limits.token_bytes where that is meant.";
    case Reason::kNotThreeSegments:
      return "Ask the issuer for access tokens in the form of JWTs. An opaque token can only be looked up at the "
             "issuer itself (RFC 7662).";
    case Reason::kEncryptedToken:
      return "Ask the issuer for signed tokens that are not encrypted: nobody but the key's owner can read these.";
    case Reason::kBadBase64url:
      return "Take the token as the issuer wrote it: it was cut, padded with `=`, written in plain base64, or has a "
             "space or a line break in it.";
    case Reason::kBadHeaderJson:
    case Reason::kBadPayloadJson:
      return "Where a limit is what is wanted, have the issuer write less, or raise it (limits.object_members). Else "
             "the token was cut, changed or made up: no issuer's library writes anything but one JSON object.";
    case Reason::kDuplicateName:
      return "Two readers would see two different tokens. If it comes from the issuer as it is, the issuer has to "
             "write each name once; otherwise somebody made it up.";
    case Reason::kBadHeaderField:
      return "The issuer has to write it in the form that is wanted (RFC 7515 section 4.1).";
    case Reason::kBadClaimType:
      return "The issuer has to write it in the form that is wanted (RFC 7519 section 4.1).";
    case Reason::kAlgorithmMissing:
      return "The issuer has to write which algorithm it signs with (RFC 7515 section 4.1.1).";
    case Reason::kAlgorithmNone:
      return "This token can never be good: without a signature it is anybody's. Get a signed one from the issuer.";
    case Reason::kAlgorithmUnknown:
      return "Have the issuer sign with a key pair (ES256, RS256, …). A shared secret (HS256) is never taken: whoever "
             "can verify by it can make tokens.";
    case Reason::kAlgorithmNotAllowed:
      return "Have the issuer sign with an algorithm that is allowed, or allow this one by name (`algorithms`, --alg) "
             "if it is what the issuer's documentation says.";
    case Reason::kCriticalHeader:
    case Reason::kUnencodedPayload:
      return "If the issuer wrote it, the issuer has to leave it out: no extension of JWS is known here. Otherwise "
             "somebody changed the header.";
    case Reason::kKidTooLong:
      return "Have the issuer give its keys shorter names.";
    default:
      return "";
  }
}

std::string_view OfKeys(Reason reason) {
  switch (reason) {
    case Reason::kIssuerMissing:
      return "The issuer has to name itself (`iss`); tokens of SPIFFE, which do not, are for `subject_trust_domain`.";
    case Reason::kIssuerUnknown:
    case Reason::kWrongIssuer:
      return "Get the token from an issuer that is configured. Configure the one that it names only if you know and "
             "trust it: an issuer can make tokens for anybody.";
    case Reason::kKeysUnavailable:
    case Reason::kKeyPending:
      return "Nothing is wrong with the token: its issuer's keys have to be there. Look at what fetching them says, "
             "and send the token again.";
    case Reason::kKeyNotFound:
      return "See whether the token is of this issuer and environment at all, and whether its key set is the one that "
             "is configured: no key in it has the token's kid or, for a token without one, fits its algorithm.";
    case Reason::kKeyAmbiguous:
      return "Have the issuer write a kid, each key its own; for tokens without one, and up to 4 keys that fit, "
             "`without_kid` may say `try`.";
    case Reason::kKeyUnusable:
      return "The token names a key that is not for its algorithm, or not for signatures at all (kty, crv, use, "
             "key_ops, alg). The issuer has to name the key that it signs with.";
    case Reason::kSignatureLength:
      return "No key of this kind makes a signature of that length. Take the token as the issuer wrote it, whole. If "
             "it is, the signer leaves out zero bytes at a signature's front, which is about one token in 128 (ES256) "
             "or 256 (RSA), and has to be mended.";
    case Reason::kBadSignature:
      return "Take the token as the issuer wrote it, whole. If it is: another key signed it, of another environment or "
             "tenant, or somebody has changed it.";
    default:
      return "";
  }
}

std::string_view OfPolicy(Reason reason) {
  switch (reason) {
    case Reason::kExpiryMissing:
      return "Have the issuer write `exp`: a token without it is good for ever.";
    case Reason::kExpired:
    case Reason::kTooOld:
      return "Get a new token; the client should do so before the old one ends. If a few seconds are missing, set this "
             "machine's clock, or `leeway_seconds`.";
    case Reason::kNotYetValid:
    case Reason::kIssuedInFuture:
      return "Set the clocks of this machine and of the issuer; if a few seconds are missing, `leeway_seconds`.";
    case Reason::kAudienceMissing:
      return "Have the client ask for a token for this service (`resource` of RFC 8707, or the issuer's own "
             "`audience`). If this issuer never writes `aud`, `audience_from` takes another claim, such as client_id, "
             "beside a rule that tells access tokens from ID tokens (token_use).";
    case Reason::kWrongAudience:
      return "Have the client ask for a token for this service (`resource` of RFC 8707, or the issuer's own "
             "`audience`). Configure the audience that was found only if it is another name of this very service: "
             "never a client's ID, which ID tokens have, or what the tokens of many clients have, such as Keycloak's "
             "`account`.";
    case Reason::kWrongType:
      return "Send the access token, and neither the ID token nor a logout token or another kind. If it is the access "
             "token, `token_type` has to say what this issuer writes for access tokens, never the type of another "
             "kind.";
    case Reason::kClaimMissing:
    case Reason::kClaimMismatch:
      return "Get a token of the user, client or tenant that is meant, or with the claim that the issuer was told to "
             "write. If this one is meant, the rule has to name its value.";
    case Reason::kConfirmationUnsupported:
      return "The token is bound to a key (DPoP, mutual TLS): a gateway that checks the proof says so in "
             "`accept_confirmation`; else ask for a token that is not bound.";
    case Reason::kRevoked:
      return "Nothing can change that: sign in again.";
    case Reason::kRevocationUnavailable:
      return "Nothing is wrong with the token: the feed of revocations has to be reached again.";
    case Reason::kInsufficientScope:
      return "Have the client ask for the scope that is missing, and the user or administrator grant it.";
    default:
      return "Nothing was judged.";
  }
}

}  // namespace

std::string_view AdviceFor(Reason reason) {
  if (IsAccepted(reason)) return "";
  std::string_view advice = OfForm(reason);
  if (advice.empty()) advice = OfKeys(reason);
  return advice.empty() ? OfPolicy(reason) : advice;
}

std::string_view AdviceForTool(Reason reason, const DeniedTool& tool) {
  switch (reason) {
    case Reason::kAccepted:
      return "";
    case Reason::kInsufficientScope:
      if (tool.user_side_counts && !tool.token_has_scopes) {
        return "If this is a person's token, have the client ask for what is missing. A token that an application got "
               "for itself has roles and no scopes: the policy's `grants` says `either` where its roles are to count.";
      }
      return "Have the client ask for what is missing, and the user or administrator grant it.";
    case Reason::kToolDenied:
      if (tool.is_named) {
        return "Have an administrator give the user a role or permission that allows the tool, and the issuer write it "
               "into the token. If it stands under another name there, the policy has to say which: `role_claim` "
               "(a list of names for a claim inside another) or `permissions_claim`. More scopes would not help.";
      }
      return "If the name is right and the tool is meant to be called, the policy has to name it in `tools`, with what "
             "it needs. Methods of "
             "MCP are for `assay mcp check`.";
    case Reason::kAudienceMissing:
    case Reason::kWrongAudience:
      return "Have the client ask for a token for the policy's resource. For issuers that cannot write it, the "
             "policy's `audiences` names what they do, or, where they write no aud, `audience_from_issuers` a claim.";
    default:
      return AdviceFor(reason);
  }
}

}  // namespace assay::cli
