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

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/export.h"
#include "engine/base/result.h"
#include "engine/config/config.h"
#include "engine/pipeline/verdict.h"
#include "engine/revocation/revocation.h"

namespace assay {

struct EngineImpl;
class WorkerImpl;

class ASSAY_EXPORT Engine {
 public:
  // Create: checks the configuration, loads inline and file key sets, chooses and self-tests the kernel, and publishes
  // the first snapshot. Refuses unsafe policy, and a key source that cannot be read. Issuers with kUrl or kDiscover
  // start without keys: their tokens get `keys_unavailable` until keys are installed (remote/refresher.h; by hand:
  // feeds.h).
  static Result<std::shared_ptr<Engine>> Create(EngineConfig config);
  ~Engine();

  // Reload: replaces the whole configuration. Issuers, policies and limits change together, in one snapshot: no batch
  // sees a part of it. A configuration that Create() would refuse, or that names another kernel than the one in use,
  // changes nothing.
  //  - Inline and file key sets are read again. An issuer whose name and key source stay keeps the keys that were
  //    fetched for it, as far as its algorithm list still allows them. With another source it starts without keys.
  //  - Counters go on. Those of an issuer that is gone stay in the metrics.
  //  - Revocations stay in force; the revocation member must be as it was.
  //  - `log` is ignored: events go where Create() was told.
  Result<void> Reload(EngineConfig next);

  // Revoke: adds revocations to those in force; `now` serves to leave out what has outlived its tokens. Effective for
  // every Validate and ValidateBatch that begins after this returns. A defect in one of them is an error, and none is
  // added. Costs some microseconds, however many are in force; many at once cost less.
  Result<void> Revoke(std::span<const Revocation> revocations, std::int64_t now);

  // Ready: true once every issuer has keys.
  bool Ready() const;

  // Ready: true while the issuer of this name has keys; false also for a name that none is configured by.
  bool Ready(std::string_view issuer) const;

  // MetricsText: counters and gauges in Prometheus text exposition format.
  std::string MetricsText() const;

  // kernel: the name of the signature kernel in use.
  std::string_view kernel() const;

  // config: the configuration in force.
  std::shared_ptr<const EngineConfig> config() const;

  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

 private:
  friend class Worker;
  friend class KeyFeed;
  friend class RevocationFeed;
  friend class EventLoopBatcher;
  friend class Tracer;
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

  // Validate: the verdict of one compact token (no `Bearer ` prefix, no surrounding space). The reference lives until
  // this worker's next call. Any bytes are allowed. Should memory run out, the verdict is `unset`, which is a
  // rejection; the next call is as good as any.
  const Verdict& Validate(std::string_view token, std::int64_t now) noexcept;

  // ValidateBatch: the same for many tokens at once, which is faster per token. Requires as many verdicts as tokens;
  // verdict i is exactly what Validate(tokens[i], now) gives. Any number is fine; 64 or more is fast. Should memory run
  // out, all verdicts of the call are `unset`.
  void ValidateBatch(std::span<const std::string_view> tokens, std::int64_t now, std::span<Verdict> verdicts) noexcept;

 private:
  std::unique_ptr<WorkerImpl> impl_;
};

// Version: the library's version, e.g. "0.1.0".
ASSAY_EXPORT std::string_view Version();

}  // namespace assay
