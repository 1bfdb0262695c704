// Roles: what a token may do is what its user may do, what it was given, or both.
#include "engine/mcp/decide/checker.h"

#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

class Roles : public ::testing::Test {
 protected:
  static std::string Policy(const std::string& grants) {
    return PolicyWith(
        R"("tools":{"write":{"scopes":["files:write"]},"read":{"scopes":["files:read"]},"either":{"any_of":[["x"],["y"]]}},
           "scope_implies":{"files:write":["files:read"]},
           "roles":{"editor":["files:write"],"viewer":["files:read"],"y role":["y"]})" +
        grants);
  }
  static std::string Judge(Gateway& gateway, const char* roles, const char* scopes, const char* tool) {
    return Summary(gateway.DecideWith(
        gateway.Token("\"roles\":" + std::string(roles) + ",\"scope\":\"" + scopes + "\""), CallTool(tool)));
  }
};

TEST_F(Roles, TokenAndUserMustBothAgree) {
  Gateway gateway(Policy(""));
  EXPECT_EQ(Judge(gateway, R"(["editor"])", "files:write", "write"), "allow");
  EXPECT_EQ(Judge(gateway, R"(["editor"])", "files:write", "read"), "allow");  // closed, then intersected
  EXPECT_EQ(Judge(gateway, R"(["viewer"])", "files:write", "read"), "allow");
  EXPECT_EQ(Judge(gateway, R"(["editor"])", "files:read", "write"), "403 insufficient_scope files:write");
  // No new token would help.
  EXPECT_EQ(Judge(gateway, R"(["viewer"])", "files:write", "write"), "403 tool_denied");
  EXPECT_EQ(Judge(gateway, R"(["viewer"])", "files:read", "write"), "403 tool_denied");
  EXPECT_EQ(Judge(gateway, "[]", "files:write", "write"), "403 tool_denied");
  EXPECT_FALSE(gateway.DecideFor("files:write", CallTool("write")).allowed());
  // Only what the user may do is asked for.
  EXPECT_EQ(Judge(gateway, R"("y role")", "x", "either"), "403 insufficient_scope y");
  EXPECT_EQ(Judge(gateway, R"("y role")", "y", "either"), "allow");
}

TEST_F(Roles, GrantsMayBeTheUsersOrTheTokensAlone) {
  Gateway user(Policy(R"(,"grants":"user")"));
  EXPECT_EQ(Judge(user, R"("editor")", "", "write"), "allow");
  EXPECT_EQ(Judge(user, R"("viewer")", "files:write", "write"), "403 tool_denied");
  Gateway token(Policy(R"(,"grants":"token")"));
  EXPECT_EQ(Judge(token, "7", "files:write", "write"), "allow");
  EXPECT_EQ(Judge(token, R"("editor")", "", "write"), "403 insufficient_scope files:write");
}

TEST_F(Roles, ARoleClaimOfAnotherTypeIsNoRole) {
  Gateway gateway(Policy(""));
  for (const char* roles : {"7", "null", "{}", "true", R"(["editor",7])", R"([["editor"]])"}) {
    EXPECT_EQ(Judge(gateway, roles, "files:write", "write"), "401 bad_claim_type files:write") << roles;
  }
  const Decision wrong = gateway.DecideWith(gateway.Token(R"("roles":7,"scope":"files:write")"), CallTool("read"));
  EXPECT_NE(gateway.Challenge(wrong).find("scope=\"files:read\""), std::string::npos) << gateway.Challenge(wrong);
  EXPECT_EQ(Judge(gateway, R"("editor viewer")", "files:write", "write"), "403 tool_denied");
  EXPECT_EQ(Judge(gateway, R"(["x","ed\u0069tor"])", "files:write", "write"), "allow");
}

}  // namespace
}  // namespace assay::mcp
