// Decisions: what is allowed, what is denied, and with which scopes to ask for.
#include "engine/mcp/decide/checker.h"

#include <set>

#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

TEST(Checker, TheFileServersToolsGoByTheirScopes) {
  Gateway gateway(FileServerPolicy());
  EXPECT_EQ(Summary(gateway.DecideFor("files:read", CallTool("read_file"))), "allow");
  EXPECT_EQ(Summary(gateway.DecideFor("files:write", CallTool("read_file"))), "allow");
  EXPECT_EQ(Summary(gateway.DecideFor("files:read", CallTool("write_file"))), "403 insufficient_scope files:write");
  EXPECT_EQ(Summary(gateway.DecideFor("files:admin", CallTool("delete_tree"))), "allow");
  EXPECT_EQ(Summary(gateway.DecideFor("files:write ops:break-glass", CallTool("delete_tree"))), "allow");
  EXPECT_EQ(Summary(gateway.DecideFor("ops:break-glass", CallTool("delete_tree"))),
            "403 insufficient_scope files:write ops:break-glass");
  EXPECT_EQ(Summary(gateway.DecideFor("", CallTool("delete_tree"))), "403 insufficient_scope files:write files:admin");
  EXPECT_EQ(Summary(gateway.DecideFor("files:admin", CallTool("format_disk"))), "403 tool_denied");
  EXPECT_EQ(Summary(gateway.DecideFor("files:admin", CallTool("Read_file"))), "403 tool_denied");
}

TEST(Checker, ScopesAreWholeWordsBetweenSpaces) {
  Gateway gateway(FileServerPolicy());
  for (const char* scopes : {"files:read:all", "files:rea", "FILES:READ", "xfiles:read", "files:read\\tfiles:write",
                             "files:read,files:write", "files:read\\u00a0"}) {
    EXPECT_EQ(Summary(gateway.DecideFor(scopes, CallTool("read_file"))), "403 insufficient_scope files:read") << scopes;
  }
  EXPECT_EQ(Summary(gateway.DecideFor("  files:read  x", CallTool("read_file"))), "allow");
}

TEST(Checker, OnlyTheConfiguredScopeClaimIsRead) {
  Gateway scope(FileServerPolicy());
  EXPECT_FALSE(scope.DecideWith(scope.Token(R"("scp":"files:read")"), CallTool("read_file")).allowed());
  Gateway scp(FileServerPolicy(), [](PolicyConfig& policy) { policy.scopes = ScpScopes(); });
  for (const char* claim : {R"("scp":"files:read x")", R"("scp":["x","files\u003aread"])"}) {
    EXPECT_TRUE(scp.DecideWith(scp.Token(claim), CallTool("read_file")).allowed()) << claim;
  }
  EXPECT_FALSE(
      scp.DecideWith(scp.Token(R"("scp":["x files:read"],"scope":"files:read")"), CallTool("read_file")).allowed());
}

TEST(Checker, AnotherTokensScopesAreNeverRemembered) {
  Gateway gateway(FileServerPolicy());
  const std::string longer = "files:write " + std::string(2000, 'x');
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(gateway.DecideFor("files:write", CallTool("write_a")).allowed());
    EXPECT_FALSE(gateway.DecideFor("files:writf", CallTool("write_a")).allowed());
    EXPECT_FALSE(gateway.DecideFor("files:wwite", CallTool("write_a")).allowed());
    EXPECT_TRUE(gateway.DecideFor(longer, CallTool("write_a")).allowed());
    EXPECT_FALSE(gateway.DecideFor(longer.substr(1), CallTool("write_a")).allowed());
  }
}

TEST(Checker, ABatchGivesWhatItsRequestsGiveAlone) {
  Gateway gateway(FileServerPolicy());
  std::vector<std::string> tokens, bodies;
  for (std::size_t i = 0; i < 14; ++i) {
    tokens.push_back(gateway.TokenFor(i % 3 == 0 ? "files:read" : i % 3 == 1 ? "" : "files:write"));
    bodies.push_back(i % 4 == 3 ? "{" : i % 4 == 2 ? Call("tools/list") : CallTool("write_file"));
  }
  tokens[5].back() = tokens[5].back() == 'A' ? 'Q' : 'A';
  std::vector<Verdict> verdicts(tokens.size());
  gateway.worker().ValidateBatch(std::vector<std::string_view>(tokens.begin(), tokens.end()), testing::kNow, verdicts);
  std::vector<ValidatedRequest> requests;
  std::vector<std::string> expected, got;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    requests.push_back({&verdicts[i], {}, {bodies[i]}});
    expected.push_back(Summary(gateway.checker().Decide(verdicts[i], {}, {bodies[i]})));
  }
  gateway.checker().DecideBatch(requests, [&](std::size_t i, const Decision& decision) {
    EXPECT_EQ(i, got.size());
    got.push_back(Summary(decision));
  });
  EXPECT_EQ(got, expected);
  EXPECT_EQ(std::set(got.begin(), got.end()).size(), 4u)
      << "allowed, denied, malformed and a bad token must be among them";
  gateway.checker().DecideBatch({}, [](std::size_t, const Decision&) { ADD_FAILURE(); });
}

TEST(Checker, MethodsThatHarmNobodyNeedAValidTokenOnly) {
  Gateway gateway(FileServerPolicy());
  for (const char* method : {"initialize", "server/discover", "ping", "logging/setLevel", "tools/list",
                             "resources/list", "resources/templates/list", "prompts/list"}) {
    EXPECT_EQ(Summary(gateway.DecideFor("", Call(method))), "allow") << method;
  }
  EXPECT_EQ(Summary(gateway.DecideFor("", R"({"jsonrpc":"2.0","method":"notifications/cancelled"})")), "allow");
  EXPECT_EQ(Summary(gateway.DecideFor("", R"({"jsonrpc":"2.0","id":3,"result":{}})")), "allow");
  for (const char* method : {"logging/setlevel", "pings", "/list", "list", "tools/listx", "Initialize", "tasks/list",
                             "roots/list", "resources/templates", "notifications"}) {
    EXPECT_EQ(Summary(gateway.DecideFor("files:admin", Call(method))), "403 tool_denied") << method;
  }
  Gateway strict(PolicyWith(R"("methods":{"tools/list":{"scopes":["a"]},"notifications/*":{"scopes":["b"]}})"));
  EXPECT_EQ(Summary(strict.DecideFor("", Call("tools/list"))), "403 insufficient_scope a");
  EXPECT_EQ(Summary(strict.DecideFor("a", R"({"jsonrpc":"2.0","method":"notifications/x"})")),
            "403 insufficient_scope b");
}

TEST(Checker, ListeningToListsNeedsAValidTokenOnly) {
  Gateway gateway(FileServerPolicy());
  const auto listen = [&](const std::string& params) {
    return Summary(gateway.DecideFor("", Call("subscriptions/listen", params)));
  };
  EXPECT_EQ(listen(R"({"notifications":{"toolsListChanged":true,"promptsListChanged":false}})"), "allow");
  EXPECT_EQ(listen(R"({"_meta":{"a":1},"notifications":{"resourcesListChanged":true}})"), "allow");
  EXPECT_EQ(listen(R"({"notifications":{}})"), "allow");
  for (const char* params :
       {R"({})", R"({"notifications":null})", R"({"notifications":[]})", R"({"notifications":true})",
        R"({"notifications":{"resourceSubscriptions":["file:///private/a"]}})",
        R"({"notifications":{"toolsListChanged":true,"resourceSubscriptions":[]}})",
        R"({"notifications":{"taskIds":["1"]}})", R"({"notifications":{"toolslistchanged":true}})",
        R"({"notifications":{"toolsListChanged":["file:///private/a"]}})", R"({"Notifications":{}})",
        R"({"notifications":{},"Notifications":{"resourceSubscriptions":["file:///private/a"]}})",
        R"({"notifications":{},"notification\u017f":{"resourceSubscriptions":["file:///private/a"]}})",
        R"({"notifications":{},"resourceSubscriptions":["file:///private/a"]})",
        R"({"notifications":{},"uri":"file:///private/a"})", R"({"notifications":{},"taskIds":["1"]})"}) {
    EXPECT_EQ(listen(params), "403 tool_denied") << params;
  }
  EXPECT_EQ(Summary(gateway.DecideFor("", Call("subscriptions/listenx", R"({"notifications":{}})"))),
            "403 tool_denied");
  Gateway strict(PolicyWith(R"("methods":{"subscriptions/listen":{"scopes":["a"]}})"));
  const std::string lists = Call("subscriptions/listen", R"({"notifications":{"toolsListChanged":true}})");
  EXPECT_EQ(Summary(strict.DecideFor("", lists)), "403 insufficient_scope a");
}

TEST(Checker, DefaultsSayWhatBecomesOfTheUnnamed) {
  Gateway gateway(PolicyWith(R"("default_tool":"authenticated","tools":{"a":{"scopes":["s"]}})"));
  EXPECT_EQ(Summary(gateway.DecideFor("", CallTool("b"))), "allow");
  EXPECT_EQ(Summary(gateway.DecideFor("", CallTool("a"))), "403 insufficient_scope s");
  EXPECT_EQ(Summary(gateway.DecideFor("", Call("tasks/get"))), "403 tool_denied");
  Gateway methods(PolicyWith(R"("default_method":"authenticated")"));
  EXPECT_EQ(Summary(methods.DecideFor("", Call("tasks/get"))), "allow");
  EXPECT_EQ(Summary(methods.DecideFor("", CallTool("a"))), "403 tool_denied");
}

TEST(Checker, ToolCallsNeverGoByMethods) {
  Gateway gateway(
      PolicyWith(R"("methods":{"tools/call":{"scopes":[]},"*":{"scopes":[]}},"default_method":"authenticated")"));
  EXPECT_EQ(Summary(gateway.DecideFor("", CallTool("a"))), "403 tool_denied");
  EXPECT_EQ(Summary(gateway.DecideFor("", R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"a"}})")),
            "403 tool_denied");
}

TEST(Checker, A401KnowsTheOperationOrAsksForTheDefault) {
  Gateway gateway(FileServerPolicy());
  EXPECT_EQ(Summary(gateway.Decide({}, CallTool("write_file"))), "401 credential_missing files:write");
  EXPECT_EQ(Summary(gateway.Decide({}, CallTool("delete_tree"))), "401 credential_missing files:write files:admin");
  EXPECT_EQ(Summary(gateway.Decide({}, Call("initialize"))), "401 credential_missing files:read");
  EXPECT_EQ(Summary(gateway.Decide({}, "")), "401 credential_missing files:read");
  EXPECT_EQ(Summary(gateway.Decide({}, CallTool("unknown"))), "401 credential_missing files:read");
  EXPECT_EQ(Summary(gateway.DecideWith("a.b.c", CallTool("write_file"))), "401 bad_base64url files:write");
}

TEST(Checker, EveryReasonOfATokenHasItsStatus) {
  Gateway gateway(FileServerPolicy());
  const std::string token = gateway.TokenFor("files:read");
  std::string value = "Bearer " + token;
  Decision decision = gateway.Decide({{"Authorization", value}}, CallTool("read_file"), "POST", testing::kNow + 600);
  EXPECT_EQ(Summary(decision), "401 expired files:read");
  EXPECT_EQ(decision.challenge, ChallengeKind::kInvalidToken);
  EXPECT_FALSE(decision.principal);
  // Of a verdict that nobody has filled in.
  const Verdict unset;
  EXPECT_EQ(Summary(gateway.checker().Decide(unset, {}, {})), "401 unset files:read");
  IssuerConfig issuer = testing::IssuerWith(std::vector<testing::SigningKey>{gateway.key()});
  issuer.policy.audiences = {std::string(kResource)};
  issuer.keys = {KeySource::Kind::kUrl, "https://auth.example.com/jwks"};
  Worker worker(testing::MakeEngine(issuer));
  decision = gateway.checker().Decide(worker.Validate(token, testing::kNow), {}, {});
  EXPECT_EQ(decision.reason, Reason::kKeysUnavailable);
  EXPECT_EQ(decision.status, 503);
  EXPECT_GT(decision.retry_after_seconds, 0);
  EXPECT_EQ(gateway.Challenge(decision), "");
}

TEST(Checker, ATokenWhoseClaimsWereNotReadIsNoToken) {
  Gateway gateway(FileServerPolicy());
  Worker worker(testing::MakeEngine(
      testing::SignatureOnlyIssuer(testing::JwkSet(std::vector<testing::SigningKey>{gateway.key()}))));
  const Verdict& verdict = worker.Validate(gateway.TokenFor("files:read"), testing::kNow);
  ASSERT_TRUE(verdict.accepted());
  EXPECT_EQ(gateway.checker().Decide(verdict, {}, {CallTool("read_file")}).status, 401);
}

TEST(Checker, AnEngineReloadedForOthersChangesNoDecision) {
  Gateway gateway(FileServerPolicy());
  const auto decide = [&](IssuerConfig issuer, const std::string& claims) {
    Worker worker(testing::MakeEngine(issuer));
    const std::string token = testing::Sign(gateway.key(), testing::HeaderOf(gateway.key()), claims);
    const Verdict& verdict = worker.Validate(token, testing::kNow);
    EXPECT_TRUE(verdict.accepted()) << claims;
    return Summary(gateway.checker().Decide(verdict, {}, {CallTool("read_file")}));
  };
  const auto claims = [](const std::string& issuer, const std::string& audience) {
    return "{\"iss\":\"" + issuer + "\",\"aud\":" + audience + R"(,"scope":"files:read","exp":)" +
           std::to_string(testing::kNow + 600) + "}";
  };
  const std::string issuer_name(testing::kIssuer);
  IssuerConfig issuer = testing::IssuerWith(std::vector<testing::SigningKey>{gateway.key()});
  issuer.policy.audiences = {std::string(kResource), "https://other.example"};
  EXPECT_EQ(decide(issuer, claims(issuer_name, R"("https://mcp.example.com/mcp")")), "allow");
  EXPECT_EQ(decide(issuer, claims(issuer_name, R"(["https://other.example","https:\/\/mcp.example.com/mcp"])")),
            "allow");
  EXPECT_EQ(decide(issuer, claims(issuer_name, R"("https://other.example")")), "401 wrong_audience files:read");
  EXPECT_EQ(decide(issuer, claims(issuer_name, R"(["https://other.example","https://mcp.example.com/mcp/"])")),
            "401 wrong_audience files:read");
  issuer.policy.issuer = "https://new.example";
  EXPECT_EQ(decide(issuer, claims("https://new.example", R"("https://mcp.example.com/mcp")")),
            "401 issuer_unknown files:read");
}

TEST(Checker, TheScopesStandInTheClaimThatThePolicyNamedWhenTheTokenWasValidated) {
  Gateway gateway(FileServerPolicy());
  IssuerConfig issuer = testing::IssuerWith(std::vector<testing::SigningKey>{gateway.key()});
  issuer.policy.audiences = {std::string(kResource)};
  auto engine = testing::MakeEngine(issuer);
  Worker worker(engine);
  const std::string reader = gateway.Token(R"("scope":"files:read","scp":["files:write"])");
  const std::string writer = gateway.Token(R"("scope":"files:write","scp":["files:read"])");
  const auto decide = [&](const std::string& token) {
    const Verdict& verdict = worker.Validate(token, testing::kNow);
    EXPECT_TRUE(verdict.accepted());
    return Summary(gateway.checker().Decide(verdict, {}, {CallTool("write_file")}));
  };
  const auto reload = [&](const ScopeSource& scopes) {
    issuer.policy.scopes = scopes;
    EngineConfig config;
    config.issuers = {issuer};
    return engine->Reload(config).ok();
  };
  const std::string denied = "403 insufficient_scope files:write";
  for (int i = 0; i < 2; ++i) {  // the second time with verdicts that the worker remembers
    EXPECT_EQ(decide(reader), denied);
    EXPECT_EQ(decide(writer), "allow");
  }
  ASSERT_TRUE(reload(ScpScopes()));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(decide(reader), "allow");
    EXPECT_EQ(decide(writer), denied);
  }
  ASSERT_TRUE(reload(ScopeSource()));
  EXPECT_EQ(decide(reader), denied);
  EXPECT_EQ(decide(writer), "allow");
}

TEST(Checker, AnIssuerThatCameWithAReloadIsNotKnown) {
  Gateway gateway(FileServerPolicy());
  IssuerConfig issuer = testing::IssuerWith(std::vector<testing::SigningKey>{gateway.key()});
  issuer.policy.audiences = {std::string(kResource)};
  IssuerConfig first = issuer;
  first.policy.issuer = "https://first.example";
  EngineConfig config;
  config.issuers = {first, issuer};
  auto engine = Engine::Create(config);
  ASSERT_TRUE(engine.ok()) << engine.error();
  Worker worker(*engine);
  const std::string token = gateway.TokenFor("files:read");
  const Verdict& verdict = worker.Validate(token, testing::kNow);
  ASSERT_TRUE(verdict.accepted());
  ASSERT_EQ(verdict.issuer_index(), 1);
  EXPECT_EQ(Summary(gateway.checker().Decide(verdict, {}, {Call("ping")})), "401 issuer_unknown files:read");
}

TEST(Checker, WithoutAValidTokenALargeBodyIsNotRead) {
  Gateway gateway(FileServerPolicy());
  const std::string call = CallTool("write_file");
  std::string body = call + std::string(64 * 1024 - call.size(), ' ');
  EXPECT_EQ(Summary(gateway.Decide({}, body)), "401 credential_missing files:write");
  EXPECT_EQ(Summary(gateway.DecideWith("a.b.c", body)), "401 bad_base64url files:write");
  body += ' ';
  EXPECT_EQ(Summary(gateway.Decide({}, body)), "401 credential_missing files:read");
  EXPECT_EQ(Summary(gateway.DecideWith("a.b.c", body)), "401 bad_base64url files:read");
  EXPECT_EQ(Summary(gateway.DecideFor("files:write", body)), "allow");
}

}  // namespace
}  // namespace assay::mcp
