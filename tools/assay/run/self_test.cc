#include "tools/assay/run/self_test.h"

#include "engine/api/engine.h"
#include "tools/load/token_maker.h"

namespace assay::cli {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;
constexpr std::string_view kPayload = R"({"iss":"self-test","aud":"self-test","exp":1700000060})";

std::string TestAlgorithm(Algorithm algorithm, const std::string& kernel) {
  const auto key = load::SigningKey::Generate(algorithm, 2048, "self-test");
  EngineConfig config;
  config.kernel = kernel;
  IssuerConfig& issuer = config.issuers.emplace_back();
  issuer.policy.issuer = "self-test";
  issuer.policy.audiences = {"self-test"};
  issuer.policy.algorithms = {algorithm};
  issuer.keys = {KeySource::Kind::kInline, key.PublicJwk()};
  auto engine = Engine::Create(std::move(config));
  if (!engine) return engine.error();
  Worker worker(*engine);
  const std::string token = TokenMaker(key, "at+jwt").Make(kPayload);
  const Reason good = worker.Validate(token, kNow).reason();
  if (!IsAccepted(good)) return "a good token is " + std::string(ReasonWord(good));
  // Another value in the middle of the signature.
  std::string bad_token = token;
  char& middle = bad_token[token.rfind('.') + 20];
  middle = middle == 'A' ? 'B' : 'A';
  const Reason bad = worker.Validate(bad_token, kNow).reason();
  if (bad != Reason::kBadSignature) return "a forged token is " + std::string(ReasonWord(bad));
  return "";
}

}  // namespace

std::vector<SelfTestResult> RunSelfTests(const std::string& kernel) {
  std::vector<SelfTestResult> results;
  for (int i = 0; i < kAlgorithmCount; ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    results.push_back({std::string(AlgorithmName(algorithm)), TestAlgorithm(algorithm, kernel)});
  }
  return results;
}

}  // namespace assay::cli
