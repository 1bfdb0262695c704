// What changes one issuer's keys while an engine runs.
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

std::optional<std::size_t> EngineImpl::Find(std::string_view issuer, SourceGeneration source) const {
  const int named = directory->Named(issuer);
  if (named == IssuerDirectory::kNoIssuer) return std::nullopt;
  const auto index = static_cast<std::size_t>(named);
  if (source != kAnySource && source != issuers[index]->source) return std::nullopt;
  return index;
}

Result<EngineImpl::Installation> EngineImpl::Install(std::size_t index, std::string_view text,
                                                     std::int64_t valid_through) {
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
  InstalledKeys installed{std::string(text), done.report, std::chrono::steady_clock::now()};
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

Result<KeySetReport> Engine::InstallKeys(std::size_t issuer_index, std::string_view jwk_set_json) {
  EngineImpl& impl = *impl_;
  std::string name;
  Result<EngineImpl::Installation> done = Error{};
  {
    const std::shared_lock configuring(impl.configuring);
    if (issuer_index >= impl.issuers.size()) return Error{"there is no such issuer"};
    name = impl.config->issuers[issuer_index].policy.issuer;
    done = impl.Install(issuer_index, jwk_set_json, INT64_MAX);
  }
  impl.LogInstallation(name, done);
  if (!done) return Error{done.error()};
  return std::move(done->report);
}

Result<KeySetReport> Engine::InstallKeysFor(std::string_view issuer, std::string_view jwk_set_json,
                                            const KeySource* fetched_from, std::int64_t valid_through,
                                            SourceGeneration source) {
  EngineImpl& impl = *impl_;
  Result<EngineImpl::Installation> done = Error{};
  {
    const std::shared_lock configuring(impl.configuring);
    if (!impl.Find(issuer, kAnySource)) return Error{"there is no such issuer"};
    const std::optional<std::size_t> index = impl.Find(issuer, source);
    if (!index || (fetched_from != nullptr && *fetched_from != impl.config->issuers[*index].keys)) {
      return Error{"the issuer's key source has changed"};
    }
    done = impl.Install(*index, jwk_set_json, valid_through);
  }
  impl.LogInstallation(std::string(issuer), done);
  if (!done) return Error{done.error()};
  return std::move(done->report);
}

bool Engine::TakeUnknownKid(std::string_view issuer, SourceGeneration source) {
  EngineImpl& impl = *impl_;
  const std::lock_guard lock(impl.mutex);
  const std::optional<std::size_t> index = impl.Find(issuer, source);
  return index && impl.trust[*index]->signals->unknown_kid.exchange(false);
}

void Engine::WithdrawKeys(std::string_view issuer, SourceGeneration source) {
  EngineImpl& impl = *impl_;
  {
    const std::shared_lock configuring(impl.configuring);
    const std::optional<std::size_t> index = impl.Find(issuer, source);
    if (!index) return;
    IssuerState& state = *impl.issuers[*index];
    const std::lock_guard one_at_a_time(state.installing);
    const std::lock_guard lock(impl.mutex);
    IssuerTrust next = *impl.trust[*index];
    if (next.keys == nullptr) return;
    next.keys = nullptr;
    next.key_generation = NextGeneration();
    impl.PublishTrustLocked(*index, std::move(next));
    state.installed.reset();
    state.table_bytes = 0;
  }
  impl.logger.Log(LogLevel::kError, "keys_withdrawn", {{"issuer", std::string(issuer)}});
}

bool Engine::ConfirmKeys(std::string_view issuer, std::chrono::seconds age, std::int64_t valid_through,
                         SourceGeneration source) {
  EngineImpl& impl = *impl_;
  const std::shared_lock configuring(impl.configuring);
  const std::lock_guard lock(impl.mutex);
  const std::optional<std::size_t> index = impl.Find(issuer, source);
  if (!index || !IsFetched(impl.config->issuers[*index].keys)) return false;
  auto& installed = impl.issuers[*index]->installed;
  if (!installed) return false;
  IssuerTrust next = *impl.trust[*index];
  next.keys_valid_through = valid_through;
  impl.PublishTrustLocked(*index, std::move(next));
  installed->at = std::chrono::steady_clock::now() - age;
  return true;
}

void Engine::CountRefreshFailure(std::string_view issuer, SourceGeneration source) {
  EngineImpl& impl = *impl_;
  const std::lock_guard lock(impl.mutex);
  if (const std::optional<std::size_t> index = impl.Find(issuer, source)) ++impl.issuers[*index]->failures;
}

void Engine::Log(LogLevel level, std::string_view event, std::vector<std::pair<std::string_view, std::string>> fields) {
  impl_->logger.Log(level, event, std::move(fields));
}

}  // namespace assay
