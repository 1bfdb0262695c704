// RefreshSchedule: when one issuer's keys are fetched: refresh-ahead, exponential back-off with jitter, a cooldown
// (rate limit) for unknown kids, single flight. Arithmetic on instants that the caller passes in: no clock, no thread,
// no network. Until when keys may be used is the engine's affair (KeyLease).
//
// # Rules
//  - Refresh-ahead: in the background after 75 to 90 % (jitter against a thundering herd) of the lifetime that
//    Cache-Control gave, clamped to [min_seconds, max_seconds]; 5 minutes where it gave none. Never sooner than
//    min_seconds. Counted from when the fetch began (RFC 9111 section 4.2.3): what came is as old as that.
//  - Exponential back-off after failures: 1 s, 2 s, 4 s, ... up to a minute, each with jitter of up to half
//    downwards. So an issuer that comes back is noticed within one back-off.
//  - For an unknown kid: no fetch within cooldown_seconds of the start of the last one that was for an unknown kid, or
//    that failed. After any other the first unknown kid is looked for at once: an issuer may rotate a moment after the
//    keys were fetched. The claim is made before the fetch, so however many tokens ask, there is one fetch. A set that
//    is installed answers all that was noted before: whoever misses a key in it, too, is noted anew.
//  - Single flight: one fetch at a time.
//  - Where another process fetches (key_folder.h), this one does only when a refresh is kOverdueAfter late, and up to
//    as long again, at random, lest many come at once: after the latest moment at which any process would have
//    refreshed, after a cooldown since an unknown kid was noted, after a failure of its own.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "engine/config/config.h"

namespace assay::remote {

// Instant: a time of a monotonic clock.
using Instant = std::chrono::milliseconds;

class RefreshSchedule {
 public:
  static constexpr std::chrono::seconds kDefaultLifetime{300};
  static constexpr std::chrono::seconds kFirstBackoff{1};
  static constexpr std::chrono::seconds kLongestBackoff{60};
  static constexpr std::chrono::seconds kOverdueAfter{30};
  static constexpr std::chrono::seconds kTokensWait{1};  // at most (BatcherConfig::wait_for_keys)

  // RefreshSchedule: the first fetch is due at `now`. `seed` decides what is random.
  RefreshSchedule(const RefreshConfig& config, std::uint64_t seed, Instant now);

  // Reconfigure: other bounds, after a reload; a fetch is due.
  void Reconfigure(const RefreshConfig& config, Instant now);

  // NoteUnknownKid: a token named a kid that is not among the keys.
  void NoteUnknownKid() { unknown_kid_ = true; }

  // Answered: a set is in use that was published after all that was noted.
  void Answered();

  // ShouldAsk: whether the process that fetches is to be told of an unknown kid: once, until it has answered. Asked():
  // it was, or, not `done`, that could not be: then this process fetches as if it had been, if no answer comes.
  bool ShouldAsk() const { return unknown_kid_ && !asked_; }
  void Asked(Instant now, bool done);

  // AwaitsAnswer: whether tokens may be waiting for what that process publishes.
  bool AwaitsAnswer(Instant now) const {
    return unknown_kid_ && (!asking_since_ || now - *asking_since_ < kTokensWait);
  }

  // TakeOver: from now on this process fetches, at first at once. (Before, another did.)
  void TakeOver(Instant now) { next_ = std::min(next_, now); }

  // Adopt: the keys in use are of a fetch of another process, which began at `begun`. `max_age`: as in Succeeded().
  void Adopt(Instant begun, std::optional<std::int64_t> max_age, Instant now);

  // Reseed: decides anew what is random.
  void Reseed(std::uint64_t seed) { random_state_ = seed; }

  enum class Cause : std::uint8_t { kNone, kDue, kUnknownKid };
  // Claim: reserves the fetch that is due at `now`, if one is. Every claim is followed by Succeeded(),
  // Failed() or Abandoned(). `another_fetches`: another process is there to do it.
  Cause Claim(Instant now, bool another_fetches = false);

  // Succeeded: the keys were fetched or confirmed (304). `max_age`: seconds, if the reply gave it.
  void Succeeded(Instant now, std::optional<std::int64_t> max_age);
  void Failed(Instant now);
  // Abandoned: the fetch was cancelled on our side; it stays due.
  void Abandoned() { in_flight_ = false; }

  bool in_flight() const { return in_flight_; }
  std::uint64_t failures_in_a_row() const { return failures_in_a_row_; }

  // NextFetch: when Claim() will next succeed, barring events.
  Instant NextFetch(bool another_fetches = false) const;

 private:
  // Lifetime: of keys that came with this max_age, within bounds.
  std::chrono::seconds Lifetime(std::optional<std::int64_t> max_age) const;
  // Overdue: when a refresh is late that any process would have begun by `latest`.
  Instant Overdue(Instant latest) { return latest + kOverdueAfter + Jittered(kOverdueAfter, 0, 1); }
  // Jittered: `whole` times a random factor in [least, most].
  Instant Jittered(Instant whole, double least, double most);

  RefreshConfig config_;
  std::uint64_t random_state_;
  Instant next_;
  Instant overdue_;
  bool asked_ = false;                                 // another process, for an unknown kid
  std::optional<Instant> asking_since_, ask_overdue_;  // since the first attempt
  std::optional<Instant> begun_;                       // the last fetch
  std::optional<Instant> cooldown_from_;               // the start of the last fetch that it counts from
  std::uint64_t failures_in_a_row_ = 0;
  bool unknown_kid_ = false;
  bool in_flight_ = false;
};

}  // namespace assay::remote
