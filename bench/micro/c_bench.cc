// What the C face costs: the same tokens in batches of 32 by Worker::ValidateBatch() and by assay_validate_batch(), in
// turns. One in eight is forged; every reason is checked. 4,096 distinct tokens, no verdict cache. Medians of a
// thread's processor time, and of the ratios of the same round.
//
//   build/bin/c_bench [ROUNDS]
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/api/engine.h"
#include "engine/base/check.h"
#include "engine/c/handles.h"
#include "tests/testing/engines.h"
#include "tools/load/measure.h"

namespace assay::bench {
namespace {

using testing::SigningKey;

constexpr std::size_t kTokens = 4096;
constexpr std::size_t kBatch = 32;

bool IsForged(std::size_t i) { return i % 8 == 7; }
bool IsRight(std::size_t i, std::int32_t reason) {
  return reason == static_cast<std::int32_t>(IsForged(i) ? Reason::kBadSignature : Reason::kAccepted);
}

struct Tokens {
  explicit Tokens(Algorithm algorithm) : key(SigningKey::Make(algorithm, "k1", 1)) {
    for (std::size_t i = 0; i < kTokens; ++i) {
      const std::string more = R"("n":)" + std::to_string(i) + R"(,"padding":")" + std::string(300, 'n') + '"';
      texts.push_back(testing::ValidToken(key, more));
      if (IsForged(i)) texts.back().replace(texts.back().size() - 6, 6, "AAAAAA");
    }
    for (const std::string& text : texts) {
      views.push_back(text);
      spans.push_back({text.data(), text.size()});
    }
  }

  const SigningKey key;
  std::vector<std::string> texts;
  std::vector<std::string_view> views;
  std::vector<assay_span> spans;
};

void Report(Algorithm algorithm, int rounds) {
  const Tokens tokens(algorithm);
  EngineConfig config;
  config.issuers.push_back(testing::IssuerWith({tokens.key}));
  config.limits.verdict_cache_kib = 0;
  assay_engine engine{.engine = testing::MakeEngine(std::move(config))};
  Worker worker(engine.engine);
  std::vector<Verdict> verdicts(kBatch);
  assay_worker* const c_worker = assay_worker_create(&engine, nullptr);
  std::array<std::int32_t, kBatch> reasons;

  load::Contender cxx, c;
  cxx.name = "C++";
  cxx.threads = {[&](std::size_t first, std::size_t count) {
    worker.ValidateBatch(std::span(tokens.views).subspan(first, count), testing::kNow, verdicts);
    bool right = true;
    for (std::size_t i = 0; i < count; ++i) {
      right &= IsRight(first + i, static_cast<std::int32_t>(verdicts[i].reason()));
    }
    return right;
  }};
  c.name = "C";
  c.threads = {[&](std::size_t first, std::size_t count) {
    bool right = assay_validate_batch(c_worker, &tokens.spans[first], count, testing::kNow, reasons.data()) == 1;
    for (std::size_t i = 0; i < count; ++i) right &= IsRight(first + i, reasons[i]);
    return right;
  }};
  for (load::Contender* const row : {&cxx, &c}) {
    row->tokens = kTokens;
    row->batch = kBatch;
  }
  ASSAY_CHECK(load::Measure({&cxx, &c}, {.rounds = rounds}).ok());
  const double ratio = load::MedianOfRounds(c, cxx, [](double a, double b) { return a / b; });
  std::printf("%-6s C++ %8.1f ns, C %8.1f ns a token, C / C++ %.2f%% of the rate\n",
              std::string(AlgorithmName(algorithm)).c_str(), 1e9 / load::Median(cxx.rates), 1e9 / load::Median(c.rates),
              100 * ratio);
  assay_worker_free(c_worker);
}

}  // namespace
}  // namespace assay::bench

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 101;
  if (rounds < 1) return 2;
  for (const assay::Algorithm algorithm : {assay::Algorithm::kES256, assay::Algorithm::kRS256}) {
    assay::bench::Report(algorithm, rounds);
  }
  return 0;
}
