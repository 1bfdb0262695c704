#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "engine/config/config.h"
#include "tests/testing/signing_key.h"

namespace assay {
namespace {

// Of one issuer with these members besides its keys.
Result<EngineConfig> Read(const std::string& members) {
  return EngineConfig::FromJson("{\"version\":1,\"issuers\":[{\"keys\":{\"url\":\"https://h/k\"}," + members + "}]}",
                                "f");
}
constexpr char kGood[] = R"("issuer":"https://a.example","audiences":["x"],)";

PolicyConfig PolicyOf(const std::string& members) {
  const auto config = Read(members);
  EXPECT_TRUE(config.ok()) << config.error();
  return config.ok() ? config->issuers[0].policy : PolicyConfig();
}
std::string ErrorOf(const std::string& members) {
  const auto config = Read(members);
  return config.ok() ? "accepted" : config.error();
}
std::vector<std::string> WarningsOf(const std::string& members) {
  const auto config = Read(members);
  EXPECT_TRUE(config.ok()) << config.error();
  return config.ok() ? config->warnings : std::vector<std::string>();
}

TEST(IssuerMembers, AllAreRead) {
  const PolicyConfig policy = PolicyOf(R"(
    "issuer": ["https://a.example", "a.example"],
    "audience_from": {"claim": ["client_id"], "in": ["app-1", "app-2"]},
    "claims": [{"claim": ["token_use"], "in": ["access"]}, {"claim": "email_verified", "is": true},
               {"claim": "n", "is": -7}, {"claim": "sub", "prefix": "repo:acme/"}, {"claim": "x", "exists": true},
               {"claim": ["realm_access", "roles"], "has": ["editor"]}, {"claim": "w", "words": ["a", "b"]}],
    "scopes": {"claim": ["urn:zitadel:roles"], "form": "keys", "granted_by": ["org"]},
    "required_claims": ["sub", ["act", "sub"]],
    "client_claim": ["azp"], "session_claim": "sid2", "token_id_claim": "uti", "tenant_claim": ["tid"],
    "header": [{"name": "signer", "in": ["arn:x"]}],
    "accept_confirmation": ["jkt"], "without_kid": "try")");
  EXPECT_EQ(policy.issuer, "https://a.example");
  EXPECT_EQ(policy.issuer_aliases, std::vector<std::string>{"a.example"});
  EXPECT_EQ(policy.audience_from, (AudienceFrom{{"client_id"}, {"app-1", "app-2"}}));
  ASSERT_EQ(policy.claim_rules.size(), 7u);
  EXPECT_EQ(policy.claim_rules[0], (ClaimRule{{"token_use"}, ClaimOperator::kIn, {"access"}}));
  EXPECT_EQ(policy.claim_rules[1], (ClaimRule{{"email_verified"}, ClaimOperator::kIs, {}, true}));
  EXPECT_EQ(policy.claim_rules[2], (ClaimRule{{"n"}, ClaimOperator::kIs, {}, std::int64_t{-7}}));
  EXPECT_EQ(policy.claim_rules[3], (ClaimRule{{"sub"}, ClaimOperator::kPrefix, {"repo:acme/"}}));
  EXPECT_EQ(policy.claim_rules[4], (ClaimRule{{"x"}}));
  EXPECT_EQ(policy.claim_rules[5], (ClaimRule{{"realm_access", "roles"}, ClaimOperator::kHas, {"editor"}}));
  EXPECT_EQ(policy.claim_rules[6], (ClaimRule{{"w"}, ClaimOperator::kWords, {"a", "b"}}));
  EXPECT_EQ(policy.scopes, (ScopeSource{{"urn:zitadel:roles"}, ScopeForm::kKeys, {"org"}}));
  EXPECT_EQ(policy.required_claims[1], RequiredClaim({{"act", "sub"}}));
  EXPECT_EQ(policy.identity, (IdentityClaims{{"azp"}, {"sid2"}, {"uti"}, {"tid"}}));
  EXPECT_EQ(policy.header_rules, (std::vector<HeaderRule>{{"signer", {"arn:x"}}}));
  EXPECT_EQ(policy.accept_confirmation, std::vector<std::string>{"jkt"});
  EXPECT_EQ(policy.without_kid, WithoutKid::kTry);
}

TEST(IssuerMembers, WhatContradictsItselfIsRefusedByLineAndPointer) {
  const std::string at = "f:1: /issuers/0";
  for (const auto& [member, wrong] : std::vector<std::pair<std::string, std::string>>{
           {R"("claims":[])", "/claims: must hold at least one item"},
           {R"("claims":[{"claim":"a"}])", "/claims/0: must have exactly one of"},
           {R"("claims":[{"claim":"a","in":["x"],"is":true}])", "/claims/0: must have exactly one of"},
           {R"("claims":[{"claim":"a","in":[]}])", "/claims/0/in: must hold at least one item"},
           {R"("claims":[{"claim":"a","in":[""]}])", "/claims/0/in/0: must not be empty"},
           {R"("claims":[{"claim":"a","in":"x"}])", "/claims/0/in: must be an array"},
           {R"("claims":[{"claim":"a","is":null}])", "/claims/0/is: must be true, false"},
           {R"("claims":[{"claim":"a","is":1.0}])", "/claims/0/is: must be true, false"},
           {R"("claims":[{"claim":"a","is":[1]}])", "/claims/0/is: must be true, false"},
           {R"("claims":[{"claim":"a","is":""}])", "/claims/0: an empty string"},
           {R"("claims":[{"claim":"a","exists":false}])", "/claims/0/exists: must be true"},
           {R"("claims":[{"claim":"a","prefix":"repo:acme"}])", "/claims/0: a prefix must end in / or :"},
           {R"("claims":[{"claim":"a","words":["a b"]}])", "/claims/0: a word holds a space"},
           {R"("claims":[{"claim":"a","words":["c"," a"]}])", "/claims/0: a word holds a space"},
           {R"("claims":[{"claim":[],"exists":true}])", "/claims/0/claim: must hold 1 to 8 names"},
           {R"("claims":[{"claim":["a",""],"exists":true}])", "/claims/0/claim/1: must not be empty"},
           {R"("claims":[{"claim":["a",1],"exists":true}])", "/claims/0/claim/1: must be a string"},
           {R"("claims":[{"claim":"a","exists":true,"or":1}])", "/claims/0/or: is not a known member"},
           {R"("claims":[{"claim":"a","in":["x"]},{"claim":"b","exists":true},{"claim":"a","is":"y"}])",
            "/claims/2: contradicts claims/0"},
           {R"("scopes":{"claim":"a"})", "/scopes/form: is missing"},
           {R"("scopes":{"claim":"a","form":"set"})", "/scopes/form: must be \"string\""},
           {R"("scopes":{"claim":"a","form":"array","granted_by":["o"]})", "/scopes: granted_by belongs to"},
           {R"("scope_claim":"scp","scopes":{"claim":"a","form":"array"})", "/scope_claim: stands beside scopes"},
           {R"("audience_from":{"claim":"azp","in":["a"]})", "/audience_from: needs a token_type"},
           {R"("audience_from":{"claim":"azp","in":["a"]},"claims":[{"claim":"email_verified","is":true}])",
            "/audience_from: needs a token_type"},
           {R"("audience_from":{"claim":"azp","in":["a"]},"token_type":"JWT")", "/audience_from: needs a token_type"},
           {R"("audience_from":{"claim":"azp","in":["a"]},"required_claims":["token_use"])",
            "/audience_from: needs a token_type"},
           {R"("audience_from":{"claim":"aud","in":["a"]},"token_type":"at+jwt")", "/audience_from: aud cannot"},
           {R"("audience_from":{"claim":"iss","in":["a"]},"token_type":"at+jwt")", "/audience_from: iss says nothing"},
           {R"("audience_from":{"claim":"azp","in":["a"]},"claims":[{"claim":"token_use","in":["id"]}])",
            "/audience_from: needs a token_type"},
           {R"("audience_from":{"claim":"azp","in":["a"]},"claims":[{"claim":"typ","is":"Id"}])",
            "/audience_from: needs a token_type"},
           {R"("claims":[{"claim":"iss","in":["https://other"]}])", "/claims/0: contradicts issuer"},
           {R"("audience_from":{"claim":"azp"})", "/audience_from/in: is missing"},
           {R"("subject_trust_domain":"td")", "/issuer: stands beside subject_trust_domain"},
           {R"("without_kid":"all")", "/without_kid: must be \"unique\" or \"try\""},
           {R"("header":[{"name":"signer"}])", "/header/0/in: is missing"},
           {R"("accept_confirmation":true)", "/accept_confirmation: must be an array"},
           {R"("accept_confirmation_claim":true)", "/accept_confirmation_claim: is not a known member"},
           {R"("client_claim":7)", "/client_claim: must be a string"}}) {
    EXPECT_TRUE(ErrorOf(kGood + member).starts_with(at + wrong)) << member << "\n" << ErrorOf(kGood + member);
  }
  EXPECT_TRUE(
      ErrorOf(R"("issuer":"https://h/{tenantid}/v2.0","audiences":["x"])").starts_with(at + "/issuer: holds a brace"))
      << ErrorOf(R"("issuer":"https://h/{t}","audiences":["x"])");
  EXPECT_TRUE(ErrorOf(R"("subject_trust_domain":"td","audiences":["x"],"algorithms":["EdDSA"])")
                  .starts_with(at + "/algorithms: one of them is none of JWT-SVID: EdDSA"));
  EXPECT_EQ(
      ErrorOf(
          "\"audiences\":[\"x\"],\"issuer\":{\"template\":\"https://h/{t}\",\"t\":[\"a\",\n\"a/b\",\"c\",\n\"d e\"]}"),
      "f:2: /issuers/0/issuer/t/1: \"a/b\" holds other than A-Z a-z 0-9 . _ -\n"
      "f:3: /issuers/0/issuer/t/3: \"d e\" holds other than A-Z a-z 0-9 . _ -");
  EXPECT_EQ(ErrorOf(R"("issuer":{"template":"https://h/{t}{u}","t":["a","ab"],"u":["b","c",""]},"audiences":["x"])"),
            at + "/issuer/u/2: must not be empty");
  EXPECT_EQ(ErrorOf(R"("issuer":{"template":"https://h/{t}{u}","t":["a","ab"],"u":["bc","c"]},"audiences":["x"])"),
            at + "/issuer: a string stands twice: \"https://h/abc\"");
}

// The line is that of the value to which the pointer leads, and every rule's own defect is told.
TEST(IssuerMembers, ADefectHasTheLineOfItsPointer) {
  const auto error = [](const std::string& claims) { return ErrorOf(kGood + ("\"claims\":[\n" + claims + "]")); };
  EXPECT_EQ(error("{\"claim\":\"a\",\"in\":[\"x\"]},\n{\"claim\":\"b\",\"in\":[\"x\"]},\n{\"claim\":\"c\",\n\"prefix\":"
                  "\"repo\"}"),
            "f:4: /issuers/0/claims/2: a prefix must end in / or :, or it would match longer names as well");
  EXPECT_EQ(
      error("{\"claim\":\"a\",\"in\":[\"x\"]},\n{\"claim\":\"b\",\"exists\":true},\n{\"claim\":\"a\",\"in\":[\"y\"]}"),
      "f:4: /issuers/0/claims/2: contradicts claims/0: no token could meet both");
  EXPECT_EQ(
      error(
          "{\"claim\":\"a\",\"prefix\":\"x\"},\n{\"claim\":\"b\",\n\"is\":\"\"},\n{\"claim\":\"c\",\"prefix\":\"y\"}"),
      "f:2: /issuers/0/claims/0: a prefix must end in / or :, or it would match longer names as well\n"
      "f:3: /issuers/0/claims/1: an empty string\n"
      "f:5: /issuers/0/claims/2: a prefix must end in / or :, or it would match longer names as well");
  EXPECT_EQ(ErrorOf("\"issuer\":\"https://a.example\",\"audiences\":[\"x\"],\n\"scopes\":\n"
                    "{\"claim\":\"a\",\"form\":\"array\",\"granted_by\":[\"o\"]}"),
            "f:3: /issuers/0/scopes: granted_by belongs to the form keys");
}

TEST(IssuerMembers, WhoeverChoosesTheAudienceMustBeNamed) {
  for (const char* issuer :
       {"https://token.actions.githubusercontent.com", "https://token.actions.githubusercontent.com/acme",
        "https://gitlab.com", "https://accounts.google.com", "https://kubernetes.default.svc.cluster.local",
        "https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF",
        "https://container.googleapis.com/v1/projects/p/locations/l/clusters/c",
        "https://eastus.oic.prod-aks.azure.com/0a/1b/"}) {
    const std::string members = R"("issuer":")" + std::string(issuer) + R"(","audiences":["x"],"leeway_seconds":5)";
    EXPECT_NE(ErrorOf(members).find("whose tokens are meant"), std::string::npos) << issuer;
    EXPECT_NE(ErrorOf(members + R"(,"claims":[{"claim":"sub","prefix":"repo:acme/"}])").find("whose"),
              std::string::npos);
    EXPECT_EQ(ErrorOf(members + R"(,"claims":[{"claim":"sub","in":["s"]}])"), "accepted") << issuer;
    EXPECT_EQ(ErrorOf(members + R"(,"claims":[{"claim":"sub","is":"s"}])"), "accepted") << issuer;
  }
  for (const char* other : {"https://gitlab.company.example", "https://oic.prod-aks.azure.com/x",
                            "https://a.example/.oic.prod-aks.azure.com", "https://oidc.eksample.com/",
                            "https://container.googleapis.com/v2/"}) {
    EXPECT_EQ(ErrorOf(R"("issuer":")" + std::string(other) + R"(","audiences":["x"])"), "accepted") << other;
  }
}

// Each namespace of a cluster has an account `default`, and whoever may make pods names them: of the names that a
// token's object holds, only the namespace's is an owner's. Nothing is one that lies below an owner, either.
TEST(IssuerMembers, ARuleBesideOrBelowTheOwnerNamesNobody) {
  const auto error_with = [](const std::string& issuer, const std::string& claim) {
    return ErrorOf(R"("issuer":")" + issuer + R"(","audiences":["x"],"leeway_seconds":5,"claims":[{"claim":)" + claim +
                   R"(,"in":["default"]}])");
  };
  for (const char* cluster : {"https://kubernetes.default.svc.cluster.local", "https://kubernetes.default.svc",
                              "https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF",
                              "https://container.googleapis.com/v1/projects/p/locations/l/clusters/c",
                              "https://eastus.oic.prod-aks.azure.com/0a/1b/"}) {
    for (const char* claim :
         {R"(["kubernetes.io","serviceaccount","name"])", R"(["kubernetes.io","serviceaccount"])",
          R"(["kubernetes.io","pod","name"])", R"(["kubernetes.io","node","name"])", R"("kubernetes.io")",
          R"(["kubernetes.io","namespace","name"])", R"(["x","namespace"])", R"("namespace")"}) {
      const std::string error = error_with(cluster, claim);
      EXPECT_NE(error.find(R"(sub or ["kubernetes.io", "namespace"] in `claims` must say whose tokens are meant)"),
                std::string::npos)
          << cluster << ' ' << claim << ": " << error;
    }
    EXPECT_EQ(error_with(cluster, R"(["kubernetes.io","namespace"])"), "accepted") << cluster;
  }
  for (const auto& [issuer, owners] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"https://token.actions.githubusercontent.com",
            {"repository_owner_id", "repository_id", "enterprise_id", "sub"}},
           {"https://gitlab.com", {"namespace_id", "project_id", "sub"}},
           {"https://accounts.google.com", {"sub", "hd", "email", "azp"}},
           {"accounts.google.com", {"sub", "hd", "email", "azp"}}}) {
    for (const std::string& owner : owners) {
      EXPECT_EQ(error_with(issuer, '"' + owner + '"'), "accepted") << issuer << ' ' << owner;
      for (const std::string& claim : {"[\"" + owner + "\",\"name\"]", "[\"x\",\"" + owner + "\"]"}) {
        const char* const why = claim.starts_with("[\"sub\"") ? "sub is always a string" : "whose tokens are meant";
        EXPECT_NE(error_with(issuer, claim).find(why), std::string::npos) << issuer << ' ' << claim;
      }
    }
  }
}

// Each of these can be said, and nothing comes of it: no token of a trust domain lacks a kid or goes by another key.
TEST(IssuerMembers, WhatATrustDomainDoesNotUseIsWarnedOf) {
  const std::string domain = R"("subject_trust_domain":"td.example","audiences":["x"])";
  EXPECT_TRUE(WarningsOf(domain).empty());
  EXPECT_TRUE(WarningsOf(domain + R"(,"without_kid":"unique")").empty());
  EXPECT_TRUE(WarningsOf(std::string(kGood) + R"("without_kid":"try")").empty());
  const std::vector<std::string> tried = WarningsOf(domain + ",\n" + R"("without_kid":"try")");
  ASSERT_EQ(tried.size(), 1u);
  EXPECT_TRUE(tried[0].starts_with("f:2: /issuers/0/without_kid: has no effect")) << tried[0];
  for (const std::string keys : {R"({"pem_file":"k.pem"})", R"({"pem_file":{"a":"k.pem"}})",
                                 R"({"x509_url":"https://h/k"})", R"({"file":"k.json"})", R"({"url":"https://h/k"})"}) {
    const auto config =
        EngineConfig::FromJson(R"({"version":1,"issuers":[{)" + domain + R"(,"keys":)" + keys + "}]}", "f");
    ASSERT_TRUE(config.ok()) << config.error();
    const bool is_jwk_set = keys.starts_with(R"({"file")") || keys.starts_with(R"({"url")");
    ASSERT_EQ(config->warnings.size(), is_jwk_set ? 0u : 1u) << keys;
    if (is_jwk_set) continue;
    EXPECT_TRUE(config->warnings[0].starts_with("f:1: /issuers/0/keys: verifies no token")) << config->warnings[0];
  }
}

TEST(IssuerMembers, WhatIsHardlyMeantIsWarnedOf) {
  const auto warned = [](const std::string& member) {
    const std::vector<std::string> warnings = WarningsOf(member);
    return warnings.size() == 1 ? warnings[0] : std::to_string(warnings.size()) + " warnings";
  };
  const std::string good = kGood;
  EXPECT_EQ(WarningsOf(good + R"("required_claims":["sub","https://acme/x.y",["a.b"]])").size(), 0u);
  EXPECT_TRUE(
      warned(good + R"("required_claims":["token_use=access"])").starts_with("f:1: /issuers/0/required_claims/0:"));
  EXPECT_TRUE(warned(good + R"("client_claim":"act.sub")").starts_with("f:1: /issuers/0/client_claim:"));
  EXPECT_TRUE(WarningsOf(good + R"("accept_confirmation":["jkt","x5t#S256"])").empty());
  EXPECT_TRUE(warned(good + R"("accept_confirmation":["jkt","jtk"])")
                  .starts_with("f:1: /issuers/0/accept_confirmation/1: is no registered member"));
  for (const char* issuer : {R"("https://*.example")", R"(" https://a.example")", R"("https://a.example\n")"}) {
    EXPECT_TRUE(warned(R"("audiences":["x"],"issuer":)" + std::string(issuer))
                    .starts_with("f:1: /issuers/0/issuer: is compared byte for byte"));
    EXPECT_TRUE(warned(R"("audiences":["x"],"issuer":["https://a.example",)" + std::string(issuer) + "]")
                    .starts_with("f:1: /issuers/0/issuer/1: is compared byte for byte"));
    EXPECT_TRUE(warned(R"("issuer":"https://a.example","audiences":["x",)" + std::string(issuer) + "]")
                    .starts_with("f:1: /issuers/0/audiences/1: is compared byte for byte"));
  }
  EXPECT_TRUE(warned(R"("issuer":"https://a.example","audiences":["https://*.example"])")
                  .starts_with("f:1: /issuers/0/audiences/0:"));
  EXPECT_NE(warned(R"("issuer":"https://login.microsoftonline.com/t/v2.0","audiences":["x"])").find("nbf"),
            std::string::npos);
  EXPECT_EQ(warned(R"("issuer":"https://login.microsoftonline.com/t/v2.0","audiences":["x"],"leeway_seconds":5)"),
            "0 warnings");
}

// Metadata is found under these names, and the tokens name the tenant's id.
TEST(IssuerMembers, IssuersThatNoTokenNamesAreWarnedOf) {
  const auto warnings = [](const std::string& issuer) {
    return WarningsOf("\"leeway_seconds\":5,\"audiences\":[\"x\"],\"issuer\":" + issuer);
  };
  for (const std::string host : {"https://login.microsoftonline.com/", "https://login.microsoftonline.us/",
                                 "https://login.partner.microsoftonline.cn/", "https://sts.windows.net/"}) {
    for (const std::string tenant :
         {"common", "organizations", "consumers", "contoso.onmicrosoft.com", "contoso.com"}) {
      for (const std::string rest : {"/v2.0", "/", ""}) {
        const std::vector<std::string> given = warnings('"' + host + tenant + rest + '"');
        ASSERT_EQ(given.size(), 1u) << host << tenant;
        EXPECT_EQ(given[0].find("f:1: /issuers/0/issuer: no token has it: Entra writes the id of "), 0u) << given[0];
      }
      const std::vector<std::string> given =
          warnings("{\"template\":\"" + host + "{t}/v2.0\",\"t\":[\"9188040d-6c67-4c5b-b112-36a304b66dad\",\n\"" +
                   tenant + "\"]}");
      ASSERT_EQ(given.size(), 1u) << host << tenant;
      EXPECT_EQ(given[0].find("f:2: /issuers/0/issuer/t/1: no token has it"), 0u) << given[0];
    }
    EXPECT_TRUE(warnings('"' + host + "9188040d-6c67-4c5b-b112-36a304b66dad/v2.0\"").empty());
    const std::vector<std::string> placeholder = warnings('"' + host + "<tenant>/v2.0\"");
    ASSERT_EQ(placeholder.size(), 1u);
    EXPECT_NE(placeholder[0].find("angle brackets"), std::string::npos) << placeholder[0];
  }
  EXPECT_TRUE(warnings(R"("https://login.example/common/v2.0")").empty());
  EXPECT_EQ(warnings(R"(["https://a.example","https://sts.windows.net/common/"])")
                .at(0)
                .find("f:1: /issuers/0/issuer/1: no token has it"),
            0u);
}

// What is compared byte for byte is no pattern, wherever it stands.
TEST(IssuerMembers, AStarInAValueIsWarnedOf) {
  const std::string at = "f:2: /issuers/0/";
  for (const auto& [member, pointer] : std::vector<std::pair<std::string, std::string>>{
           {"\"claims\":[{\"claim\":\"sub\",\"in\":[\"repo:acme/a\",\n\"repo:acme/*\"]}]", "claims/0/in/1"},
           {"\"claims\":[{\"claim\":\"sub\",\n\"is\":\"repo:acme/*\"}]", "claims/0/is"},
           {"\"claims\":[{\"claim\":\"roles\",\"has\":[\n\"app.*\"]}]", "claims/0/has/0"},
           {"\"claims\":[{\"claim\":\"p\",\"words\":[\n\"app.*\"]}]", "claims/0/words/0"},
           {"\"claims\":[{\"claim\":\"sub\",\n\"prefix\":\"repo:*/\"}]", "claims/0/prefix"},
           {"\"token_type\":\"at+jwt\",\"audience_from\":{\"claim\":\"azp\",\"in\":[\n\"app-*\"]}",
            "audience_from/in/0"},
           {"\"header\":[{\"name\":\"signer\",\"in\":[\n\"arn:*\"]}]", "header/0/in/0"},
           {"\"scopes\":{\"claim\":\"s\",\"form\":\"keys\",\"granted_by\":[\n\"*\"]}", "scopes/granted_by/0"}}) {
    const std::vector<std::string> given = WarningsOf(kGood + member);
    ASSERT_EQ(given.size(), 1u) << member;
    EXPECT_EQ(given[0], at + pointer + ": is compared byte for byte: `*` stands for itself");
  }
  EXPECT_EQ(WarningsOf(kGood + std::string(R"("claims":[{"claim":"a","in":["x "]}])")).size(), 1u);
  EXPECT_TRUE(WarningsOf(kGood + std::string(R"("claims":[{"claim":"a","in":["repo:acme/app:ref"]}])")).empty());
}

// Whoever bounds the age of keys must know that keys of a file are of no age.
TEST(IssuerMembers, RefreshSaysNothingOfKeysThatAreNotFetched) {
  const auto warnings = [](const std::string& keys) {
    const auto config = EngineConfig::FromJson(R"({"version":1,"issuers":[{)" + std::string(kGood) +
                                                   "\"keys\":" + keys + R"(,"refresh":{"max_stale_seconds":7200}}]})",
                                               "f");
    EXPECT_TRUE(config.ok()) << config.error();
    return config.ok() ? config->warnings : std::vector<std::string>();
  };
  EXPECT_TRUE(warnings(R"({"url":"https://h/k"})").empty());
  const std::string inlined = "{\"inline\":" + testing::SigningKey::Make(Algorithm::kES256).PublicJwk() + "}";
  for (const std::string& keys : {std::string(R"({"file":"k"})"), inlined, std::string(R"({"pem_file":"k"})")}) {
    const std::vector<std::string> given = warnings(keys);
    ASSERT_EQ(given.size(), 1u) << keys;
    EXPECT_TRUE(given[0].starts_with("f:1: /issuers/0/refresh: says nothing of keys that are not fetched")) << given[0];
  }
}

TEST(IssuerMembers, ReportModeIsLoudAndNeverMeantByAnotherWord) {
  const std::string good = kGood;
  const std::vector<std::string> warnings = WarningsOf(good + R"("mode":"report")");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(warnings[0].starts_with("f:1: /issuers/0/mode: REPORT ONLY")) << warnings[0];
  EXPECT_EQ(WarningsOf(good + R"("mode":"enforce")").size(), 0u);
  EXPECT_EQ(PolicyOf(good + R"("mode":"report")").mode, EnforcementMode::kReport);
  EXPECT_EQ(PolicyOf(good.substr(0, good.rfind(','))).mode, EnforcementMode::kEnforce);
  for (const char* mode : {R"("Report")", R"("")", "null", "true", R"("audit")"}) {
    EXPECT_NE(ErrorOf(good + R"("mode":)" + mode).find("/issuers/0/mode: must"), std::string::npos) << mode;
  }
  // Whoever asks these for a token gets one: reported only, everybody's would pass.
  EXPECT_NE(ErrorOf(R"("issuer":"https://token.actions.githubusercontent.com","audiences":["x"],"mode":"report",)"
                    R"("claims":[{"claim":"repository_owner_id","in":["1"]}])")
                .find("/issuers/0/mode: this issuer gives a token to whoever asks"),
            std::string::npos);
  EXPECT_NE(ErrorOf(R"("subject_trust_domain":"acme.org","audiences":["x"],"mode":"report")")
                .find("/issuers/0/mode: this issuer gives a token to whoever asks"),
            std::string::npos);
}

// `scopes` is near by name, and asks for nothing.
TEST(IssuerMembers, WhoeverAsksForScopesIsToldHow) {
  for (const char* name : {"required_scopes", "scope"}) {
    const std::string error = ErrorOf(std::string(kGood) + '"' + name + R"(":["files:read"])");
    EXPECT_NE(error.find("is not a known member: to ask for a scope, write a rule in `claims`"), std::string::npos)
        << error;
    EXPECT_EQ(error.find("; `scopes` is"), std::string::npos) << error;
  }
}

TEST(IssuerMembers, AGitHubOfOnesOwnNeedsAnOwnerToo) {
  const std::string server = R"("issuer":"https://ghe.acme.example/_services/token","audiences":["x"])";
  EXPECT_NE(ErrorOf(server).find("chooses its audience"), std::string::npos);
  EXPECT_TRUE(WarningsOf(server + R"(,"claims":[{"claim":"repository_owner_id","in":["1"]}])").empty());
  EXPECT_TRUE(WarningsOf(R"("issuer":"https://ghe.acme.example/_services/tokens","audiences":["x"])").empty());
}

// What tokens of many clients have says nothing of whom they are meant for.
TEST(IssuerMembers, AnAudienceThatIsAnothersIsWarnedOf) {
  const auto warnings = [](const std::string& audience) {
    return WarningsOf(R"("issuer":"https://auth.example.com/realms/x","audiences":[")" + audience + "\"]");
  };
  for (const char* audience : {"account", "https://graph.microsoft.com", "https://graph.microsoft.com/",
                               "00000003-0000-0000-c000-000000000000", "https://acme.eu.auth0.com/userinfo",
                               "https://kubernetes.default.svc", "https://kubernetes.default.svc.cluster.local"}) {
    const std::vector<std::string> given = warnings(audience);
    ASSERT_EQ(given.size(), 1u) << audience;
    EXPECT_TRUE(given[0].starts_with("f:1: /issuers/0/audiences/0: is the audience of ")) << given[0];
  }
  for (const char* audience : {"accounts", "https://account", "https://acme.example/userinfo"}) {
    EXPECT_TRUE(warnings(audience).empty()) << audience;
  }
  EXPECT_TRUE(WarningsOf(R"("issuer":"https://auth.example.com","audiences":["account"])").empty());
}

TEST(IssuerMembers, TenThousandTenantsLoadInASecond) {
  std::string values;
  for (int i = 0; i < 10'000; ++i) values += (i > 0 ? ",\"tenant-" : "\"tenant-") + std::to_string(i) + '"';
  const auto start = std::chrono::steady_clock::now();
  const PolicyConfig policy =
      PolicyOf(R"("issuer":{"template":"https://h/{t}/v2.0","t":[)" + values + R"(]},"audiences":["x"])");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  ASSERT_EQ(policy.issuer_template.variables.size(), 1u);
  EXPECT_EQ(policy.issuer_template.variables[0].values.size(), 10'000u);
}

}  // namespace
}  // namespace assay
