// ParkedTokens: the tokens of one EventLoopBatcher that wait for their issuer's keys. Not thread-safe, not installed.
//
// # How it learns that keys changed
// Each token remembers what its issuer's keys were in a snapshot that was pinned before the token was judged, so one
// that is no newer than what judged it: a change between the two is seen as one, at worst for nothing. A look at a
// snapshot that was looked at before costs one comparison, and finds those only whose time is up.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/api/batcher.h"
#include "engine/api/engine_impl.h"
#include "engine/api/flusher.h"

namespace assay {

class ParkedTokens {
 public:
  static constexpr std::size_t kMaxTokens = 1024;
  static constexpr std::size_t kMaxTokensOfIssuer = kMaxTokens / 4;
  static constexpr std::size_t kMaxBytes = 16 * 1024 * 1024;
  static constexpr std::chrono::milliseconds kMaxWait{1000};
  static constexpr std::chrono::milliseconds kLookEvery{5};

  // ParkedTokens: `snapshots` is the engine's.
  ParkedTokens(std::shared_ptr<Engine> engine, SnapshotCell<TrustSnapshot>& snapshots, std::chrono::milliseconds wait)
      : engine_(std::move(engine)), reader_(snapshots), wait_(std::min(wait, kMaxWait)) {}

  // Pin: to be held while the tokens that Park() and Keep() may get are judged.
  SnapshotReader::Pinned Pin() { return reader_.Pin(); }

  bool empty() const { return tokens_.empty(); }

  // NextLook: when a look should begin at the latest. Requires !empty().
  TimePoint NextLook() const {
    const TimePoint until = tokens_.begin()->second.until;
    return is_told_ ? until : std::min(next_look_, until);
  }

  // BeTold: from now on somebody looks whenever keys are published, and nobody need look every few milliseconds.
  void BeTold() { is_told_ = true; }

  // Park: takes a token that awaits keys of the issuer with this index; false when there is no place for it. `bytes`
  // stay with whoever submitted them. Requires that `number` and `clock` are no smaller than ever before.
  [[nodiscard]] bool Park(std::uint64_t number, std::string_view bytes, Completion done, const TrustSnapshot& pinned,
                          int issuer, TimePoint clock) noexcept;

  // Due: a token to be judged again.
  struct Due {
    std::uint64_t number;
    std::string_view bytes;
    Completion done;
  };

  // BeginLook, NextDue: a look gives each token that is due once: its issuer's keys changed, or its time is up. Between
  // the two and between calls of NextDue() tokens may be parked and taken.
  void BeginLook(const TrustSnapshot& pinned, TimePoint clock);
  std::optional<Due> NextDue(const TrustSnapshot& pinned);

  // Keep: has a token that was judged again, and awaits keys still, wait on; false when its time was up at the look, or
  // it is not here.
  [[nodiscard]] bool Keep(std::uint64_t number, const TrustSnapshot& pinned, int issuer);

  // Take: ends a token's wait; false when it is not here. TakeFirst: that of the oldest. Requires !empty().
  bool Take(std::uint64_t number);
  Completion TakeFirst();

 private:
  // Keys: what an issuer's keys are in a snapshot.
  struct Keys {
    static Keys Of(const TrustSnapshot& snapshot, int issuer);
    bool operator==(const Keys&) const = default;

    int issuer = TrustSnapshot::kNoIssuer;
    std::uint64_t generation = 0;  // 0: the snapshot has no such issuer
    std::int64_t fetched_at = 0;   // a fetch that brings the same keys may end the wait, too
  };

  struct Parked {
    std::string_view bytes;
    Completion done;
    TimePoint until;
    Keys keys;
    std::size_t row = 0;  // IssuerTrust::counter_row: the issuer, whatever its index becomes
  };

  using Tokens = std::map<std::uint64_t, Parked>;  // by number: also in the order of `until`

  void Erase(Tokens::iterator token);

  const std::shared_ptr<Engine> engine_;
  SnapshotReader reader_;
  const std::chrono::milliseconds wait_;

  Tokens tokens_;
  std::size_t bytes_ = 0;
  std::vector<std::size_t> of_issuer_;  // by row: how many wait

  bool is_told_ = false;
  TimePoint next_look_;
  TimePoint look_clock_;
  std::uint64_t looked_at_ = 0;      // the last number that this look has passed
  std::uint64_t seen_snapshot_ = 0;  // generation of the last look's snapshot
  bool changed_ = false;             // this look's snapshot is not that of the look before
};

}  // namespace assay
