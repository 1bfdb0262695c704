// The policy file: what it refuses, all at once, and what it is compiled to.
#include "engine/mcp/decide/scope_policy.h"
#include "engine/mcp/decide/compiled_policy.h"

#include <string>

#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

std::string Refusal(const std::string& text) {
  const auto policy = ScopePolicy::FromJson(text, "p");
  return policy ? "" : policy.error();
}

ScopeBits Granted(const ScopePolicy& policy, std::initializer_list<std::string_view> scopes) {
  ScopeBits bits;
  for (const std::string_view scope : scopes) policy.compiled().GrantScope(scope, &bits);
  return bits;
}

TEST(PolicyFile, EveryDefectIsNamedWithItsLineAndPlace) {
  EXPECT_EQ(Refusal("{\n\"resource\": \"mcp\",\n\"authorization_servers\": [],\n\"colour\": 1,\n"
                    "\"tools\": {\"a*b\": {\"scopes\": []},\n\"c\": {\"scopes\": [\"a b\"], \"any_of\": [[]]},\n"
                    "\"d\": {}},\n\"grants\": \"user\", \"default_tool\": \"allow\"}"),
            "p:2: /resource: must be an https: URL (or http: to this machine) without user name, fragment, dot "
            "segments or a port that its scheme implies (RFC 8707 section 2)\n"
            "p:3: /authorization_servers: must hold at least one item\n"
            "p:4: /colour: is not a known member\n"
            "p:5: /tools/a*b: may have a star at its end only\n"
            "p:6: /tools/c/scopes/0: is no scope-token (RFC 6749 section 3.3)\n"
            "p:6: /tools/c/any_of/0: must hold at least one item\n"
            "p:7: /tools/d: must have scopes (an empty list: any valid token) or any_of\n"
            "p:8: /grants: needs roles or permissions_claim\n"
            "p:8: /default_tool: must be one of \"deny\", \"authenticated\"");
}

TEST(PolicyFile, WhatAHostJudgesGoesBeforeTheHeaderMode) {
  const auto mode = [](const std::string& named, JudgedPart part) {
    const auto policy = ScopePolicy::FromJson(PolicyWith("\"header_mode\":\"" + named + '"'), "p", part);
    return policy ? (*policy)->compiled().config().header_mode : std::nullopt;
  };
  EXPECT_EQ(mode("headers", JudgedPart::kAsThePolicySays), HeaderMode::kHeaders);
  EXPECT_EQ(mode("headers", JudgedPart::kBody), std::nullopt);
  EXPECT_EQ(mode("headers_and_body", JudgedPart::kBody), HeaderMode::kHeadersAndBody);
  EXPECT_EQ(mode("headers_and_body", JudgedPart::kHeaders), HeaderMode::kHeaders);
}

TEST(PolicyFile, WhatNoPolicyMaySayIsRefused) {
  for (const char* members : {R"("tools":{"a":{"any_of":[]}})",
                              R"("tools":{"a":{"scopes":["x"],"scope":[]}})",
                              R"("tools":{"a":["x"]})",
                              R"("tools":{"":{"scopes":[]}})",
                              R"("tools":{"a\u0000":{"scopes":[]}})",
                              R"("tools":{"a":{"scopes":"x"}})",
                              R"("default_scopes":["a\"b"])",
                              R"("default_scopes":["a","a"])",
                              R"("scopes_supported":["\u00e9"])",
                              R"("scope_implies":{"a b":["c"]})",
                              R"("scope_implies":{"a":[]})",
                              R"("roles":{"r":[]})",
                              R"("role_claim":"roles")",
                              R"("header_mode":"header")",
                              R"("resources":{"https://h*":{"scopes":[]}})",
                              R"("resources":{"file*":{"scopes":[]}})",
                              R"("resources":{"file:///a/../b":{"scopes":[]}})",
                              R"("resources":{"file:///a%2e":{"scopes":[]}})",
                              R"("resources":{"file:///a%2*":{"scopes":[]}})",
                              R"("resources":{"FILE:///a":{"scopes":[]}})",
                              R"("resources":{"file:///%61":{"scopes":[]}})",
                              R"("resources":{"file:/a/*":{"scopes":[]}})",
                              R"("resources":{"https://h:443/a":{"scopes":[]}})",
                              R"("resources":{"https://h":{"scopes":[]}})",
                              R"("allowed_origins":["https://h/"])",
                              R"("allowed_origins":["null"])",
                              R"("audiences":"x")",
                              R"("audiences":[])",
                              R"("audiences":[""])",
                              R"("audiences":["a","a"])",
                              R"("audiences":["a\nb"])",
                              R"("tools":{"a":{"scopes":[]},"a":{"scopes":[]}})"}) {
    EXPECT_NE(Refusal(PolicyWith(members)), "") << members;
  }
  EXPECT_NE(Refusal("[]"), "");
  EXPECT_NE(Refusal("{}"), "");
  EXPECT_EQ(Refusal(PolicyWith("")), "");
  EXPECT_EQ(Refusal(FileServerPolicy()), "");
}

TEST(PolicyFile, TheContractsExampleIsRead) {
  const auto policy = Compiled(R"({
  "resource": "https://mcp.example.com/mcp",
  "authorization_servers": ["https://auth.example.com"],
  "scopes_supported": ["files:read", "files:write", "files:admin"],
  "default_scopes": ["files:read"],
  "scope_implies": {"files:admin": ["files:write"], "files:write": ["files:read"]},
  "methods": {"tools/list": {"scopes": []}, "resources/read": {"scopes": ["files:read"]}},
  "tools": {
    "read_file": {"scopes": ["files:read"]},
    "write_*": {"scopes": ["files:write"]},
    "delete_tree": {"scopes": ["files:write"], "any_of": [["files:admin"], ["ops:break-glass"]]}
  },
  "resources": {"file:///public/*": {"scopes": []}},
  "prompts": {},
  "default_tool": "deny",
  "default_method": "deny",
  "role_claim": "roles",
  "roles": {"editor": ["files:write"], "viewer": ["files:read"]},
  "grants": "intersect",
  "header_mode": "headers_and_body"
})");
  EXPECT_EQ(policy->config().header_mode, HeaderMode::kHeadersAndBody);
  EXPECT_EQ(policy->config().grants, Grants::kIntersect);
  EXPECT_EQ(policy->config().roles.size(), 2u);
}

TEST(PolicyFile, GrantsAreIntersectedWhenRolesAreGiven) {
  EXPECT_EQ(Compiled(PolicyWith(""))->config().grants, Grants::kToken);
  EXPECT_EQ(Compiled(PolicyWith(R"("roles":{"r":["a"]})"))->config().grants, Grants::kIntersect);
  EXPECT_EQ(Compiled(PolicyWith(R"("roles":{"r":["a"]})"))->config().role_claim, ClaimPath{"roles"});
  EXPECT_EQ(Compiled(PolicyWith(R"("roles":{"r":["a"]},"grants":"token")"))->config().grants, Grants::kToken);
}

TEST(PolicyFile, ARuleForToolCallsAmongTheMethodsIsWarnedOf) {
  for (const char* method : {"tools/call", "tools/*", "tools/call*", "*"}) {
    const std::string members = R"("methods":{")" + std::string(method) + R"(":{"scopes":["x"]}})";
    EXPECT_EQ(Compiled(PolicyWith(members))->config().warnings.size(), 1u) << method;
  }
  EXPECT_TRUE(Compiled(PolicyWith(R"("methods":{"tools/list*":{"scopes":["x"]}})"))->config().warnings.empty());
  EXPECT_TRUE(Compiled(FileServerPolicy())->config().warnings.empty());
}

TEST(ScopePolicy, AScopeGrantsAllThatItImplies) {
  const auto policy = Compiled(FileServerPolicy());
  EXPECT_EQ(Granted(*policy, {"files:admin"}), Granted(*policy, {"files:admin", "files:write", "files:read"}));
  EXPECT_NE(Granted(*policy, {"files:write"}), Granted(*policy, {"files:admin"}));
  EXPECT_EQ(Granted(*policy, {"files:", "FILES:ADMIN", "files:adminx", ""}), ScopeBits());
}

TEST(ScopePolicy, ACircleOfImplicationsEnds) {
  const auto policy = Compiled(PolicyWith(R"("scope_implies":{"a":["b"],"b":["c"],"c":["a"]})"));
  EXPECT_EQ(Granted(*policy, {"a"}), Granted(*policy, {"c"}));
}

TEST(ScopePolicy, MoreThanSixtyFourScopesWork) {
  std::string implies, tools;
  for (int i = 0; i < 300; ++i) {
    const std::string name = "s" + std::to_string(i);
    if (i > 0) implies += (i > 1 ? ",\"" : "\"") + name + "\":[\"s" + std::to_string(i - 1) + "\"]";
    tools += (i > 0 ? ",\"t" : "\"t") + std::to_string(i) + "\":{\"scopes\":[\"" + name + "\"]}";
    if (i == 200) break;
  }
  const auto policy = Compiled(PolicyWith("\"scope_implies\":{" + implies + "},\"tools\":{" + tools + "}"));
  const ScopeBits bits = Granted(*policy, {"s150"});
  for (int i = 0; i <= 200; ++i) {
    const Rule* rule = policy->compiled().tools().Find("t" + std::to_string(i));
    ASSERT_NE(rule, nullptr);
    EXPECT_EQ(rule->IsSatisfiedBy(bits), i <= 150) << i;
  }
}

TEST(ScopePolicy, MoreScopesThanThereAreBitsAreRefused) {
  std::string roles;
  for (int i = 0; i < 200; ++i) {
    roles += (i > 0 ? ",\"r" : "\"r") + std::to_string(i) + "\":[\"a" + std::to_string(i) + "\",\"b" +
             std::to_string(i) + "\",\"c" + std::to_string(i) + "\"]";
  }
  EXPECT_NE(Refusal(PolicyWith("\"roles\":{" + roles + "}")).find("512"), std::string::npos);
}

TEST(RuleTable, AnExactNameGoesFirstThenTheLongestPrefix) {
  const auto policy = Compiled(PolicyWith(
      R"("tools":{"*":{"scopes":["s0"]},"a*":{"scopes":["s1"]},"ab*":{"scopes":["s2"]},"ac*":{"scopes":["s4"]},"abc":{"scopes":["s3"]}})"));
  const auto first = [&](std::string_view name) {
    return policy->compiled().tools().Find(name)->alternatives[0].scopes[0];
  };
  EXPECT_EQ(first("abc"), "s3");
  EXPECT_EQ(first("abcd"), "s2");
  EXPECT_EQ(first("ab"), "s2");
  EXPECT_EQ(first("acb"), "s4");
  EXPECT_EQ(first("a"), "s1");
  EXPECT_EQ(first("A"), "s0");
  EXPECT_EQ(Compiled(FileServerPolicy())->compiled().tools().Find("read_file2"), nullptr);
}

TEST(ScopePolicy, APrefixThatNoUriCouldGoByIsRefused) {
  for (const char* name : {"db://h//*", "https://h/a;v=1*", "db:a./*", "https://h/%C0*"}) {
    const auto policy =
        ScopePolicy::FromJson(PolicyWith(R"("resources":{")" + std::string(name) + R"(":{"scopes":[]}})"), "p");
    ASSERT_FALSE(policy.ok()) << name;
    EXPECT_NE(policy.error().find("never holds"), std::string::npos) << policy.error();
  }
  EXPECT_TRUE(
      ScopePolicy::FromJson(PolicyWith(R"("resources":{"db://h/a.*":{"scopes":[]},"db://h//a":{"scopes":[]}})"), "p")
          .ok());
}

}  // namespace
}  // namespace assay::mcp
