// RevocationReader: what a worker learns from whether an authentic token has been revoked.
//
// A token is looked for by (iss, jti), (iss, sub), (iss, client_id) and (iss, sid); a `sid` that is no string
// counts as it is spelled. No lock, no allocation, no clock.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "engine/base/detail.h"
#include "engine/base/reason.h"
#include "engine/claims/claims.h"
#include "engine/revocation/revocation_store.h"
#include "engine/sync/snapshot_cell.h"

namespace assay::revocation {

// What one token is looked for by, as hashes. Made by a RevocationReader.
class Lookup {
 public:
  bool made() const { return asked_ != kNotMade; }

 private:
  friend class RevocationReader;
  static constexpr std::uint8_t kNotMade = 0xFF;
  std::array<std::uint64_t, 4> hashes_ = {};  // by RevokedBy
  std::uint8_t asked_ = kNotMade;             // a bit for each claim that is there
};

// One worker's way to a store. Without a store, or while the store is not in use, nothing is ever revoked.
//
// A token is checked in three steps: MakeLookup() while its claims are in the caches from being parsed, then, after
// the signatures, Begin(), and Check() when a few other tokens have begun.
class RevocationReader {
 public:
  explicit RevocationReader(RevocationStore* store) : store_(store) {
    if (store != nullptr) reader_.emplace(store->cell());
  }

  // Whether there is anything to check by now. What comes into use later is noticed by Pinned.
  bool in_use() const { return store_ != nullptr && store_->in_use(); }

  // Requires in_use().
  Lookup MakeLookup(const Claims& claims) const;

  // What is in force when it begins; alive for one batch.
  class Pinned {
   public:
    explicit Pinned(RevocationReader& reader);

    bool in_use() const { return pin_.has_value(); }

    // Brings near what Check() reads: far places of a large table. Makes the lookup where that has not been done.
    // Requires in_use().
    void Begin(const Claims& claims, Lookup* lookup) const;

    // kUnset when nothing stands against the token, kRevoked with the claim's name as the detail's subject, or
    // kRevocationUnavailable: not known to be revoked, but what is held counted as complete until earlier than
    // `now`, or there is no lookup.
    Reason Check(const Lookup& lookup, const Claims& claims, std::int64_t now, Detail* detail) const {
      return pin_ ? RevocationReader::Check(**pin_, fresh_until_, lookup, claims, now, detail) : Reason::kUnset;
    }

   private:
    const RevocationReader& reader_;
    std::int64_t fresh_until_ = INT64_MAX;
    std::optional<SnapshotCell<Revocations>::Reader::Pinned> pin_;
  };

 private:
  static void Prefetch(const Revocations& revocations, const Lookup& lookup);
  static Reason Check(const Revocations& revocations, std::int64_t fresh_until, const Lookup& lookup,
                      const Claims& claims, std::int64_t now, Detail* detail);

  RevocationStore* store_;
  std::optional<SnapshotCell<Revocations>::Reader> reader_;
};

}  // namespace assay::revocation
