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
// The first ten bits of a name's hash choose one of 1,024 shards. A shard is a filter and its entries, sorted
// by hash; With() rebuilds only the shards that something is added to and shares the others. Find() tests
// four bits in 32 bytes of the filter, which tells all but one in some 250 of the names that are not there;
// the others cost a binary search by hash, and only when all 64 bits of that agree a fingerprint.
//
// # Memory
// 40 bytes an entry and two for the filter: 42 MB for a million, and 32 KB for the shards' index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/revocation/fingerprint.h"
#include "engine/revocation/revocation.h"

namespace assay::revocation {

inline constexpr std::int64_t kForGood = INT64_MAX;

class RevocationSet {
 public:
  struct Entry {
    std::uint64_t hash = 0;
    Fingerprint fingerprint;
    std::int64_t issued_before = 0;  // revoked is floor(iat) <= this; kForGood for a jti: whenever issued
    std::int64_t forget_after = 0;   // no token that it revokes is good later than this
  };

  // Entries on their way into a set.
  class Additions {
   public:
    // A watermark is kept for good, or, when no token is good for longer than `max_lifetime` seconds after
    // its `iat`, until then (and 300 s, the longest leeway).
    void Add(const Fingerprinter& names, const Revocation& revocation, std::optional<std::int64_t> max_lifetime);

   private:
    friend class RevocationSet;
    std::vector<Entry> entries_;
    std::uint8_t kinds_ = 0;
  };

  RevocationSet();

  // This set and `more`. Entries of one name are united: the later time counts, of both. Shards that are
  // rebuilt lose what is to be forgotten at `now`.
  RevocationSet With(Additions more, std::int64_t now) const;

  // Whether there ever was an entry of this kind; lookups of others can be left out.
  bool MayHold(RevokedBy by) const { return (kinds_ & KindBit(by)) != 0; }

  // False when no name with this hash is listed, which is nearly always known from the filter alone.
  bool MayHold(std::uint64_t hash) const {
    const Shard& shard = ShardOf(hash);
    return shard.filter_blocks != 0 && MayHold(shard, hash);
  }

  // Brings near what MayHold() reads.
  void Prefetch(std::uint64_t hash) const {
    const Shard& shard = ShardOf(hash);
    __builtin_prefetch(shard.filter + BlockOf(hash, shard.filter_blocks));
  }

  // What is listed under the name, or null. `hash` is what `names` gives for it.
  const Entry* Find(const Fingerprinter& names, std::uint64_t hash, RevokedBy by, std::string_view issuer,
                    std::string_view value) const {
    return MayHold(hash) ? FindEntry(*ShardOf(hash).data, hash, names, by, issuer, value) : nullptr;
  }

  std::size_t size() const { return size_; }
  std::size_t MemoryBytes() const;

 private:
  static constexpr unsigned kShardBits = 10;
  static constexpr std::size_t kEntriesPerBlock = 16;

  struct alignas(32) FilterBlock {
    std::uint64_t words[4] = {};
  };
  struct ShardData {
    std::vector<Entry> entries;  // sorted by hash
    std::vector<FilterBlock> filter;
  };
  // What a lookup reads first stands in the index itself.
  struct Shard {
    std::shared_ptr<const ShardData> data;
    const FilterBlock* filter = nullptr;
    std::size_t filter_blocks = 0;
  };

  static std::uint8_t KindBit(RevokedBy by) { return static_cast<std::uint8_t>(1u << static_cast<unsigned>(by)); }

  const Shard& ShardOf(std::uint64_t hash) const { return shards_[hash >> (64 - kShardBits)]; }

  static std::size_t BlockOf(std::uint64_t hash, std::size_t blocks) {
    return static_cast<std::size_t>((((hash >> 22) & 0xFFFFFFFF) * blocks) >> 32);
  }
  static bool MayHold(const Shard& shard, std::uint64_t hash) {
    const std::uint64_t* const words = shard.filter[BlockOf(hash, shard.filter_blocks)].words;
    return ((words[0] >> (hash & 63)) & (words[1] >> ((hash >> 6) & 63)) & (words[2] >> ((hash >> 12) & 63)) &
            (words[3] >> ((hash >> 18) & 63)) & 1) != 0;
  }
  static const Entry* FindEntry(const ShardData& data, std::uint64_t hash, const Fingerprinter& names,
                                RevokedBy by, std::string_view issuer, std::string_view value);
  static Shard MakeShard(std::vector<Entry> entries);

  std::vector<Shard> shards_;
  std::size_t size_ = 0;
  std::uint8_t kinds_ = 0;
};

}  // namespace assay::revocation
