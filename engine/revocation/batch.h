// RevocationBatch: which tokens of one batch have been revoked. One per worker; not thread-safe.
//
// # Example
//   batch.Start();
//   handle = batch.Add(claims);           // for each token, while its claims are in the caches from being parsed
//   batch.Resolve(now);                   // once, when the signatures have been verified
//   batch.ReasonOf(handle, &detail);      // of those tokens that are authentic
//
// # What a token is looked for by
// (iss, jti), (iss, sub), (iss, client_id) and (iss, sid); a `sid` that is no string counts as it is spelled.
//
// # What is in force
// Resolve() pins what is published when it begins, also when the store came into use only after Add(). Without a store,
// or while the store is not in use, nothing is revoked. No lock and no clock; allocates only to grow to a larger batch
// than it has seen.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/detail.h"
#include "engine/base/reason.h"
#include "engine/claims/claims.h"
#include "engine/revocation/revocation_store.h"
#include "engine/sync/snapshot_cell.h"

namespace assay::revocation {

class RevocationBatch {
 public:
  // Handle: stands for one token of the batch.
  using Handle = std::size_t;

  // RevocationBatch: the store may be null and must otherwise outlive this.
  explicit RevocationBatch(RevocationStore* store);

  // Start forgets the tokens of the batch before.
  void Start();

  // Add takes a token into the batch. The claims must live until Resolve() returns.
  Handle Add(const Claims& claims) {
    claims_.push_back(&claims);
    if (hash_early_) Hash(claims, &lookups_.emplace_back());
    return claims_.size() - 1;
  }

  // Resolve looks all tokens of the batch up.
  void Resolve(std::int64_t now);

  // ReasonOf gives kUnset when nothing stands against the token, or kRevoked, with the claim's name in the detail, or
  // kRevocationUnavailable: not known to be revoked, but what is held was complete until earlier than `now`, or
  // nobody has called Resolve(). The detail is written with a reason only.
  Reason ReasonOf(Handle handle, Detail* detail) const {
    return nothing_in_force_ ? Reason::kUnset : Resolved(handle, detail);
  }

 private:
  struct Lookup {
    std::array<std::uint64_t, 4> hashes = {};  // by RevokedBy
    std::uint8_t kinds = 0;                    // KindBit() of each claim that is there
    Reason reason = Reason::kRevocationUnavailable;
    std::string_view revoked_by = {};  // the claim's name, with kRevoked
  };

  bool InUse() const { return store_ != nullptr && store_->in_use(); }
  Reason Resolved(Handle handle, Detail* detail) const;
  void Hash(const Claims& claims, Lookup* lookup) const;
  static void Prefetch(const Revocations& revocations, const Lookup& lookup);
  // IsRevoked sets `revoked_by` when it is.
  static bool IsRevoked(const Revocations& revocations, const Claims& claims, Lookup* lookup);

  RevocationStore* const store_;
  std::optional<SnapshotCell<Revocations>::Reader> reader_;  // of store_
  std::vector<const Claims*> claims_;                        // by Handle
  std::vector<Lookup> lookups_;                              // likewise; none when the store was not in use at Start()
  bool hash_early_ = false;                                  // the store was in use at Start()
  bool nothing_in_force_ = false;                            // as Resolve() found it
  std::int64_t fresh_until_ = INT64_MAX, now_ = 0;           // of Resolve()
};

}  // namespace assay::revocation
