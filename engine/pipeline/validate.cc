// The way of a token. Read Run() first: it is the line of the design, for a whole batch.
#include "engine/pipeline/validate.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/base64url/base64url.h"

namespace assay {
namespace {

// Test before set: under a flood of such tokens the line stays shared.
void AskForKeys(IssuerSignals& signals) {
  if (!signals.unknown_kid.load(std::memory_order_relaxed)) signals.unknown_kid.store(true, std::memory_order_relaxed);
}

// How many tokens ahead of its turn a token is fetched: callers' tokens lie anywhere, and the signatures of
// the batch before have driven everything else out of the caches near the core.
constexpr std::size_t kAhead = 4;

// How many tokens have their checks begun at a time after the signatures: what was read of them before, and
// their places in large tables, are far again.
constexpr std::size_t kBegun = 8;

void PrefetchLines(const void* from, std::size_t size) {
  constexpr std::size_t kLine = 64;
  for (std::size_t at = 0; at < size; at += kLine) __builtin_prefetch(static_cast<const char*>(from) + at);
}

}  // namespace

void Pipeline::Run(const TrustSnapshot& snapshot, std::span<const std::string_view> tokens, std::int64_t now,
                   std::span<Verdict> verdicts) {
  ASSAY_CHECK(tokens.size() == verdicts.size());
  // First of all: should memory run out below, no verdict of an earlier batch may stand.
  std::fill(verdicts.begin(), verdicts.end(), Verdict());
  arena_.Reset();
  header_memo_.StartBatch();
  verdict_cache_.StartBatch();
  cache_hits_ = 0;
  in_flight_.resize(tokens.size());
  copied_thumbprint_ = {};
  jobs_.clear();
  waiting_.clear();

  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i + kAhead < tokens.size()) Prefetch(tokens[i + kAhead]);
    InFlight& token = *std::construct_at(&in_flight_[i]);
    if (!Recall(snapshot, tokens[i], now, token)) {
      const Reason reason = BeforeSignature(snapshot, tokens[i], now, token);
      if (reason != Reason::kUnset) {
        Conclude(reason, token, verdicts[i]);
        continue;
      }
      if (token.memo == nullptr) header_memo_.RememberUnproven(token.compact.header, token.header);
      token.job = jobs_.size();
      SignatureJob& job = jobs_.emplace_back();  // filled in place: see ReadDate() in claims.cc
      job.key = token.key->key.get();
      job.algorithm = *token.header.algorithm;
      job.signing_input = token.compact.signing_input;
      job.signature = token.signature;
    }
    if (token.claims != nullptr && revocations_.in_use()) token.revocation = revocations_.MakeLookup(*token.claims);
    waiting_.push_back(i);
  }

  verifier_.Verify(jobs_);

  // After the signatures: what is published until here counts, for tokens that are remembered as well.
  const revocation::RevocationReader::Pinned revocations(revocations_);
  std::size_t begun = 0;
  for (std::size_t at = 0; at < waiting_.size(); ++at) {
    for (; begun < std::min(at + kBegun, waiting_.size()); ++begun) {
      BeginChecks(revocations, in_flight_[waiting_[begun]]);
    }
    const std::size_t i = waiting_[at];
    InFlight& token = in_flight_[i];
    const bool recalled = token.remembered != nullptr;
    Reason reason = recalled ? Reason::kUnset : AfterSignature(jobs_[token.job].status, now, token);
    reason = AfterRevocation(reason, revocations, now, token);
    // The one place where a token is accepted: every step before it has returned kUnset.
    Conclude(reason == Reason::kUnset ? Reason::kAccepted : reason, token, verdicts[i]);
    if (reason == Reason::kUnset && !recalled) Remember(token, verdicts[i]);
  }
}

void Pipeline::Prefetch(std::string_view bytes) const {
  constexpr std::size_t kMost = 2048;  // more would drive out what it brings
  verdict_cache_.Prefetch(bytes);
  PrefetchLines(bytes.data(), std::min(bytes.size(), kMost));
}

bool Pipeline::Recall(const TrustSnapshot& snapshot, std::string_view bytes, std::int64_t now, InFlight& token) {
  const AcceptedToken* const known = verdict_cache_.Find(bytes);
  if (known == nullptr) return false;
  // The index means the issuer that it meant for as long as the generations are the same.
  if (static_cast<std::size_t>(known->issuer_index) >= snapshot.issuer_count()) return false;
  const IssuerTrust& issuer = snapshot.issuer(known->issuer_index);
  if (issuer.key_generation != known->key_generation || issuer.policy_generation != known->policy_generation) {
    return false;
  }
  // What time has ended goes the whole way, which gives the reason.
  if (now > issuer.keys_valid_through) return false;
  Detail unused;
  if (issuer.policy->CheckTimes(*known->claims, now, &unused) != Reason::kUnset) return false;
  token.remembered = known;
  token.header.algorithm = known->algorithm;
  token.header.has_kid = known->has_kid;
  token.header.kid = known->kid;
  token.claims = known->claims;
  token.issuer = &issuer;
  token.issuer_index = known->issuer_index;
  ++cache_hits_;
  return true;
}

void Pipeline::Remember(const InFlight& token, const Verdict& verdict) {
  if (token.memo == nullptr || !token.memo->authentic()) header_memo_.Remember(token.compact.header, token.header);
  const std::string_view bytes(token.compact.header.data(),
                               token.compact.signing_input.size() + 1 + token.compact.signature.size());
  verdict_cache_.Offer({bytes, verdict.claims(), verdict.kid(), verdict.key_thumbprint(), verdict.has_kid(),
                        *token.header.algorithm, token.issuer_index, token.issuer->policy_generation,
                        token.issuer->key_generation});
}

Reason Pipeline::BeforeSignature(const TrustSnapshot& snapshot, std::string_view bytes, std::int64_t now,
                                 InFlight& token) {
  Reason reason = Split(snapshot, bytes, token);
  if (reason == Reason::kUnset) reason = DecodeSegments(snapshot, token);
  if (reason == Reason::kUnset) reason = ReadHeader(snapshot, token);
  if (reason == Reason::kUnset && !snapshot.signature_only()) reason = ReadPayload(token);
  if (reason == Reason::kUnset) reason = ChooseIssuer(snapshot, token);
  if (reason == Reason::kUnset) reason = ChooseKey(snapshot, now, token);
  return reason;
}

Reason Pipeline::Split(const TrustSnapshot& snapshot, std::string_view bytes, InFlight& token) {
  const std::size_t limit = snapshot.limits().token_bytes;
  token.detail = {{}, static_cast<std::int64_t>(bytes.size()), static_cast<std::int64_t>(limit)};
  return jws::Split(bytes, limit, &token.compact);
}

Reason Pipeline::DecodeSegments(const TrustSnapshot& snapshot, InFlight& token) {
  Reason reason = KnowsHeader(snapshot, token) ? Reason::kUnset : DecodeHeader(token);
  if (reason != Reason::kUnset) return reason;
  reason = DecodeSegment("payload", token.compact.payload, token, &token.payload, &token.detail);
  if (reason != Reason::kUnset) return reason;
  return DecodeSegment("signature", token.compact.signature, token, &token.signature, &token.detail);
}

bool Pipeline::KnowsHeader(const TrustSnapshot& snapshot, InFlight& token) {
  HeaderMemo::Entry* const entry = header_memo_.Find(token.compact.header);
  if (entry == nullptr || !snapshot.algorithms().Contains(*entry->header.algorithm)) return false;
  token.memo = entry;
  return true;
}

Reason Pipeline::DecodeHeader(InFlight& token) {
  const std::size_t header_size = base64url::DecodedSize(token.compact.header.size());
  if (header_size > kMaxHeaderBytes) {
    token.detail = {"header", static_cast<std::int64_t>(header_size), kMaxHeaderBytes};
    return Reason::kTooLarge;
  }
  return DecodeSegment("header", token.compact.header, token, &token.header_text, &token.detail);
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
  if (token.memo != nullptr) {
    token.header = token.memo->header;
    return Reason::kUnset;
  }
  const Reason reason = jws::ReadHeader(token.header_text, snapshot.algorithms(), parser_, arena_, &token.header);
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
  Claims* const claims = std::construct_at(arena_.Allocate<Claims>(1));
  token.claims = claims;
  return claims->Read(token.payload, document.members, &token.detail.subject);
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

Reason Pipeline::ChooseKey(const TrustSnapshot& snapshot, std::int64_t now, InFlight& token) {
  const jwks::KeySet* const keys = snapshot.keys(token.issuer_index);
  if (keys == nullptr) return Reason::kKeysUnavailable;
  if (now > token.issuer->keys_valid_through) {
    AskForKeys(*token.issuer->signals);
    return Reason::kKeysUnavailable;
  }
  HeaderMemo::Entry* const memo = token.memo;
  if (memo != nullptr && memo->key_set == keys->id()) {
    token.key = &keys->keys()[memo->key_position];
    return Reason::kUnset;
  }
  const jwks::KeySet::Choice choice =
      keys->Choose(token.header.has_kid ? &token.header.kid : nullptr, *token.header.algorithm);
  token.key = choice.jwk;
  if (memo != nullptr && token.key != nullptr) {
    memo->key_position = static_cast<std::size_t>(token.key - keys->keys().data());
    memo->key_set = keys->id();
  }
  if (choice.reason == Reason::kKeyNotFound && token.header.has_kid) AskForKeys(*token.issuer->signals);
  return choice.reason;
}

Reason Pipeline::AfterSignature(SignatureStatus status, std::int64_t now, InFlight& token) {
  switch (status) {
    case SignatureStatus::kValid:
      break;
    case SignatureStatus::kBadLength:
      token.detail = {{},
                      static_cast<std::int64_t>(token.signature.size()),
                      static_cast<std::int64_t>(token.key->key->signature_bytes())};
      return Reason::kSignatureLength;
    case SignatureStatus::kUnchecked:
    case SignatureStatus::kBad:
      return Reason::kBadSignature;
  }
  if (token.claims == nullptr) return Reason::kUnset;
  const Reason reason = token.issuer->policy->Evaluate(token.header, *token.claims, now, arena_, &token.detail);
  // The policy's own strings may be what the detail names, and must not be pointed at from a verdict.
  if (reason != Reason::kUnset) token.detail.subject = arena_.Copy(token.detail.subject);
  return reason;
}

void Pipeline::BeginChecks(const revocation::RevocationReader::Pinned& revocations, InFlight& token) {
  if (token.claims == nullptr) return;
  PrefetchLines(token.claims, sizeof(*token.claims));
  if (revocations.in_use()) revocations.Begin(*token.claims, &token.revocation);
}

Reason Pipeline::AfterRevocation(Reason reason, const revocation::RevocationReader::Pinned& revocations,
                                 std::int64_t now, InFlight& token) {
  // The reasons of authorization, which the policy looks for last, come after those of revocation.
  if (token.claims == nullptr || (reason != Reason::kUnset && reason != Reason::kInsufficientScope)) return reason;
  const Reason revoked = revocations.Check(token.revocation, *token.claims, now, &token.detail);
  return revoked == Reason::kUnset ? reason : revoked;
}

// One copy serves the tokens of a key that follow each other.
std::string_view Pipeline::Thumbprint(const PublicKey& key) {
  if (copied_thumbprint_.key != &key) copied_thumbprint_ = {&key, arena_.Copy(key.thumbprint())};
  return copied_thumbprint_.text;
}

void Pipeline::Conclude(Reason reason, const InFlight& token, Verdict& verdict) {
  verdict.reason_ = reason;
  verdict.algorithm_ = token.header.algorithm;
  verdict.has_kid_ = token.header.has_kid;
  verdict.kid_ = token.header.kid;
  verdict.issuer_index_ = token.issuer_index;
  if (IsAccepted(reason)) {
    verdict.key_thumbprint_ =
        token.remembered != nullptr ? token.remembered->key_thumbprint : Thumbprint(*token.key->key);
    verdict.scope_claim_ = token.issuer->policy->config().scope_claim;
    verdict.claims_ = token.claims;
  } else {
    verdict.detail_ = token.detail;
  }
}

}  // namespace assay
