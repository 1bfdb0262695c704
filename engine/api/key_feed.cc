// KeyFeed, and what changes one issuer's keys while an engine runs.
#include <algorithm>

#include "engine/api/engine_impl.h"
#include "engine/api/key_loading.h"

namespace assay {

void EngineImpl::PublishTrustLocked(std::size_t index, IssuerTrust changed) {
  TrustSnapshot::Issuers next = trust;
  next[index] = std::make_shared<const IssuerTrust>(std::move(changed));
  snapshot.Publish(std::make_unique<const TrustSnapshot>(directory, next));
  trust = std::move(next);
}

std::optional<std::size_t> EngineImpl::Find(std::string_view issuer) const {
  const int named = directory->Named(issuer);
  if (named == IssuerDirectory::kNoIssuer) return std::nullopt;
  return static_cast<std::size_t>(named);
}

std::optional<std::size_t> EngineImpl::Find(std::string_view issuer, SourceGeneration source) const {
  const std::optional<std::size_t> index = Find(issuer);
  return index && issuers[*index]->source == source ? index : std::nullopt;
}

Result<EngineImpl::Installation> EngineImpl::Install(std::size_t index, std::string_view text,
                                                     std::optional<Moment> fetched) {
  const IssuerConfig& issuer = config->issuers[index];
  IssuerState& state = *issuers[index];
  const std::lock_guard one_at_a_time(state.installing);
  std::shared_ptr<const IssuerTrust> before;
  {
    const std::lock_guard lock(mutex);
    before = trust[index];
  }
  const jwks::KeySet* const previous = before->keys.get();
  // Claimed before the tables are made, and until they are published: issuers may have theirs made at the same time.
  const TableBudget budget = BudgetOf(*config, kernel);
  std::size_t bytes_before = 0;  // to go back to, where what they are claimed for is not published
  const auto claim = [&](std::size_t keys) {
    const std::lock_guard lock(mutex);
    bytes_before = state.table_bytes;
    const jwks::TablePlan plan = budget.Plan(keys, TableBytesOfOthers(index));
    state.table_bytes = plan.bytes();
    return plan;
  };
  Result<LoadedKeys> loaded = LoadKeys(text, before->policy->algorithms(), previous, claim);
  if (!loaded) {
    const std::lock_guard lock(mutex);
    ++state.failures;
    return Error{loaded.error()};
  }
  Installation done;
  done.replaced = previous != nullptr;
  done.changed = previous == nullptr || !previous->ChoosesLike(*loaded->keys);
  done.report = std::move(loaded->report);
  const bool expires = fetched && IsFetched(issuer.keys);
  InstalledKeys installed{std::string(text), done.report, expires ? *fetched : Clock::System().Both(), expires};
  const std::int64_t valid_through = ValidThrough(installed, issuer);
  const std::lock_guard lock(mutex);
  IssuerTrust next = *trust[index];
  // A set that chooses as before is published all the same where more of its keys have tables now.
  const bool more_tables = !done.changed && jwks::CountWithoutTable(*loaded->keys) < jwks::CountWithoutTable(*previous);
  if (done.changed || more_tables || next.keys_valid_through != valid_through) {
    next.keys_valid_through = valid_through;
    if (done.changed) next.key_generation = NextGeneration();
    if (done.changed || more_tables) next.keys = std::move(loaded->keys);
    PublishTrustLocked(index, std::move(next));
  }
  if (!done.changed && !more_tables) state.table_bytes = bytes_before;
  state.installed = std::move(installed);
  before->signals->unknown_kid.store(false);
  return done;
}

TableBudget EngineImpl::BudgetOf(const EngineConfig& config, const Kernel& kernel) {
  const std::size_t total = kernel.es256 == nullptr ? 0 : config.limits.table_memory_mib * 1024 * 1024;
  return {total, config.issuers.size()};
}

std::size_t EngineImpl::TableBytesOfOthers(std::size_t index) const {
  const std::size_t reserved = BudgetOf(*config, kernel).Reserved();
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < issuers.size(); ++i) {
    if (i == index) continue;
    bytes += trust[i]->keys == nullptr ? std::max(issuers[i]->table_bytes, reserved) : issuers[i]->table_bytes;
  }
  return bytes;
}

void EngineImpl::LogTables() {
  if (kernel.es256 == nullptr) return;
  std::size_t without = 0;
  std::size_t memory = 0;
  {
    const std::lock_guard lock(mutex);
    memory = config->limits.table_memory_mib;
    for (const auto& issuer : trust) {
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
  for (const std::string& line : done->report.skipped) {
    logger.Log(LogLevel::kWarning, "key_skipped", {{"issuer", issuer}, {"why", line}});
  }
}

std::vector<KeyFeed> KeyFeed::All(const std::shared_ptr<Engine>& engine) {
  const EngineImpl& impl = *engine->impl_;
  const std::lock_guard lock(impl.mutex);
  std::vector<KeyFeed> feeds;
  for (std::size_t i = 0; i < impl.issuers.size(); ++i) {
    feeds.push_back(KeyFeed(engine, impl.config, i, impl.issuers[i]->source));
  }
  return feeds;
}

std::optional<KeyFeed> KeyFeed::Of(const std::shared_ptr<Engine>& engine, std::string_view issuer) {
  const EngineImpl& impl = *engine->impl_;
  const std::lock_guard lock(impl.mutex);
  const std::optional<std::size_t> index = impl.Find(issuer);
  if (!index) return std::nullopt;
  return KeyFeed(engine, impl.config, *index, impl.issuers[*index]->source);
}

Result<KeySetReport> KeyFeed::Install(std::string_view jwk_set_json, std::optional<Moment> fetched) {
  EngineImpl& impl = *engine_->impl_;
  Result<EngineImpl::Installation> done = Error{};
  {
    const std::shared_lock configuring(impl.configuring);
    const std::optional<std::size_t> index = impl.Find(name(), source_);
    if (!index) return Error{"the issuer's key source has changed"};
    done = impl.Install(*index, jwk_set_json, fetched);
  }
  impl.LogInstallation(name(), done);
  if (!done) return Error{done.error()};
  return std::move(done->report);
}

bool KeyFeed::Confirm(Moment fetched) {
  EngineImpl& impl = *engine_->impl_;
  const std::shared_lock configuring(impl.configuring);
  const std::lock_guard lock(impl.mutex);
  const std::optional<std::size_t> index = impl.Find(name(), source_);
  if (!index) return false;
  const IssuerConfig& issuer = impl.config->issuers[*index];
  std::optional<InstalledKeys>& installed = impl.issuers[*index]->installed;
  if (!installed || !IsFetched(issuer.keys)) return false;
  installed->fetched = fetched;
  installed->expires = true;
  IssuerTrust next = *impl.trust[*index];
  next.keys_valid_through = ValidThrough(*installed, issuer);
  impl.PublishTrustLocked(*index, std::move(next));
  return true;
}

void KeyFeed::Withdraw() { WithdrawIf(std::nullopt); }

bool KeyFeed::Expire(std::chrono::milliseconds now) { return WithdrawIf(now); }

// WithdrawIf: withdraws the keys, if any; with `expired_at` only those whose lease has ended by then.
bool KeyFeed::WithdrawIf(std::optional<std::chrono::milliseconds> expired_at) {
  EngineImpl& impl = *engine_->impl_;
  {
    const std::shared_lock configuring(impl.configuring);
    const std::optional<std::size_t> index = impl.Find(name(), source_);
    if (!index) return false;
    IssuerState& state = *impl.issuers[*index];
    std::unique_lock one_at_a_time(state.installing, std::defer_lock);
    if (!expired_at) {
      one_at_a_time.lock();
    } else if (!one_at_a_time.try_lock()) {
      return false;  // other keys are on their way
    }
    const std::lock_guard lock(impl.mutex);
    if (!state.installed) return false;
    if (expired_at) {
      const std::optional<std::chrono::milliseconds> end = impl.Lease(*index)->expires_at;
      if (!end || *expired_at < *end) return false;
    }
    IssuerTrust next = *impl.trust[*index];
    next.keys = nullptr;
    next.key_generation = NextGeneration();
    impl.PublishTrustLocked(*index, std::move(next));
    state.installed.reset();
    state.table_bytes = 0;
  }
  impl.logger.Log(LogLevel::kError, "keys_withdrawn", {{"issuer", name()}});
  return true;
}

std::optional<KeyLease> EngineImpl::Lease(std::size_t index) const {
  const std::optional<InstalledKeys>& installed = issuers[index]->installed;
  if (!installed) return std::nullopt;
  KeyLease lease{installed->report.usable, installed->fetched.monotonic, std::nullopt};
  if (installed->expires) {
    const RefreshConfig refresh = Normalized(config->issuers[index].refresh);
    lease.expires_at = lease.fetched_at + std::chrono::seconds(refresh.max_stale_seconds);
  }
  return lease;
}

std::optional<KeyLease> KeyFeed::lease() const {
  const EngineImpl& impl = *engine_->impl_;
  const std::lock_guard lock(impl.mutex);
  const std::optional<std::size_t> index = impl.Find(name(), source_);
  return index ? impl.Lease(*index) : std::nullopt;
}

bool KeyFeed::TakeUnknownKid() {
  const EngineImpl& impl = *engine_->impl_;
  const std::lock_guard lock(impl.mutex);
  const std::optional<std::size_t> index = impl.Find(name(), source_);
  return index && impl.trust[*index]->signals->unknown_kid.exchange(false);
}

void KeyFeed::CountFailure() {
  EngineImpl& impl = *engine_->impl_;
  const std::lock_guard lock(impl.mutex);
  if (const std::optional<std::size_t> index = impl.Find(name(), source_)) ++impl.issuers[*index]->failures;
}

void KeyFeed::Log(LogLevel level, std::string_view event, LogFields more) const {
  more.insert(more.begin(), {"issuer", name()});
  engine_->impl_->logger.Log(level, event, std::move(more));
}

}  // namespace assay
