// TrustSnapshot: everything that decides a verdict besides the token and the time, at one moment.
// Immutable; published through a SnapshotCell.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/string_index.h"
#include "engine/jwks/key_set.h"
#include "engine/policy/policy.h"

namespace assay {

// What validation tells whoever refreshes an issuer's keys; shared by successive snapshots.
struct IssuerSignals {
  std::atomic<bool> unknown_kid{false};  // a token named a kid that the set does not hold
};

struct IssuerTrust {
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const jwks::KeySet> keys;  // null: none loaded, or too old to be used
  std::shared_ptr<IssuerSignals> signals;
};

class TrustSnapshot {
 public:
  static constexpr int kNoIssuer = -1;

  // `generation` is never reused within a process.
  TrustSnapshot(std::uint64_t generation, Limits limits, std::vector<IssuerTrust> issuers);
  TrustSnapshot(const TrustSnapshot&) = delete;
  TrustSnapshot& operator=(const TrustSnapshot&) = delete;

  std::uint64_t generation() const { return generation_; }
  const Limits& limits() const { return limits_; }
  const std::vector<IssuerTrust>& issuers() const { return issuers_; }

  // The algorithms that at least one issuer allows.
  AlgorithmSet algorithms() const { return algorithms_; }

  // The only issuer when its mode does not choose by `iss`, else the one named `iss`; or kNoIssuer.
  int FindIssuer(std::string_view iss) const {
    if (only_issuer_) return 0;
    const std::size_t at = by_name_.Find(iss);
    return at == StringIndex::kNone ? kNoIssuer : static_cast<int>(at);
  }

  bool issuer_required() const { return issuer_required_; }
  bool signature_only() const { return signature_only_; }

 private:
  std::uint64_t generation_;
  Limits limits_;
  std::vector<IssuerTrust> issuers_;
  StringIndex by_name_;
  AlgorithmSet algorithms_;
  bool only_issuer_ = false;
  bool issuer_required_ = true;
  bool signature_only_ = false;
};

}  // namespace assay
