// The way of a token. Read Run() first: it is the line of the design, for a whole batch.
#include "engine/pipeline/validate.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/base64url/base64url.h"

namespace assay {

void Pipeline::Run(const TrustSnapshot& snapshot, std::span<const std::string_view> tokens,
                   std::int64_t now, std::span<Verdict> verdicts) {
  ASSAY_CHECK(tokens.size() == verdicts.size());
  // First of all: should memory run out below, no verdict of an earlier batch may stand.
  std::fill(verdicts.begin(), verdicts.end(), Verdict());
  arena_.Reset();
  in_flight_.assign(tokens.size(), {});
  jobs_.clear();
  waiting_.clear();

  for (std::size_t i = 0; i < tokens.size(); ++i) {
    InFlight& token = in_flight_[i];
    const Reason reason = BeforeSignature(snapshot, tokens[i], token);
    if (reason != Reason::kUnset) {
      Conclude(reason, token, verdicts[i]);
      continue;
    }
    jobs_.push_back({token.key->key.get(), *token.header.algorithm, token.compact.signing_input,
                     token.signature, SignatureStatus::kUnchecked});
    waiting_.push_back(i);
  }

  verifier_.Verify(jobs_);

  // After the signatures: whatever is published before the verdicts are made up counts, as far as can be.
  const revocation::RevocationReader::Pinned revocations(revocations_);
  for (std::size_t j = 0; j < jobs_.size(); ++j) {
    InFlight& token = in_flight_[waiting_[j]];
    const Reason reason = AfterSignature(jobs_[j].status, revocations, now, token);
    // The one place where a token is accepted: every step before it has returned kUnset.
    Conclude(reason == Reason::kUnset ? Reason::kAccepted : reason, token, verdicts[waiting_[j]]);
  }
}

Reason Pipeline::BeforeSignature(const TrustSnapshot& snapshot, std::string_view bytes, InFlight& token) {
  Reason reason = Split(snapshot, bytes, token);
  if (reason == Reason::kUnset) reason = DecodeSegments(token);
  if (reason == Reason::kUnset) reason = ReadHeader(snapshot, token);
  if (reason == Reason::kUnset && !snapshot.signature_only()) reason = ReadPayload(token);
  if (reason == Reason::kUnset) reason = ChooseIssuer(snapshot, token);
  if (reason == Reason::kUnset) reason = ChooseKey(token);
  return reason;
}

Reason Pipeline::Split(const TrustSnapshot& snapshot, std::string_view bytes, InFlight& token) {
  const std::size_t limit = snapshot.limits().token_bytes;
  token.detail = {{}, static_cast<std::int64_t>(bytes.size()), static_cast<std::int64_t>(limit)};
  return jws::Split(bytes, limit, &token.compact);
}

Reason Pipeline::DecodeSegments(InFlight& token) {
  const std::size_t header_size = base64url::DecodedSize(token.compact.header.size());
  if (header_size > kMaxHeaderBytes) {
    token.detail = {"header", static_cast<std::int64_t>(header_size), kMaxHeaderBytes};
    return Reason::kTooLarge;
  }
  Reason reason = DecodeSegment("header", token.compact.header, token, &token.header_text, &token.detail);
  if (reason != Reason::kUnset) return reason;
  reason = DecodeSegment("payload", token.compact.payload, token, &token.payload, &token.detail);
  if (reason != Reason::kUnset) return reason;
  return DecodeSegment("signature", token.compact.signature, token, &token.signature, &token.detail);
}

Reason Pipeline::DecodeSegment(std::string_view name, std::string_view encoded, const InFlight& token,
                               std::string_view* decoded, Detail* detail) {
  const std::size_t size = base64url::DecodedSize(encoded.size());
  char* const out = arena_.Allocate<char>(size + json::StrictParser::kPadding);
  const std::size_t position = base64url::Decode(encoded, out);
  if (position != base64url::kOk) {
    const auto segment_start = encoded.data() - token.compact.signing_input.data();
    *detail = {name, segment_start + static_cast<std::int64_t>(position)};
    return Reason::kBadBase64url;
  }
  std::memset(out + size, 0, json::StrictParser::kPadding);
  *decoded = {out, size};
  return Reason::kUnset;
}

Reason Pipeline::ReadHeader(const TrustSnapshot& snapshot, InFlight& token) {
  const Reason reason =
      jws::ReadHeader(token.header_text, snapshot.algorithms(), parser_, arena_, &token.header);
  if (reason != Reason::kUnset) token.detail = token.header.detail;
  return reason;
}

Reason Pipeline::ReadPayload(InFlight& token) {
  json::Document document;
  const json::Status status = parser_.Parse(token.payload, arena_, &document);
  token.detail = {"payload", static_cast<std::int64_t>(document.error_offset)};
  if (status == json::Status::kDuplicateName) return Reason::kDuplicateName;
  if (status != json::Status::kOk || document.root.kind != json::Kind::kObject) {
    return Reason::kBadPayloadJson;
  }
  token.claims = std::construct_at(arena_.Allocate<Claims>(1));
  return token.claims->Read(token.payload, document.members, &token.detail.subject);
}

// `iss` is not authentic yet: it only says whose keys and policy to try, and that policy checks it again.
Reason Pipeline::ChooseIssuer(const TrustSnapshot& snapshot, InFlight& token) {
  std::optional<std::string_view> iss;
  if (token.claims != nullptr) iss = token.claims->issuer();
  if (snapshot.issuer_required() && !iss) return Reason::kIssuerMissing;
  token.issuer_index = snapshot.FindIssuer(iss.value_or(std::string_view()));
  if (token.issuer_index == TrustSnapshot::kNoIssuer) {
    token.detail.subject = *iss;
    return Reason::kIssuerUnknown;
  }
  token.issuer = &snapshot.issuer(token.issuer_index);
  const Policy& policy = *token.issuer->policy;
  if (!policy.algorithms().Contains(*token.header.algorithm)) {
    token.detail.subject = AlgorithmName(*token.header.algorithm);
    return Reason::kAlgorithmNotAllowed;
  }
  return token.claims == nullptr ? Reason::kUnset : policy.CheckForm(*token.claims, &token.detail);
}

Reason Pipeline::ChooseKey(InFlight& token) {
  if (token.issuer->keys == nullptr) return Reason::kKeysUnavailable;
  const jwks::KeySet::Choice choice = token.issuer->keys->Choose(
      token.header.has_kid ? &token.header.kid : nullptr, *token.header.algorithm);
  token.key = choice.jwk;
  if (choice.reason == Reason::kKeyNotFound && token.header.has_kid) {
    // Test before set: under a flood of unknown kids the line stays shared.
    std::atomic<bool>& unknown_kid = token.issuer->signals->unknown_kid;
    if (!unknown_kid.load(std::memory_order_relaxed)) unknown_kid.store(true, std::memory_order_relaxed);
  }
  return choice.reason;
}

Reason Pipeline::AfterSignature(SignatureStatus status, const revocation::RevocationReader::Pinned& revocations,
                                std::int64_t now, InFlight& token) {
  switch (status) {
    case SignatureStatus::kValid:
      break;
    case SignatureStatus::kBadLength:
      token.detail = {{}, static_cast<std::int64_t>(token.signature.size()),
                      static_cast<std::int64_t>(token.key->key->signature_bytes())};
      return Reason::kSignatureLength;
    case SignatureStatus::kUnchecked:
    case SignatureStatus::kBad:
      return Reason::kBadSignature;
  }
  if (token.claims == nullptr) return Reason::kUnset;
  Reason reason = token.issuer->policy->Evaluate(token.header, *token.claims, now, arena_, &token.detail);
  // The reasons of authorization, which Evaluate() looks for last, come after those of revocation.
  if (reason == Reason::kUnset || reason == Reason::kInsufficientScope) {
    const Reason revoked = revocations.Check(*token.claims, now, &token.detail);
    if (revoked != Reason::kUnset) reason = revoked;
  }
  // The policy's own strings may be what the detail names, and must not be pointed at from a verdict.
  if (reason != Reason::kUnset) token.detail.subject = arena_.Copy(token.detail.subject);
  return reason;
}

void Pipeline::Conclude(Reason reason, const InFlight& token, Verdict& verdict) {
  verdict.reason_ = reason;
  verdict.algorithm_ = token.header.algorithm;
  verdict.has_kid_ = token.header.has_kid;
  verdict.kid_ = token.header.kid;
  verdict.issuer_index_ = token.issuer_index;
  if (IsAccepted(reason)) {
    verdict.key_thumbprint_ = arena_.Copy(token.key->key->thumbprint());
    verdict.claims_ = token.claims;
  } else {
    verdict.detail_ = token.detail;
  }
}

}  // namespace assay
