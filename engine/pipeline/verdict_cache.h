// VerdictCache: accepted tokens of one worker, whole, with what their verdicts view.
//
// Gateways see the same token again and again. One that was accepted before, under the same keys and
// the same policy, needs no second look at its signature, its JSON or its claims: what time and
// revocation may have changed is checked again on each hit, by the caller.
//
// # What makes it safe
//  - Only acceptances are kept. A rejected token is judged anew each time.
//  - A token is found by a hash under a secret of the process and confirmed by comparing all its bytes.
//  - An entry serves only the generations of keys and policy under which it was accepted; they are never
//    reused, so a rotation or a reload ends it.
//  - Nothing in an entry points anywhere but into the entry.
//
// # What bounds it
// A ring of bytes, in which the newest entry takes the place of the oldest, and a set-associative index of it. A
// token is admitted when it is accepted for the second time within memory of a small filter, so that tokens seen
// once (distinct ones, or a flood) neither cost a copy nor drive anything out.
//
// One per worker, not shared: a shared one would have to copy each hit (some 2 KB) or hold entries by
// reference counts that all threads write. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"
#include "engine/claims/claims.h"
#include "engine/jws/alg.h"

namespace assay {

// AcceptedToken: what an accepted token leaves behind.
struct AcceptedToken {
  std::string_view token;
  const Claims* claims = nullptr;
  std::string_view kid;
  std::string_view key_thumbprint;
  bool has_kid = false;
  Algorithm algorithm = Algorithm::kES256;
  int issuer_index = -1;
  std::uint64_t policy_generation = 0;
  std::uint64_t key_generation = 0;
};

class VerdictCache {
 public:
  // VerdictCache: `bytes` of memory for entries, taken once; 0: nothing is ever kept.
  explicit VerdictCache(std::size_t bytes);

  bool enabled() const { return ring_bytes_ != 0; }

  // StartBatch ends the time for which what Recall() gave keeps what it holds.
  void StartBatch() { ++batch_; }

  // Prefetch fetches the set that Recall() looks through.
  void Prefetch(std::string_view token) const {
    if (enabled() && token.size() >= kHashedBytes) __builtin_prefetch(&sets_[SetOf(Hash(token))]);
  }

  // Recall gives what was remembered of exactly these bytes; null when nothing was. The caller compares generations.
  const AcceptedToken* Recall(std::string_view token);

  // Learn takes note of an accepted token, whose views may end with the batch.
  void Learn(const AcceptedToken& accepted);

 private:
  struct Entry {
    AcceptedToken accepted;
    Claims claims;
    std::uint64_t hash;
    std::uint64_t last_batch;
    std::size_t bytes;  // of the ring, this header included
  };
  static constexpr std::size_t kNoEntry = static_cast<std::size_t>(-1);
  static constexpr std::size_t kHashedBytes = 32;
  static constexpr std::size_t kWays = 4;
  struct Set {
    std::array<std::uint32_t, kWays> tags{};
    std::array<std::uint32_t, kWays> places{};  // of entries, in units of kAlign; kFreeWay: none
  };
  static constexpr std::uint32_t kFreeWay = UINT32_MAX;
  static constexpr std::size_t kAlign = alignof(Entry);
  using Sightings = std::array<std::uint16_t, 4>;

  // Hash: of the end of a token, which is its signature's: as good as random, and cheaper than all of it. Whoever makes
  // up tokens with an end of somebody else's finds no entry, since all bytes are compared.
  std::uint64_t Hash(std::string_view token) const { return hash_(token.substr(token.size() - kHashedBytes)); }
  std::size_t SetOf(std::uint64_t hash) const { return hash & (sets_.size() - 1); }
  static std::uint32_t TagOf(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

  Entry* At(std::size_t offset) { return reinterpret_cast<Entry*>(ring_.get() + offset); }
  bool SeenBefore(std::uint64_t hash);
  // MakeRoom: the offset of `bytes` bytes of the ring, freed of older entries; or kNoEntry.
  std::size_t MakeRoom(std::size_t bytes);
  bool DropOldest();
  // Holds: whether the token is held under the same generations; under others, it is forgotten.
  bool Holds(const AcceptedToken& accepted, std::uint64_t hash);
  void Index(std::uint64_t hash, std::size_t offset);

  const SeededHash hash_{RandomSeed()};
  std::uint64_t batch_ = 1;
  std::size_t ring_bytes_;
  std::unique_ptr<char[]> ring_;
  // oldest_, newest_end_, wrap_: entries lie at [oldest_, newest_end_), or, once around the end, at [oldest_, wrap_)
  // and [0, newest_end_).
  std::size_t oldest_ = 0;
  std::size_t newest_end_ = 0;
  std::size_t wrap_ = 0;
  bool wrapped_ = false;
  std::vector<Set> sets_;
  std::vector<Sightings> sightings_;
};

}  // namespace assay
