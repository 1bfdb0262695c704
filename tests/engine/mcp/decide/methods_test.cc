// GET, DELETE, preflights and all other methods, as the checker decides on them.
#include "engine/mcp/decide/answer.h"
#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

const Fields kOld = {{"MCP-Protocol-Version", "2025-11-25"}};
const Fields kNew = {{"MCP-Protocol-Version", "2026-07-28"}};

std::string HeaderOf(const Gateway& gateway, const Decision& decision, std::string_view name) {
  std::string found = "none";
  for (const AnswerHeader& header : AnswerHeaders(gateway.policy(), decision)) {
    if (header.name != name) continue;
    EXPECT_EQ(found, "none") << name << " stands twice";
    found = header.value;
  }
  return found;
}

TEST(HttpMethods, AnyValidTokenOpensTheStreamAndEndsTheSession) {
  Gateway gateway(FileServerPolicy());
  for (const char* method : {"GET", "DELETE"}) {
    const Decision decision = gateway.DecideWith(gateway.TokenFor(""), "", kOld, method);
    EXPECT_EQ(Summary(decision), "allow") << method;
    EXPECT_EQ(decision.status, 200);
    ASSERT_TRUE(decision.principal);
    EXPECT_EQ(decision.principal->subject, "user-1");
    EXPECT_EQ(Summary(gateway.Decide(kOld, "", method)), "401 credential_missing files:read") << method;
    EXPECT_EQ(Summary(gateway.DecideWith("a.b.c", "", kOld, method)), "401 bad_base64url files:read") << method;
    EXPECT_EQ(Summary(gateway.DecideWith(gateway.TokenFor(""), "x", kOld, method)), "400 request_malformed");
  }
}

TEST(HttpMethods, TheNewVersionHasPostOnly) {
  Gateway gateway(FileServerPolicy());
  for (const char* method : {"GET", "DELETE"}) {
    const Decision decision = gateway.DecideWith(gateway.TokenFor("files:read"), "", kNew, method);
    EXPECT_EQ(Summary(decision), "405 method_not_allowed") << method;
    EXPECT_EQ(decision.allow, "POST");
    EXPECT_EQ(HeaderOf(gateway, decision, "Allow"), "POST");
    EXPECT_EQ(gateway.Challenge(decision), "");
  }
}

TEST(HttpMethods, NoOtherMethodIsServed) {
  Gateway gateway(FileServerPolicy());
  for (const char* method : {"HEAD", "PUT", "PATCH", "TRACE", "OPTIONS", "get", ""}) {
    const Decision decision = gateway.DecideWith(gateway.TokenFor("files:read"), CallTool("read_file"), kOld, method);
    EXPECT_EQ(Summary(decision), "405 method_not_allowed") << method;
    EXPECT_EQ(HeaderOf(gateway, decision, "Allow"), "GET, POST, DELETE") << method;
    EXPECT_EQ(Summary(gateway.Decide(kOld, "", method)), "405 method_not_allowed") << method;
  }
}

TEST(Preflight, IsAnsweredForAnAllowedOriginOnly) {
  Gateway gateway(PolicyWith(R"("allowed_origins":["http://localhost:6274"])"));
  const auto preflight = [&](const char* origin, Fields more = {}) {
    more.push_back({"Origin", origin});
    more.push_back({"Access-Control-Request-Method", "POST"});
    return gateway.Decide(more, "", "OPTIONS");
  };
  const Decision decision =
      preflight("http://localhost:6274",
                {{"Access-Control-Request-Headers", "authorization, MCP-protocol-version,x-evil,,mcp-session-id"}});
  EXPECT_FALSE(decision.allowed());
  EXPECT_TRUE(decision.is_answer());
  EXPECT_EQ(decision.reason, Reason::kPreflight);
  EXPECT_EQ(decision.status, 204);
  EXPECT_EQ(decision.challenge, ChallengeKind::kNone);
  EXPECT_EQ(HeaderOf(gateway, decision, "Access-Control-Allow-Origin"), "http://localhost:6274");
  EXPECT_EQ(HeaderOf(gateway, decision, "Vary"), "Origin");
  EXPECT_EQ(HeaderOf(gateway, decision, "Access-Control-Allow-Methods"), "GET, POST, DELETE");
  EXPECT_EQ(HeaderOf(gateway, decision, "Access-Control-Allow-Headers"),
            "Authorization, MCP-Protocol-Version, Mcp-Session-Id");
  EXPECT_EQ(HeaderOf(gateway, decision, "Access-Control-Allow-Credentials"), "none");
  EXPECT_EQ(HeaderOf(gateway, decision, "WWW-Authenticate"), "none");
  EXPECT_EQ(HeaderOf(gateway, decision, "Allow"), "none");
  EXPECT_EQ(HeaderOf(gateway, preflight("http://localhost:6274"), "Access-Control-Allow-Headers"), "none");
  for (const char* origin : {"https://evil.example", "null", "*", "", "http://localhost:6275"}) {
    EXPECT_EQ(Summary(preflight(origin)), "403 origin_denied") << origin;
    EXPECT_TRUE(AnswerHeaders(gateway.policy(), preflight(origin)).empty()) << origin;
  }
  EXPECT_EQ(Summary(preflight("http://localhost:6274", {{"Origin", "http://localhost:6274"}})), "403 origin_denied");
}

// Without these a browser hides the refusal from the page, which then never learns where to log in.
TEST(Preflight, ARefusalBehindItCanBeReadByItsPage) {
  Gateway gateway(PolicyWith(R"("allowed_origins":["http://localhost:6274"])"));
  const Fields from_page = {{"Origin", "http://localhost:6274"}};
  for (const Decision& decision : {gateway.Decide(from_page, Call("ping")), gateway.Decide(from_page, "", "PUT"),
                                   gateway.DecideWith("a.b.c", Call("ping"), from_page)}) {
    EXPECT_FALSE(decision.allowed());
    EXPECT_EQ(HeaderOf(gateway, decision, "Access-Control-Allow-Origin"), "http://localhost:6274");
    EXPECT_EQ(HeaderOf(gateway, decision, "Vary"), "Origin");
    EXPECT_EQ(HeaderOf(gateway, decision, "Access-Control-Expose-Headers"), "WWW-Authenticate, Retry-After");
    EXPECT_EQ(HeaderOf(gateway, decision, "Access-Control-Allow-Credentials"), "none");
  }
  const Decision evil = gateway.Decide({{"Origin", "https://evil.example"}}, Call("ping"));
  EXPECT_EQ(HeaderOf(gateway, evil, "Access-Control-Allow-Origin"), "none");
  EXPECT_EQ(HeaderOf(gateway, gateway.Decide({}, Call("ping")), "Vary"), "none");
}

// Whatever token comes along: a preflight that were passed on would be a request that nobody has judged.
TEST(Preflight, IsNeverPassedOn) {
  Gateway gateway(PolicyWith(R"("allowed_origins":["https://app.example"],"default_method":"authenticated")"));
  const Fields fields = {{"Origin", "https://app.example"}, {"Access-Control-Request-Method", "POST"}};
  for (const std::string& token : {gateway.TokenFor("a"), std::string("a.b.c")}) {
    const Decision decision = gateway.DecideWith(token, Call("ping"), fields, "OPTIONS");
    EXPECT_FALSE(decision.allowed());
    EXPECT_TRUE(decision.is_answer());
    EXPECT_EQ(gateway.Challenge(decision), "");
  }
}

TEST(Preflight, APolicyForNewVersionsAnswersPostOnly) {
  Gateway gateway(PolicyWith(R"("header_mode":"headers_and_body")"));
  const Decision decision =
      gateway.Decide({{"Origin", "https://mcp.example.com"}, {"Access-Control-Request-Method", "GET"}}, "", "OPTIONS");
  EXPECT_EQ(decision.status, 204);
  EXPECT_EQ(HeaderOf(gateway, decision, "Access-Control-Allow-Methods"), "POST");
}

TEST(HttpMethods, EveryFormOfABodyHasItsStatus) {
  Gateway gateway(FileServerPolicy());
  const std::string token = gateway.TokenFor("files:read");
  EXPECT_EQ(Summary(gateway.DecideWith(token, CallTool("read_file"), {{"Content-Encoding", "gzip"}})),
            "415 body_encoding");
  EXPECT_EQ(Summary(gateway.DecideWith(token, CallTool("read_file"), {{"Content-Type", "text/plain;charset=utf-7"}})),
            "415 body_encoding");
  EXPECT_EQ(Summary(gateway.DecideWith(token, CallTool("read_file") + std::string(16 << 20, ' '))),
            "413 body_too_large");
  EXPECT_EQ(Summary(gateway.Decide({{"Content-Encoding", "gzip"}}, CallTool("read_file"))),
            "401 credential_missing files:read")
      << "the token is judged first";
}

}  // namespace
}  // namespace assay::mcp
