// Members of the policy file for issuers, clients and browsers as they are: what is taken, refused and warned of.
#include "engine/mcp/decide/compiled_policy.h"
#include "engine/mcp/decide/scope_policy.h"
#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

// The refusal of a policy with these members; empty when it is taken.
std::string Refusal(const std::string& members) {
  const auto policy = ScopePolicy::FromJson(PolicyWith(members), "p");
  return policy ? "" : policy.error();
}

std::string Warnings(const std::string& members) {
  std::string all;
  const auto policy = Compiled(PolicyWith(members));
  for (const std::string& warning : policy->warnings()) all += warning + '\n';
  return all;
}

TEST(PolicyMembers, WhatIsNotMeantIsRefusedWithItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("grants":"either")", "/grants: needs roles or permissions_claim"},
      {R"("roles":{"r":["a"]},"grants":"both")", "/grants: must be one of"},
      {R"("roles":{"r":["a"]},"role_claim":[])", "/role_claim"},
      {R"("roles":{"r":["a"]},"role_claim":["a",7])", "/role_claim/1"},
      {R"("roles":{"r":["a"]},"role_claim":"")", "/role_claim"},
      {R"("roles":{"r":["a"]},"role_claim":{"a":1})", "/role_claim"},
      {R"("permissions_claim":7)", "/permissions_claim"},
      {R"("permissions_claim":[""])", "/permissions_claim"},
      {R"("challenge_scopes":"all")", "/challenge_scopes: must be one of"},
      {R"("scope_prefix":"a b")", "/scope_prefix"},
      {R"("scope_prefix":"")", "/scope_prefix"},
      {R"("audience_from_issuers":{})", "/audience_from_issuers: must name"},
      {R"("audience_from_issuers":[])", "/audience_from_issuers"},
      {R"("audience_from_issuers":{"":{"claim":"c","in":["a"]}})", "/audience_from_issuers/"},
      {R"("audience_from_issuers":{"https://i":{"in":["a"]}})", "claim: is missing"},
      {R"("audience_from_issuers":{"https://i":{"claim":"c"}})", "in: is missing"},
      {R"("audience_from_issuers":{"https://i":{"claim":"c","in":[]}})", "/in: must hold"},
      {R"("audience_from_issuers":{"https://i":{"claim":"c","in":[""]}})", "/in"},
      {R"("audience_from_issuers":{"https://i":{"claim":"c","in":"a"}})", "/in"},
      {R"("audience_from_issuers":{"https://i":{"claim":"iss","in":["a"]}})", "iss says nothing of whom"},
      {R"("audience_from_issuers":{"https://i":{"claim":"aud","in":["a"]}})", "/claim: aud cannot stand in for itself"},
      {R"("audience_from_issuers":{"https://i":{"claim":"c","in":["a"],"prefix":"x"}})", "/prefix: is not a known"},
      {R"("filter_tools_list":"true")", "/filter_tools_list: must be true or false"},
      {R"("filter_tools_list":null)", "/filter_tools_list: must be true or false"},
      {R"("dpop_bound_access_tokens_required":1)", "/dpop_bound_access_tokens_required: must be true or false"},
      {R"("tls_client_certificate_bound_access_tokens":"")", "/tls_client_certificate_bound_access_tokens"},
      {R"("resource_name":"a\nb")", "/resource_name"},
      {R"("resource_documentation":"http://a.example/")", "/resource_documentation"},
      {R"("resource_policy_uri":"javascript:x")", "/resource_policy_uri"},
      {R"("resource_tos_uri":"/tos")", "/resource_tos_uri"},
      {R"("jwks_uri":"file:///keys")", "/jwks_uri"},
      {R"("allowed_origins":["*"])", "/allowed_origins/0"},
      {R"("allowed_origins":["http://localhost:6274","null"])", "/allowed_origins/1"},
      {R"("allowed_origins":["https://localhost:*"])", "/allowed_origins/0"},
      {R"("allowed_origins":["https://app.example:443"])", "/allowed_origins/0"},
      {R"("allowed_origins":["https://app.example:80","http://app.example:80"])", "/allowed_origins/1"},
      {R"("allowed_origins":["https://app.example:08443"])", "/allowed_origins/0"},
      {R"("allowed_origins":["https://app.example:65536"])", "/allowed_origins/0"},
      {R"("allowed_origins":["http://127.0.0.1:*"])", "/allowed_origins/0"},
      {R"("allowed_origins":["http://*:80"])", "/allowed_origins/0"},
      {R"("allowed_origins":["chrome-extension://*"])", "/allowed_origins/0"},
      {R"("allowed_origins":["chrome-extension://abcdefghijklmnopabcdefghijklmnoq"])", "/allowed_origins/0"},
      {R"("allowed_origins":["chrome-extension://abcdefghijklmnopabcdefghijklmnop:80"])", "/allowed_origins/0"},
      {R"("allowed_origins":["moz-extension://abcdefghijklmnopabcdefghijklmnop"])", "/allowed_origins/0"},
      {R"("allowed_origins":["other-extension://abcdefghijklmnopabcdefghijklmnop"])", "/allowed_origins/0"},
  };
  for (const auto& [members, wrong] : cases) {
    const std::string refusal = Refusal(members);
    EXPECT_TRUE(refusal.starts_with("p:1: /")) << members << ": " << refusal;
    EXPECT_NE(refusal.find(wrong), std::string::npos) << members << ": " << refusal;
  }
}

// `about` is for people wherever members are; where names are the policy's own, it is a name as any other.
TEST(PolicyMembers, AboutIsForPeople) {
  EXPECT_EQ(Refusal(R"("about":"why","tools":{"read":{"about":{"scopes":"why"},"scopes":["files:read"]}})"), "");
  EXPECT_EQ(Refusal(R"("audience_from_issuers":{"https://i":{"about":"why","claim":"c","in":["a"]}})"), "");
  EXPECT_EQ(Refusal(R"("tools":{"about":{"scopes":["files:read"]}})"), "");
  EXPECT_EQ(Refusal(R"("about":{"tools":["why"]})"), "p:1: /about/tools: must be a string");
  EXPECT_EQ(Refusal(R"("tools":{"read":{"about":1,"scopes":["a"]}})"),
            "p:1: /tools/read/about: must be a string, or an object of strings");
}

TEST(PolicyMembers, AMethodThatIsNearlyOneOfMcpsIsWarnedOf) {
  EXPECT_NE(Warnings(R"("methods":{"resource/read":{"scopes":["a"]}})")
                .find("/methods/resource~1read: is no method of MCP; `resources/read` is"),
            std::string::npos);
  EXPECT_NE(Warnings(R"("methods":{"Resources/Read":{"scopes":["a"]}})").find("`resources/read` is"),
            std::string::npos);
  EXPECT_EQ(
      Warnings(
          R"("methods":{"resources/read":{"scopes":["a"]},"tasks/get":{"scopes":["a"]},"tasks/update":{"scopes":["a"]},
                                   "acme/report":{"scopes":["a"]},"resource/*":{"scopes":["a"]}})"),
      "");
}

TEST(PolicyMembers, WhatIsHardlyMeantIsWarnedOf) {
  EXPECT_NE(Warnings(R"("roles":{"r":["a"]},"role_claim":"realm_access.roles")").find("/role_claim"),
            std::string::npos);
  EXPECT_NE(Warnings(R"("permissions_claim":"a.b")").find("/permissions_claim"), std::string::npos);
  EXPECT_NE(Warnings(R"("permissions_claim":"p","grants":"token")").find("/permissions_claim"), std::string::npos);
  EXPECT_NE(Warnings(R"("roles":{"r":["a"]},"grants":"token")").find("/roles: is not used"), std::string::npos);
  EXPECT_NE(Warnings(R"("scopes_supported":["a","offline_access"])").find("/scopes_supported/1"), std::string::npos);
  EXPECT_NE(
      Warnings(R"("scope_prefix":"api://x","default_scopes":["read"])").find("/scope_prefix: stands right before"),
      std::string::npos);
  EXPECT_NE(
      Warnings(R"("resources":{"file:///public*":{"scopes":[]}})").find("is the beginning of longer names as well"),
      std::string::npos);
  EXPECT_EQ(
      Warnings(R"("resources":{"file:///public/*":{"scopes":[]},"docs://h/q?a=*":{"scopes":[]},"*":{"scopes":[]}})"),
      "");
  EXPECT_NE(Warnings(R"("scope_prefix":"api://x/","default_scopes":["api://x/read"])").find("/default_scopes/0"),
            std::string::npos);
  EXPECT_EQ(Warnings(R"("roles":{"r":["a"]},"role_claim":["realm_access","roles"],"permissions_claim":"p",
                        "scope_prefix":"api://x/","default_scopes":["read"])"),
            "");
}

TEST(PolicyMembers, PermissionsMakeIntersectTheDefault) {
  EXPECT_EQ(Compiled(PolicyWith(R"("permissions_claim":"p")"))->config().grants, Grants::kIntersect);
  EXPECT_EQ(Compiled(PolicyWith(R"("permissions_claim":"p","grants":"either")"))->config().grants, Grants::kEither);
}

}  // namespace
}  // namespace assay::mcp
