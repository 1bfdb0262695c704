// What a rejection says to people: what was wanted, and what was found.
#include <charconv>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base64url/base64url.h"
#include "engine/json/strict.h"
#include "engine/json/value.h"
#include "engine/pipeline/detail_text.h"
#include "engine/pipeline/validate.h"
#include "engine/pipeline/verdict.h"
#include "engine/policy/checks.h"
#include "engine/policy/policy_config.h"

namespace assay {
namespace {

std::string Number(std::int64_t value) { return std::to_string(value); }

// How far apart two times are; they may lie at opposite ends of 64 bits.
std::string SecondsBetween(std::int64_t later, std::int64_t earlier) {
  return std::to_string(static_cast<std::uint64_t>(later) - static_cast<std::uint64_t>(earlier)) + " s";
}

// RegisteredForm: the form that a registered claim must have (RFC 7519 section 4.1).
std::string_view RegisteredForm(std::string_view claim) {
  if (claim == "aud") return "a string or an array of strings";
  if (claim == "exp" || claim == "nbf" || claim == "iat") return "a number";
  return "a string without NUL";
}

std::string BadClaimType(const Detail& detail) {
  const bool is_scope = detail.bound != 0;
  const std::string_view wanted = detail.wanted.empty() ? RegisteredForm(detail.subject) : detail.wanted;
  Detail typed = detail;
  typed.wanted = wanted;
  std::string text = ClaimTypeText(typed);
  if (is_scope) text += " (`scopes` with its form in the configuration, --scope-form on the command line)";
  return text;
}

// InsufficientScope: `subject` is the scope that it lacks.
std::string InsufficientScope(const Detail& detail) {
  return ScopesText(detail) + "; wanted " + Quoted(detail.subject) + std::string(Apart(detail.found, detail.subject));
}

// OfKey: which key was asked for, and more about it.
std::string OfKey(bool has_kid, std::string_view kid, std::string_view more) {
  return (has_kid ? "kid " + Quoted(kid) : "no kid") + (more.empty() ? "" : "; " + std::string(more));
}

// HasNonce: whether this header, as it stands in the token, has a member `nonce`.
bool HasNonce(std::string_view encoded) {
  std::string text(base64url::DecodedSize(encoded.size()), '\0');
  if (base64url::Decode(encoded, text.data()) != base64url::kOk) return false;
  Arena arena(2 * text.size() + 4096);
  json::StrictParser parser(text.size());
  json::Document document;
  return parser.ParseCopy(text, arena, &document) == json::Status::kOk &&
         json::Find(document.members, "nonce") != nullptr;
}

// BadSignature: `found` is the header as it stands in the token.
std::string BadSignature(std::string text, const Detail& detail) {
  if (!HasNonce(detail.found)) return text;
  return text + "; its header has nonce, as Entra's tokens for Microsoft Graph, which Graph alone can verify";
}

// AlgorithmNames: of a set's bits.
std::string AlgorithmNames(std::int64_t bits) {
  std::string names;
  for (int i = 0; i < kAlgorithmCount; ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    if ((bits >> i & 1) != 0) names += ' ' + std::string(AlgorithmName(algorithm));
  }
  return names;
}

// NoneFits: of a token without kid: `subject` is its alg, `value` what the keys are for.
std::string NoneFits(const Detail& detail) {
  if (detail.value == 0) return "no key of the set can be used";
  return "no key of the set is for " + std::string(detail.subject) + "; those that it has are for" +
         AlgorithmNames(detail.value);
}

// AtByte: where in the header or the payload.
std::string AtByte(const Detail& detail) {
  return std::string(detail.subject) + ": byte " + Number(detail.value) + " of the decoded JSON";
}

// OfForm: the reasons before any claim is looked at.
std::string OfForm(Reason reason, const Detail& detail) {
  switch (reason) {
    case Reason::kEmpty:
      return "the token has no bytes";
    case Reason::kNotThreeSegments:
      return "not three segments, as a signed JWT has; an opaque token, without dots, only its authorization server "
             "can judge";
    case Reason::kEncryptedToken:
      return "five segments: an encrypted token (JWE)";
    case Reason::kTooLarge:
      return "the " + std::string(detail.subject.empty() ? "token" : detail.subject) + " has " + Number(detail.value) +
             " bytes; the limit is " + Number(detail.bound);
    case Reason::kKidTooLong:
      return "kid has " + Number(detail.value) + " bytes; the limit is " + Number(detail.bound);
    case Reason::kBadBase64url:
      return std::string(detail.subject) + ": position " + Number(detail.value) +
             " of the token (base64url has neither padding nor + and /)";
    case Reason::kBadPayloadJson:
      if (detail.bound > 0) {
        return (detail.subject.empty() ? "an object" : Quoted(detail.subject) + ", or an object in it,") +
               " has more than " + Number(detail.bound) + " members, the limit (object_members)";
      }
      [[fallthrough]];
    case Reason::kBadHeaderJson:
      return AtByte(detail) + "; wanted " +
             (detail.wanted.empty() ? "a JSON object, and nothing around it" : std::string(detail.wanted));
    case Reason::kDuplicateName:
      return std::string(detail.subject) + ": the object that ends at byte " + Number(detail.value) +
             " of the decoded JSON has a name twice";
    case Reason::kAlgorithmNone:
      return "alg is none: the token is not signed";
    case Reason::kCriticalHeader:
      return "the header has crit, and no extension is understood";
    case Reason::kUnencodedPayload:
      return "the header has b64, which is not for JWTs (RFC 7797)";
    case Reason::kAlgorithmMissing:
      return "the header has no alg";
    case Reason::kAlgorithmUnknown:
      return "alg is " + Quoted(detail.subject) + ", which nothing here verifies";
    case Reason::kAlgorithmNotAllowed:
      return "alg is " + Quoted(detail.subject) + "; wanted is one of `algorithms`:" + AlgorithmNames(detail.value);
    case Reason::kBadHeaderField:
      return Quoted(detail.subject) + " in the header is no string";
    default:
      return Quoted(detail.subject);
  }
}

// WithLeeway: `text`, and the leeway where a little more of it would have done: then two clocks may differ.
std::string WithLeeway(std::string text, std::int64_t later, std::int64_t earlier, std::string_view leeway) {
  const std::uint64_t apart = static_cast<std::uint64_t>(later) - static_cast<std::uint64_t>(earlier);
  if (apart > static_cast<std::uint64_t>(kMaxLeewaySeconds)) return text;
  return text + "; leeway_seconds is " + std::string(leeway);
}

// OfTime: the reasons about dates. `found` is the leeway, `wanted` the maximum age.
std::string OfTime(Reason reason, const Detail& detail) {
  const auto& [subject, value, bound, found, wanted] = detail;
  switch (reason) {
    case Reason::kExpiryMissing:
      return "the token has no exp";
    case Reason::kExpired:
      return WithLeeway("exp " + Number(value) + " is " + SecondsBetween(bound, value) + " before now", bound, value,
                        found);
    case Reason::kTooOld:
      return "iat " + Number(value) + " is " + SecondsBetween(bound, value) + " before now; max_age_seconds is " +
             std::string(wanted) + ", leeway_seconds " + std::string(found);
    case Reason::kRevocationUnavailable:
      return value == INT64_MIN ? "no revocations were loaded yet"
                                : "the revocations are known up to " + Number(value) + ", " +
                                      SecondsBetween(bound, value) + " before now";
    default:
      return WithLeeway(
          std::string(subject) + " " + Number(value) + " is " + SecondsBetween(value, bound) + " after now", value,
          bound, found);
  }
}

}  // namespace

std::string Verdict::Detail() const {
  const std::string_view subject = detail_.subject;
  switch (reason_) {
    case Reason::kUnset:
    case Reason::kAccepted:
      return {};
    case Reason::kBadClaimType:
      return BadClaimType(detail_);
    case Reason::kIssuerMissing:
    case Reason::kIssuerUnknown:
      return IssuerText(reason_, detail_);
    case Reason::kKeysUnavailable:
      return "no keys of the issuer are loaded, or they are too old";
    case Reason::kKeyNotFound:
      if (!subject.empty()) return "no kid; " + NoneFits(detail_);
      [[fallthrough]];
    case Reason::kKeyUnusable:
      return OfKey(has_kid_, kid_, detail_.found) + (detail_.wanted.empty() ? "" : " " + Quoted(detail_.wanted));
    case Reason::kKeyAmbiguous:
      if (detail_.bound > 0) return OfKey(has_kid_, kid_, "more than " + Number(detail_.bound) + " keys fit");
      return OfKey(has_kid_, kid_,
                   has_kid_ ? "more than one key fits" : "more than one key fits (`without_kid`, --without-kid)");
    case Reason::kKeyPending:
      return OfKey(true, kid_, "it is none of the keys, which are older than the token and will be fetched again");
    case Reason::kSignatureLength:
      return "the signature has " + Number(detail_.value) + " bytes; wanted " + Number(detail_.bound) +
             ", as by this key";
    case Reason::kBadSignature:
      return BadSignature(OfKey(has_kid_, kid_, "the signature is not by that key, or the token was changed"), detail_);
    case Reason::kWrongIssuer:
      return "iss is " + Quoted(subject) + WantedText(detail_);
    case Reason::kExpiryMissing:
    case Reason::kExpired:
    case Reason::kNotYetValid:
    case Reason::kIssuedInFuture:
    case Reason::kTooOld:
    case Reason::kRevocationUnavailable:
      return OfTime(reason_, detail_);
    case Reason::kAudienceMissing:
      return AudienceText(reason_, detail_) +
             (subject.empty() && detail_.value != kNothingStandsIn
                  ? ". For an issuer that writes none, `audience_from` names a claim that stands in for it"
                  : "");
    case Reason::kWrongAudience:
      return AudienceText(reason_, detail_);
    case Reason::kWrongType:
      return (subject.empty() ? "no typ" : "typ is " + Quoted(subject)) +
             (detail_.wanted.empty() ? ", which is none of an access token" : WantedText(detail_));
    case Reason::kClaimMissing:
    case Reason::kClaimMismatch:
      return RuleText(reason_, detail_);
    case Reason::kConfirmationUnsupported:
      return detail_.found.empty()
                 ? "cnf is no object with a member"
                 : "cnf has " + Quoted(detail_.found) + ", whose proof nobody here checks (`accept_confirmation`)";
    case Reason::kRevoked:
      return "by its " + std::string(subject);
    case Reason::kInsufficientScope:
      return InsufficientScope(detail_);
    default:
      return OfForm(reason_, detail_);
  }
}

void Pipeline::AddLeeway(Reason reason, InFlight& token) {
  if (reason != Reason::kExpired && reason != Reason::kNotYetValid && reason != Reason::kIssuedInFuture &&
      reason != Reason::kTooOld) {
    return;
  }
  const auto digits = [&](std::int64_t number) {
    constexpr std::size_t kDigits = 20;
    char* const text = arena_.Allocate<char>(kDigits);
    return std::string_view(text, static_cast<std::size_t>(std::to_chars(text, text + kDigits, number).ptr - text));
  };
  const PolicyConfig& policy = token.issuer->policy->config();
  token.detail.found = digits(policy.leeway_seconds);
  if (reason == Reason::kTooOld) token.detail.wanted = digits(policy.max_age_seconds.value_or(0));
}

}  // namespace assay
