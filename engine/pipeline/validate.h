// Pipeline: the way of a batch of tokens, from bytes to verdicts. One per worker; not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/json/strict.h"
#include "engine/pipeline/header_memo.h"
#include "engine/pipeline/in_flight.h"
#include "engine/pipeline/trace.h"
#include "engine/pipeline/trust_snapshot.h"
#include "engine/pipeline/verdict.h"
#include "engine/pipeline/verdict_cache.h"
#include "engine/revocation/batch.h"
#include "engine/verify/batch.h"

namespace assay {

class Pipeline {
 public:
  // Pipeline: `kernel` is one that ChooseKernel() gave. Without a store of revocations nothing is revoked.
  Pipeline(const Kernel& kernel, std::size_t verdict_cache_bytes, revocation::RevocationStore* revocations = nullptr)
      : verdict_cache_(verdict_cache_bytes), verifier_(kernel), revocations_(revocations) {}

  // Run fills in one verdict per token. What the verdicts point to lives until the next Run(); nothing in
  // them points into `snapshot`. Allocates only to grow to a larger batch than it has seen, for rules that it sees for
  // the first time (RuleMemo), and in BoringSSL for algorithms without a kernel. Throws nothing but std::bad_alloc; no
  // verdict of it may be used then, and the next Run() is as good as any. Requires tokens.size() == verdicts.size().
  void Run(const TrustSnapshot& snapshot, std::span<const std::string_view> tokens, std::int64_t now,
           std::span<Verdict> verdicts);

  // Trace walks the way of one token for people: it takes every step that can be taken, also behind the first that the
  // token fails at, and gives no verdict. It is Run()'s own steps in Run()'s order, so that the first that fails is
  // what the verdict names. What `trace` points to lives until the next Run() or Trace(). Allocates.
  void Trace(const TrustSnapshot& snapshot, std::string_view bytes, std::int64_t now, TokenTrace* trace);

  // cache_hits counts the tokens of the last Run() that the verdict cache knew.
  std::size_t cache_hits() const { return cache_hits_; }

 private:
  void StartBatch(const Limits& limits, std::size_t tokens);

  // BeforeSignature to CheckRevocation: the steps, in order. Each gives kUnset to go on, or the reason to stop.
  Reason BeforeSignature(const TrustSnapshot& snapshot, std::string_view bytes, std::int64_t now, InFlight& token);
  Reason Split(const TrustSnapshot& snapshot, std::string_view bytes, InFlight& token, FreshToken& fresh);
  Reason DecodeSegments(const TrustSnapshot& snapshot, InFlight& token, FreshToken& fresh);
  Reason ReadHeader(const TrustSnapshot& snapshot, InFlight& token, const FreshToken& fresh);
  Reason ReadPayload(InFlight& token, const FreshToken& fresh);
  Reason ChooseIssuer(const TrustSnapshot& snapshot, InFlight& token);
  Reason FindIssuer(const TrustSnapshot& snapshot, InFlight& token);
  Reason IssuerUnknown(const TrustSnapshot& snapshot, std::string_view iss, InFlight& token);
  Reason IssuerMissing(const TrustSnapshot& snapshot, std::optional<std::string_view> sub, InFlight& token);
  void SetWantedIssuers(const TrustSnapshot& snapshot, const IssuerDirectory::Kind& kind, InFlight& token);
  static Reason CheckAlgorithm(InFlight& token);
  Reason ChooseKey(const TrustSnapshot& snapshot, std::int64_t now, InFlight& token, FreshToken& fresh);
  Reason ChooseByHeader(const jwks::KeySet& keys, std::int64_t now, InFlight& token, FreshToken& fresh);
  Reason CheckKeyBinding(InFlight& token, const jwks::Jwk& key, std::int64_t now);
  Reason Unusable(std::string_view why, InFlight& token);
  std::string_view KidsOf(const jwks::KeySet& keys, std::string_view before);
  static Reason NoneFits(const jwks::KeySet& keys, InFlight& token);
  Reason TryKeys(const jwks::KeySet& keys, std::int64_t now, InFlight& token, FreshToken& fresh);
  void QueueSignature(const InFlight& token, const jwks::Jwk& key, const FreshToken& fresh);
  Reason AfterSignature(std::int64_t now, InFlight& token);
  Reason CheckSignature(InFlight& token, FreshToken& fresh) const;
  Reason CheckPolicy(std::int64_t now, InFlight& token);
  Reason CheckHeaderRules(InFlight& token, const FreshToken& fresh);
  Reason ParseHeader(InFlight& token, const FreshToken& fresh, std::span<const json::Member>* members);

  // Record to TraceHeaderRules: the parts of Trace(). Record() adds what one step gave.
  static void Record(TokenCheck check, Reason reason, const InFlight& token, TokenTrace* trace, std::size_t item = 0);
  void TraceHeader(const TrustSnapshot& snapshot, InFlight& token, const FreshToken& fresh, TokenTrace* trace);
  void TraceIssuer(const TrustSnapshot& snapshot, InFlight& token, TokenTrace* trace);
  void TraceSignature(const TrustSnapshot& snapshot, std::int64_t now, InFlight& token, FreshToken& fresh,
                      TokenTrace* trace);
  void TracePolicy(std::int64_t now, InFlight& token, const FreshToken& fresh, TokenTrace* trace);
  void TraceClaimRules(InFlight& token, TokenTrace* trace);
  void TraceHeaderRules(InFlight& token, const FreshToken& fresh, TokenTrace* trace);

  void AskForRevocations(InFlight& token);
  Reason CheckRevocation(InFlight& token);
  Reason LookUpRevocation(InFlight& token);
  bool IsKeyRevoked(const InFlight& token);
  bool IsReportOnly(Reason reason, std::int64_t now, InFlight& token);

  // RecallHeader says whether the memo knows the header, and an issuer allows its algorithm.
  bool RecallHeader(const TrustSnapshot& snapshot, FreshToken& fresh);
  void LearnHeader(const InFlight& token, const FreshToken& fresh, HeaderMemo::Proof proof);

  // RecallVerdict says whether the token was accepted before under the keys and the policy of now, and time allows it
  // still. LearnVerdict takes note of a token that has been accepted.
  bool RecallVerdict(const TrustSnapshot& snapshot, std::string_view bytes, std::int64_t now, InFlight& token);
  void LearnVerdict(const InFlight& token, const FreshToken& fresh, const Verdict& verdict);

  // Prefetch fetches what the first look at a token needs.
  void Prefetch(std::string_view bytes) const;

  // DecodeSegment decodes one segment, which begins at `offset` in the token, into the arena.
  Reason DecodeSegment(std::string_view name, std::string_view encoded, std::size_t offset, std::string_view* decoded,
                       Detail* detail);

  // NameClaims: sets what the policy names in the claims, and the name of the issuer.
  Reason NameClaims(const ClaimReader& claims, InFlight& token);

  void OwnDetail(InFlight& token);
  // AddLeeway: to the detail of a reason that more leeway could change.
  void AddLeeway(Reason reason, InFlight& token);

  // Thumbprint: a copy of the thumbprint of a key of this batch's snapshot, since no verdict may view the snapshot.
  std::string_view Thumbprint(const PublicKey& key);

  static void Conclude(Reason reason, const InFlight& token, Verdict& verdict);
  void Accept(const InFlight& token, Verdict& verdict);
  static void Reject(Reason reason, const InFlight& token, Verdict& verdict);

  Arena arena_;
  json::StrictParser parser_;
  std::size_t most_members_ = 0;  // of an object, in this batch
  HeaderMemo header_memo_;
  ClaimHints claim_hints_;
  RuleMemo rule_memo_;
  VerdictCache verdict_cache_;
  std::size_t cache_hits_ = 0;
  BatchVerifier verifier_;
  revocation::RevocationBatch revocations_;
  std::vector<InFlight> in_flight_;
  std::vector<SignatureJob> jobs_;
  struct {
    const PublicKey* key = nullptr;
    std::string_view text;
  } copied_thumbprint_;               // in this batch
  std::vector<std::size_t> waiting_;  // tokens that nothing speaks against yet
};

}  // namespace assay
