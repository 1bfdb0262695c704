// Assay itself, in batches (assay DIR) and one token a call (assay_single DIR): no verdict is remembered.
#include <cstdlib>
#include <memory>
#include <string_view>

#include "bench/competitors/runner.h"
#include "engine/api/engine.h"

namespace {

using namespace assay;
using namespace assay::bench;

class AssayVerifier : public Verifier {
 public:
  AssayVerifier(const RunnerInput& input, std::size_t batch)
      : worker_(MakeEngine(input)), now_(input.now), batch_(batch), verdicts_(batch) {}

  std::size_t Verify(std::span<const std::string> tokens) override {
    if (batch_ == 1) return worker_.Validate(tokens[0], now_).accepted() ? 1 : 0;
    views_.assign(tokens.begin(), tokens.end());
    const std::span<Verdict> verdicts(verdicts_.data(), tokens.size());
    worker_.ValidateBatch(views_, now_, verdicts);
    std::size_t accepted = 0;
    for (const Verdict& verdict : verdicts) accepted += verdict.accepted() ? 1u : 0u;
    return accepted;
  }

  std::size_t batch() const override { return batch_; }

 private:
  static std::shared_ptr<Engine> MakeEngine(const RunnerInput& input) {
    EngineConfig config;
    IssuerConfig& issuer = config.issuers.emplace_back();
    issuer.policy.issuer = input.issuer;
    issuer.policy.audiences = {input.audience};
    issuer.policy.algorithms = {*ParseAlgorithm(input.alg)};
    issuer.keys = {KeySource::Kind::kInline, input.jwk};
    config.limits.verdict_cache_kib = 0;
    Result<std::shared_ptr<Engine>> engine = Engine::Create(std::move(config));
    if (!engine) std::abort();
    return *engine;
  }

  Worker worker_;
  std::int64_t now_;
  std::size_t batch_;
  std::vector<std::string_view> views_;
  std::vector<Verdict> verdicts_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string version(Version());
  if (std::string_view(argv[0]).ends_with("_single")) {
    return RunnerMain(argc, argv,
                      {"Assay, one token a call", version, "Worker::Validate",
                       [](const RunnerInput& input) -> Verifier* { return new AssayVerifier(input, 1); }});
  }
  return RunnerMain(argc, argv,
                    {"Assay, batches of 256", version, "Worker::ValidateBatch",
                     [](const RunnerInput& input) -> Verifier* { return new AssayVerifier(input, 256); }});
}
