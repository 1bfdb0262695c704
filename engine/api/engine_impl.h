// What Engine and Worker share. Not installed.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/api/counters.h"
#include "engine/api/engine.h"
#include "engine/api/logger.h"
#include "engine/pipeline/trust_snapshot.h"
#include "engine/pipeline/validate.h"
#include "engine/revocation/revocation_store.h"
#include "engine/sync/snapshot_cell.h"

namespace assay {

using SnapshotReader = SnapshotCell<TrustSnapshot>::Reader;

struct EngineImpl {
  // What is known of one issuer's keys, beside the keys themselves.
  struct KeyState {
    std::size_t usable = 0;
    std::uint64_t failures = 0;  // sets that were offered and refused
    std::chrono::steady_clock::time_point installed_at;
  };

  EngineImpl(EngineConfig config, const Kernel& kernel, std::vector<IssuerTrust> issuers);

  // Each issuer's share of the memory for key tables; 0 when the kernel uses none.
  std::size_t TableBytesPerIssuer() const;

  // Publishes what `issuers` holds under a new generation. Requires mutex.
  void PublishLocked();

  const EngineConfig config;
  const Kernel& kernel;
  Logger logger;

  mutable std::mutex mutex;  // everything below but the cell's readers
  std::vector<IssuerTrust> issuers;
  std::vector<KeyState> key_states;
  std::vector<const Counters*> live_counters;
  Counters retired_counters;
  std::uint64_t next_generation = 1;

  SnapshotCell<TrustSnapshot> snapshot;
  revocation::RevocationStore revocations;
};

// Refuses a revocation configuration that could not be enforced.
Result<void> CheckRevocationConfig(const EngineConfig& config);

class WorkerImpl {
 public:
  explicit WorkerImpl(std::shared_ptr<Engine> engine, EngineImpl& shared);
  ~WorkerImpl();

  void Run(std::span<const std::string_view> tokens, std::int64_t now, std::span<Verdict> verdicts) {
    {
      const auto pin = reader_.Pin();
      pipeline_.Run(*pin, tokens, now, verdicts);
    }
    counters_.Count(verdicts);
  }

  const Verdict& RunOne(std::string_view token, std::int64_t now) {
    Run({&token, 1}, now, {&single_, 1});
    return single_;
  }

 private:
  const std::shared_ptr<Engine> engine_;
  EngineImpl& shared_;
  SnapshotReader reader_;
  Pipeline pipeline_;
  Counters counters_;
  Verdict single_;
};

}  // namespace assay
