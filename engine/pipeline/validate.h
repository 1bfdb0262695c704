// Pipeline: the way of a batch of tokens, from bytes to verdicts. One per worker; not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/claims/claims.h"
#include "engine/json/strict.h"
#include "engine/jws/compact.h"
#include "engine/jws/header.h"
#include "engine/pipeline/trust_snapshot.h"
#include "engine/pipeline/verdict.h"
#include "engine/revocation/check.h"
#include "engine/verify/batch.h"

namespace assay {

class Pipeline {
 public:
  // The kernel is one that ChooseKernel() gave. Without a store of revocations nothing is revoked.
  explicit Pipeline(const Kernel& kernel, revocation::RevocationStore* revocations = nullptr)
      : verifier_(kernel), revocations_(revocations) {}

  // Fills in one verdict per token. What the verdicts point to lives until the next Run(); nothing in
  // them points into `snapshot`. Allocates only to grow to a larger batch than it has seen (and in
  // BoringSSL, for algorithms without a kernel). Requires tokens.size() == verdicts.size().
  void Run(const TrustSnapshot& snapshot, std::span<const std::string_view> tokens, std::int64_t now,
           std::span<Verdict> verdicts);

 private:
  // One token on its way.
  struct InFlight {
    jws::Compact compact;
    jws::Header header;
    std::string_view header_text;  // decoded
    std::string_view payload;      // decoded
    std::string_view signature;    // decoded
    Claims* claims = nullptr;      // null with signature_only
    const IssuerTrust* issuer = nullptr;
    int issuer_index = TrustSnapshot::kNoIssuer;
    const jwks::Jwk* key = nullptr;
    Detail detail;
  };

  // The steps, in order. Each gives kUnset to go on, or the reason to stop.
  Reason Split(const TrustSnapshot& snapshot, std::string_view bytes, InFlight& token);
  Reason DecodeSegments(InFlight& token);
  Reason ReadHeader(const TrustSnapshot& snapshot, InFlight& token);
  Reason ReadPayload(InFlight& token);
  Reason ChooseIssuer(const TrustSnapshot& snapshot, InFlight& token);
  Reason ChooseKey(InFlight& token);
  Reason BeforeSignature(const TrustSnapshot& snapshot, std::string_view bytes, InFlight& token);
  Reason AfterSignature(SignatureStatus status, const revocation::RevocationReader::Pinned& revocations,
                        std::int64_t now, InFlight& token);

  Reason DecodeSegment(std::string_view name, std::string_view encoded, const InFlight& token,
                       std::string_view* decoded, Detail* detail);
  void Conclude(Reason reason, const InFlight& token, Verdict& verdict);

  Arena arena_;
  json::StrictParser parser_;
  BatchVerifier verifier_;
  revocation::RevocationReader revocations_;
  std::vector<InFlight> in_flight_;
  std::vector<SignatureJob> jobs_;
  std::vector<std::size_t> waiting_;  // which token each job belongs to
};

}  // namespace assay
