#include "engine/api/engine.h"

#include <algorithm>
#include <iterator>

#include "engine/api/engine_impl.h"
#include "engine/api/key_loading.h"
#include "engine/json/text.h"

namespace assay {
namespace {

// What befell an issuer's keys when the configuration was published, for the log.
void LogKeys(Logger& logger, const std::string& issuer, const KeySetReport& report) {
  logger.Log(LogLevel::kInfo, "key_set_loaded", {{"issuer", issuer}, {"keys", std::to_string(report.usable)}});
  LogDefects(logger, issuer, report);
}

// LogReportMode: a warning for each issuer whose policy is reported only, at each start and reload.
void LogReportMode(Logger& logger, const EngineConfig& config) {
  for (const IssuerConfig& issuer : config.issuers) {
    if (issuer.policy.mode == EnforcementMode::kEnforce) continue;
    logger.Log(LogLevel::kWarning, "report_mode", {{"issuer", issuer.policy.issuer}});
  }
}

// KeyNamesOfThoseGone: of the issuers that `before` had, or knew to be gone, and `next` has not.
std::shared_ptr<const KeyNamesByIssuer> KeyNamesOfThoseGone(const EngineState& before, const IssuerDirectory& next) {
  const auto gone = std::make_shared<KeyNamesByIssuer>();
  const auto is_gone = [&](std::string_view name) {
    return next.Named(name) == IssuerDirectory::kNoIssuer && next.OfEntry(name) == IssuerDirectory::kNoIssuer;
  };
  if (before.gone != nullptr) {
    std::copy_if(before.gone->begin(), before.gone->end(), std::inserter(*gone, gone->end()),
                 [&](const auto& known) { return is_gone(known.first); });
  }
  for (std::size_t i = 0; i < before.trust.size(); ++i) {
    std::shared_ptr<const std::vector<jwks::KeyName>> names;  // made for those alone that go: most stay
    for (const std::string& issuer : before.trust[i]->policy->names().all()) {
      if (!is_gone(issuer)) continue;
      if (names == nullptr) {
        names = std::make_shared<std::vector<jwks::KeyName>>(KeyNamesOf(*before.trust[i], before.issuers[i]));
      }
      if (names->empty()) break;
      gone->emplace(issuer, names);
    }
  }
  return gone;
}

}  // namespace

EngineImpl::EngineImpl(PreparedConfiguration first, const Kernel& kernel_in)
    : kernel(kernel_in),
      logger(first.config->log),
      retired_counters(0),
      snapshot(std::make_unique<const TrustSnapshot>(
          std::make_shared<const IssuerDirectory>(Limits{}, std::vector<std::shared_ptr<const Policy>>()),
          TrustSnapshot::Issuers())),
      revocations(first.config->revocation.max_token_lifetime_seconds) {
  Publish(std::move(first));
}

std::optional<std::size_t> Configured::Find(std::string_view issuer) const {
  int named = directory->OfEntry(issuer);
  if (named == IssuerDirectory::kNoIssuer) named = directory->Named(issuer);
  if (named == IssuerDirectory::kNoIssuer) return std::nullopt;
  return static_cast<std::size_t>(named);
}

std::optional<std::size_t> Configured::Find(std::string_view issuer, SourceGeneration source) const {
  const std::optional<std::size_t> index = Find(issuer);
  return index && sources[*index] == source ? index : std::nullopt;
}

std::shared_ptr<const Configured> EngineImpl::CurrentlyConfigured() const {
  const absl::MutexLock lock(&mutex);
  return state.configured;
}

EngineState EngineImpl::Current() const {
  const absl::MutexLock lock(&mutex);
  return state;
}

void EngineImpl::Publish(PreparedConfiguration next) {
  const absl::MutexLock lock(&mutex);
  EngineState after;
  const auto configured = std::make_shared<Configured>();
  std::vector<std::shared_ptr<const Policy>> policies;
  for (PreparedConfiguration::Issuer& issuer : next.issuers) {
    const std::string& name = issuer.trust.policy->config().issuer;
    issuer.trust.counter_row = counter_rows.emplace(name, counter_rows.size() + 1).first->second;
    policies.push_back(issuer.trust.policy);
    after.trust.push_back(std::make_shared<const IssuerTrust>(issuer.trust));
    const std::uint64_t failures = issuer.former ? state.issuers[*issuer.former].failures : 0;
    std::vector<jwks::KeyName> key_names;
    if (issuer.trust.keys == nullptr) key_names = std::move(issuer.key_names_before);
    after.issuers.push_back({std::move(issuer.installed), issuer.table_bytes, failures, false, std::move(key_names)});
    configured->sources.push_back(issuer.source);
  }
  retired_counters.Grow(counter_rows.size() + 1);
  for (Counters* counters : live_counters) counters->Grow(counter_rows.size() + 1);
  configured->directory = std::make_shared<const IssuerDirectory>(next.config->limits, std::move(policies));
  configured->config = std::move(next.config);
  after.gone = KeyNamesOfThoseGone(state, *configured->directory);
  snapshot.Publish(std::make_unique<const TrustSnapshot>(configured->directory, after.trust));
  // Nothing can fail any more.
  after.configured = configured;
  state = std::move(after);
  RaiseKeySignals();
}

Engine::Engine(std::unique_ptr<EngineImpl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

Result<std::shared_ptr<Engine>> Engine::Create(EngineConfig config) {
  const Result<const Kernel*> kernel = ChooseKernel(config.kernel);
  if (!kernel) return Error{kernel.error()};
  const bool is_forced = !config.kernel.empty();
  Result<PreparedConfiguration> prepared = Prepare(std::move(config), **kernel, nullptr);
  if (!prepared) return Error{prepared.error()};
  std::shared_ptr<Engine> engine(new Engine(std::make_unique<EngineImpl>(std::move(*prepared), **kernel)));
  EngineImpl& impl = *engine->impl_;
  for (const Kernel* faster : Kernels()) {
    if (is_forced || faster == *kernel) break;
    if (!IsSupported(*faster)) continue;  // else it would have been chosen, had it passed
    impl.logger.Log(LogLevel::kError, "self_test_failed", {{"kernel", std::string(faster->name)}});
  }
  impl.logger.Log(LogLevel::kInfo, "kernel_chosen", {{"name", std::string(engine->kernel())}});
  const EngineState state = impl.Current();
  for (std::size_t i = 0; i < state.issuers.size(); ++i) {
    if (const auto& installed = state.issuers[i].installed) {
      LogKeys(impl.logger, state.configured->config->issuers[i].policy.issuer, installed->report);
    }
  }
  LogReportMode(impl.logger, *state.configured->config);
  impl.LogTables();
  if (const Result<void> loaded = engine->BeginRevocation(); !loaded) return Error{loaded.error()};
  return engine;
}

Result<void> Engine::Reload(EngineConfig next) {
  EngineImpl& impl = *impl_;
  Result<PreparedConfiguration> prepared = Error{};
  {
    const absl::MutexLock configuring(&impl.configuring);
    const EngineState current = impl.Current();
    if (!next.kernel.empty() && next.kernel != impl.kernel.name) {
      prepared = Error{"kernel: `" + json::Escaped(next.kernel) + "` cannot replace `" + std::string(impl.kernel.name) +
                       "` while the engine runs"};
    } else {
      next.log = current.configured->config->log;
      prepared = Prepare(std::move(next), impl.kernel, &current);
      if (prepared) impl.Publish(*prepared);
    }
  }
  if (!prepared) {
    impl.logger.Log(LogLevel::kError, "configuration_refused", {{"why", prepared.error()}});
    return Error{prepared.error()};
  }
  impl.logger.Log(LogLevel::kInfo, "configuration_published",
                  {{"issuers", std::to_string(prepared->config->issuers.size())}});
  LogReportMode(impl.logger, *prepared->config);
  impl.LogTables();
  return {};
}

bool Engine::Ready() const {
  const absl::MutexLock lock(&impl_->mutex);
  const TrustSnapshot::Issuers& trust = impl_->state.trust;
  return std::all_of(trust.begin(), trust.end(), [](const auto& issuer) { return issuer->keys != nullptr; });
}

bool Engine::Ready(std::string_view issuer) const {
  const absl::MutexLock lock(&impl_->mutex);
  const std::optional<std::size_t> index = impl_->state.configured->Find(issuer);
  return index && impl_->state.trust[*index]->keys != nullptr;
}

std::string_view Engine::kernel() const { return impl_->kernel.name; }

std::shared_ptr<const EngineConfig> Engine::config() const { return impl_->CurrentlyConfigured()->config; }

std::string_view Version() { return ASSAY_VERSION; }

}  // namespace assay
