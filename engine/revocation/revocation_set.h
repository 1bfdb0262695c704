// RevocationSet: what is revoked, as one immutable value that a million entries fit into and of which a
// changed copy is cheap.
//
// # Example
//   Fingerprinter names;
//   RevocationSet::Additions more;
//   more.Add(names, revocation, lifetime);
//   RevocationSet next = set.With(std::move(more), now);
//   const std::uint64_t hash = names.Hash(RevokedBy::kJwtId, iss, jti);
//   next.Prefetch(hash);  // and those of other tokens
//   if (const auto* entry = next.Find(names, hash, RevokedBy::kJwtId, iss, jti)) ...
//
// # How
// The first ten bits of a name's hash choose one of 1,024 shards, which is its entries, sorted by hash; With()
// rebuilds only the shards that something is added to and shares the others. Find() asks the Bloom filter,
// which sorts out all but 0.3 % of the names that are not there; the rest cost a binary search by hash, and only
// when all 64 bits of that agree a fingerprint.
//
// # Memory
// 40 bytes an entry, two and a half to five for the filter, and 20 KB: 44 MB for a million.
//
// # Time
// An addition to a million entries takes some 50 microseconds, and every 250,000th 16 ms, for a larger filter. Readers
// do not wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/revocation/bloom_filter.h"
#include "engine/revocation/fingerprint.h"
#include "engine/revocation/revocation.h"

namespace assay::revocation {

inline constexpr std::int64_t kForGood = INT64_MAX;

// kAnyIssuer: under which revoked keys are looked up for an issuer that has no name: tokens do not say whose key it is
// where `iss` is not checked. No revocation has it as its issuer.
inline constexpr std::string_view kAnyIssuer = "";

class RevocationSet {
 public:
  struct Entry {
    std::uint64_t hash = 0;
    Fingerprint fingerprint;
    std::int64_t issued_before = 0;  // revoked is floor(iat) <= this; kForGood for a jti: whenever issued
    std::int64_t forget_after = 0;   // no token that it revokes is good later than this
  };

  // Additions: entries on their way into a set.
  class Additions {
   public:
    // Add takes one. A watermark is kept for good, or, when no token is good for longer than `max_lifetime` seconds
    // after its `iat`, until then (and 300 s, the longest leeway). A key is never forgotten, and is listed under
    // kAnyIssuer as well.
    void Add(const Fingerprinter& names, const Revocation& revocation, std::optional<std::int64_t> max_lifetime);

   private:
    friend class RevocationSet;
    void AddNamed(const Fingerprinter& names, RevokedBy by, std::string_view issuer, std::string_view value,
                  Entry entry);

    std::vector<Entry> entries_;
    std::uint8_t kinds_ = 0;
  };

  RevocationSet();

  // With gives this set and `more`. Entries of one name are united: the later time counts, of both. Shards that are
  // rebuilt lose what is to be forgotten at `now`.
  RevocationSet With(Additions more, std::int64_t now) const;

  // KindBit is one bit for each kind, for sets of kinds.
  static constexpr std::uint8_t KindBit(RevokedBy by) {
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(by));
  }

  // kinds has the bits of all kinds of which there ever was an entry; look-ups of others can be left out.
  std::uint8_t kinds() const { return kinds_; }

  // MayContain is false when no name with this hash is listed, but for the Bloom filter's false positives.
  bool MayContain(std::uint64_t hash) const { return filter_ != nullptr && filter_->MayContain(hash); }

  // Prefetch fetches what MayContain() reads.
  void Prefetch(std::uint64_t hash) const {
    if (filter_ != nullptr) filter_->Prefetch(hash);
  }

  // Find gives what is listed under the name, or null. `hash` is what `names` gives for it.
  const Entry* Find(const Fingerprinter& names, std::uint64_t hash, RevokedBy by, std::string_view issuer,
                    std::string_view value) const {
    return MayContain(hash) ? FindEntry(hash, names, by, issuer, value) : nullptr;
  }

  std::size_t size() const { return size_; }
  std::size_t MemoryBytes() const;

 private:
  static constexpr unsigned kShardBits = 10;

  using Shard = std::vector<Entry>;  // sorted by hash

  static std::size_t ShardOf(std::uint64_t hash) { return static_cast<std::size_t>(hash >> (64 - kShardBits)); }

  const Entry* FindEntry(std::uint64_t hash, const Fingerprinter& names, RevokedBy by, std::string_view issuer,
                         std::string_view value) const;
  std::shared_ptr<BloomFilter> MakeFilter() const;

  std::vector<std::shared_ptr<const Shard>> shards_;  // null: empty
  std::shared_ptr<BloomFilter> filter_;               // null: there never was an entry
  std::size_t size_ = 0;
  std::uint8_t kinds_ = 0;
};

}  // namespace assay::revocation
