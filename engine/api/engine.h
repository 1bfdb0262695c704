// Assay's C++ face: make an Engine once, a Worker per thread, and validate tokens.
//
//   auto engine = assay::Engine::Create(std::move(config));
//   if (!engine) { report(engine.error()); return; }
//   assay::Worker worker(*engine);
//   const assay::Verdict& verdict = worker.Validate(token, now);
//   if (verdict.accepted()) serve(verdict.claims()->subject());
//
// # Threads
// Engine is safe to use from every thread. A Worker is used by one thread at a time and may be moved
// between threads; it never waits for another worker or for a key rotation.
//
// # Time
// `now` is seconds since the epoch, read once by the caller per call: the engine never reads a clock
// while validating.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/api/config.h"
#include "engine/base/export.h"
#include "engine/base/result.h"
#include "engine/pipeline/verdict.h"
#include "engine/revocation/revocation.h"

namespace assay {

struct EngineImpl;
class WorkerImpl;

// What came of loading one JWK Set.
struct KeySetReport {
  std::size_t usable = 0;
  std::vector<std::string> skipped;  // one line per key left out: which, and why
};

// Tells a key source that an issuer has from every other it had or will have: another one, the same one after another,
// and that of an issuer which was gone meanwhile have other generations. None is ever used again.
using SourceGeneration = std::uint64_t;
inline constexpr SourceGeneration kAnySource = 0;

// A configuration, and the generation of the key source of each of its issuers, in their order.
struct KeySources {
  std::shared_ptr<const EngineConfig> config;
  std::vector<SourceGeneration> generations;
};

class ASSAY_EXPORT Engine {
 public:
  // Checks the configuration, loads inline and file key sets, chooses and self-tests the kernel, and
  // publishes the first snapshot. Refuses unsafe policy, and a key source that cannot be read. Issuers
  // with kUrl or kDiscover start without keys: their tokens get `keys_unavailable` until keys are installed.
  static Result<std::shared_ptr<Engine>> Create(EngineConfig config);
  ~Engine();

  // Replaces the keys of an issuer with a JWK Set (or one JWK) that was fetched for it. A text that is
  // no JWK Set, is over the limits or holds no usable key changes nothing. Tokens validated by calls
  // that begin after this returns see the new keys. Tables are made for new keys only, and while they
  // are, every other issuer's keys can be installed. Takes no lock that Validate takes.
  //
  // A refresher names the issuer: after a reload an index may mean another one. With `fetched_from` or
  // `source`, the set is refused if the issuer's key source is a different one by now. After `valid_through`,
  // in Unix seconds, the issuer's tokens get `keys_unavailable` until keys are installed or confirmed again.
  Result<KeySetReport> InstallKeys(std::size_t issuer_index, std::string_view jwk_set_json);
  Result<KeySetReport> InstallKeysFor(std::string_view issuer, std::string_view jwk_set_json,
                                      const KeySource* fetched_from = nullptr, std::int64_t valid_through = INT64_MAX,
                                      SourceGeneration source = kAnySource);

  // Whether a token has named a kid that the issuer's keys do not hold, or found them too old, since this
  // was last asked, or since keys were last installed. False for an issuer that is not configured, or whose key
  // source is not `source` by now; its signal stays then.
  bool TakeUnknownKid(std::string_view issuer, SourceGeneration source = kAnySource);

  // Forgets the issuer's keys, as past max-stale: its tokens get `keys_unavailable` until keys are
  // installed again. Does nothing for an issuer that has none, or whose key source is not `source` by now.
  void WithdrawKeys(std::string_view issuer, SourceGeneration source = kAnySource);

  // For refreshers, what there is to say when no keys were installed. ConfirmKeys(): those in use were
  // the issuer's newest `age` ago, and may be used up to `valid_through`; false, and nothing changes, when there are
  // none, when the key source is not `source` by now, and for keys that no fetch brings: inline and file ones.
  // CountRefreshFailure(): a fetch failed; a set that InstallKeysFor() refuses has been counted by it. Of another
  // `source` than the one by now, it counts for nobody.
  // Log(): hands an event to the host, escaped and at the engine's rate; `event` is a constant.
  bool ConfirmKeys(std::string_view issuer, std::chrono::seconds age, std::int64_t valid_through,
                   SourceGeneration source = kAnySource);
  void CountRefreshFailure(std::string_view issuer, SourceGeneration source = kAnySource);
  void Log(LogLevel level, std::string_view event, std::vector<std::pair<std::string_view, std::string>> fields);

  // Replaces the whole configuration. Issuers, policies and limits change together, in one snapshot: no
  // batch sees a part of it. A configuration that Create() would refuse, or that names another kernel
  // than the one in use, changes nothing.
  //  - Inline and file key sets are read again. An issuer whose name and key source stay keeps the keys
  //    that were fetched for it, as far as its algorithm list still allows them. With another source it
  //    starts without keys.
  //  - Counters go on. Those of an issuer that is gone stay in the metrics.
  //  - Revocations stay in force; the revocation member must be as it was.
  //  - `log` is ignored: events go where Create() was told.
  Result<void> Reload(EngineConfig next);

  // Adds revocations to those in force; `now` serves to leave out what has outlived its tokens. Effective
  // for every Validate and ValidateBatch that begins after this returns. With a defect in one of them, an
  // error, and none is added. Costs some microseconds, however many are in force; many at once cost less.
  Result<void> Revoke(std::span<const Revocation> revocations, std::int64_t now);

  // Replaces what the revocation file said by `json_lines`, one revocation a line; gives their number. What
  // Revoke() added stays. A text with a defect changes nothing.
  Result<std::size_t> InstallRevocations(std::string_view json_lines, std::int64_t now);

  // What a feed says when nothing was missing at `now`. Where the configuration asks for it, tokens are
  // acceptable only until the last such time plus max_stale_seconds. To be called after Revoke() or
  // InstallRevocations() has returned for everything that the feed knew of then.
  void ConfirmRevocations(RevocationFeed feed, std::int64_t now);

  // True once every issuer has keys.
  bool Ready() const;

  // Counters and gauges in Prometheus text exposition format.
  std::string MetricsText() const;

  // The name of the signature kernel in use.
  std::string_view kernel() const;

  // The configuration in force.
  std::shared_ptr<const EngineConfig> config() const;

  // The same, with what a refresher gives back beside what a fetch brought, so that it counts for the key source that
  // it was made for or not at all.
  KeySources key_sources() const;

  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

 private:
  friend class Worker;
  explicit Engine(std::unique_ptr<EngineImpl> impl);
  Result<void> BeginRevocation();
  std::unique_ptr<EngineImpl> impl_;
};

class ASSAY_EXPORT Worker {
 public:
  // Shares ownership of the engine. Allocates; registers with the engine.
  explicit Worker(std::shared_ptr<Engine> engine);
  ~Worker();
  Worker(Worker&&) noexcept;
  Worker& operator=(Worker&&) noexcept;

  // The verdict of one compact token (no `Bearer ` prefix, no surrounding space). The reference lives
  // until this worker's next call. Any bytes are allowed. Should memory run out, the verdict is `unset`, which is a
  // rejection; the next call is as good as any.
  const Verdict& Validate(std::string_view token, std::int64_t now) noexcept;

  // The same for many tokens at once, which is faster per token. Requires as many verdicts as tokens;
  // verdict i is exactly what Validate(tokens[i], now) gives. Any number is fine; 64 or more is fast. Should memory run
  // out, all verdicts of the call are `unset`.
  void ValidateBatch(std::span<const std::string_view> tokens, std::int64_t now, std::span<Verdict> verdicts) noexcept;

 private:
  std::unique_ptr<WorkerImpl> impl_;
};

// The library's version, e.g. "0.1.0".
ASSAY_EXPORT std::string_view Version();

}  // namespace assay
