// What a gateway's checks add to validation: a million revocations in force, and the MCP decision on a request of
// 400 bytes. 256 tokens a batch, no verdict cache; 16,384 distinct tokens, so that neither they nor what they are
// looked up in stay near the core. The rows take turns in short rounds; medians of a thread's processor
// time; what a row costs is its ratio to the first in the same round.
//
//   build/bin/gateway_bench [ROUNDS]
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "bench/micro/million_revocations.h"
#include "engine/api/engine.h"
#include "engine/api/mcp.h"
#include "engine/base/check.h"
#include "tests/testing/engines.h"
#include "tools/load/measure.h"

namespace assay::bench {
namespace {

using testing::SigningKey;

constexpr std::size_t kTokens = 16'384;
constexpr std::size_t kBatch = 256;
constexpr std::size_t kPrefetchDistance = 4;
constexpr std::size_t kTools = 200;
constexpr std::size_t kScopes = 50;
constexpr std::size_t kScopesOfAToken = 5;
constexpr std::size_t kBodyBytes = 400;

std::string Scope(std::size_t i) { return "service-" + std::to_string(i % kScopes) + ":write"; }
std::string Tool(std::size_t i) { return "write_report_" + std::to_string(i % kTools); }

std::string PolicyText(const std::string& mode) {
  std::string text = R"({"resource":")" + std::string(testing::kAudience) +
                     R"(","authorization_servers":["https://issuer.example"],"header_mode":")" + mode +
                     R"(","tools":{)";
  for (std::size_t i = 0; i < kTools; ++i) {
    text += (i > 0 ? ",\"" : "\"") + Tool(i) + R"(":{"scopes":[")" + Scope(i) + "\"]}";
  }
  return text + "}}";
}

// Token i holds the scopes i to i + 4, and its request calls a tool that needs one of them.
std::string ClaimsOf(std::size_t i) {
  std::string scopes = Scope(i);
  for (std::size_t k = 1; k < kScopesOfAToken; ++k) scopes += " " + Scope(i + k);
  const std::uint64_t name = i + 10 * static_cast<std::uint64_t>(kMillion);
  return R"({"iss":")" + std::string(testing::kIssuer) + R"(","aud":")" + std::string(testing::kAudience) +
         R"(","exp":)" + std::to_string(testing::kNow + 600) + R"(,"iat":)" + std::to_string(testing::kNow - 60) +
         R"(,"sub":")" + Uuid(name) + R"(","client_id":")" + Uuid(2 * name) + R"(","jti":")" + Uuid(3 * name) +
         R"(","sid":")" + Uuid(4 * name) + R"(","scope":")" + scopes + R"(","name":")" + std::string(160, 'n') + "\"}";
}

// 400 bytes, and the padding that a gateway's buffer has.
std::string BodyOf(std::size_t i) {
  std::string body =
      R"({"jsonrpc":"2.0","id":"req-)" + std::to_string(i) + R"(","method":"tools/call","params":{"name":")" +
      Tool(i + i % kScopesOfAToken) +
      R"(","arguments":{"path":"/srv/reports/2026/07/summary.md","mode":"append","create":true,"lines":[1,2,3,4],"content":")";
  const std::string end = R"("},"_meta":{"progressToken":12,"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})";
  body.append(kBodyBytes - body.size() - end.size(), 'x');
  return body + end + std::string(mcp::RequestReader::kPadding, '\0');
}

struct Requests {
  const SigningKey key;
  std::vector<std::string> texts, tools, bodies;
  std::vector<std::string_view> tokens;

  explicit Requests(Algorithm algorithm) : key(SigningKey::Make(algorithm)) {
    for (std::size_t i = 0; i < kTokens; ++i) {
      texts.push_back(testing::Sign(key, testing::HeaderOf(key), ClaimsOf(i)));
      tools.push_back(Tool(i + i % kScopesOfAToken));
      bodies.push_back(BodyOf(i));
    }
    tokens.assign(texts.begin(), texts.end());
  }

  mcp::RequestHead HeadOf(std::size_t i) const {
    const mcp::HeaderField fields[] = {{"Host", "mcp.example.com"},
                                       {"Content-Type", "application/json"},
                                       {"Accept", "application/json, text/event-stream"},
                                       {"MCP-Protocol-Version", "2026-07-28"},
                                       {"Mcp-Method", "tools/call"},
                                       {"Mcp-Name", tools[i]}};
    return mcp::ReadHead(fields);
  }
};

std::shared_ptr<Engine> UncachedEngine(const SigningKey& key) {
  EngineConfig config;
  config.issuers.push_back(testing::IssuerWith({key}));
  config.limits.verdict_cache_kib = 0;
  return testing::MakeEngine(std::move(config));
}

// A worker of its own, and a checker where requests are to be decided on.
class Gateway {
 public:
  // `mode`: what the requests are read from; empty: there are none.
  Gateway(const Requests& requests, bool revocations, const std::string& mode)
      : requests_(requests),
        engine_(UncachedEngine(requests.key)),
        worker_(engine_),
        verdicts_(kBatch),
        batch_(kBatch) {
    if (revocations) ASSAY_CHECK(engine_->Revoke(MillionRevocations(), testing::kNow).ok());
    if (mode.empty()) return;
    std::vector<PolicyConfig> issuers;
    for (const IssuerConfig& issuer : engine_->config()->issuers) issuers.push_back(issuer.policy);
    const auto policy = mcp::ScopePolicy::FromJson(PolicyText(mode), "policy").value();
    checker_.emplace(mcp::Checker::Create(policy, issuers).value());
  }

  // True when every token was accepted and, with decisions, every request allowed.
  bool Serve(std::size_t first, std::size_t count) {
    worker_.ValidateBatch(std::span(requests_.tokens).subspan(first, count), testing::kNow, verdicts_);
    std::size_t good = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!checker_) {
        good += verdicts_[i].accepted() ? 1u : 0u;
        continue;
      }
      // A host has just read the head's text from its connection.
      if (i + kPrefetchDistance < count) __builtin_prefetch(requests_.tools[first + i + kPrefetchDistance].data());
      const std::string_view body = requests_.bodies[first + i];
      batch_[i] = {
          &verdicts_[i], requests_.HeadOf(first + i), {body.substr(0, kBodyBytes), mcp::RequestReader::kPadding}};
    }
    if (checker_) {
      checker_->DecideBatch(std::span(batch_).first(count),
                            [&](std::size_t, const mcp::Decision& decision) { good += decision.allowed() ? 1u : 0u; });
    }
    return good == count;
  }

 private:
  const Requests& requests_;
  std::shared_ptr<Engine> engine_;
  Worker worker_;
  std::vector<Verdict> verdicts_;
  std::vector<mcp::ValidatedRequest> batch_;
  std::optional<mcp::Checker> checker_;
};

void Report(Algorithm algorithm, int rounds) {
  const Requests requests(algorithm);
  std::vector<std::unique_ptr<Gateway>> gateways;
  std::vector<load::Contender> rows;
  for (const auto& [name, revocations, mode] :
       {std::tuple{"validation alone", false, ""}, std::tuple{"and 1,000,000 revocations", true, ""},
        std::tuple{"and the MCP decision", false, "headers_and_body"}, std::tuple{"and both", true, "headers_and_body"},
        std::tuple{"and both, headers alone", true, "headers"}}) {
    Gateway* const gateway = gateways.emplace_back(std::make_unique<Gateway>(requests, revocations, mode)).get();
    load::Contender row;
    row.name = name;
    row.tokens = kTokens;
    row.batch = kBatch;
    row.threads = {[gateway](std::size_t first, std::size_t count) { return gateway->Serve(first, count); }};
    rows.push_back(std::move(row));
  }
  std::vector<load::Contender*> contenders;
  for (load::Contender& row : rows) contenders.push_back(&row);
  ASSAY_CHECK(load::Measure(contenders, {.rounds = rounds}).ok());
  const std::string name(AlgorithmName(algorithm));
  std::printf("%-28s %10s %10s %10s\n", name.c_str(), "tokens/s", "ns/token", "of alone");
  for (const load::Contender& row : rows) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < row.rates.size(); ++i) ratios.push_back(row.rates[i] / rows[0].rates[i]);
    const double rate = load::Median(row.rates);
    std::printf("%-28s %10.0f %10.0f %9.1f%%\n", row.name.c_str(), rate, 1e9 / rate, 100 * load::Median(ratios));
  }
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
