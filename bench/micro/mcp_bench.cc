// The MCP decision on a validated token: 200 tools, 50 scopes, a request of 400 bytes; from headers and body,
// and from headers alone. `Few` tokens hold 5 scopes, `Many` hold all 50.
#include <benchmark/benchmark.h>

#include <string>

#include "engine/api/engine.h"
#include "engine/api/mcp.h"
#include "tests/testing/engines.h"

namespace assay::mcp {
namespace {

using testing::SigningKey;

constexpr int kTools = 200;
constexpr int kScopes = 50;

std::string Scope(int i) { return "service-" + std::to_string(i) + ":write"; }

std::string PolicyText(const char* mode) {
  std::string text = R"({"resource":")" + std::string(testing::kAudience) +
                     R"(","authorization_servers":["https://issuer.example"],"header_mode":")" + mode +
                     R"(","scope_implies":{"service-0:write":["service-1:write"]},"tools":{)";
  for (int i = 0; i < kTools; ++i) {
    if (i > 0) text += ',';
    text += "\"write_report_" + std::to_string(i) + "\":{\"scopes\":[\"" + Scope(i % kScopes) + "\"]}";
  }
  return text + "}}";
}

std::string Scopes(int count) {
  std::string scopes;
  for (int i = 0; i < count; ++i) scopes += (i > 0 ? " " : "") + Scope(17 + i < kScopes ? 17 + i : 17 + i - kScopes);
  return scopes;
}

// 400 bytes and the padding that a gateway's buffer has.
std::string Body() {
  std::string body =
      R"({"jsonrpc":"2.0","id":"req-4711","method":"tools/call","params":{"name":"write_report_117","arguments":{"path":"/srv/reports/2026/07/summary.md","mode":"append","create":true,"lines":[1,2,3,4],"content":")";
  const std::string end = R"("},"_meta":{"progressToken":12,"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})";
  body.append(400 - body.size() - end.size(), 'x');
  return body + end + std::string(RequestReader::kPadding, '\0');
}

void Decide(benchmark::State& state, const char* mode, int scopes) {
  const SigningKey key = SigningKey::Make(Algorithm::kES256);
  const auto engine = testing::EngineFor(key);
  Worker worker(engine);
  const std::string claims = testing::ClaimsWith("scope", "\"scope\":\"" + Scopes(scopes) + "\"");
  const std::string token = testing::Sign(key, testing::HeaderOf(key), claims);
  const Verdict& verdict = worker.Validate(token, testing::kNow);
  auto policy = ScopePolicy::FromJson(PolicyText(mode), "policy");
  std::vector<PolicyConfig> issuers;
  for (const IssuerConfig& issuer : engine->config()->issuers) issuers.push_back(issuer.policy);
  auto checker = Checker::Create(policy.value(), issuers);
  const HeaderField fields[] = {{"Host", "mcp.example.com"},
                                {"Content-Type", "application/json"},
                                {"Accept", "application/json, text/event-stream"},
                                {"MCP-Protocol-Version", "2026-07-28"},
                                {"Mcp-Method", "tools/call"},
                                {"Mcp-Name", "write_report_117"}};
  const RequestHead head = ReadHead(fields);
  const std::string body = Body();
  const RequestBody view{std::string_view(body).substr(0, 400), RequestReader::kPadding};
  if (!verdict.accepted() || !checker->Decide(verdict, head, view).allowed()) {
    state.SkipWithError("the request is not allowed");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(checker->Decide(verdict, head, view).status);
}

BENCHMARK_CAPTURE(Decide, HeadersAndBodyFew, "headers_and_body", 5);
BENCHMARK_CAPTURE(Decide, HeadersAndBodyMany, "headers_and_body", 50);
BENCHMARK_CAPTURE(Decide, HeadersFew, "headers", 5);
BENCHMARK_CAPTURE(Decide, HeadersMany, "headers", 50);

}  // namespace
}  // namespace assay::mcp

BENCHMARK_MAIN();
