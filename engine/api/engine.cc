#include "engine/api/engine.h"

#include <algorithm>

#include "engine/api/engine_impl.h"
#include "engine/json/text.h"

namespace assay {
namespace {

// What befell an issuer's keys when the configuration was published, for the log.
void LogKeys(Logger& logger, const std::string& issuer, const KeySetReport& report) {
  logger.Log(LogLevel::kInfo, "key_set_loaded", {{"issuer", issuer}, {"keys", std::to_string(report.usable)}});
  for (const std::string& line : report.skipped) {
    logger.Log(LogLevel::kWarning, "key_skipped", {{"issuer", issuer}, {"why", line}});
  }
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

void EngineImpl::Publish(PreparedConfiguration next) {
  const std::lock_guard lock(mutex);
  std::vector<std::shared_ptr<IssuerState>> next_issuers;
  TrustSnapshot::Issuers next_trust;
  std::vector<std::shared_ptr<const Policy>> policies;
  for (PreparedConfiguration::Issuer& issuer : next.issuers) {
    const std::string& name = issuer.trust.policy->config().issuer;
    issuer.trust.counter_row = counter_rows.emplace(name, counter_rows.size() + 1).first->second;
    policies.push_back(issuer.trust.policy);
    next_issuers.push_back(issuer.state);
    next_trust.push_back(std::make_shared<const IssuerTrust>(issuer.trust));
  }
  retired_counters.Grow(counter_rows.size() + 1);
  for (Counters* counters : live_counters) counters->Grow(counter_rows.size() + 1);
  auto next_directory = std::make_shared<const IssuerDirectory>(next.config->limits, std::move(policies));
  snapshot.Publish(std::make_unique<const TrustSnapshot>(next_directory, next_trust));
  // Nothing can fail any more.
  for (PreparedConfiguration::Issuer& issuer : next.issuers) {
    issuer.state->source = issuer.source;
    issuer.state->installed = std::move(issuer.installed);
    issuer.state->table_bytes = issuer.table_bytes;
  }
  config = std::move(next.config);
  issuers = std::move(next_issuers);
  trust = std::move(next_trust);
  directory = std::move(next_directory);
}

Engine::Engine(std::unique_ptr<EngineImpl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

Result<std::shared_ptr<Engine>> Engine::Create(EngineConfig config) {
  const Result<const Kernel*> kernel = ChooseKernel(config.kernel);
  if (!kernel) return Error{kernel.error()};
  Result<PreparedConfiguration> prepared = Prepare(std::move(config), **kernel, nullptr);
  if (!prepared) return Error{prepared.error()};
  std::shared_ptr<Engine> engine(new Engine(std::make_unique<EngineImpl>(std::move(*prepared), **kernel)));
  EngineImpl& impl = *engine->impl_;
  for (const Kernel* each : Kernels()) {
    if (!IsSupported(*each) || PassesSelfTest(*each)) continue;
    impl.logger.Log(LogLevel::kError, "self_test_failed", {{"kernel", std::string(each->name)}});
  }
  impl.logger.Log(LogLevel::kInfo, "kernel_chosen", {{"name", std::string(engine->kernel())}});
  for (std::size_t i = 0; i < impl.issuers.size(); ++i) {
    if (const auto& installed = impl.issuers[i]->installed) {
      LogKeys(impl.logger, impl.config->issuers[i].policy.issuer, installed->report);
    }
  }
  impl.LogTables();
  if (const Result<void> loaded = engine->BeginRevocation(); !loaded) return Error{loaded.error()};
  return engine;
}

Result<void> Engine::Reload(EngineConfig next) {
  EngineImpl& impl = *impl_;
  Result<PreparedConfiguration> prepared = Error{};
  {
    const std::unique_lock configuring(impl.configuring);
    if (!next.kernel.empty() && next.kernel != impl.kernel.name) {
      prepared = Error{"kernel: `" + json::Escaped(next.kernel) + "` cannot replace `" + std::string(impl.kernel.name) +
                       "` while the engine runs"};
    } else {
      next.log = impl.config->log;
      prepared = Prepare(std::move(next), impl.kernel, &impl);
      if (prepared) impl.Publish(*prepared);
    }
  }
  if (!prepared) {
    impl.logger.Log(LogLevel::kError, "configuration_refused", {{"why", prepared.error()}});
    return Error{prepared.error()};
  }
  impl.logger.Log(LogLevel::kInfo, "configuration_published",
                  {{"issuers", std::to_string(prepared->config->issuers.size())}});
  impl.LogTables();
  return {};
}

bool Engine::Ready() const {
  const std::lock_guard lock(impl_->mutex);
  return std::all_of(impl_->trust.begin(), impl_->trust.end(),
                     [](const auto& issuer) { return issuer->keys != nullptr; });
}

std::string_view Engine::kernel() const { return impl_->kernel.name; }

std::shared_ptr<const EngineConfig> Engine::config() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->config;
}

std::string_view Version() { return ASSAY_VERSION; }

}  // namespace assay
