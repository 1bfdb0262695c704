// What Engine and Worker share. Not installed.
#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/counters.h"
#include "engine/api/engine.h"
#include "engine/api/feeds.h"
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

// IssuerState: one issuer for as long as its name stays configured, beside what readers see of it.
struct IssuerState {
  std::mutex installing;  // held while a key set is prepared and installed: one at a time
  // source, installed, table_bytes, failures: guarded by EngineImpl::mutex.
  SourceGeneration source = 0;  // written with `configuring` held as well: either is enough to read it
  std::optional<InstalledKeys> installed;
  std::size_t table_bytes = 0;  // of its keys' tables, also while they are being made
  std::uint64_t failures = 0;   // fetches that failed, sets that were refused
};

// PreparedConfiguration: a configuration that has been checked and prepared, issuer by issuer in its order. Publishing
// it cannot fail.
struct PreparedConfiguration {
  struct Issuer {
    std::shared_ptr<IssuerState> state;  // of the issuer that had the name before, if one did
    IssuerTrust trust;
    SourceGeneration source = 0;
    std::optional<InstalledKeys> installed;
    std::size_t table_bytes = 0;
  };
  std::shared_ptr<const EngineConfig> config;
  std::vector<Issuer> issuers;
};

// EngineImpl: what Engine and Worker share.
//
// # Locks, in the order in which they are taken
// `configuring`  exclusively by Reload, shared by whatever installs or withdraws keys: policies,
//                names and indices stand still meanwhile. Key sets are prepared under it.
// `installing`   of one issuer.
// `mutex`        for moments only: to publish, to look at what is published, to register a worker.
// Validation takes none of them.
struct EngineImpl {
  EngineImpl(PreparedConfiguration first, const Kernel& kernel);

  // Publish: publishes what Prepare() made. Requires that nothing else uses the engine, or `configuring` held
  // exclusively since before `next` was prepared. Throws only std::bad_alloc, and then nothing has changed.
  void Publish(PreparedConfiguration next);

  // Find: the index of the issuer with this name; or with this name and key source; nothing when there is none by now.
  // Requires `mutex` or `configuring`: for as long as it is held, the answer stays true.
  std::optional<std::size_t> Find(std::string_view issuer) const;
  std::optional<std::size_t> Find(std::string_view issuer, SourceGeneration source) const;

  // PublishTrustLocked: replaces one issuer's part in a new snapshot. Requires `mutex`.
  void PublishTrustLocked(std::size_t index, IssuerTrust changed);

  struct Installation {
    bool replaced = false;  // the issuer had keys before
    bool changed = false;   // the set chooses otherwise than what was there: it has been published
    KeySetReport report;
  };

  // Install: installs keys for the issuer at `index`. Requires `configuring` shared, and that there is such an issuer.
  Result<Installation> Install(std::size_t index, std::string_view text, std::optional<Moment> fetched);

  // Lease: the lease of the issuer at `index`. Requires `mutex`.
  std::optional<KeyLease> Lease(std::size_t index) const;

  // LogInstallation: requires no lock held: the host's callback may call the engine.
  void LogInstallation(const std::string& issuer, const Result<Installation>& done);

  // ReplaceRevocations: replaces the listed revocations by `json_lines`, one a line; gives their number.
  Result<std::size_t> ReplaceRevocations(std::string_view json_lines, std::int64_t now);

  // BudgetOf: the memory for key tables; none when the kernel uses none.
  static TableBudget BudgetOf(const EngineConfig& config, const Kernel& kernel);

  // TableBytesOfOthers: what the issuers other than the one at `index` have of the budget, or may count on. Requires
  // `mutex`.
  std::size_t TableBytesOfOthers(std::size_t index) const;

  // LogTables: warns when published keys have no table for want of memory. Requires no lock held.
  void LogTables();

  const Kernel& kernel;
  Logger logger;

  std::shared_mutex configuring;
  mutable std::mutex mutex;  // everything below but the cell

  // config, issuers, directory: written with both locks held: either is enough to read them.
  std::shared_ptr<const EngineConfig> config;
  std::vector<std::shared_ptr<IssuerState>> issuers;
  std::shared_ptr<const IssuerDirectory> directory;
  TrustSnapshot::Issuers trust;
  std::map<std::string, std::size_t, std::less<>> counter_rows;  // of every name ever configured
  std::vector<Counters*> live_counters;
  Counters retired_counters;

  SnapshotCell<TrustSnapshot> snapshot;
  revocation::RevocationStore revocations;
};

// Prepare: checks `config` and prepares everything that it needs, key sets of inline and file sources included.
// `current`: the engine whose configuration it is to replace, from which it takes over what stays (requires
// `configuring`); null for the first one. Changes nothing.
Result<PreparedConfiguration> Prepare(EngineConfig config, const Kernel& kernel, const EngineImpl* current);

class WorkerImpl {
 public:
  explicit WorkerImpl(std::shared_ptr<Engine> engine, EngineImpl& shared);
  ~WorkerImpl();

  void Run(std::span<const std::string_view> tokens, std::int64_t now, std::span<Verdict> verdicts) noexcept {
    const auto pin = reader_.Pin();
    try {
      pipeline_.Run(*pin, tokens, now, verdicts);
    } catch (const std::bad_alloc&) {  // nothing else is thrown; whatever it left half done, the next run starts anew
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
