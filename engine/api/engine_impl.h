// What Engine and Worker share. Not installed.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/counters.h"
#include "engine/api/engine.h"
#include "engine/api/feeds.h"
#include "engine/api/key_signal.h"
#include "engine/api/logger.h"
#include "engine/api/table_budget.h"
#include "engine/pipeline/trust_snapshot.h"
#include "engine/pipeline/validate.h"
#include "engine/revocation/revocation_store.h"
#include "engine/sync/snapshot_cell.h"

namespace assay {

using SnapshotReader = SnapshotCell<TrustSnapshot>::Reader;

// SourceGeneration: tells a key source that an issuer has from every other it had or will have: another one, the same
// one after another, and that of an issuer which was gone meanwhile have other generations. None is ever used again.
using SourceGeneration = std::uint64_t;

// InstalledKeys: a key set that was installed, what it was read from, and how fresh it is. The engine alone says when
// keys end, from this and the configuration: see ValidThrough().
struct InstalledKeys {
  std::string text;
  KeySetReport report;
  Moment fetched;        // or read, or given by the host
  bool expires = false;  // max-stale counts from `fetched`
};

// ValidThrough: the last Unix second at which the issuer's keys may be used.
inline std::int64_t ValidThrough(const InstalledKeys& keys, const IssuerConfig& issuer) {
  return keys.expires ? keys.fetched.unix_seconds + Normalized(issuer.refresh).max_stale_seconds - 1 : INT64_MAX;
}

// FetchedAt: the Unix second in which the fetch of the keys began; INT64_MAX for keys that no fetch has brought.
inline std::int64_t FetchedAt(const InstalledKeys& keys) {
  return keys.expires ? keys.fetched.unix_seconds : INT64_MAX;
}

// Configured: what Reload() alone changes, and as a whole: one that is published is never changed.
struct Configured {
  // Find: the index of the issuer whose entry has this name, or else of the one whose tokens have it; or with this name
  // and key source; nothing when there is none.
  std::optional<std::size_t> Find(std::string_view issuer) const;
  std::optional<std::size_t> Find(std::string_view issuer, SourceGeneration source) const;

  std::shared_ptr<const EngineConfig> config;
  // In the order of config->issuers, as everything that has an index.
  std::shared_ptr<const IssuerDirectory> directory;
  std::vector<SourceGeneration> sources;
};

// IssuerState: what changes of an issuer while it stays configured, beside what readers see of it.
struct IssuerState {
  std::shared_ptr<const InstalledKeys> installed;  // null: none
  std::size_t table_bytes = 0;                     // of its keys' tables, also while they are being made
  std::uint64_t failures = 0;                      // fetches that failed, sets that were refused
  bool installing = false;                         // a key set is being prepared: one at a time
  std::vector<jwks::KeyName> former_key_names;     // while there are no keys: names() of the last that there were
};

// KeyNamesOf: the names that the keys of an issuer have, and have had: those that its next key set has to remember.
inline std::vector<jwks::KeyName> KeyNamesOf(const IssuerTrust& trust, const IssuerState& state) {
  return trust.keys != nullptr ? trust.keys->names() : state.former_key_names;
}

// KeyNamesByIssuer: by each string that tokens have named the issuer by. An entry's strings share one list.
using KeyNamesByIssuer = std::map<std::string, std::shared_ptr<const std::vector<jwks::KeyName>>, std::less<>>;

// EngineState: what an engine has at one moment.
struct EngineState {
  std::shared_ptr<const Configured> configured;
  std::vector<IssuerState> issuers;
  TrustSnapshot::Issuers trust;
  std::shared_ptr<const KeyNamesByIssuer> gone;  // of issuers that were configured, and are no more; null: of none
};

// PreparedConfiguration: a configuration that has been checked and prepared, issuer by issuer in its order. Publishing
// it cannot fail.
struct PreparedConfiguration {
  struct Issuer {
    std::optional<std::size_t> former;  // the index of the issuer that had the name before
    IssuerTrust trust;
    SourceGeneration source = 0;
    std::shared_ptr<const InstalledKeys> installed;
    std::size_t table_bytes = 0;
    std::vector<jwks::KeyName> key_names_before;  // as KeySet takes them
  };
  std::shared_ptr<const EngineConfig> config;
  std::vector<Issuer> issuers;
};

// EngineImpl: what Engine and Worker share.
//
// # Locks, in the order in which they are taken
// `configuring`  exclusively by Reload, shared by whatever installs or withdraws keys: policies,
//                names and indices stand still meanwhile. Key sets are prepared under it.
// `mutex`        for moments only: to publish, to look at what is published, to register a worker.
// Validation takes none of them.
struct EngineImpl {
  EngineImpl(PreparedConfiguration first, const Kernel& kernel);

  // Publish: publishes what Prepare() made, with `configuring` held since before. Throws only std::bad_alloc, and then
  // nothing has changed.
  void Publish(PreparedConfiguration next) ABSL_EXCLUSIVE_LOCKS_REQUIRED(configuring) ABSL_LOCKS_EXCLUDED(mutex);

  // Stable: what is configured, for as long as `configuring` is held.
  const Configured& Stable() const ABSL_SHARED_LOCKS_REQUIRED(configuring) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return *state.configured;  // written with both locks held: either is enough to read it
  }

  // CurrentlyConfigured: the configuration in force. Current: a copy of everything, as it is now.
  std::shared_ptr<const Configured> CurrentlyConfigured() const ABSL_LOCKS_EXCLUDED(mutex);
  EngineState Current() const ABSL_LOCKS_EXCLUDED(mutex);

  // PublishTrust: replaces one issuer's part in a new snapshot.
  void PublishTrust(std::size_t index, IssuerTrust changed) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // WithdrawKeys: false when the issuer at `index` has none.
  bool WithdrawKeys(std::size_t index) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  struct Installation {
    bool replaced = false;  // the issuer had keys before
    bool changed = false;   // the set chooses otherwise than what was there: it has been published
    KeySetReport report;
  };

  // Install: installs keys for the issuer at `index`, which there is.
  Result<Installation> Install(std::size_t index, std::string_view text, std::optional<Moment> fetched)
      ABSL_SHARED_LOCKS_REQUIRED(configuring) ABSL_LOCKS_EXCLUDED(mutex);

  // Lease: the lease of the issuer at `index`.
  std::optional<KeyLease> Lease(std::size_t index) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // LogInstallation: the host's callback may call the engine.
  void LogInstallation(const std::string& issuer, const Result<Installation>& done)
      ABSL_LOCKS_EXCLUDED(configuring, mutex);

  // ReplaceRevocations: replaces the listed revocations by `json_lines`, one a line; gives their number.
  Result<std::size_t> ReplaceRevocations(std::string_view json_lines, std::int64_t now)
      ABSL_LOCKS_EXCLUDED(configuring, mutex);

  // BudgetOf: the memory for key tables; none when the kernel uses none.
  static TableBudget BudgetOf(const EngineConfig& config, const Kernel& kernel);

  // TableBytesOfOthers: what the issuers other than the one at `index` have of the budget, or may count on.
  std::size_t TableBytesOfOthers(std::size_t index) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // RaiseKeySignals: after each publication.
  void RaiseKeySignals() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    for (KeySignal* const signal : key_signals) signal->Raise();
  }

  // LogTables: warns when published keys have no table for want of memory.
  void LogTables() ABSL_LOCKS_EXCLUDED(configuring, mutex);

  const Kernel& kernel;
  Logger logger;

  absl::Mutex configuring ABSL_ACQUIRED_BEFORE(mutex);
  mutable absl::Mutex mutex;

  EngineState state ABSL_GUARDED_BY(mutex);
  std::map<std::string, std::size_t, std::less<>> counter_rows ABSL_GUARDED_BY(mutex);  // of every name ever configured
  std::vector<Counters*> live_counters ABSL_GUARDED_BY(mutex);
  Counters retired_counters ABSL_GUARDED_BY(mutex);
  std::vector<KeySignal*> key_signals ABSL_GUARDED_BY(mutex);

  SnapshotCell<TrustSnapshot> snapshot;
  revocation::RevocationStore revocations;
};

// Prepare: checks `config` and prepares everything that it needs, key sets of inline and file sources included.
// `current`: what it is to replace, from which it takes over what stays; null for the first one. Changes nothing.
Result<PreparedConfiguration> Prepare(EngineConfig config, const Kernel& kernel, const EngineState* current);

class WorkerImpl {
 public:
  explicit WorkerImpl(std::shared_ptr<Engine> engine, EngineImpl& shared);
  ~WorkerImpl();

  void Run(std::span<const std::string_view> tokens, std::int64_t now, std::span<Verdict> verdicts) noexcept {
    const auto pin = reader_.Pin();
    try {
      pipeline_.Run(*pin, tokens, now, verdicts);
    } catch (const std::exception&) {  // bad_alloc, if not a defect; what it left half done, the next run starts anew
      std::fill(verdicts.begin(), verdicts.end(), Verdict());
    }
    counters_.Count(*pin, verdicts);
    counters_.CountCacheHits(pipeline_.cache_hits());
  }

  const Verdict& RunOne(std::string_view token, std::int64_t now) noexcept {
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
