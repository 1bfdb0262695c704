// The feeders' face of an Engine: for whoever brings keys (KeyFeed) and revocations (RevocationFeed) to it. A
// remote::Refresher, a FileFeed and a RedisFeed do; a host that fetches keys by itself uses these.
//
//   if (auto feed = assay::KeyFeed::Of(engine, "https://issuer.example")) feed->Install(jwk_set_json);
//
// # Threads
// Everything here is safe to use from every thread, and takes no lock that validation takes.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/api/clock.h"
#include "engine/api/engine.h"
#include "engine/base/export.h"
#include "engine/base/result.h"
#include "engine/revocation/revocation.h"

namespace assay {

using LogFields = std::vector<std::pair<std::string_view, std::string>>;

// KeySetReport: what came of loading one JWK Set.
struct KeySetReport {
  std::size_t usable = 0;
  std::vector<std::string> skipped;    // one line per key left out: which, and why
  std::vector<std::string> repeated;   // one line per key that stands in the set a second time, and counts once
  std::vector<std::string> ambiguous;  // one line per kid that several keys of one algorithm have
};

// KeyLease: the keys that an issuer has, and for how long. Times are of Clock::Now().
struct KeyLease {
  std::size_t usable = 0;
  std::chrono::milliseconds fetched_at{0};                // when the fetch that brought or confirmed them began
  std::optional<std::chrono::milliseconds> expires_at{};  // max-stale; nothing: never
};

// KeyFeed: brings keys to one issuer of an engine, as the issuer's key source is when the feed is made. Once a reload
// has given the issuer another source or name (or the same one anew, or has dropped it), the feed changes nothing any
// more.
class ASSAY_EXPORT KeyFeed {
 public:
  // All: a feed for each issuer of the configuration in force, in its order.
  static std::vector<KeyFeed> All(const std::shared_ptr<Engine>& engine);

  // Of: the feed of the issuer with this name; nothing when none is configured.
  static std::optional<KeyFeed> Of(const std::shared_ptr<Engine>& engine, std::string_view issuer);

  // issuer: the issuer's configuration when the feed was made.
  const IssuerConfig& issuer() const { return config_->issuers[index_]; }

  // HasSourceOf: whether both are feeds of the same key source, whatever else was configured between them.
  bool HasSourceOf(const KeyFeed& other) const { return source_ == other.source_; }

  // Install: replaces the issuer's keys with a JWK Set (RFC 7517 section 5) or one JWK. A text that is neither, is
  // over the limits or holds no usable key changes nothing, and is an error. Tokens validated by calls that begin after
  // this returns see the new keys. `fetched`: when the fetch began; from then on a fetched key source's keys are
  // good for RefreshConfig::max_stale_seconds, and then its tokens get `keys_unavailable`. Without it, for ever.
  // Slow (tables are made for new keys), but no other issuer's keys wait for it.
  Result<KeySetReport> Install(std::string_view jwk_set_json, std::optional<Moment> fetched = std::nullopt);

  // Confirm: the keys in use were the issuer's newest at `fetched`, from when their time counts anew. False, and
  // nothing changes, when there are none, and for keys that no fetch brings: inline and file ones.
  bool Confirm(Moment fetched);

  // Withdraw: drops the keys, if there are any: tokens get `keys_unavailable` until keys are installed again.
  void Withdraw();

  // Expire: withdraws keys whose lease has ended by `now` (of Clock::Now()), and says whether it did. Not while
  // others are being installed.
  bool Expire(std::chrono::milliseconds now);

  // lease: that of the keys in use; nothing when there are none.
  std::optional<KeyLease> lease() const;

  // TakeUnknownKid: whether a token has named a kid that the keys do not hold, or found them too old, since this was
  // last asked or keys were last installed.
  bool TakeUnknownKid();

  // CountFailure: counts a fetch that failed, for the metrics. A set that Install() refuses is counted by it.
  void CountFailure();

  // Log: hands an event of this issuer to the host, escaped and at the engine's rate; `event` is a constant.
  void Log(LogLevel level, std::string_view event, LogFields more = {}) const;

 private:
  KeyFeed(std::shared_ptr<Engine> engine, std::shared_ptr<const EngineConfig> config, std::size_t index,
          std::uint64_t source)
      : engine_(std::move(engine)), config_(std::move(config)), index_(index), source_(source) {}
  const std::string& name() const { return issuer().policy.issuer; }

  std::shared_ptr<Engine> engine_;
  std::shared_ptr<const EngineConfig> config_;
  std::size_t index_;     // of the issuer in config_; in the engine it may be another by now
  std::uint64_t source_;  // the generation of its key source
};

// RevocationFeed: keeps the revocations of an engine as `source` has them.
class ASSAY_EXPORT RevocationFeed {
 public:
  RevocationFeed(std::shared_ptr<Engine> engine, RevocationSource source)
      : engine_(std::move(engine)), source_(source) {}

  // Add: see Engine::Revoke().
  Result<void> Add(std::span<const Revocation> revocations, std::int64_t now) {
    return engine_->Revoke(revocations, now);
  }

  // Replace: replaces what the revocation file said by `json_lines`, one revocation a line; gives their number. What
  // was added by Revoke() stays. A text with a defect changes nothing.
  Result<std::size_t> Replace(std::string_view json_lines, std::int64_t now);

  // Confirm: nothing was missing at `now`, in Unix seconds. Where the configuration asks for it, tokens are acceptable
  // only until the last such time plus max_stale_seconds. To be called after Add() or Replace() has returned for
  // everything that the source knew of then.
  void Confirm(std::int64_t now);

  // Lapse: to be called when the source could not be asked: where the last Confirm() by this feed is older than
  // max_stale_seconds by the monotonic clock, tokens are refused until the next one, whatever the wall clock says.
  void Lapse();

  // Doubt: nobody knows how old what is in force is: tokens are refused until Confirm().
  void Doubt();

  // Log: hands an event to the host, escaped and at the engine's rate; `event` is a constant.
  void Log(LogLevel level, std::string_view event, LogFields fields) const;

 private:
  std::shared_ptr<Engine> engine_;
  RevocationSource source_;
  std::optional<std::chrono::milliseconds> confirmed_ = {};  // of Clock::Now()
};

}  // namespace assay
