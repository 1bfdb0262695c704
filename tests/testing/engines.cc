#include "tests/testing/engines.h"

#include <cstdio>
#include <cstdlib>

namespace assay::testing {

AlgorithmSet AllAlgorithms() {
  AlgorithmSet all;
  for (int i = 0; i < kAlgorithmCount; ++i) all.Add(static_cast<Algorithm>(i));
  return all;
}

IssuerConfig IssuerWith(std::string jwk_set, std::string_view name) {
  IssuerConfig issuer;
  issuer.policy.issuer = name;
  issuer.policy.audiences = {std::string(kAudience)};
  issuer.policy.algorithms = AllAlgorithms();
  issuer.keys = {KeySource::Kind::kInline, std::move(jwk_set)};
  return issuer;
}

IssuerConfig IssuerWith(const std::vector<SigningKey>& keys, std::string_view name) {
  return IssuerWith(JwkSet(keys), name);
}

IssuerConfig SignatureOnlyIssuer(std::string jwk_set) {
  IssuerConfig issuer = IssuerWith(std::move(jwk_set), "");
  issuer.policy.issuer_mode = IssuerMode::kUnchecked;
  issuer.policy.audiences.clear();
  issuer.policy.signature_only = true;
  return issuer;
}

std::shared_ptr<Engine> MakeEngine(EngineConfig config) {
  Result<std::shared_ptr<Engine>> engine = Engine::Create(std::move(config));
  if (!engine) {
    std::fprintf(stderr, "a test's configuration was refused: %s\n", engine.error().c_str());
    std::abort();
  }
  return *engine;
}

std::shared_ptr<Engine> MakeEngine(IssuerConfig issuer) {
  EngineConfig config;
  config.issuers.push_back(std::move(issuer));
  return MakeEngine(std::move(config));
}

std::shared_ptr<Engine> EngineFor(const SigningKey& key) {
  return MakeEngine(IssuerWith(std::vector<SigningKey>{key}));
}

Result<KeySetReport> InstallKeys(const std::shared_ptr<Engine>& engine, std::string_view issuer,
                                 std::string_view jwk_set) {
  std::optional<KeyFeed> feed = KeyFeed::Of(engine, issuer);
  if (!feed) return Error{"there is no such issuer"};
  return feed->Install(jwk_set);
}

Result<KeySetReport> InstallKeys(const std::shared_ptr<Engine>& engine, std::size_t issuer, std::string_view jwk_set) {
  std::vector<KeyFeed> feeds = KeyFeed::All(engine);
  if (issuer >= feeds.size()) return Error{"there is no such issuer"};
  return feeds[issuer].Install(jwk_set);
}

Reason Judge(const std::shared_ptr<Engine>& engine, std::string_view token, std::int64_t now) {
  Worker worker(engine);
  return worker.Validate(token, now).reason();
}

Result<void> Revoke(const std::shared_ptr<Engine>& engine, const Revocation& revocation) {
  return engine->Revoke({&revocation, 1}, kNow);
}

}  // namespace assay::testing
