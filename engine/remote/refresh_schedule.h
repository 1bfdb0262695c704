// RefreshSchedule: when one issuer's keys are fetched, and until when they may be used. Arithmetic on
// instants that the caller passes in: no clock, no thread, no network.
//
// # Rules
//  - In the background, ahead of expiry: after 75 to 90 % (at random, so that a fleet does not ask at once)
//    of what Cache-Control gave, which is held within [min_seconds, max_seconds]; 5 minutes where it
//    said nothing. Never sooner than min_seconds.
//  - After a failure: 1 s, 2 s, 4 s, ... up to a minute, each shortened by up to half at random. So an
//    issuer that comes back is noticed within one backoff.
//  - For an unknown kid: no fetch within cooldown_seconds of the start of the last one, whatever that
//    was for and whatever came of it. The claim is made before the fetch, so however many tokens ask,
//    there is one fetch.
//  - One fetch at a time.
//  - Keys are used until max_stale_seconds after the start of the fetch that brought or confirmed them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "engine/api/config.h"

namespace assay::remote {

// Since any fixed moment; never goes back.
using Instant = std::chrono::milliseconds;

class RefreshSchedule {
 public:
  static constexpr std::chrono::seconds kUnsaidLifetime{300};
  static constexpr std::chrono::seconds kFirstBackoff{1};
  static constexpr std::chrono::seconds kLongestBackoff{60};

  // The first fetch is due at `now`. `seed` decides what is random.
  RefreshSchedule(const RefreshConfig& config, std::uint64_t seed, Instant now);

  // Takes other bounds, and makes a fetch due: the configuration was reloaded.
  void Reconfigure(const RefreshConfig& config, Instant now);

  // Keys from an earlier process, fetched at `fetched`, are in use. The first fetch stays due.
  void Restore(Instant fetched) { fetched_at_ = fetched; }
  // They were of no use after all.
  void Forget() { fetched_at_.reset(); }

  // A token named a kid that the keys do not hold.
  void NoteUnknownKid() { unknown_kid_ = true; }

  enum class Cause : std::uint8_t { kNone, kDue, kUnknownKid };
  // Claims the fetch that may begin at `now`, if there is one. Every claim is followed by Succeeded(),
  // Failed() or Abandoned().
  Cause Claim(Instant now);

  // The keys were brought or confirmed. `max_age`: seconds, where the reply said.
  void Succeeded(Instant now, std::optional<std::int64_t> max_age);
  void Failed(Instant now);
  // The fetch was given up for reasons of ours; it stays due.
  void Abandoned() { in_flight_ = false; }

  enum class Staleness : std::uint8_t { kUnchanged, kNear, kReached };
  // What became true by `now`: within the last tenth of max_stale_seconds, or past it. Each is said
  // once; past it there are no keys any more.
  Staleness TakeStaleness(Instant now);

  bool in_flight() const { return in_flight_; }
  bool has_keys() const { return fetched_at_.has_value(); }
  std::optional<Instant> fetched_at() const { return fetched_at_; }
  // When the keys become too old, and when those will that the fetch under way brings. Require keys; a claim.
  Instant KeysEnd() const { return *fetched_at_ + max_stale(); }
  Instant NewKeysEnd() const { return *last_start_ + max_stale(); }
  std::uint64_t failures_in_a_row() const { return failures_in_a_row_; }

  // When Claim() will next give something, if nothing happens until then.
  Instant NextFetch() const;

 private:
  Instant max_stale() const { return std::chrono::seconds(config_.max_stale_seconds); }
  // `whole` times a random factor within [least, most].
  Instant Jittered(Instant whole, double least, double most);

  RefreshConfig config_;
  std::uint64_t random_state_;
  Instant next_;
  std::optional<Instant> last_start_;
  std::optional<Instant> fetched_at_;
  std::uint64_t failures_in_a_row_ = 0;
  bool unknown_kid_ = false;
  bool in_flight_ = false;
  bool said_near_ = false;
};

}  // namespace assay::remote
