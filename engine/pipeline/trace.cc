// The way of one token, walked to its end for people: Run()'s steps, without stopping at the first that fails.
#include "engine/pipeline/trace.h"

#include <algorithm>
#include <memory>
#include <span>

#include "engine/pipeline/validate.h"
#include "engine/policy/checks.h"

namespace assay {
namespace {

// FailedAt: which of the header's checks a reason of jws::ReadHeader() is of.
TokenCheck FailedAt(Reason reason) {
  switch (reason) {
    case Reason::kAlgorithmMissing:
    case Reason::kAlgorithmNone:
    case Reason::kAlgorithmUnknown:
    case Reason::kAlgorithmNotAllowed:
      return TokenCheck::kAlgorithm;
    case Reason::kCriticalHeader:
    case Reason::kUnencodedPayload:
    case Reason::kKidTooLong:
      return TokenCheck::kExtensions;
    default:
      return TokenCheck::kHeader;
  }
}

}  // namespace

void Pipeline::Trace(const TrustSnapshot& snapshot, std::string_view bytes, std::int64_t now, TokenTrace* trace) {
  *trace = {};
  StartBatch(snapshot.limits(), 1);
  InFlight& token = *std::construct_at(&in_flight_.front());
  FreshToken& fresh = *std::get_if<FreshToken>(&token.way);
  Reason reason = Split(snapshot, bytes, token, fresh);
  if (reason == Reason::kUnset) reason = DecodeSegments(snapshot, token, fresh);
  Record(TokenCheck::kInput, reason, token, trace);
  if (reason != Reason::kUnset) return;
  TraceHeader(snapshot, token, fresh, trace);
  if (!snapshot.signature_only()) {
    reason = ReadPayload(token, fresh);
    Record(TokenCheck::kPayload, reason, token, trace);
    if (reason != Reason::kUnset) return;
    trace->claims = token.claims;
  }
  TraceIssuer(snapshot, token, trace);
  if (token.issuer == nullptr) return;
  if (trace->forms_read) AskForRevocations(token);
  TraceSignature(snapshot, now, token, fresh, trace);
  if (token.claims != nullptr) TracePolicy(now, token, fresh, trace);
}

void Pipeline::Record(TokenCheck check, Reason reason, const InFlight& token, TokenTrace* trace, std::size_t item) {
  TraceStep& step = trace->steps.emplace_back(TraceStep{check, reason, {}, {}, {}, item});
  if (reason == Reason::kUnset) return;
  Verdict verdict;
  Reject(reason, token, verdict);
  step.detail = verdict.Detail();
  step.subject = token.detail.subject;
  step.found = token.detail.found;
}

void Pipeline::TraceHeader(const TrustSnapshot& snapshot, InFlight& token, const FreshToken& fresh, TokenTrace* trace) {
  const Reason reason = ReadHeader(snapshot, token, fresh);
  const TokenCheck failed = FailedAt(reason);
  for (const TokenCheck check : {TokenCheck::kHeader, TokenCheck::kAlgorithm, TokenCheck::kExtensions}) {
    const bool here = reason != Reason::kUnset && check == failed;
    Record(check, here ? reason : Reason::kUnset, token, trace);
    if (here) break;
  }
  trace->header_read = reason == Reason::kUnset || failed != TokenCheck::kHeader;
  trace->algorithm_allowed = reason == Reason::kUnset;
  trace->header = token.header;
}

void Pipeline::TraceIssuer(const TrustSnapshot& snapshot, InFlight& token, TokenTrace* trace) {
  token.detail = {};
  Record(TokenCheck::kIssuer, FindIssuer(snapshot, token), token, trace);
  if (token.issuer == nullptr) return;
  trace->policy = token.issuer->policy;
  trace->keys = token.issuer->keys;
  if (trace->algorithm_allowed) {
    const Reason reason = CheckAlgorithm(token);
    Record(TokenCheck::kIssuerAlgorithm, reason, token, trace);
    trace->algorithm_allowed = reason == Reason::kUnset;
  }
  if (token.claims == nullptr) return;
  const Reason reason = NameClaims({*token.claims, arena_}, token);
  Record(TokenCheck::kClaimForms, reason, token, trace);
  trace->forms_read = reason == Reason::kUnset;
  trace->named = token.named;
}

void Pipeline::TraceSignature(const TrustSnapshot& snapshot, std::int64_t now, InFlight& token, FreshToken& fresh,
                              TokenTrace* trace) {
  Reason reason = Reason::kUnset;
  if (trace->algorithm_allowed) {
    reason = ChooseKey(snapshot, now, token, fresh);
    Record(TokenCheck::kKey, reason, token, trace);
  }
  verifier_.Verify(jobs_);
  revocations_.Resolve(now);
  trace->keys_tried = fresh.tried.size();
  if (!trace->algorithm_allowed || reason != Reason::kUnset) return;
  reason = CheckSignature(token, fresh);
  Record(TokenCheck::kSignature, reason, token, trace);
  trace->authentic = reason == Reason::kUnset;
}

void Pipeline::TracePolicy(std::int64_t now, InFlight& token, const FreshToken& fresh, TokenTrace* trace) {
  const Policy& policy = *token.issuer->policy;
  const PolicyConfig& config = policy.config();
  const Claims& claims = *token.claims;
  const ClaimReader reader(claims, arena_);
  token.detail = {};
  Detail* const detail = &token.detail;
  const auto record = [&](TokenCheck check, Reason reason) {
    AddLeeway(reason, token);
    Record(check, reason, token, trace);
  };
  record(TokenCheck::kIssuerClaim, policy.CheckIssuer(claims, detail));
  record(TokenCheck::kExpiry, CheckExpiry(config, claims, now, detail));
  record(TokenCheck::kNotBefore, CheckNotBefore(config, claims, now, detail));
  record(TokenCheck::kAge, CheckAge(config, claims, now, detail));
  record(TokenCheck::kAudience, policy.CheckIntended(reader, detail));
  if (trace->header_read) record(TokenCheck::kType, policy.CheckTokenType(token.header, detail));
  TraceClaimRules(token, trace);
  record(TokenCheck::kConfirmation, CheckConfirmation(config.accept_confirmation, reader, detail));
  if (trace->header_read) TraceHeaderRules(token, fresh, trace);
  if (trace->forms_read) {
    record(TokenCheck::kRevocation, trace->authentic ? CheckRevocation(token) : LookUpRevocation(token));
    record(TokenCheck::kScopes, policy.CheckScopes(reader, token.named, detail));
  }
  revocations_.Finish();
}

// TraceClaimRules: each rule by itself. A claim that is missing goes before one that has another value, so the one that
// all rules together name comes first.
void Pipeline::TraceClaimRules(InFlight& token, TokenTrace* trace) {
  const PolicyConfig& config = token.issuer->policy->config();
  const ClaimReader reader(*token.claims, arena_);
  const std::size_t first = trace->steps.size();
  std::size_t item = 0;
  const auto check = [&](const PolicyConfig& one) {
    const Reason reason = ClaimRules(one).Check(reader, &token.detail);
    Record(TokenCheck::kClaim, reason, token, trace, item++);
  };
  for (const RequiredClaim& required : config.required_claims) {
    PolicyConfig one;
    one.required_claims = {required};
    check(one);
  }
  for (const ClaimRule& rule : config.claim_rules) {
    PolicyConfig one;
    one.claim_rules = {rule};
    check(one);
  }
  const Reason reason = ClaimRules(config).Check(reader, &token.detail);
  if (reason == Reason::kUnset) return;
  Verdict verdict;
  Reject(reason, token, verdict);
  const auto begin = trace->steps.begin() + static_cast<std::ptrdiff_t>(first);
  const auto cause = std::find_if(begin, trace->steps.end(), [&](const TraceStep& step) {
    return step.reason == reason && step.detail == verdict.Detail();
  });
  if (cause != trace->steps.end()) std::rotate(begin, cause, cause + 1);
}

void Pipeline::TraceHeaderRules(InFlight& token, const FreshToken& fresh, TokenTrace* trace) {
  const std::vector<HeaderRule>& rules = token.issuer->policy->config().header_rules;
  std::span<const json::Member> members;
  if (rules.empty() || ParseHeader(token, fresh, &members) != Reason::kUnset) return;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::vector<HeaderRule> one = {rules[i]};
    Record(TokenCheck::kHeaderRule, assay::CheckHeaderRules(one, members, &token.detail), token, trace, i);
  }
}

}  // namespace assay
