// Pipeline: the way of a batch of tokens, from bytes to verdicts. One per worker; not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/base/arena.h"
#include "engine/claims/claims.h"
#include "engine/json/strict.h"
#include "engine/jws/compact.h"
#include "engine/jws/header.h"
#include "engine/pipeline/header_memo.h"
#include "engine/pipeline/trust_snapshot.h"
#include "engine/pipeline/verdict.h"
#include "engine/pipeline/verdict_cache.h"
#include "engine/revocation/check.h"
#include "engine/verify/batch.h"

namespace assay {

class Pipeline {
 public:
  // The kernel is one that ChooseKernel() gave. Without a store of revocations nothing is revoked.
  Pipeline(const Kernel& kernel, std::size_t verdict_cache_bytes, revocation::RevocationStore* revocations = nullptr)
      : verdict_cache_(verdict_cache_bytes), verifier_(kernel), revocations_(revocations) {}

  // Fills in one verdict per token. What the verdicts point to lives until the next Run(); nothing in
  // them points into `snapshot`. Allocates only to grow to a larger batch than it has seen (and in
  // BoringSSL, for algorithms without a kernel). Throws nothing but std::bad_alloc; no verdict of it may be used then,
  // and the next Run() is as good as any. Requires tokens.size() == verdicts.size().
  void Run(const TrustSnapshot& snapshot, std::span<const std::string_view> tokens, std::int64_t now,
           std::span<Verdict> verdicts);

  // Tokens of the last Run() that the verdict cache knew.
  std::size_t cache_hits() const { return cache_hits_; }

 private:
  // One token on its way.
  struct InFlight {
    jws::Compact compact;
    jws::Header header;
    std::string_view header_text;    // decoded
    std::string_view payload;        // decoded
    std::string_view signature;      // decoded
    const Claims* claims = nullptr;  // null with signature_only
    const IssuerTrust* issuer = nullptr;
    int issuer_index = TrustSnapshot::kNoIssuer;
    const jwks::Jwk* key = nullptr;
    HeaderMemo::Entry* memo = nullptr;          // what the header is known by; null: it was read
    const AcceptedToken* remembered = nullptr;  // from the verdict cache; most of the above is then unset
    std::size_t job = 0;                        // position in jobs_, once there
    revocation::Lookup revocation;
    Detail detail;
  };

  static_assert(std::is_trivially_destructible_v<InFlight>);  // each batch writes over the one before

  // The steps, in order. Each gives kUnset to go on, or the reason to stop.
  Reason Split(const TrustSnapshot& snapshot, std::string_view bytes, InFlight& token);
  Reason DecodeSegments(const TrustSnapshot& snapshot, InFlight& token);
  bool KnowsHeader(const TrustSnapshot& snapshot, InFlight& token);
  Reason DecodeHeader(InFlight& token);
  Reason ReadHeader(const TrustSnapshot& snapshot, InFlight& token);
  Reason ReadPayload(InFlight& token);
  Reason ChooseIssuer(const TrustSnapshot& snapshot, InFlight& token);
  Reason ChooseKey(const TrustSnapshot& snapshot, std::int64_t now, InFlight& token);
  Reason BeforeSignature(const TrustSnapshot& snapshot, std::string_view bytes, std::int64_t now, InFlight& token);
  Reason AfterSignature(SignatureStatus status, std::int64_t now, InFlight& token);
  // Brings near what the checks after the signature read of a token that has still some others before it.
  void BeginChecks(const revocation::RevocationReader::Pinned& revocations, InFlight& token);
  // `reason` is that of the steps before: what has another defect is not looked up.
  Reason AfterRevocation(Reason reason, const revocation::RevocationReader::Pinned& revocations, std::int64_t now,
                         InFlight& token);

  // Brings near what the first look at a token needs.
  void Prefetch(std::string_view bytes) const;

  // Whether the token was accepted before under the keys and the policy of now, and time allows it still.
  bool Recall(const TrustSnapshot& snapshot, std::string_view bytes, std::int64_t now, InFlight& token);
  // Takes note of what the next batches may use again of a token that has been accepted.
  void Remember(const InFlight& token, const Verdict& verdict);

  Reason DecodeSegment(std::string_view name, std::string_view encoded, const InFlight& token,
                       std::string_view* decoded, Detail* detail);
  // The thumbprint of a key of this batch's snapshot, which no verdict may view.
  std::string_view Thumbprint(const PublicKey& key);
  void Conclude(Reason reason, const InFlight& token, Verdict& verdict);

  Arena arena_;
  json::StrictParser parser_;
  HeaderMemo header_memo_;
  VerdictCache verdict_cache_;
  std::size_t cache_hits_ = 0;
  BatchVerifier verifier_;
  revocation::RevocationReader revocations_;
  std::vector<InFlight> in_flight_;
  std::vector<SignatureJob> jobs_;
  struct {
    const PublicKey* key = nullptr;
    std::string_view text;
  } copied_thumbprint_;               // in this batch
  std::vector<std::size_t> waiting_;  // tokens that nothing speaks against yet
};

}  // namespace assay
