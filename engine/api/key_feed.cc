// KeyFeed, and what changes one issuer's keys while an engine runs.
#include <algorithm>

#include "engine/api/engine_impl.h"
#include "engine/api/key_loading.h"

namespace assay {
namespace {

// InstallTurn: one issuer's turn at having a key set prepared and installed.
class InstallTurn {
 public:
  // Waits for the one before.
  InstallTurn(EngineImpl& impl, std::size_t index) ABSL_SHARED_LOCKS_REQUIRED(impl.configuring)
      : impl_(impl), index_(index) {
    const absl::MutexLock lock(&impl_.mutex);
    bool& installing = impl_.state.issuers[index].installing;
    impl_.mutex.Await(absl::Condition(+[](bool* taken) { return !*taken; }, &installing));
    installing = true;
  }
  ~InstallTurn() {
    const absl::MutexLock lock(&impl_.mutex);
    impl_.state.issuers[index_].installing = false;
  }
  InstallTurn(const InstallTurn&) = delete;
  InstallTurn& operator=(const InstallTurn&) = delete;

 private:
  EngineImpl& impl_;
  const std::size_t index_;
};

}  // namespace

void EngineImpl::PublishTrust(std::size_t index, IssuerTrust changed) {
  TrustSnapshot::Issuers next = state.trust;
  next[index] = std::make_shared<const IssuerTrust>(std::move(changed));
  snapshot.Publish(std::make_unique<const TrustSnapshot>(state.configured->directory, next));
  state.trust = std::move(next);
  RaiseKeySignals();
}

Result<EngineImpl::Installation> EngineImpl::Install(std::size_t index, std::string_view text,
                                                     std::optional<Moment> fetched) {
  const EngineConfig& config = *Stable().config;
  const IssuerConfig& issuer = config.issuers[index];
  const InstallTurn turn(*this, index);
  std::shared_ptr<const IssuerTrust> before;
  std::vector<jwks::KeyName> names_before;
  {
    const absl::MutexLock lock(&mutex);
    before = state.trust[index];
    names_before = KeyNamesOf(*before, state.issuers[index]);
  }
  const jwks::KeySet* const previous = before->keys.get();
  // Claimed before the tables are made, and until they are published: issuers may have theirs made at the same time.
  const TableBudget budget = BudgetOf(config, kernel);
  std::size_t bytes_before = 0;  // to go back to, where what they are claimed for is not published
  const auto claim = [&](std::size_t keys) {
    const absl::MutexLock lock(&mutex);
    std::size_t& table_bytes = state.issuers[index].table_bytes;
    bytes_before = table_bytes;
    const jwks::TablePlan plan = budget.Plan(keys, TableBytesOfOthers(index));
    table_bytes = plan.bytes();
    return plan;
  };
  Result<LoadedKeys> loaded = LoadKeys(text, issuer.keys, before->policy->algorithms(), previous, names_before, claim);
  if (!loaded) {
    const absl::MutexLock lock(&mutex);
    ++state.issuers[index].failures;
    return Error{loaded.error()};
  }
  Installation done;
  done.replaced = previous != nullptr;
  done.changed = previous == nullptr || !previous->ChoosesLike(*loaded->keys);
  done.report = std::move(loaded->report);
  const bool expires = fetched && IsFetched(issuer.keys);
  auto installed = std::make_shared<const InstalledKeys>(
      InstalledKeys{std::string(text), done.report, expires ? *fetched : Clock::System().Both(), expires});
  const std::int64_t valid_through = ValidThrough(*installed, issuer);
  const absl::MutexLock lock(&mutex);
  IssuerTrust next = *state.trust[index];
  // What was told of the same keys is answered by them; of others it is known to be (TakeUnknownKid()). Before they are
  // published, since who looks at them then may tell it anew.
  if (!done.changed) before->signals->unknown_kid.store(0);
  // A set that chooses as before is published all the same where more of its keys have tables now.
  const bool more_tables = !done.changed && jwks::CountWithoutTable(*loaded->keys) < jwks::CountWithoutTable(*previous);
  if (done.changed || more_tables || next.keys_valid_through != valid_through) {
    next.keys_valid_through = valid_through;
    next.keys_fetched_at = FetchedAt(*installed);
    if (done.changed) next.key_generation = NextGeneration();
    if (done.changed || more_tables) next.keys = std::move(loaded->keys);
    PublishTrust(index, std::move(next));
  }
  if (!done.changed && !more_tables) state.issuers[index].table_bytes = bytes_before;
  state.issuers[index].installed = std::move(installed);
  return done;
}

TableBudget EngineImpl::BudgetOf(const EngineConfig& config, const Kernel& kernel) {
  const std::size_t total = kernel.es256 == nullptr ? 0 : config.limits.table_memory_mib * 1024 * 1024;
  return {total, config.issuers.size()};
}

std::size_t EngineImpl::TableBytesOfOthers(std::size_t index) const {
  const std::size_t reserved = BudgetOf(*state.configured->config, kernel).Reserved();
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < state.issuers.size(); ++i) {
    if (i == index) continue;
    const std::size_t has = state.issuers[i].table_bytes;
    bytes += state.trust[i]->keys == nullptr ? std::max(has, reserved) : has;
  }
  return bytes;
}

void EngineImpl::LogTables() {
  if (kernel.es256 == nullptr) return;
  std::size_t without = 0;
  std::size_t memory = 0;
  {
    const absl::MutexLock lock(&mutex);
    memory = state.configured->config->limits.table_memory_mib;
    for (const auto& issuer : state.trust) {
      if (issuer->keys != nullptr) without += jwks::CountWithoutTable(*issuer->keys);
    }
  }
  if (without == 0) return;
  logger.Log(LogLevel::kWarning, "keys_without_table",
             {{"keys", std::to_string(without)}, {"table_memory_mib", std::to_string(memory)}});
}

void EngineImpl::LogInstallation(const std::string& issuer, const Result<Installation>& done) {
  if (!done) {
    logger.Log(LogLevel::kError, "key_set_refused", {{"issuer", issuer}, {"why", done.error()}});
    return;
  }
  const std::string keys = std::to_string(done->report.usable);
  if (!done->changed) {
    logger.Log(LogLevel::kInfo, "key_set_unchanged", {{"issuer", issuer}, {"keys", keys}});
    return;
  }
  logger.Log(LogLevel::kInfo, done->replaced ? "rotation" : "key_set_loaded", {{"issuer", issuer}, {"keys", keys}});
  LogTables();
  LogDefects(logger, issuer, done->report);
}

std::vector<KeyFeed> KeyFeed::All(const std::shared_ptr<Engine>& engine) {
  const std::shared_ptr<const Configured> configured = engine->impl_->CurrentlyConfigured();
  std::vector<KeyFeed> feeds;
  for (std::size_t i = 0; i < configured->sources.size(); ++i) {
    feeds.push_back(KeyFeed(engine, configured->config, i, configured->sources[i]));
  }
  return feeds;
}

std::optional<KeyFeed> KeyFeed::Of(const std::shared_ptr<Engine>& engine, std::string_view issuer) {
  const std::shared_ptr<const Configured> configured = engine->impl_->CurrentlyConfigured();
  const std::optional<std::size_t> index = configured->Find(issuer);
  if (!index) return std::nullopt;
  return KeyFeed(engine, configured->config, *index, configured->sources[*index]);
}

Result<KeySetReport> KeyFeed::Install(std::string_view jwk_set_json, std::optional<Moment> fetched) {
  EngineImpl& impl = *engine_->impl_;
  Result<EngineImpl::Installation> done = Error{};
  {
    const absl::ReaderMutexLock configuring(&impl.configuring);
    const std::optional<std::size_t> index = impl.Stable().Find(name(), source_);
    if (!index) return Error{"the issuer's key source has changed"};
    done = impl.Install(*index, jwk_set_json, fetched);
  }
  impl.LogInstallation(name(), done);
  if (!done) return Error{done.error()};
  return std::move(done->report);
}

bool KeyFeed::Confirm(Moment fetched) {
  EngineImpl& impl = *engine_->impl_;
  const absl::ReaderMutexLock configuring(&impl.configuring);
  const absl::MutexLock lock(&impl.mutex);
  const std::optional<std::size_t> index = impl.Stable().Find(name(), source_);
  if (!index) return false;
  const IssuerConfig& issuer = impl.Stable().config->issuers[*index];
  std::shared_ptr<const InstalledKeys>& installed = impl.state.issuers[*index].installed;
  if (!installed || !IsFetched(issuer.keys)) return false;
  auto confirmed = std::make_shared<InstalledKeys>(*installed);
  confirmed->fetched = fetched;
  confirmed->expires = true;
  IssuerTrust next = *impl.state.trust[*index];
  next.keys_valid_through = ValidThrough(*confirmed, issuer);
  next.keys_fetched_at = FetchedAt(*confirmed);
  impl.PublishTrust(*index, std::move(next));
  installed = std::move(confirmed);
  return true;
}

void KeyFeed::Withdraw() {
  EngineImpl& impl = *engine_->impl_;
  {
    const absl::ReaderMutexLock configuring(&impl.configuring);
    const std::optional<std::size_t> index = impl.Stable().Find(name(), source_);
    if (!index) return;
    const InstallTurn turn(impl, *index);
    const absl::MutexLock lock(&impl.mutex);
    if (!impl.WithdrawKeys(*index)) return;
  }
  Log(LogLevel::kError, "keys_withdrawn");
}

bool KeyFeed::Expire(std::chrono::milliseconds now) {
  EngineImpl& impl = *engine_->impl_;
  {
    const absl::ReaderMutexLock configuring(&impl.configuring);
    const absl::MutexLock lock(&impl.mutex);
    const std::optional<std::size_t> index = impl.Stable().Find(name(), source_);
    if (!index || impl.state.issuers[*index].installing) return false;  // other keys are on their way
    const std::optional<KeyLease> lease = impl.Lease(*index);
    if (!lease || !lease->expires_at || now < *lease->expires_at) return false;
    if (!impl.WithdrawKeys(*index)) return false;
  }
  Log(LogLevel::kError, "keys_withdrawn");
  return true;
}

bool EngineImpl::WithdrawKeys(std::size_t index) {
  IssuerState& issuer = state.issuers[index];
  if (!issuer.installed) return false;
  IssuerTrust next = *state.trust[index];
  issuer.former_key_names = next.keys->names();
  next.keys = nullptr;
  next.key_generation = NextGeneration();
  PublishTrust(index, std::move(next));
  issuer.installed.reset();
  issuer.table_bytes = 0;
  return true;
}

std::optional<KeyLease> EngineImpl::Lease(std::size_t index) const {
  const std::shared_ptr<const InstalledKeys>& installed = state.issuers[index].installed;
  if (!installed) return std::nullopt;
  KeyLease lease{installed->report.usable, installed->fetched.monotonic, std::nullopt};
  if (installed->expires) {
    const RefreshConfig refresh = Normalized(state.configured->config->issuers[index].refresh);
    lease.expires_at = lease.fetched_at + std::chrono::seconds(refresh.max_stale_seconds);
  }
  return lease;
}

std::optional<KeyLease> KeyFeed::lease() const {
  const EngineImpl& impl = *engine_->impl_;
  const absl::MutexLock lock(&impl.mutex);
  const std::optional<std::size_t> index = impl.state.configured->Find(name(), source_);
  return index ? impl.Lease(*index) : std::nullopt;
}

bool KeyFeed::TakeUnknownKid() {
  const EngineImpl& impl = *engine_->impl_;
  const absl::MutexLock lock(&impl.mutex);
  const std::optional<std::size_t> index = impl.state.configured->Find(name(), source_);
  if (!index) return false;
  const IssuerTrust& trust = *impl.state.trust[*index];
  return trust.signals->unknown_kid.exchange(0) == trust.key_generation;
}

void KeyFeed::CountFailure() {
  EngineImpl& impl = *engine_->impl_;
  const absl::MutexLock lock(&impl.mutex);
  const std::optional<std::size_t> index = impl.state.configured->Find(name(), source_);
  if (index) ++impl.state.issuers[*index].failures;
}

void KeyFeed::Log(LogLevel level, std::string_view event, LogFields more) const {
  more.insert(more.begin(), {"issuer", name()});
  engine_->impl_->logger.Log(level, event, std::move(more));
}

}  // namespace assay
