// What a policy with claim rules costs a token: whole validation, batches of 256 distinct tokens of Keycloak's shape,
// under a policy that has the registered claims alone and under one with ten rules, a scope path of three names and a
// stand-in for the audience; and the look-up of an issuer among many strings of a template.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "tests/testing/engines.h"

namespace assay {
namespace {

using testing::kNow;

constexpr std::size_t kBatch = 256;

const testing::SigningKey& Key() {
  static const testing::SigningKey key = testing::SigningKey::Make(Algorithm::kES256);
  return key;
}

IssuerConfig Plain() { return testing::IssuerWith({Key()}); }

IssuerConfig WithRules() {
  IssuerConfig issuer = Plain();
  PolicyConfig& policy = issuer.policy;
  policy.scopes = {{"resource_access", "gateway", "roles"}, ScopeForm::kArray};
  policy.audience_from = {{"client_id"}, {"app-1", "app-2"}};
  policy.claim_rules = {
      {{"token_use"}, ClaimOperator::kIn, {"access"}},      {{"typ"}, ClaimOperator::kIn, {"Bearer"}},
      {{"email_verified"}, ClaimOperator::kIs, {}, true},   {{"azp"}, ClaimOperator::kIn, {"app-2", "app-1"}},
      {{"sub"}, ClaimOperator::kPrefix, {"user:"}},         {{"groups"}, ClaimOperator::kHas, {"staff"}},
      {{"level"}, ClaimOperator::kIs, {}, std::int64_t{2}}, {{"sid"}},
      {{"permissions"}, ClaimOperator::kWords, {"call"}},   {{"org"}, ClaimOperator::kIn, {"acme"}}};
  return issuer;
}

// Tokens: distinct ones that both policies accept; `aud` says whether they name their audience.
std::vector<std::string> Tokens(bool aud, std::string_view issuer = testing::kIssuer) {
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < kBatch; ++i) {
    const std::string number = std::to_string(i);
    std::string claims =
        R"({"iss":")" + std::string(issuer) + R"(","exp":1700000600,"iat":1699999900,"jti":")" + number +
        R"(","sub":"user:)" + number + R"(","sid":"s-)" + number +
        R"(","typ":"Bearer","azp":"app-1","client_id":"app-1",)"
        R"("token_use":"access","email_verified":true,"level":2,"org":"acme","permissions":"read call",)"
        R"("groups":["users","staff"],"realm_access":{"roles":["offline_access","uma"]},)"
        R"("resource_access":{"account":{"roles":["manage","view"]},"gateway":{"roles":["read"]}})";
    if (aud) claims += R"(,"aud":")" + std::string(testing::kAudience) + '"';
    tokens.push_back(testing::Sign(Key(), testing::HeaderOf(Key()), claims + '}'));
  }
  return tokens;
}

void Validate(benchmark::State& state, const IssuerConfig& issuer, const std::vector<std::string>& texts) {
  EngineConfig config;
  config.issuers = {issuer};
  config.limits.verdict_cache_kib = 0;
  const std::shared_ptr<Engine> engine = testing::MakeEngine(config);
  Worker worker(engine);
  const std::vector<std::string_view> tokens(texts.begin(), texts.end());
  std::vector<Verdict> verdicts(tokens.size());
  for (auto _ : state) {
    worker.ValidateBatch(tokens, kNow, verdicts);
    for (const Verdict& verdict : verdicts) {
      if (verdict.accepted()) continue;
      std::fprintf(stderr, "refused: %s\n", verdict.Detail().c_str());
      std::abort();
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(tokens.size()));
}

void RegisteredClaims(benchmark::State& state) { Validate(state, Plain(), Tokens(true)); }
void TenRulesAPathAndAStandIn(benchmark::State& state) { Validate(state, WithRules(), Tokens(false)); }

// Among this many strings of one template.
void OfATemplate(benchmark::State& state) {
  IssuerConfig issuer = Plain();
  issuer.policy.issuer.clear();
  IssuerTemplate::Variable tenant{"t", {}};
  for (std::int64_t i = 0; i < state.range(0); ++i) tenant.values.push_back("tenant-" + std::to_string(i));
  const std::string last = tenant.values.back();
  issuer.policy.issuer_template = {"https://login.example/{t}/v2.0", {std::move(tenant)}};
  Validate(state, issuer, Tokens(true, "https://login.example/" + last + "/v2.0"));
}

BENCHMARK(RegisteredClaims)->Unit(benchmark::kMicrosecond);
BENCHMARK(TenRulesAPathAndAStandIn)->Unit(benchmark::kMicrosecond);
BENCHMARK(OfATemplate)->Arg(1)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace assay

BENCHMARK_MAIN();
