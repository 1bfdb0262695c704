// What real issuers write, and the configuration that serves it. Each provider's tokens are accepted as documented;
// those of its other tenants, clients and kinds, signed by the same key, are not.
#include "tests/conformance/providers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

#include "tests/testing/engines.h"

namespace assay::testing {
namespace {

constexpr std::string_view kServed[] = {"WorkOS Connect",
                                        "WorkOS session",
                                        "Auth0",
                                        "Okta custom authorization server",
                                        "Entra v2",
                                        "Entra v1",
                                        "Entra, several tenants",
                                        "Entra and MCP",
                                        "Cognito access token",
                                        "Cognito ID token",
                                        "Keycloak",
                                        "Google ID and service account tokens",
                                        "Firebase",
                                        "Google Cloud IAP",
                                        "Cloudflare Access",
                                        "Apple",
                                        "GitHub Actions",
                                        "GitLab CI",
                                        "Kubernetes service accounts",
                                        "SPIFFE JWT-SVID",
                                        "Supabase",
                                        "Clerk session",
                                        "Duende IdentityServer",
                                        "Spring Authorization Server",
                                        "Cloud Foundry UAA and SAP XSUAA",
                                        "Ory Hydra",
                                        "ZITADEL",
                                        "Descope / Stytch",
                                        "Salesforce"};
// kUnserved: see unserved_providers_test.cc.
constexpr std::string_view kUnserved[] = {"AWS load balancer", "AWS Verified Access", "Google OAuth access token",
                                          "Okta org server"};

class ProviderTest : public ::testing::TestWithParam<Provider> {
 protected:
  const SigningKey key_ = KeyOf(GetParam());
};

TEST_P(ProviderTest, ItsTokensAreAcceptedAndOthersAreNot) {
  SCOPED_TRACE(GetParam().page);
  Worker worker(MakeEngine(ConfigWith(GetParam(), key_)));
  const std::string good = TokenOf(GetParam(), key_);
  const Verdict& verdict = worker.Validate(good, kNow);
  ASSERT_TRUE(verdict.accepted()) << ReasonWord(verdict.reason()) << ": " << verdict.Detail();
  std::size_t refused = 0;
  for (const Variant& variant : GetParam().variants) {
    if (variant.what.empty()) continue;
    const std::string token = TokenOf(GetParam(), key_, variant);
    const Verdict& other = worker.Validate(token, kNow);
    EXPECT_EQ(other.reason(), variant.reason) << variant.what << ": " << other.Detail();
    refused += !other.accepted();
  }
  EXPECT_GE(refused, 2u);
}

// The keys' own source: as written, the configuration is sound, and chooses this issuer for the token.
TEST_P(ProviderTest, ItsConfigurationIsSoundAsWritten) {
  const EngineConfig config = ConfigAsWritten(GetParam());
  EXPECT_TRUE(config.warnings.empty()) << config.warnings.front();
  EXPECT_EQ(Judge(MakeEngine(config), TokenOf(GetParam(), key_)), Reason::kKeysUnavailable);
}

TEST_P(ProviderTest, AnotherKeyAndAnotherTimeAreRefused) {
  const auto engine = MakeEngine(ConfigWith(GetParam(), key_));
  EXPECT_EQ(Judge(engine, TokenOf(GetParam(), KeyOf(GetParam(), 1))), Reason::kBadSignature);
  EXPECT_EQ(Judge(engine, TokenOf(GetParam(), key_), kNow + 3600), Reason::kExpired);
}

std::string NameOf(const ::testing::TestParamInfo<Provider>& info) {
  std::string name = std::to_string(info.index);
  std::copy_if(info.param.name.begin(), info.param.name.end(), std::back_inserter(name),
               [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  return name;
}
INSTANTIATE_TEST_SUITE_P(All, ProviderTest, ::testing::ValuesIn(AllProviders()), NameOf);

TEST(Providers, ThirtyThreeAreKnownAndAllButFourAreServed) {
  std::set<std::string_view> served;
  for (const Provider& provider : AllProviders()) served.insert(provider.name);
  EXPECT_EQ(served, std::set<std::string_view>(std::begin(kServed), std::end(kServed)));
  EXPECT_EQ(served.size(), 29u);
  for (const std::string_view name : kUnserved) EXPECT_FALSE(served.contains(name));
  EXPECT_EQ(served.size() + std::size(kUnserved), 33u);
}

// A key that Entra publishes with others, for another tenant, verifies nothing here.
TEST(Providers, EntrasKeyOfAnotherTenantIsNoKey) {
  Provider entra = FindProvider("Entra, several tenants");
  const SigningKey key = KeyOf(entra);
  const std::string token = TokenOf(entra, key);
  std::string members;
  const auto judge = [&](const std::string& issuer) {
    members = R"("use":"sig","kid":")" + key.kid() + R"(","issuer":")" + issuer + '"';
    entra.jwk = members;
    return Judge(MakeEngine(ConfigWith(entra, key)), token);
  };
  EXPECT_EQ(judge("https://login.microsoftonline.com/{tenantid}/v2.0"), Reason::kAccepted);
  EXPECT_EQ(judge("https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0"), Reason::kAccepted);
  EXPECT_EQ(judge("https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"), Reason::kKeyUnusable);
  EXPECT_EQ(judge("https://login.microsoftonline.com/bbbbcccc-1111-dddd-2222-eeee3333ffff/v2.0"), Reason::kKeyUnusable);
}

// Entra's keys of version 2 are for tokens of version 2 alone, though one entry may have both issuers.
TEST(Providers, EntrasKeysOfVersion2AreNoneOfVersion1) {
  Provider entra = FindProvider("Entra v1");
  const SigningKey key = KeyOf(entra);
  const std::string version1 = TokenOf(entra, key);
  const std::string version2 = TokenOf(
      entra, key,
      {"version 2", R"({"iss": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0"})"});
  const auto judge = [&](const std::string& token) {
    return Judge(MakeEngine(ConfigWith(entra, key,
                                       R"({"issuer": ["https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/",
                     "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0"]})")),
                 token);
  };
  EXPECT_EQ(judge(version1), Reason::kAccepted);
  EXPECT_EQ(judge(version2), Reason::kAccepted);
  entra.jwk = R"("use": "sig", "kid": "i6lGk3FZzxRcUb2C3nEQ7syHJlY",
                 "issuer": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0")";
  EXPECT_EQ(judge(version1), Reason::kKeyUnusable);
  EXPECT_EQ(judge(version2), Reason::kAccepted);
}

}  // namespace
}  // namespace assay::testing
