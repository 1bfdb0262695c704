// Which side of a token says what is granted: paths to roles, permissions, and `either`.
#include "engine/mcp/decide/policy_config.h"
#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

const std::string kTools = R"("tools":{"read":{"scopes":["docs:read"]},"write":{"scopes":["docs:write"]}},
                              "scope_implies":{"docs:write":["docs:read"]})";

std::string Judge(Gateway& gateway, const std::string& members, const char* tool) {
  return Summary(gateway.DecideWith(gateway.Token(members), CallTool(tool)));
}

TEST(RolePath, ReachesIntoObjectsAndNowhereElse) {
  Gateway gateway(PolicyWith(kTools + R"(,"roles":{"editor":["docs:write"]},"role_claim":["realm_access","roles"],
                                          "grants":"user")"));
  EXPECT_EQ(Judge(gateway, R"("realm_access":{"roles":["editor"]})", "write"), "allow");
  EXPECT_EQ(Judge(gateway, R"("realm_access":{"roles":"editor"})", "write"), "allow");
  EXPECT_EQ(Judge(gateway, R"("realm_\u0061ccess":{"r\u006fles":["ed\u0069tor"]})", "write"), "allow");
  EXPECT_EQ(Judge(gateway, R"("realm_access":{"roles":{"editor":true}})", "write"), "401 bad_claim_type docs:write");
  for (const char* members : {R"("realm_access.roles":["editor"])", R"("roles":["editor"])",
                              R"("realm_access":["roles"])", R"("realm_access":[{"roles":["editor"]}])",
                              R"("realm_access":"roles")", R"("realm_access":{"Roles":["editor"]})",
                              R"("realm_access":null)", R"("realm_access":{"a":{"roles":["editor"]}})"}) {
    EXPECT_EQ(Judge(gateway, members, "write"), "403 tool_denied") << members;
  }
}

TEST(RolePath, APlainNameMayHoldDots) {
  Gateway gateway(PolicyWith(kTools + R"(,"roles":{"editor":["docs:write"]},"role_claim":"https://acme.example/roles",
                                          "grants":"user")"));
  EXPECT_TRUE(gateway.policy().warnings().empty());
  EXPECT_EQ(Judge(gateway, R"("https://acme.example/roles":["editor"])", "write"), "allow");
}

TEST(Permissions, AreScopesAsTheyAre) {
  Gateway gateway(PolicyWith(kTools + R"(,"permissions_claim":"permissions","grants":"user")"));
  EXPECT_EQ(Judge(gateway, R"("permissions":["docs:write"])", "read"), "allow");
  EXPECT_EQ(Judge(gateway, R"("permissions":"x docs:write")", "read"), "allow");
  EXPECT_EQ(Judge(gateway, R"("permissions":["x docs:write"])", "read"), "403 tool_denied");
  EXPECT_EQ(Judge(gateway, R"("permissions":["DOCS:WRITE"])", "read"), "403 tool_denied");
  EXPECT_EQ(Judge(gateway, R"("scope":"docs:write")", "read"), "403 tool_denied");
  for (const char* wrong : {"7", "null", "{}", "true", R"(["docs:write",7])", R"([["docs:write"]])"}) {
    EXPECT_EQ(Judge(gateway, R"("permissions":)" + std::string(wrong), "read"), "401 bad_claim_type docs:read")
        << wrong;
  }
}

TEST(Permissions, StandWithTheRolesOnTheUsersSide) {
  Gateway gateway(PolicyWith(kTools + R"(,"permissions_claim":["x","p"],"roles":{"viewer":["docs:read"]})"));
  EXPECT_EQ(gateway.policy().config().grants, Grants::kIntersect);
  EXPECT_EQ(Judge(gateway, R"("scope":"docs:write","x":{"p":["docs:write"]})", "write"), "allow");
  EXPECT_EQ(Judge(gateway, R"("scope":"docs:write","roles":["viewer"],"x":{"p":[]})", "read"), "allow");
  EXPECT_EQ(Judge(gateway, R"("scope":"docs:write","roles":["viewer"])", "write"), "403 tool_denied");
  EXPECT_EQ(Judge(gateway, R"("scope":"docs:read","x":{"p":["docs:write"]})", "write"),
            "403 insufficient_scope docs:write");
  // A role's name is no permission, nor the other way round.
  EXPECT_EQ(Judge(gateway, R"("scope":"docs:write","roles":["docs:write"])", "write"), "403 tool_denied");
  EXPECT_EQ(Judge(gateway, R"("scope":"docs:write","x":{"p":["viewer"]})", "read"), "403 tool_denied");
}

TEST(Either, ATokenWithScopesIsJudgedByThemAlone) {
  Gateway gateway(PolicyWith(kTools + R"(,"roles":{"App.Write":["docs:write"]},"grants":"either")"));
  EXPECT_EQ(Judge(gateway, R"("scope":"docs:read")", "read"), "allow");
  EXPECT_EQ(Judge(gateway, R"("roles":["App.Write"])", "write"), "allow");
  // A client that was granted read does not act as its administrator: never the union.
  EXPECT_EQ(Judge(gateway, R"("scope":"docs:read","roles":["App.Write"])", "write"),
            "403 insufficient_scope docs:write");
  EXPECT_EQ(Judge(gateway, R"("scope":"","roles":["App.Write"])", "write"), "403 insufficient_scope docs:write");
  EXPECT_EQ(Judge(gateway, R"("roles":["other"])", "write"), "403 tool_denied");
  // Nor where its scopes have another name than the configured one.
  EXPECT_EQ(Judge(gateway, R"("scp":"docs:read","roles":["App.Write"])", "write"), "403 insufficient_scope docs:write");
  EXPECT_EQ(Judge(gateway, R"("scope":"docs:read","roles":7)", "read"), "allow") << "its roles are not asked";
  EXPECT_EQ(Judge(gateway, R"("roles":7)", "read"), "401 bad_claim_type docs:read");
  EXPECT_EQ(Judge(gateway, R"("scope":null,"roles":["App.Write"])", "write").substr(0, 3), "401");
}

TEST(ChallengeScopes, NameWhatTheTokenHasWhereThePolicySaysSo) {
  const std::string policy =
      R"("tools":{"mail":{"scopes":["mail:send"]},"read":{"scopes":["docs:read"]}},"scopes_supported":["offline_access"],
         "scope_implies":{"docs:admin":["docs:read"]},"roles":{"r":["mail:send","docs:admin"]})";
  Gateway needed(PolicyWith(policy + R"(,"grants":"token")"));
  Gateway granted(PolicyWith(policy + R"(,"grants":"token","challenge_scopes":"granted_and_needed")"));
  const auto scope = [](Gateway& gateway, const std::string& scopes) {
    const Decision decision = gateway.DecideFor(scopes, CallTool("mail"));
    EXPECT_EQ(Joined(decision.scopes_needed), "mail:send");
    const std::string challenge = gateway.Challenge(decision);
    const std::size_t begin = challenge.find("scope=\"") + 7;
    return challenge.substr(begin, challenge.find('"', begin) - begin);
  };
  EXPECT_EQ(scope(needed, "docs:read"), "mail:send");
  EXPECT_EQ(scope(granted, "docs:read"), "docs:read mail:send");
  EXPECT_EQ(scope(granted, "docs:admin"), "docs:admin mail:send") << "what is implied is not named";
  EXPECT_EQ(scope(granted, "DOCS:READ evil offline_access docs:readx"), "mail:send");
  EXPECT_EQ(scope(granted, ""), "mail:send");
  // Nothing that a role grants.
  Gateway roles(PolicyWith(policy + R"(,"challenge_scopes":"granted_and_needed")"));
  const Decision decision = roles.DecideWith(roles.Token(R"("scope":"docs:read","roles":["r"])"), CallTool("mail"));
  EXPECT_NE(roles.Challenge(decision).find("scope=\"docs:read mail:send\""), std::string::npos);
  // Of a token that is not valid nothing is known.
  EXPECT_NE(granted.Challenge(granted.DecideWith("a.b.c", CallTool("mail"))).find("scope=\"mail:send\""),
            std::string::npos);
}

TEST(ScopePrefix, StandsInChallengesAndMetadataOnly) {
  Gateway gateway(PolicyWith(
      R"("scope_prefix":"api://APP/","scopes_supported":["read","offline_access"],"default_scopes":["read"],
         "tools":{"a":{"scopes":["read"]}})"));
  EXPECT_EQ(Summary(gateway.DecideFor("read", CallTool("a"))), "allow");
  const Decision decision = gateway.DecideFor("api://APP/read", CallTool("a"));
  EXPECT_EQ(Summary(decision), "403 insufficient_scope read");
  EXPECT_NE(gateway.Challenge(decision).find("scope=\"api://APP/read\""), std::string::npos);
  EXPECT_NE(gateway.Challenge(gateway.Decide({}, "")).find("scope=\"api://APP/read\""), std::string::npos);
  EXPECT_NE(MetadataDocument(gateway.policy()).find(R"("scopes_supported":["api://APP/read","offline_access"])"),
            std::string::npos);
}

}  // namespace
}  // namespace assay::mcp
