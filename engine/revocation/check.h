// CheckRevocation: whether an authentic token has been revoked. RevocationReader: what a worker reads it from.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/detail.h"
#include "engine/base/reason.h"
#include "engine/claims/claims.h"
#include "engine/revocation/revocation_store.h"
#include "engine/sync/snapshot_cell.h"

namespace assay::revocation {

// Holds the claims of a token against `revocations`, by (iss, jti), (iss, sub), (iss, client_id) and
// (iss, sid); a `sid` that is no string counts as it is spelled. kUnset when nothing stands against it, kRevoked
// with the claim's name as the detail's subject, or kRevocationUnavailable: not known to be revoked, but
// what is held counted as complete until `fresh_until` only. No lock, no allocation, no clock.
Reason CheckRevocation(const Revocations& revocations, std::int64_t fresh_until, const Claims& claims,
                       std::int64_t now, Detail* detail);

// One worker's way to a store. Without a store, or while the store is not in use, nothing is ever revoked.
class RevocationReader {
 public:
  explicit RevocationReader(RevocationStore* store) : store_(store) {
    if (store != nullptr) reader_.emplace(store->cell());
  }

  // What is in force when it begins; alive for one batch.
  class Pinned {
   public:
    explicit Pinned(RevocationReader& reader) {
      if (reader.store_ == nullptr || !reader.store_->in_use()) return;
      fresh_until_ = reader.store_->fresh_until();
      pin_.emplace(*reader.reader_);
    }
    Reason Check(const Claims& claims, std::int64_t now, Detail* detail) const {
      return pin_ ? CheckRevocation(**pin_, fresh_until_, claims, now, detail) : Reason::kUnset;
    }

   private:
    std::int64_t fresh_until_ = INT64_MAX;
    std::optional<SnapshotCell<Revocations>::Reader::Pinned> pin_;
  };

 private:
  RevocationStore* store_;
  std::optional<SnapshotCell<Revocations>::Reader> reader_;
};

}  // namespace assay::revocation
