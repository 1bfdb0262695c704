// RevocationStore: the revocations in force, published to validation through a SnapshotCell.
//
// Two sets are held apart: what was added one by one (by the host, by a stream), which only grows until
// entries are forgotten, and what a file lists, which is replaced as a whole.
//
// # Guarantees
//  - Whatever Add() or Replace() was given is effective for each pin that begins after it returned.
//  - A feed that was required and has not confirmed, or not lately, makes tokens unacceptable.
//  - Reading takes no lock and allocates nothing; while nothing was ever revoked or required, it is one load.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "engine/revocation/fingerprint.h"
#include "engine/revocation/revocation.h"
#include "engine/revocation/revocation_set.h"
#include "engine/sync/snapshot_cell.h"

namespace assay::revocation {

// Revocations: what validation reads. No set is null.
struct Revocations {
  std::shared_ptr<const RevocationSet> added, listed;
  const Fingerprinter* names = nullptr;
  std::uint64_t generation = 0;  // of no others, ever
};

class RevocationStore {
 public:
  // RevocationStore: `max_lifetime` is how many seconds after its `iat` a token can be good at most, where that is
  // enforced.
  explicit RevocationStore(std::optional<std::int64_t> max_lifetime = std::nullopt);

  // Require makes every token unacceptable until the source is confirmed.
  void Require(RevocationSource source);

  // Confirm marks what the source holds as complete; valid through `until`.
  void Confirm(RevocationSource source, std::int64_t until);

  // Add takes them up beside what is in force.
  void Add(std::span<const Revocation> revocations, std::int64_t now);

  // Replace puts `listed` in the place of what was listed.
  void Replace(RevocationSet::Additions listed, std::int64_t now);

  // Collect is for Replace(): it adds `revocation` to `additions`.
  void Collect(const Revocation& revocation, RevocationSet::Additions* additions) const {
    additions->Add(names_, revocation, max_lifetime_);
  }

  std::size_t size() const;

  // names is the same for as long as the store lives.
  const Fingerprinter& names() const { return names_; }

  // in_use says whether anything was ever revoked or required. The cell is what validation pins: see RevocationBatch.
  bool in_use() const { return in_use_.load(std::memory_order_acquire); }
  SnapshotCell<Revocations>& cell() { return cell_; }

  // fresh_until is the last second for which what is held counts as complete. To be read before the pin: a feed
  // publishes, then confirms, so that the set pinned afterwards is no older than this answer.
  std::int64_t fresh_until() const {
    return std::min(fresh_until_[0].load(std::memory_order_acquire), fresh_until_[1].load(std::memory_order_acquire));
  }

 private:
  void Publish(std::shared_ptr<const RevocationSet> added, std::shared_ptr<const RevocationSet> listed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Fingerprinter names_;
  const std::optional<std::int64_t> max_lifetime_;
  std::array<std::atomic<std::int64_t>, 2> fresh_until_;  // one for each feed
  std::atomic<bool> in_use_{false};
  mutable absl::Mutex mutex_;                                           // held while publishing, too
  std::shared_ptr<const RevocationSet> added_ ABSL_GUARDED_BY(mutex_);  // this and the next are never null
  std::shared_ptr<const RevocationSet> listed_ ABSL_GUARDED_BY(mutex_);
  SnapshotCell<Revocations> cell_;
};

}  // namespace assay::revocation
