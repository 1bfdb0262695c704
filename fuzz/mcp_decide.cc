// Laws of decisions on whole requests, by policies with rules of every kind: without a good token nothing is allowed;
// what a token without scopes may do, one with all of them may; what is denied has a status of its own and detail in
// plain text.
//
// An input is METHOD HEADER 0x1E NAME HEADER 0x1E BODY, as mcp_request's.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/engine.h"
#include "engine/api/mcp.h"
#include "fuzz/law.h"
#include "tests/testing/engines.h"

namespace assay::mcp {
namespace {

constexpr std::string_view kResource = "https://mcp.example.com/mcp";
constexpr std::string_view kRules = R"(
  "authorization_servers":["https://auth.example.com"],"default_scopes":["d"],"scope_implies":{"w":["r"]},
  "tools":{"read_file":{"scopes":["r"]},"write_file":{"scopes":["w"]},"open":{"scopes":[]},"x*":{"any_of":[["r","w"],["a"]]}},
  "resources":{"file:///public/*":{"scopes":[]},"file:///*":{"scopes":["k"]},"docs://h/q?a=*":{"scopes":[]},
               "note:a":{"scopes":["n"]}},
  "prompts":{"p":{"scopes":["p"]}},"methods":{"tasks/cancel":{"scopes":["t"]},"resources/*":{"scopes":[]}}})";

// A gateway for one kind of clients, and tokens of one user: without scopes, and with all there are.
class Gateway {
 public:
  explicit Gateway(std::string_view header_mode) {
    const auto policy = ScopePolicy::FromJson(
        R"({"resource":")" + std::string(kResource) + '"' + std::string(header_mode) + ',' + std::string(kRules), "p");
    if (!policy) std::fprintf(stderr, "%s\n", policy.error().c_str());
    FUZZ_LAW(policy.ok());
    IssuerConfig issuer = testing::IssuerWith(std::vector<testing::SigningKey>{key_});
    issuer.policy.audiences = {std::string(kResource)};
    worker_.emplace(testing::MakeEngine(issuer));
    auto checker = Checker::Create(*policy, {&issuer.policy, 1});
    FUZZ_LAW(checker.ok());
    checker_.emplace(std::move(*checker));
  }

  // Judge: whether a token with these scopes may do this.
  bool Judge(const std::string& token, RequestHead head, std::string_view body) {
    const Verdict& verdict = worker_->Validate(token, testing::kNow);
    const Decision decision = checker_->Decide(verdict, head, {body});
    Check(decision);
    FUZZ_LAW(verdict.accepted() || !decision.allowed());
    return decision.allowed();
  }
  void Refuse(RequestHead head, std::string_view body) {
    const Decision decision = checker_->Refuse(Reason::kCredentialMissing, head, {body});
    Check(decision);
    FUZZ_LAW(!decision.allowed() && !decision.is_answer());
  }
  std::string TokenWith(std::string_view scopes) const {
    const std::string claims = R"({"iss":")" + std::string(testing::kIssuer) + R"(","sub":"u","aud":")" +
                               std::string(kResource) + R"(","exp":)" + std::to_string(testing::kNow + 600) +
                               R"(,"scope":")" + std::string(scopes) + "\"}";
    return testing::Sign(key_, testing::HeaderOf(key_), claims);
  }

 private:
  static void Check(const Decision& decision) {
    for (const char c : decision.Detail()) FUZZ_LAW(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    if (!decision.allowed()) FUZZ_LAW(decision.status >= 400 && decision.status < 500);
  }

  const testing::SigningKey key_ = testing::SigningKey::Make(Algorithm::kES256);
  std::optional<Worker> worker_;
  std::optional<Checker> checker_;
};

void Judge(Gateway& gateway, const RequestHead& head, std::string_view body) {
  static const std::string none = gateway.TokenWith(""), every = gateway.TokenWith("a d k n p r t w");
  gateway.Refuse(head, body);
  FUZZ_LAW(!gateway.Judge("none", head, body));
  const bool with_none = gateway.Judge(none, head, body), with_every = gateway.Judge(every, head, body);
  FUZZ_LAW(!with_none || with_every);
  fuzz::Note(with_every);
}

}  // namespace
}  // namespace assay::mcp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  using namespace assay::mcp;
  static Gateway* const by_body = new Gateway("");
  static Gateway* const by_headers = new Gateway(R"(,"header_mode":"headers")");
  std::string_view input = fuzz::Text(data, size);
  RequestHead head;
  head.http_method = "POST";
  head.protocol_version = {"2025-11-25", 1};
  const std::string_view method = fuzz::Take(&input, fuzz::kSeparator);
  const std::string_view name = fuzz::Take(&input, fuzz::kSeparator);
  Judge(*by_body, head, input);
  head.protocol_version = {"2026-07-28", 1};
  if (!method.empty()) head.method = {method, 1};
  if (!name.empty()) head.name = {name, 1};
  Judge(*by_body, head, input);
  Judge(*by_headers, head, {});
  return 0;
}
