// MCP authorization, requirement by requirement: the numbers are those of tests/security/README.md, MCP
// versions 2025-06-18, 2025-11-25 and 2026-07-28. Some fall on others:
//
//    9  a client's part; ours is that audiences are a list, the engine's and the policy's:
//       Checker.AnotherNameOfTheResourceIsAnAudienceWhenEngineAndPolicyBothSaySo
//   25  consent needs a user interface and a memory of it: the gateway's
//   26  the order of registration is a client's part; its two documents are checked in guards_test.cc
//   28  discovery of an issuer's keys is no part of a decision: engine/remote, where it is built in
#include <nlohmann/json.hpp>

#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

using Json = nlohmann::json;

class Requirement : public ::testing::Test {
 protected:
  Requirement() : gateway_(FileServerPolicy()) {}

  Decision DecideToken(const std::string& token) { return gateway_.DecideWith(token, CallTool("read_file")); }

  Gateway gateway_;
};

TEST_F(Requirement, R01_AnAccessTokenIsValidatedWhole) {
  const std::string token = gateway_.TokenFor("files:read");
  EXPECT_TRUE(DecideToken(token).allowed());
  std::string forged = token;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(DecideToken(forged).reason, Reason::kBadSignature);
}

TEST_F(Requirement, R02_TheTokenIsJudgedBeforeTheRequest) {
  EXPECT_EQ(gateway_.DecideWith("x", "[]").status, 401);
  EXPECT_EQ(gateway_.Decide({}, CallTool("unknown")).status, 401);
}

TEST_F(Requirement, R03_ATokenForAnotherAudienceIsRefused) {
  const std::string other = testing::Sign(gateway_.key(), testing::HeaderOf(gateway_.key()), testing::ValidClaims());
  EXPECT_EQ(Summary(DecideToken(other)), "401 wrong_audience files:read");
}

TEST_F(Requirement, R04_NoOtherTokenIsAccepted) {
  const testing::SigningKey stranger = testing::SigningKey::Make(Algorithm::kES256, "k", 7);
  const std::string payload =
      R"({"iss":"https://issuer.example","aud":"https://mcp.example.com/mcp","exp":1800000000,"scope":"files:read"})";
  EXPECT_EQ(DecideToken(testing::Sign(stranger, testing::HeaderOf(stranger), payload)).status, 401);
  EXPECT_TRUE(DecideToken(testing::Sign(gateway_.key(), testing::HeaderOf(gateway_.key()), payload)).allowed());
}

TEST_F(Requirement, R05_TheClientsTokenStaysHere) {
  EXPECT_TRUE(IsCredentialHeader("Authorization"));
  EXPECT_TRUE(IsCredentialHeader("aUTHORIZATION"));
  EXPECT_FALSE(IsCredentialHeader("Mcp-Name"));
}

TEST_F(Requirement, R06_ATokenComesInTheHeaderOnly) {
  const std::string token = gateway_.TokenFor("files:read");
  RequestHead head;
  const std::string query = "access_token=" + token;
  head.query = query;
  std::string_view found;
  EXPECT_EQ(ExtractToken(head, &found), Reason::kCredentialMissing);
  EXPECT_TRUE(found.empty());
  EXPECT_EQ(gateway_.Decide({}, "access_token=" + token).status, 401);
}

TEST_F(Requirement, R07_InvalidIs401InsufficientIs403MalformedIs400) {
  EXPECT_EQ(DecideToken("a.b.c").status, 401);
  EXPECT_EQ(gateway_.DecideFor("files:read", CallTool("write_a")).status, 403);
  EXPECT_EQ(gateway_.DecideFor("files:read", "{").status, 400);
  EXPECT_EQ(gateway_.Decide({{"Authorization", "Bearer a"}, {"Authorization", "Bearer a"}}, "").status, 400);
}

TEST_F(Requirement, R08_TheResourceHasOneSpelling) {
  EXPECT_EQ(Compiled(R"({"resource":"HTTPS://MCP.Example.COM/mcp","authorization_servers":["https://a.example"]})")
                ->resource(),
            kResource);
  EXPECT_FALSE(
      ScopePolicy::FromJson(R"({"resource":"https://h/mcp#x","authorization_servers":["https://a.example"]})", "p")
          .ok());
}

TEST_F(Requirement, R10_TheMetadataNamesAnAuthorizationServer) {
  const Json document = Json::parse(MetadataDocument(gateway_.policy()));
  EXPECT_EQ(document["authorization_servers"], Json({"https://auth.example.com"}));
  EXPECT_FALSE(ScopePolicy::FromJson(R"({"resource":"https://h/mcp"})", "p").ok());
  EXPECT_FALSE(ScopePolicy::FromJson(R"({"resource":"https://h/mcp","authorization_servers":[]})", "p").ok());
}

TEST_F(Requirement, R11_TheMetadataIsFoundByChallengeAndByPath) {
  EXPECT_NE(gateway_.Challenge(gateway_.Decide({}, "")).find("resource_metadata=\"" + std::string(kMetadata) + "\""),
            std::string::npos);
  EXPECT_EQ(gateway_.policy().metadata_url(), kMetadata);
}

TEST_F(Requirement, R12_ThePathIsInsertedAndTheResourceIsTheSame) {
  EXPECT_EQ(MetadataUrl("https://h/public/mcp"), "https://h/.well-known/oauth-protected-resource/public/mcp");
  EXPECT_EQ(Json::parse(MetadataDocument(gateway_.policy()))["resource"], kResource);
}

TEST_F(Requirement, R13_TheMetadataNeedsNoToken) {
  EXPECT_TRUE(IsMetadataTarget(gateway_.policy(), "/.well-known/oauth-protected-resource/mcp"));
}

TEST_F(Requirement, R14_A401SaysTheScope) {
  EXPECT_NE(gateway_.Challenge(gateway_.Decide({}, CallTool("write_a"))).find("scope=\"files:write\""),
            std::string::npos);
  EXPECT_NE(gateway_.Challenge(gateway_.Decide({}, "")).find("scope=\"files:read\""), std::string::npos);
}

TEST_F(Requirement, R15_OfflineAccessIsNeverAskedFor) {
  for (const char* members :
       {R"("default_scopes":["offline_access"])", R"("tools":{"a":{"scopes":["offline_access"]}})",
        R"("tools":{"a":{"any_of":[["x"],["offline_access"]]}})"}) {
    EXPECT_FALSE(ScopePolicy::FromJson(PolicyWith(members), "p").ok()) << members;
  }
  // The document may say that the issuer has it; no challenge does.
  Gateway gateway(PolicyWith(R"("scopes_supported":["a","offline_access"],"challenge_scopes":"granted_and_needed",
                    "tools":{"t":{"scopes":["a"]}})"));
  EXPECT_EQ(gateway.policy().warnings().size(), 1u);
  const std::string challenge = gateway.Challenge(gateway.DecideFor("offline_access", CallTool("t")));
  EXPECT_NE(challenge.find("scope=\"a\""), std::string::npos) << challenge;
}

TEST_F(Requirement, R16_InsufficientScopeIsACompleteChallenge) {
  const Decision decision = gateway_.DecideFor("files:read", CallTool("write_a"));
  EXPECT_EQ(decision.status, 403);
  const std::string challenge = gateway_.Challenge(decision);
  for (const char* part :
       {"error=\"insufficient_scope\"", "scope=\"files:write\"", "resource_metadata=\"", "error_description=\""}) {
    EXPECT_NE(challenge.find(part), std::string::npos) << part;
  }
}

TEST_F(Requirement, R17_AllScopesOfTheOperationAreInOneChallenge) {
  EXPECT_EQ(Summary(gateway_.DecideFor("files:write", CallTool("delete_tree"))),
            "403 insufficient_scope files:write files:admin");
  EXPECT_EQ(Summary(gateway_.DecideFor("files:read", CallTool("delete_tree"))),
            "403 insufficient_scope files:write files:admin");
}

TEST_F(Requirement, R18_AHigherScopeIsSufficient) {
  EXPECT_TRUE(gateway_.DecideFor("files:admin", CallTool("read_file")).allowed());
  EXPECT_FALSE(gateway_.DecideFor("files:read", CallTool("write_a")).allowed());
}

TEST_F(Requirement, R19_ATokensScopeIsNotEnoughWithoutTheUsersRight) {
  Gateway roles(PolicyWith(R"("roles":{"editor":["w"]},"tools":{"a":{"scopes":["w"]}})"));
  EXPECT_EQ(Summary(roles.DecideFor("w", CallTool("a"))), "403 tool_denied");
  EXPECT_TRUE(roles.DecideWith(roles.Token(R"("scope":"w","roles":["editor"])"), CallTool("a")).allowed());
}

TEST_F(Requirement, R20_TheMirroredHeadersAreThere) {
  const std::string token = gateway_.TokenFor("files:read");
  const auto status = [&](Fields more) {
    more.push_back({"MCP-Protocol-Version", "2026-07-28"});
    return gateway_.DecideWith(token, CallTool("read_file"), more).status;
  };
  EXPECT_EQ(status({{"Mcp-Method", "tools/call"}, {"Mcp-Name", "read_file"}}), 200);
  EXPECT_EQ(status({{"Mcp-Method", "tools/call"}}), 400);
  EXPECT_EQ(status({{"Mcp-Name", "read_file"}}), 400);
}

TEST_F(Requirement, R21_HeaderAndBodyDisagreeing) {
  const Decision decision = gateway_.DecideWith(
      gateway_.TokenFor("files:read"), CallTool("write_a"),
      {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "=?base64?cmVhZF9maWxl?="}});
  EXPECT_EQ(Summary(decision), "400 request_mismatch");
  EXPECT_EQ(decision.jsonrpc_error, -32020);
}

TEST_F(Requirement, R22_HeadersAloneOnlyWhereTheBackendMustCompareThem) {
  Gateway headers(PolicyWith(R"("header_mode":"headers","tools":{"a":{"scopes":["s"]}})"));
  const auto decide = [&](const char* version) {
    return Summary(
        headers.DecideWith(headers.TokenFor("s"), "",
                           {{"MCP-Protocol-Version", version}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "a"}}));
  };
  EXPECT_EQ(decide("2026-07-28"), "allow");
  EXPECT_EQ(decide("2025-11-25"), "400 request_malformed");
}

TEST_F(Requirement, R23_AForeignOriginIsRefused) {
  const std::string token = gateway_.TokenFor("files:read");
  EXPECT_EQ(Summary(gateway_.DecideWith(token, CallTool("read_file"), {{"Origin", "https://evil.example"}})),
            "403 origin_denied");
  EXPECT_EQ(Summary(gateway_.Decide({{"Origin", "null"}}, "")), "403 origin_denied");
  EXPECT_TRUE(gateway_.DecideWith(token, CallTool("read_file"), {{"Origin", "https://mcp.example.com"}}).allowed());
  EXPECT_EQ(
      gateway_.DecideWith(token, "", {{"Origin", "https://mcp.example.com"}, {"Origin", "https://mcp.example.com"}})
          .status,
      403);
}

TEST_F(Requirement, R24_TheDecisionSaysWhoActs) {
  const Decision decision = gateway_.DecideFor("files:read", CallTool("write_a"));
  ASSERT_TRUE(decision.principal);
  EXPECT_EQ(decision.principal->issuer, testing::kIssuer);
  EXPECT_EQ(decision.principal->subject, "user-1");
  EXPECT_EQ(decision.principal->client_id, "client-1");
  EXPECT_FALSE(gateway_.Decide({{"Mcp-Session-Id", "1"}}, CallTool("read_file")).principal);
}

TEST_F(Requirement, R27_PkceIsS256) {
  const std::string request =
      "response_type=code&client_id=c&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  EXPECT_EQ(CheckAuthorizationRequest(request + "&code_challenge_method=S256"), GuardReason::kOk);
  EXPECT_EQ(CheckAuthorizationRequest(request + "&code_challenge_method=plain"), GuardReason::kChallengeMethodNotS256);
}

TEST_F(Requirement, R29_AuthorizationServersAreHttps) {
  for (const char* server :
       {"http://auth.example.com", "https://auth.example.com?x", "https://auth.example.com#x", "auth.example.com"}) {
    EXPECT_FALSE(
        ScopePolicy::FromJson(
            "{\"resource\":\"https://h/mcp\",\"authorization_servers\":[\"" + std::string(server) + "\"]}", "p")
            .ok())
        << server;
  }
}

}  // namespace
}  // namespace assay::mcp
