// MCP decisions on tokens of real issuers: where their scopes, roles and permissions stand, and what stands in for the
// audience.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/conformance/providers.h"
#include "tests/engine/mcp/fixture.h"

namespace assay::testing {
namespace {

const std::string kTools =
    R"("tools": {"read_file": {"scopes": ["files:read"]}, "write_file": {"scopes": ["files:write"]}},
       "scope_implies": {"files:write": ["files:read"]})";

// McpServer: a gateway before one MCP server, for one provider's tokens.
class McpServer {
 public:
  // `changes`: a JSON merge patch of the provider's entry. `members`: of the policy, besides its tools.
  McpServer(std::string_view provider, std::string_view changes, std::string_view members)
      : provider_(FindProvider(provider)),
        key_(KeyOf(provider_)),
        policy_(mcp::Compiled(mcp::PolicyWith(kTools + std::string(members)))) {
    const EngineConfig config = ConfigWith(provider_, key_, changes);
    std::vector<PolicyConfig> policies;
    for (const IssuerConfig& issuer : config.issuers) policies.push_back(issuer.policy);
    worker_.emplace(MakeEngine(config));
    auto checker = mcp::Checker::Create(policy_, policies);
    EXPECT_TRUE(checker.ok()) << checker.error();
    if (checker) checker_.emplace(std::move(*checker));
  }

  mcp::Decision Decide(std::string_view claims, std::string_view tool) {
    token_ = TokenOf(provider_, key_, {"changed", claims});
    bearer_ = "Bearer " + token_;
    body_ = mcp::CallTool(tool);
    fields_ = {{"Authorization", bearer_}};
    return checker_->Decide(worker_->Validate(token_, kNow), mcp::ReadHead(fields_, "POST"), {body_});
  }
  std::string Summary(std::string_view claims, std::string_view tool) { return mcp::Summary(Decide(claims, tool)); }

  const mcp::ScopePolicy& policy() const { return *policy_; }

 private:
  Provider provider_;
  SigningKey key_;
  std::shared_ptr<const mcp::ScopePolicy> policy_;
  std::optional<Worker> worker_;
  std::optional<mcp::Checker> checker_;
  mcp::Fields fields_;
  std::string token_, bearer_, body_;
};

// A user's token goes by its scopes, an application's by its roles, and none by both.
TEST(ProvidersMcp, EntraGoesByScopesOrByRoles) {
  McpServer server("Entra and MCP", "{}",
                   R"(, "audiences": ["00001111-aaaa-2222-bbbb-3333cccc4444"], "grants": "either",
                      "roles": {"Files.ReadWrite.All": ["files:write"]},
                      "scope_prefix": "api://00001111-aaaa-2222-bbbb-3333cccc4444/")");
  constexpr std::string_view kApplication =
      R"({"idtyp": "app", "scp": null, "roles": ["Files.ReadWrite.All"], "sub": "11112222", "name": null})";
  EXPECT_EQ(server.Summary(R"({"scp": "files:read"})", "read_file"), "allow");
  EXPECT_EQ(server.Summary(kApplication, "write_file"), "allow");
  EXPECT_EQ(server.Summary(R"({"idtyp": "app", "scp": null, "roles": ["Other"]})", "read_file"), "403 tool_denied");
  EXPECT_EQ(server.Summary(R"({"idtyp": "app", "scp": null, "roles": {"Files.ReadWrite.All": true}})", "read_file"),
            "401 bad_claim_type files:read");
  const mcp::Decision both = server.Decide(R"({"scp": "files:read", "roles": ["Files.ReadWrite.All"]})", "write_file");
  EXPECT_EQ(mcp::Summary(both), "403 insufficient_scope files:write");
  EXPECT_NE(mcp::ChallengeFor(server.policy(), both).find("api://00001111-aaaa-2222-bbbb-3333cccc4444/files:write"),
            std::string::npos);
  EXPECT_EQ(server.Summary(R"({"scp": "files:read", "idtyp": null})", "read_file"), "401 claim_missing files:read");
}

TEST(ProvidersMcp, CognitosClientStandsInForTheResource) {
  McpServer server("Cognito access token",
                   R"({"audience_from": {"claim": "client_id", "in": ["xxxxxxxxxxxxexample", "of-another-server"]}})",
                   R"(, "audience_from_issuers": {"https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example":
           {"claim": "client_id", "in": ["xxxxxxxxxxxxexample"]}})");
  EXPECT_EQ(server.Summary(R"({"scope": "files:read"})", "read_file"), "allow");
  EXPECT_EQ(server.Summary(R"({"scope": "files:read"})", "write_file"), "403 insufficient_scope files:write");
  EXPECT_EQ(server.Summary(R"({"scope": "files:read", "client_id": "of-another-server"})", "read_file"),
            "401 wrong_audience files:read");
  EXPECT_EQ(server.Summary(R"({"scope": "files:read", "token_use": "id"})", "read_file"),
            "401 claim_mismatch files:read");
  EXPECT_EQ(server.Summary(R"({"scope": "files:read", "aud": "https://mcp.example.com/mcp"})", "read_file"),
            "401 wrong_audience files:read");
}

TEST(ProvidersMcp, KeycloaksRolesStandInAnObject) {
  McpServer server("Keycloak", R"({"scopes": null, "claims": [{"claim": "typ", "in": ["Bearer"]}]})",
                   R"(, "roles": {"editor": ["files:write"]}, "role_claim": ["realm_access", "roles"], "grants": "user",
                      "audience_from_issuers": {"https://keycloak.example.com/realms/acme":
                        {"claim": "azp", "in": ["mcp-client"]}})");
  const mcp::Decision decision = server.Decide("{}", "write_file");
  EXPECT_EQ(mcp::Summary(decision), "allow");
  EXPECT_EQ(decision.principal->client_id, "mcp-client");
  EXPECT_EQ(server.Summary(R"({"realm_access": {"roles": ["viewer"]}})", "read_file"), "403 tool_denied");
  EXPECT_EQ(server.Summary(R"({"realm_access": {"roles": {"editor": true}}})", "read_file"),
            "401 bad_claim_type files:read");
  EXPECT_EQ(server.Summary(R"({"realm_access": null, "realm_access.roles": ["editor"]})", "read_file"),
            "403 tool_denied");
  EXPECT_EQ(server.Summary(R"({"azp": "other-client"})", "write_file"), "401 wrong_audience files:write");
}

TEST(ProvidersMcp, WorkOsSessionsHavePermissions) {
  McpServer server("WorkOS session", R"({"scopes": null})",
                   R"(, "permissions_claim": "permissions", "grants": "user",
                      "audience_from_issuers": {"https://api.workos.com":
                        {"claim": "org_id", "in": ["org_01HRDMC6CM357W30QMHMQ96Q0S"]}})");
  const mcp::Decision decision = server.Decide(R"({"permissions": ["files:write"]})", "read_file");
  EXPECT_EQ(mcp::Summary(decision), "allow");
  EXPECT_EQ(decision.principal->tenant, "org_01HRDMC6CM357W30QMHMQ96Q0S");
  EXPECT_EQ(server.Summary("{}", "read_file"), "403 tool_denied") << "posts:read is none of files";
  EXPECT_EQ(server.Summary(R"({"permissions": null, "scope": "files:read"})", "read_file"), "403 tool_denied");
  EXPECT_EQ(server.Summary(R"({"permissions": ["files:read"], "org_id": "org_02"})", "read_file"),
            "401 wrong_audience files:read");
}

// What the user may do, and what was asked for: both.
TEST(ProvidersMcp, Auth0sPermissionsNarrowItsScopes) {
  McpServer server("Auth0", R"({"scopes": null, "audiences": ["https://mcp.example.com/mcp"], "claims": null})",
                   R"(, "permissions_claim": "permissions")");
  const auto judge = [&](const std::string& scope, const std::string& permissions) {
    return server.Summary(
        R"({"aud": ["https://mcp.example.com/mcp", "https://my-domain.auth0.com/userinfo"], "scope": ")" + scope +
            R"(", "permissions": )" + permissions + "}",
        "write_file");
  };
  EXPECT_EQ(judge("openid files:write", R"(["files:write"])"), "allow");
  EXPECT_EQ(judge("openid files:read", R"(["files:write"])"), "403 insufficient_scope files:write");
  EXPECT_EQ(judge("openid files:write", R"(["files:read"])"), "403 tool_denied");
  EXPECT_EQ(judge("openid files:write", R"({"files:write": true})"), "401 bad_claim_type files:write");
}

TEST(ProvidersMcp, OktasClientIsThePrincipals) {
  McpServer server("Okta custom authorization server",
                   R"({"audiences": ["api://default", "https://mcp.example.com/mcp"]})",
                   R"(, "audiences": ["api://default"])");
  const mcp::Decision decision = server.Decide(R"({"scp": ["files:read"]})", "read_file");
  EXPECT_EQ(mcp::Summary(decision), "allow");
  EXPECT_EQ(decision.principal->client_id, "nmdP1fcyvdVO11AL7ECm");
  EXPECT_EQ(server.Summary(R"({"scp": ["openid"]})", "read_file"), "403 insufficient_scope files:read");
}

TEST(ProvidersMcp, DuendesScopesAreAnArray) {
  McpServer server("Duende IdentityServer", R"({"audiences": ["https://mcp.example.com/mcp"]})", "");
  const auto judge = [&](const std::string& scope) {
    return server.Summary(R"({"aud": ["https://mcp.example.com/mcp"], "scope": )" + scope + "}", "write_file");
  };
  EXPECT_EQ(judge(R"(["files:write"])"), "allow");
  EXPECT_EQ(judge(R"(["openid", "files:read"])"), "403 insufficient_scope files:write");
  EXPECT_EQ(judge(R"(["openid files:write"])"), "403 insufficient_scope files:write") << "one item is one scope";
  EXPECT_EQ(judge(R"("files:write")"), "401 bad_claim_type files:write");
}

// Roles are the names of an object's members; one that another organization granted does not count.
TEST(ProvidersMcp, ZitadelsRolesAreKeys) {
  McpServer server("ZITADEL", R"({"audiences": ["69234237810729019", "https://mcp.example.com/mcp"]})",
                   R"(, "audiences": ["69234237810729019"])");
  const auto judge = [&](const std::string& roles) {
    return server.Summary(R"({"urn:zitadel:iam:org:project:roles": )" + roles + "}", "write_file");
  };
  const std::string needed = "403 insufficient_scope files:write";
  EXPECT_EQ(judge(R"({"files:write": {"165461784530191297": "acme.zitadel.cloud"}})"), "allow");
  EXPECT_EQ(judge(R"({"files:write": {"2": "globex.zitadel.cloud"}})"), needed);
  EXPECT_EQ(judge(R"({"files:write": {}})"), needed);
  EXPECT_EQ(judge(R"({"files:write": false})"), needed);
  EXPECT_EQ(judge(R"({"files:write": "165461784530191297"})"), needed);
  EXPECT_EQ(judge("{}"), needed) << "editor alone";
}

TEST(ProvidersMcp, ClerksRoleIsOneString) {
  McpServer server("Clerk session", "{}",
                   R"(, "roles": {"admin": ["files:write"]}, "role_claim": ["o", "rol"], "grants": "user",
                      "audience_from_issuers": {"https://clerk.example.com":
                        {"claim": "azp", "in": ["https://app.example.com"]}})");
  EXPECT_EQ(server.Summary("{}", "write_file"), "allow");
  EXPECT_EQ(server.Summary(R"({"o": {"rol": "member"}})", "write_file"), "403 tool_denied");
  EXPECT_EQ(server.Summary(R"({"o": {"rol": {"admin": true}}})", "write_file"), "401 bad_claim_type files:write");
  EXPECT_EQ(server.Summary(R"({"azp": "https://evil.example"})", "write_file"), "401 wrong_audience files:write");
}

TEST(ProvidersMcp, DescopesPermissionsAreThoseOfOneTenant) {
  McpServer server("Descope / Stytch", "{}",
                   R"(, "audience_from_issuers": {"https://api.descope.com/v1/apps/P2abc":
                        {"claim": "dct", "in": ["T2acme"]}})");
  EXPECT_EQ(server.Summary("{}", "read_file"), "allow");
  EXPECT_EQ(
      server.Summary(R"({"tenants": {"T2acme": null, "T2globex": {"permissions": ["files:write"]}}})", "read_file"),
      "403 insufficient_scope files:read");
  EXPECT_EQ(server.Summary(R"({"dct": "T2globex"})", "read_file"), "401 wrong_audience files:read");
}

}  // namespace
}  // namespace assay::testing
