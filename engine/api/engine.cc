#include "engine/api/engine.h"

#include <algorithm>
#include <fstream>
#include <set>

#include "engine/api/engine_impl.h"
#include "engine/jwks/jwk_set.h"
#include "engine/jwks/prepare.h"

namespace assay {
namespace {

struct LoadedKeys {
  std::shared_ptr<const jwks::KeySet> keys;
  KeySetReport report;
};

// `previous` may be null; what it has prepared already is used again.
Result<LoadedKeys> LoadKeys(std::string_view text, AlgorithmSet allowed, const jwks::KeySet* previous,
                            std::size_t table_bytes) {
  Result<std::vector<jwks::Jwk>> read = jwks::ReadJwkSet(text, allowed);
  if (!read) return Error{read.error()};
  jwks::PrepareTables(*read, previous, table_bytes);
  LoadedKeys loaded;
  loaded.keys = std::make_shared<const jwks::KeySet>(std::move(*read));
  std::size_t position = 0;
  for (const jwks::Jwk& jwk : loaded.keys->keys()) {
    // A key of which no token may make use must not pass for one, or a set without any other would
    // drive out the keys that are in use.
    const bool allowed_here = jwk.key != nullptr && !(jwk.algorithms & allowed).empty();
    if (allowed_here) {
      ++loaded.report.usable;
    } else {
      const std::string name = jwk.has_kid ? "kid \"" + EscapeForLog(jwk.kid) + "\"" : "no kid";
      loaded.report.skipped.push_back("key " + std::to_string(position) + " (" + name + "): " +
                                      (jwk.key == nullptr ? jwk.unusable_because
                                                          : "its algorithm is not allowed for the issuer"));
    }
    ++position;
  }
  if (loaded.report.usable == 0) {
    std::string message = "no usable key";
    for (const std::string& line : loaded.report.skipped) message += "; " + line;
    return Error{message};
  }
  return loaded;
}

Result<std::string> ReadKeyFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{path + ": cannot be opened"};
  std::string text(kMaxJwkSetBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return Error{path + ": cannot be read"};
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxJwkSetBytes) return Error{path + ": larger than 1 MiB"};
  return text;
}

std::string IssuerName(const IssuerConfig& issuer, std::size_t index) {
  return issuer.policy.issuer.empty() ? "issuer " + std::to_string(index)
                                      : "issuer " + EscapeForLog(issuer.policy.issuer);
}

// What makes the issuers unsafe together, though each may be sound alone. Null when nothing does.
const char* WhatIsUnsafeTogether(const std::vector<IssuerConfig>& issuers) {
  if (issuers.empty()) return "no issuers are configured";
  std::set<std::string_view> names;
  for (const IssuerConfig& issuer : issuers) {
    if (!names.insert(issuer.policy.issuer).second) return "two issuers have the same name";
    if (issuer.policy.issuer_mode != IssuerMode::kChosenByIss && issuers.size() > 1) {
      return "an issuer that is not chosen by `iss` must be the only one";
    }
  }
  return nullptr;
}

Result<void> CheckLimits(const Limits& limits) {
  if (limits.token_bytes == 0 || limits.token_bytes > kMaxTokenBytesCeiling) {
    return Error{"limits: token_bytes is outside 1.." + std::to_string(kMaxTokenBytesCeiling)};
  }
  if (limits.table_memory_mib > kMaxTableMemoryMib) {
    return Error{"limits: table_memory_mib is above " + std::to_string(kMaxTableMemoryMib)};
  }
  return {};
}

}  // namespace

EngineImpl::EngineImpl(EngineConfig config_in, const Kernel& kernel_in, std::vector<IssuerTrust> issuers_in)
    : config(std::move(config_in)),
      kernel(kernel_in),
      logger(config.log),
      issuers(std::move(issuers_in)),
      key_states(issuers.size()),
      retired_counters(issuers.size()),
      snapshot(std::make_unique<const TrustSnapshot>(next_generation++, config.limits, issuers)),
      revocations(config.revocation.max_token_lifetime_seconds) {}

std::size_t EngineImpl::TableBytesPerIssuer() const {
  if (kernel.es256 == nullptr) return 0;
  return config.limits.table_memory_mib * 1024 * 1024 / config.issuers.size();
}

void EngineImpl::PublishLocked() {
  snapshot.Publish(std::make_unique<const TrustSnapshot>(next_generation++, config.limits, issuers));
}

Engine::Engine(std::unique_ptr<EngineImpl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

Result<std::shared_ptr<Engine>> Engine::Create(EngineConfig config) {
  if (const char* defect = WhatIsUnsafeTogether(config.issuers)) return Error{defect};
  if (const Result<void> limits = CheckLimits(config.limits); !limits) return Error{limits.error()};
  if (const Result<void> revocation = CheckRevocationConfig(config); !revocation) return Error{revocation.error()};
  std::vector<IssuerTrust> issuers;
  for (std::size_t i = 0; i < config.issuers.size(); ++i) {
    Result<Policy> policy = Policy::Build(config.issuers[i].policy);
    if (!policy) return Error{IssuerName(config.issuers[i], i) + ": " + policy.error()};
    issuers.push_back({std::make_shared<const Policy>(std::move(*policy)), nullptr,
                       std::make_shared<IssuerSignals>()});
  }
  const Result<const Kernel*> kernel = ChooseKernel(config.kernel);
  if (!kernel) return Error{kernel.error()};
  auto impl = std::make_unique<EngineImpl>(std::move(config), **kernel, std::move(issuers));
  std::shared_ptr<Engine> engine(new Engine(std::move(impl)));
  const EngineConfig& checked = engine->impl_->config;
  for (const Kernel* each : Kernels()) {
    if (!IsSupported(*each) || PassesSelfTest(*each)) continue;
    engine->impl_->logger.Log(LogLevel::kError, "self_test_failed", {{"kernel", std::string(each->name)}});
  }
  engine->impl_->logger.Log(LogLevel::kInfo, "kernel_chosen", {{"name", std::string(engine->kernel())}});
  for (std::size_t i = 0; i < checked.issuers.size(); ++i) {
    const KeySource& source = checked.issuers[i].keys;
    std::string text = source.value;
    if (source.kind == KeySource::Kind::kUrl || source.kind == KeySource::Kind::kDiscover) continue;
    if (source.kind == KeySource::Kind::kFile) {
      Result<std::string> file = ReadKeyFile(source.value);
      if (!file) return Error{file.error()};
      text = std::move(*file);
    }
    const Result<KeySetReport> report = engine->InstallKeys(i, text);
    if (!report) {
      const std::string where =
          source.kind == KeySource::Kind::kFile ? source.value : IssuerName(checked.issuers[i], i);
      return Error{where + ": " + report.error()};
    }
  }
  if (const Result<void> loaded = engine->BeginRevocation(); !loaded) return Error{loaded.error()};
  return engine;
}

Result<KeySetReport> Engine::InstallKeys(std::size_t issuer_index, std::string_view jwk_set_json) {
  EngineImpl& impl = *impl_;
  if (issuer_index >= impl.config.issuers.size()) return Error{"there is no such issuer"};
  const IssuerConfig& issuer = impl.config.issuers[issuer_index];
  const std::string name = issuer.policy.issuer;
  std::shared_ptr<const jwks::KeySet> previous;
  {
    const std::lock_guard lock(impl.mutex);
    previous = impl.issuers[issuer_index].keys;
  }
  Result<LoadedKeys> loaded =
      LoadKeys(jwk_set_json, issuer.policy.algorithms, previous.get(), impl.TableBytesPerIssuer());
  if (!loaded) {
    {
      const std::lock_guard lock(impl.mutex);
      ++impl.key_states[issuer_index].failures;
    }
    impl.logger.Log(LogLevel::kError, "key_set_refused", {{"issuer", name}, {"why", loaded.error()}});
    return Error{loaded.error()};
  }
  {
    const std::lock_guard lock(impl.mutex);
    impl.issuers[issuer_index].keys = loaded->keys;
    impl.issuers[issuer_index].signals->unknown_kid.store(false);
    impl.key_states[issuer_index].usable = loaded->report.usable;
    impl.key_states[issuer_index].installed_at = std::chrono::steady_clock::now();
    impl.PublishLocked();
  }
  impl.logger.Log(LogLevel::kInfo, "key_set_loaded",
                  {{"issuer", name}, {"keys", std::to_string(loaded->report.usable)}});
  for (const std::string& line : loaded->report.skipped) {
    impl.logger.Log(LogLevel::kWarning, "key_skipped", {{"issuer", name}, {"why", line}});
  }
  return std::move(loaded->report);
}

bool Engine::Ready() const {
  const std::lock_guard lock(impl_->mutex);
  return std::all_of(impl_->issuers.begin(), impl_->issuers.end(),
                     [](const IssuerTrust& issuer) { return issuer.keys != nullptr; });
}

std::string_view Engine::kernel() const { return impl_->kernel.name; }

const EngineConfig& Engine::config() const { return impl_->config; }

std::string_view Version() { return ASSAY_VERSION; }

}  // namespace assay
