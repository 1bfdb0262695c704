// The way of a token. Read Run() first: it is the line of the design, for a whole batch.
#include "engine/pipeline/validate.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/base64url/base64url.h"

namespace assay {
namespace {

// The prefetch distance in tokens: the signatures of the batch before have evicted everything from L1 and L2.
constexpr std::size_t kPrefetchDistance = 4;

}  // namespace

void Pipeline::Run(const TrustSnapshot& snapshot, std::span<const std::string_view> tokens, std::int64_t now,
                   std::span<Verdict> verdicts) {
  ASSAY_CHECK(tokens.size() == verdicts.size());
  // First of all: should memory run out below, no verdict of an earlier batch may stand.
  std::fill(verdicts.begin(), verdicts.end(), Verdict());
  StartBatch(snapshot.limits(), tokens.size());

  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i + kPrefetchDistance < tokens.size()) Prefetch(tokens[i + kPrefetchDistance]);
    InFlight& token = *std::construct_at(&in_flight_[i]);
    if (!RecallVerdict(snapshot, tokens[i], now, token)) {
      const Reason reason = BeforeSignature(snapshot, tokens[i], now, token);
      if (reason != Reason::kUnset) {
        Reject(reason, token, verdicts[i]);
        continue;
      }
    }
    if (token.claims != nullptr) AskForRevocations(token);
    waiting_.push_back(i);
  }

  verifier_.Verify(jobs_);
  revocations_.Resolve(now);  // what is published until here counts, for remembered tokens as well

  for (const std::size_t i : waiting_) {
    InFlight& token = in_flight_[i];
    const Reason reason = AfterSignature(now, token);
    if (reason != Reason::kUnset) {
      Reject(reason, token, verdicts[i]);
      if (IsReportOnly(reason, now, token)) {
        verdicts[i].report_only_ = true;
        verdicts[i].issuer_ = token.issuer_name;
      }
      continue;
    }
    Accept(token, verdicts[i]);
    if (const auto* const fresh = std::get_if<FreshToken>(&token.way)) LearnVerdict(token, *fresh, verdicts[i]);
  }
  revocations_.Finish();
}

void Pipeline::StartBatch(const Limits& limits, std::size_t tokens) {
  most_members_ = limits.object_members;
  parser_.LimitMembers(most_members_);
  arena_.Reset();
  header_memo_.StartBatch();
  verdict_cache_.StartBatch();
  revocations_.Start();
  cache_hits_ = 0;
  in_flight_.resize(tokens);
  copied_thumbprint_ = {};
  jobs_.clear();
  waiting_.clear();
}

void Pipeline::Prefetch(std::string_view bytes) const {
  constexpr std::size_t kMost = 2048;  // more would evict what it fetches
  verdict_cache_.Prefetch(bytes);
  PrefetchLines(bytes.data(), std::min(bytes.size(), kMost));
}

bool Pipeline::RecallVerdict(const TrustSnapshot& snapshot, std::string_view bytes, std::int64_t now, InFlight& token) {
  const AcceptedToken* const known = verdict_cache_.Recall(bytes);
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
  token.header.algorithm = known->algorithm;
  token.header.has_kid = known->has_kid;
  token.header.kid = known->kid;
  token.claims = known->claims;
  token.issuer = &issuer;
  token.issuer_index = known->issuer_index;
  if (NameClaims({*token.claims, arena_, &claim_hints_}, token) != Reason::kUnset) {
    std::construct_at(&token);  // as it was: it goes the whole way
    return false;
  }
  token.way = RememberedToken{known->key_thumbprint};
  ++cache_hits_;
  return true;
}

void Pipeline::LearnVerdict(const InFlight& token, const FreshToken& fresh, const Verdict& verdict) {
  LearnHeader(token, fresh, HeaderMemo::Proof::kAuthentic);
  if (!fresh.key->IsAlwaysValid()) return;  // a recalled token is not asked when its key's certificate ends
  const std::string_view bytes(fresh.compact.header.data(),
                               fresh.compact.signing_input.size() + 1 + fresh.compact.signature.size());
  verdict_cache_.Learn({bytes, verdict.claims(), verdict.kid(), verdict.key_thumbprint(), verdict.has_kid(),
                        *token.header.algorithm, token.issuer_index, token.issuer->policy_generation,
                        token.issuer->key_generation});
}

bool Pipeline::RecallHeader(const TrustSnapshot& snapshot, FreshToken& fresh) {
  const HeaderMemo::Entry* const entry = header_memo_.Recall(fresh.compact.header);
  if (entry == nullptr || !snapshot.algorithms().Contains(*entry->header().algorithm)) return false;
  fresh.header = KnownHeader{entry};
  return true;
}

void Pipeline::LearnHeader(const InFlight& token, const FreshToken& fresh, HeaderMemo::Proof proof) {
  const auto* const known = std::get_if<KnownHeader>(&fresh.header);
  if (known != nullptr && known->entry->Knows(fresh.key_place, proof)) return;
  header_memo_.Learn(fresh.compact.header, token.header, fresh.key_place, proof);
}

Reason Pipeline::BeforeSignature(const TrustSnapshot& snapshot, std::string_view bytes, std::int64_t now,
                                 InFlight& token) {
  FreshToken& fresh = *std::get_if<FreshToken>(&token.way);
  Reason reason = Split(snapshot, bytes, token, fresh);
  if (reason == Reason::kUnset) reason = DecodeSegments(snapshot, token, fresh);
  if (reason == Reason::kUnset) reason = ReadHeader(snapshot, token, fresh);
  if (reason == Reason::kUnset && !snapshot.signature_only()) reason = ReadPayload(token, fresh);
  if (reason == Reason::kUnset) reason = ChooseIssuer(snapshot, token);
  if (reason == Reason::kUnset) reason = ChooseKey(snapshot, now, token, fresh);
  return reason;
}

Reason Pipeline::Split(const TrustSnapshot& snapshot, std::string_view bytes, InFlight& token, FreshToken& fresh) {
  const std::size_t limit = snapshot.limits().token_bytes;
  token.detail = Detail::Size({}, bytes.size(), limit);
  return jws::Split(bytes, limit, &fresh.compact);
}

Reason Pipeline::DecodeSegments(const TrustSnapshot& snapshot, InFlight& token, FreshToken& fresh) {
  const jws::Compact& compact = fresh.compact;
  Reason reason = Reason::kUnset;
  if (!RecallHeader(snapshot, fresh)) {
    const std::size_t header_size = base64url::DecodedSize(compact.header.size());
    if (header_size > kMaxHeaderBytes) {
      token.detail = Detail::Size("header", header_size, kMaxHeaderBytes);
      return Reason::kTooLarge;
    }
    HeaderText& header = fresh.header.emplace<HeaderText>();
    reason = DecodeSegment("header", compact.header, 0, &header.text, &token.detail);
  }
  const std::size_t payload_at = compact.header.size() + 1, signature_at = compact.signing_input.size() + 1;
  if (reason == Reason::kUnset) {
    reason = DecodeSegment("payload", compact.payload, payload_at, &fresh.payload, &token.detail);
  }
  if (reason == Reason::kUnset) {
    reason = DecodeSegment("signature", compact.signature, signature_at, &fresh.signature, &token.detail);
  }
  return reason;
}

Reason Pipeline::DecodeSegment(std::string_view name, std::string_view encoded, std::size_t offset,
                               std::string_view* decoded, Detail* detail) {
  const std::size_t size = base64url::DecodedSize(encoded.size());
  char* const out = arena_.Allocate<char>(size + json::StrictParser::kPadding);
  const std::size_t position = base64url::Decode(encoded, out);
  if (position != base64url::kOk) {
    *detail = Detail::At(name, offset + position);
    return Reason::kBadBase64url;
  }
  std::memset(out + size, 0, json::StrictParser::kPadding);
  *decoded = {out, size};
  return Reason::kUnset;
}

Reason Pipeline::ReadHeader(const TrustSnapshot& snapshot, InFlight& token, const FreshToken& fresh) {
  if (const auto* const known = std::get_if<KnownHeader>(&fresh.header)) {
    token.header = known->entry->header();
    return Reason::kUnset;
  }
  const std::string_view text = std::get_if<HeaderText>(&fresh.header)->text;
  const Reason reason = jws::ReadHeader(text, snapshot.algorithms(), parser_, arena_, &token.header);
  if (reason != Reason::kUnset) token.detail = token.header.detail;
  return reason;
}

Reason Pipeline::ReadPayload(InFlight& token, const FreshToken& fresh) {
  json::Document document;
  const json::Status status = parser_.Parse(fresh.payload, arena_, &document);
  token.detail = Detail::At("payload", document.error_offset);
  if (status == json::Status::kDuplicateName) return Reason::kDuplicateName;
  if (status == json::Status::kTooManyMembers) {
    token.detail = {document.too_large, 0, static_cast<std::int64_t>(most_members_)};
    return Reason::kBadPayloadJson;
  }
  if (status != json::Status::kOk || document.root.kind != json::Kind::kObject) {
    if (document.is_too_deep) token.detail.wanted = kLessNesting;
    return Reason::kBadPayloadJson;
  }
  Claims* const claims = std::construct_at(arena_.Allocate<Claims>(1));
  token.claims = claims;
  token.detail = {};
  const Reason reason = claims->Read(fresh.payload, document.members, &token.detail.subject);
  if (reason == Reason::kBadClaimType) token.detail.found = claims->Find(token.detail.subject)->raw;
  return reason;
}

Reason Pipeline::AfterSignature(std::int64_t now, InFlight& token) {
  Reason reason = Reason::kUnset;
  if (auto* const fresh = std::get_if<FreshToken>(&token.way)) {
    reason = CheckSignature(token, *fresh);
    if (reason == Reason::kUnset) reason = CheckPolicy(now, token);
    if (reason == Reason::kUnset || reason == Reason::kInsufficientScope) {
      const Reason header = CheckHeaderRules(token, *fresh);
      if (header != Reason::kUnset) return header;
    }
  }
  // The reasons of authorization, which the policy looks for last, come after those of revocation.
  if (reason != Reason::kUnset && reason != Reason::kInsufficientScope) return reason;
  const Reason revoked = CheckRevocation(token);
  return revoked == Reason::kUnset ? reason : revoked;
}

Reason Pipeline::CheckSignature(InFlight& token, FreshToken& fresh) const {
  for (std::size_t i = 0; i < fresh.tried.size(); ++i) {
    if (jobs_[fresh.job + i].status != SignatureStatus::kValid) continue;
    fresh.key = fresh.tried[i];
    return Reason::kUnset;
  }
  if (fresh.tried.empty()) {
    const SignatureStatus status = jobs_[fresh.job].status;
    if (status == SignatureStatus::kValid) return Reason::kUnset;
    if (status == SignatureStatus::kBadLength) {
      token.detail = Detail::Size({}, fresh.signature.size(), fresh.key->key->signature_bytes());
      return Reason::kSignatureLength;
    }
  }
  token.detail = {};
  token.detail.found = fresh.compact.header;  // which may say why no one else can verify the token
  return Reason::kBadSignature;
}

Reason Pipeline::CheckPolicy(std::int64_t now, InFlight& token) {
  if (token.claims == nullptr) return Reason::kUnset;
  const Policy& policy = *token.issuer->policy;
  const Reason reason =
      policy.Evaluate(token.header, {*token.claims, arena_, &claim_hints_}, token.named, now, &token.detail);
  if (reason != Reason::kUnset) OwnDetail(token);
  AddLeeway(reason, token);
  return reason;
}

// OwnDetail: the policy's own strings may be what the detail names, and must not be pointed at from a verdict.
void Pipeline::OwnDetail(InFlight& token) {
  token.detail.subject = arena_.Copy(token.detail.subject);
  token.detail.wanted = arena_.Copy(token.detail.wanted);
}

// AskForRevocations: of an issuer with several spellings under each, whichever the token has.
void Pipeline::AskForRevocations(InFlight& token) {
  const IssuerNames& names = token.issuer->policy->names();
  const Identity* const identity = token.named.identity;
  if (!names.has_canonical_spelling()) {
    token.revocation = revocations_.Add(*token.claims, token.issuer_name, identity);
    return;
  }
  token.revocation = revocations_.Add(*token.claims, names.all().front(), identity);
  for (const std::string& name : std::span(names.all()).subspan(1)) revocations_.Add(*token.claims, name, identity);
}

Reason Pipeline::CheckRevocation(InFlight& token) {
  if (token.claims == nullptr) return Reason::kUnset;
  if (revocations_.any_key_revoked() && IsKeyRevoked(token)) {
    token.detail = {"key"};
    return Reason::kRevoked;
  }
  return LookUpRevocation(token);
}

// LookUpRevocation: by what the token says.
Reason Pipeline::LookUpRevocation(InFlight& token) {
  const IssuerNames& names = token.issuer->policy->names();
  const std::size_t spellings = names.has_canonical_spelling() ? names.all().size() : 1;
  Reason reason = Reason::kUnset;
  for (std::size_t i = 0; i < spellings && reason == Reason::kUnset; ++i) {
    reason = revocations_.ReasonOf(token.revocation + i, &token.detail);
  }
  return reason;
}

bool Pipeline::IsKeyRevoked(const InFlight& token) {
  const auto* const fresh = std::get_if<FreshToken>(&token.way);
  return revocations_.IsKeyRevoked(
      token.issuer->policy->names().all(), token.issuer->policy_generation, *token.issuer->keys,
      fresh != nullptr ? fresh->key->key->thumbprint() : std::get_if<RememberedToken>(&token.way)->key_thumbprint);
}

// One copy serves the tokens of a key that follow each other.
std::string_view Pipeline::Thumbprint(const PublicKey& key) {
  if (copied_thumbprint_.key != &key) copied_thumbprint_ = {&key, arena_.Copy(key.thumbprint())};
  return copied_thumbprint_.text;
}

// IsReportOnly: whether the host may let the token pass although AfterSignature() has refused it, which looks for
// revocations only where the policy holds.
bool Pipeline::IsReportOnly(Reason reason, std::int64_t now, InFlight& token) {
  if (token.claims == nullptr) return false;
  const ClaimReader claims(*token.claims, arena_, &claim_hints_);
  return token.issuer->policy->MayBeReported(reason, token.header, claims, now) &&
         CheckRevocation(token) == Reason::kUnset;
}

void Pipeline::Conclude(Reason reason, const InFlight& token, Verdict& verdict) {
  verdict.reason_ = reason;
  verdict.algorithm_ = token.header.algorithm;
  verdict.has_kid_ = token.header.has_kid;
  verdict.kid_ = token.header.kid;
  verdict.issuer_index_ = token.issuer_index;
}

// The one place where a token is accepted: every step before it has returned kUnset.
void Pipeline::Accept(const InFlight& token, Verdict& verdict) {
  Conclude(Reason::kAccepted, token, verdict);
  const auto* const fresh = std::get_if<FreshToken>(&token.way);
  verdict.key_thumbprint_ =
      fresh != nullptr ? Thumbprint(*fresh->key->key) : std::get_if<RememberedToken>(&token.way)->key_thumbprint;
  verdict.scopes_ = token.named.scopes;
  verdict.identity_ = token.named.identity;
  verdict.issuer_ = token.issuer_name;
  verdict.claims_ = token.claims;
}

void Pipeline::Reject(Reason reason, const InFlight& token, Verdict& verdict) {
  Conclude(reason, token, verdict);
  verdict.detail_ = token.detail;
}

}  // namespace assay
