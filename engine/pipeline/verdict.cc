#include "engine/pipeline/verdict.h"

#include "engine/json/strict.h"
#include "engine/json/text.h"

namespace assay {
namespace {

std::string Number(std::int64_t value) { return std::to_string(value); }

std::string Quoted(std::string_view text) {
  constexpr std::size_t kLongest = 80;  // a hostile field must not flood a log line
  std::string quoted;
  json::AppendQuoted(text.substr(0, kLongest), &quoted);
  if (text.size() > kLongest) quoted += "...";
  return quoted;
}

// Shortened: JSON as it stands in the token, escaped and bounded.
std::string Shortened(std::string_view json) {
  constexpr std::size_t kLongest = 80;
  std::string text = json::Escaped(json.substr(0, kLongest));
  if (json.size() > kLongest) text += "...";
  return text;
}

// WantedText: `; wanted "x" or 2 others`; empty when nothing can be named.
std::string WantedText(std::string_view wanted, std::int64_t others) {
  if (wanted.empty()) return "";
  std::string text = "; wanted " + Quoted(wanted);
  if (others > 0) text += " or " + std::to_string(others) + (others == 1 ? " other" : " others");
  return text;
}

// How far apart two times are; they may lie at opposite ends of 64 bits.
std::string SecondsBetween(std::int64_t later, std::int64_t earlier) {
  return std::to_string(static_cast<std::uint64_t>(later) - static_cast<std::uint64_t>(earlier)) + " s";
}

}  // namespace

std::string Verdict::Detail() const {
  const auto& [subject, value, bound, found, wanted] = detail_;
  switch (reason_) {
    case Reason::kTooLarge:
      return Number(value) + " bytes, limit " + Number(bound);
    case Reason::kBadBase64url:
      return std::string(subject) + ": position " + Number(value) + " of the token";
    case Reason::kBadPayloadJson:
      if (bound > 0) {
        return (subject.empty() ? "an object" : "an object in " + Quoted(subject)) + " has more than " + Number(bound) +
               " members, the limit (object_members)";
      }
      [[fallthrough]];
    case Reason::kBadHeaderJson:
    case Reason::kDuplicateName:
      return std::string(subject) + ": byte " + Number(value) + " of the decoded JSON";
    case Reason::kBadHeaderField:
    case Reason::kAlgorithmMissing:
    case Reason::kAlgorithmUnknown:
    case Reason::kAlgorithmNotAllowed:
    case Reason::kBadClaimType:
    case Reason::kIssuerUnknown:
    case Reason::kWrongType:
    case Reason::kClaimMissing:
    case Reason::kInsufficientScope:
      return Quoted(subject);
    case Reason::kWrongIssuer:
    case Reason::kWrongAudience:
      return subject.empty() ? std::string() : Quoted(subject);
    case Reason::kClaimMismatch:
      return Quoted(subject) + " is " + Shortened(found) + WantedText(wanted, bound);
    case Reason::kConfirmationUnsupported:
      return found.empty()
                 ? "cnf is no object with a member"
                 : "cnf has " + Quoted(found) + "; no host has said that it checks that proof (accept_confirmation)";
    case Reason::kKidTooLong:
      return Number(value) + " bytes, limit " + Number(bound);
    case Reason::kKeyNotFound:
    case Reason::kKeyAmbiguous:
    case Reason::kKeyUnusable:
      return has_kid_ ? "kid " + Quoted(kid_) : "no kid";
    case Reason::kKeyPending:
      return "kid " + Quoted(kid_) + " is none of the keys, which are older than the token and will be fetched again";
    case Reason::kSignatureLength:
      return Number(value) + " bytes, the key's are " + Number(bound);
    case Reason::kExpired:
      return "exp " + Number(value) + " is " + SecondsBetween(bound, value) + " before now";
    case Reason::kNotYetValid:
    case Reason::kIssuedInFuture:
      return std::string(subject) + " " + Number(value) + " is " + SecondsBetween(value, bound) + " after now";
    case Reason::kRevoked:
      return "by its " + std::string(subject);
    case Reason::kRevocationUnavailable:
      return value == INT64_MIN ? "no revocations were loaded yet"
                                : "the revocations are known up to " + Number(value) + ", " +
                                      SecondsBetween(bound, value) + " before now";
    case Reason::kTooOld:
      return "iat " + Number(value) + " is " + SecondsBetween(bound, value) + " before now";
    default:
      return {};
  }
}

std::optional<std::string_view> Verdict::client_id() const {
  if (claims_ == nullptr) return std::nullopt;
  return identity_ == nullptr ? claims_->client_id() : identity_->client;
}

std::optional<std::string_view> Verdict::session() const {
  if (identity_ != nullptr || claims_ == nullptr) return identity_ == nullptr ? std::nullopt : identity_->session;
  const json::Value* const sid = claims_->session();
  return sid != nullptr && json::IsString(*sid) ? std::optional(sid->text) : std::nullopt;
}

std::optional<std::string_view> Verdict::token_id() const {
  if (claims_ == nullptr) return std::nullopt;
  return identity_ == nullptr ? claims_->jwt_id() : identity_->token_id;
}

OwnedVerdict Verdict::Own() const {
  OwnedVerdict owned;
  owned.reason = reason_;
  owned.algorithm = algorithm_;
  owned.kid = kid_;
  owned.key_thumbprint = key_thumbprint_;
  owned.issuer_index = issuer_index_;
  if (claims_ != nullptr) owned.claims_json = claims_->json();
  return owned;
}

}  // namespace assay
