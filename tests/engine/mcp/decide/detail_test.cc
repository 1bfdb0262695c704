// Every denial says what was wanted, in words for people.
#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

void ExpectWords(const Decision& decision, std::initializer_list<std::string_view> words) {
  const std::string detail = decision.Detail();
  for (const std::string_view word : words) EXPECT_NE(detail.find(word), std::string::npos) << word << ": " << detail;
}

TEST(Detail, NamesTheRuleThatIsMissing) {
  Gateway gateway(FileServerPolicy());
  ExpectWords(gateway.DecideFor("", CallTool("nope")), {"no rule", "tool \"nope\"", "default_tool is deny"});
  ExpectWords(gateway.DecideFor("", Call("tasks/get")), {"no rule", "method \"tasks/get\"", "default_method is deny"});
  ExpectWords(gateway.DecideFor("", Call("prompts/get", R"({"name":"greet"})")), {"no rule", "prompt \"greet\""});
  ExpectWords(gateway.DecideFor("", Call("resources/subscribe", R"({"uri":"file:///private/a"})")),
              {"no rule", "resource \"file:///private/a\""});
}

TEST(Detail, SaysWhatTheRolesLack) {
  const std::string policy = R"("tools":{"a":{"scopes":["s"]}},"roles":{"r":["s"],"other":["t"]})";
  Gateway intersect(PolicyWith(policy));
  const auto judge = [](Gateway& gateway, const char* members) {
    return gateway.DecideWith(gateway.Token(members), CallTool("a"));
  };
  ExpectWords(judge(intersect, R"("scope":"s")"), {"role claim \"roles\"", "missing", "scopes would suffice"});
  ExpectWords(judge(intersect, R"("scope":"s","roles":["other"])"),
              {"role claim \"roles\"", "too little", "scopes would suffice", "needs \"s\""});
  EXPECT_EQ(judge(intersect, R"("scope":"")").Detail().find("suffice"), std::string::npos);
  Gateway user(PolicyWith(policy + R"(,"grants":"user","role_claim":["realm_access","roles"])"));
  ExpectWords(judge(user, R"("scope":"s")"), {"role claim \"realm_access/roles\"", "missing", "not asked"});
  Gateway permissions(PolicyWith(R"("tools":{"a":{"scopes":["s"]}},"permissions_claim":"permissions")"));
  ExpectWords(judge(permissions, R"("scope":"s")"), {"permissions claim \"permissions\"", "missing", "needs \"s\""});
}

TEST(Detail, NamesTheUserClaimThatIsWrong) {
  const std::string policy =
      R"("tools":{"a":{"scopes":["s"]}},"roles":{"r":["s"],"other":["t"]},"permissions_claim":"permissions")";
  const std::string needs = R"(; the operation needs "s")";
  const auto judge = [](Gateway& gateway, const char* members) {
    return gateway.DecideWith(gateway.Token(members), CallTool("a")).Detail();
  };
  Gateway user(PolicyWith(policy + R"(,"grants":"user","role_claim":["realm_access","roles"])"));
  const std::string roles = R"(the role claim "realm_access/roles")",
                    permissions = R"(the permissions claim "permissions")";
  EXPECT_EQ(judge(user, R"("scope":"s","roles":["r"])"),
            roles + " and " + permissions + " are missing, and the token's scopes are not asked" + needs);
  EXPECT_EQ(judge(user, R"("permissions":["x"])"),
            permissions + " grants the user too little, and " + roles + " is missing" + needs);
  EXPECT_EQ(judge(user, R"("realm_access":{"roles":["other"]})"),
            roles + " grants the user too little, and " + permissions + " is missing" + needs);
  EXPECT_EQ(judge(user, R"("permissions":["x"],"realm_access":{"roles":["other"]})"),
            roles + " and " + permissions + " grant the user too little" + needs);
  Gateway both(PolicyWith(policy));
  ExpectWords(both.DecideWith(both.Token(R"("scope":"s","permissions":["x"])"), CallTool("a")),
              {"too little, and the role claim \"roles\" is missing; the token's scopes would suffice; the operation"});
  EXPECT_EQ(judge(both, R"("scope":"s","roles":7)"), R"("roles" is a number; wanted a string or an array of strings)");
  EXPECT_EQ(judge(both, R"("scope":"s","permissions":{})"),
            R"("permissions" is an object; wanted a string or an array of strings)");
  EXPECT_EQ(judge(user, R"("realm_access":{"roles":true})"),
            R"("realm_access/roles" is a boolean; wanted a string or an array of strings)");
}

TEST(Detail, NamesTheScopesThatAreMissing) {
  Gateway gateway(FileServerPolicy());
  ExpectWords(gateway.DecideFor("", CallTool("write_a")), {"lacks", "\"files:write\""});
  EXPECT_EQ(gateway.DecideFor("files:read x", CallTool("write_a")).Detail(),
            R"(the token lacks scopes: "scope" is "files:read x"; the operation needs "files:write")");
  EXPECT_EQ(gateway.DecideFor("files:write,x", CallTool("write_a")).Detail(),
            R"(the token lacks scopes: "scope" is "files:write,x"; the operation needs "files:write", between spaces)");
  EXPECT_LT(gateway.DecideFor(std::string(5000, 'x'), CallTool("write_a")).Detail().size(), 200u);
}

// A token that has the other usual scope claim is most likely of an issuer that was configured wrong.
TEST(Detail, NamesTheOtherScopeClaim) {
  const std::string policy = PolicyWith(R"("tools":{"a":{"scopes":["s"]}})");
  Gateway plain(policy), other(policy, [](PolicyConfig& issuer) { issuer.scopes.claim = {"scp"}; });
  const std::string hint = ": `scopes` in the issuer's configuration, --scope-claim); the operation needs \"s\"";
  EXPECT_EQ(plain.DecideWith(plain.Token(R"("scp":"s")"), CallTool("a")).Detail(),
            R"(the token has no scope, the scope claim (it has scp)" + hint);
  EXPECT_EQ(other.DecideFor("s", CallTool("a")).Detail(),
            R"(the token has no scp, the scope claim (it has scope)" + hint);
  EXPECT_EQ(other.DecideWith(other.Token(), CallTool("a")).Detail(),
            R"(the token has no scp, the scope claim; the operation needs "s")");
}

// The last name of a path alone may be that of a claim that is there.
TEST(Detail, NamesAClaimInsideOfAnotherByItsPath) {
  Gateway gateway(PolicyWith(R"("tools":{"a":{"scopes":["s"]}})"),
                  [](PolicyConfig& policy) { policy.scopes = {{"realm_access", "roles"}, ScopeForm::kArray}; });
  ExpectWords(gateway.DecideWith(gateway.Token(R"("roles":["s"])"), CallTool("a")),
              {"no realm_access/roles, the scope claim"});
}

TEST(Detail, SaysWhatIsWrongWithTheRequest) {
  Gateway gateway(FileServerPolicy());
  ExpectWords(gateway.DecideFor("", "[" + Call("ping") + "]"), {"batch"});
  ExpectWords(gateway.DecideWith(gateway.TokenFor(""), "", {{"MCP-Protocol-Version", "2026-07-28"}}, "GET"),
              {"\"GET\"", "up to 2025-11-25"});
  ExpectWords(gateway.DecideWith(gateway.TokenFor(""), "", {}, "PUT"), {"\"PUT\"", "none of MCP's"});
  ExpectWords(gateway.DecideWith(gateway.TokenFor(""), "x", {}, "DELETE"), {"body"});
  ExpectWords(gateway.DecideWith(gateway.TokenFor(""), Call("ping"), {{"Content-Encoding", "br"}}),
              {"Content-Encoding"});
  ExpectWords(gateway.Decide({}, ""), {"no Authorization header"});
  ExpectWords(gateway.Decide({{"Authorization", "Basic eDp5"}}, ""), {"another scheme than Bearer"});
  ExpectWords(gateway.Decide({{"Authorization", "bearer "}}, ""), {"no token behind it"});
  ExpectWords(gateway.Decide({{"Authorization", "DPoP a.b.c"}}, ""), {"the scheme DPoP, which"});
  ExpectWords(gateway.Decide({{"Authorization", ""}}, ""), {"is empty"});
  const Decision bare = gateway.Decide({{"Authorization", "secret.a.b"}}, "");
  ExpectWords(bare, {"has no scheme; wanted Bearer"});
  EXPECT_EQ(bare.Detail().find("secret"), std::string::npos);  // it may be a token
  ExpectWords(gateway.Decide({{"Authorization", "Bearer a b"}}, ""), {"syntax"});
  ExpectWords(gateway.Decide({{"Authorization", "Bearer a, Bearer b"}}, ""), {"more than one"});
  ExpectWords(gateway.Decide({{"Origin", "https://evil.example"}}, ""), {"\"https://evil.example\""});
  ExpectWords(gateway.Decide({{"Origin", "https://a"}, {"Origin", "https://a"}}, ""), {"repeated"});
}

TEST(Detail, IsTheVerdictsWhereTheTokenIsRefused) {
  Gateway gateway(FileServerPolicy());
  const std::string value = "Bearer " + gateway.TokenFor("files:read");
  ExpectWords(gateway.Decide({{"Authorization", value}}, "", "POST", testing::kNow + 700), {"before now"});
}

TEST(Detail, AnAllowanceHasNone) {
  Gateway gateway(FileServerPolicy());
  EXPECT_EQ(gateway.DecideFor("files:read", CallTool("read_file")).Detail(), "");
}

TEST(Detail, EscapesAndCutsWhatTheRequestSays) {
  Gateway gateway(FileServerPolicy());
  const std::string hostile = gateway.DecideFor("", CallTool("a\\u001b[2J\\u202e\\\"\\n")).Detail();
  for (const char c : hostile) EXPECT_TRUE(c >= ' ' && c < '\x7F') << hostile;
  EXPECT_LT(gateway.DecideFor("", CallTool(std::string(5000, 'x'))).Detail().size(), 200u);
}

// Nor does what the client is told say more than before.
TEST(Detail, HoldsNothingOfTheToken) {
  Gateway gateway(PolicyWith(R"("tools":{"a":{"scopes":["s"]}},"roles":{"r":["s"]})"));
  const Decision decision =
      gateway.DecideWith(gateway.Token(R"("scope":"sekret-scope","roles":["sekret-role"])"), CallTool("a"));
  EXPECT_EQ(decision.reason, Reason::kToolDenied);
  EXPECT_EQ(decision.Detail().find("sekret"), std::string::npos) << decision.Detail();
  EXPECT_EQ(gateway.Challenge(decision), "");
}

}  // namespace
}  // namespace assay::mcp
