// Members that stand elsewhere, and files of another kind: what is told says where they belong.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/config/config.h"
#include "engine/mcp/decide/policy_config.h"

namespace assay {
namespace {

std::string ErrorOf(const std::string& issuer_members, const std::string& keys = R"({"file":"k"})") {
  const auto config = EngineConfig::FromJson(
      R"({"version":1,"issuers":[{"issuer":"https://i","audiences":["a"],"keys":)" + keys + issuer_members + "}]}",
      "f");
  return config ? "" : config.error();
}

TEST(MisplacedMembers, OfAnIssuerAreToldTheirPlace) {
  const std::string at = "f:1: /issuers/0/";
  for (const auto& [member, place] : {std::pair{"max_stale_seconds", "it stands in `refresh`"},
                                      {"cooldown_seconds", "it stands in `refresh`"},
                                      {"ca_file", "it stands in `keys`"},
                                      {"private_addresses", "it stands in `keys`"},
                                      {"token_bytes", "it stands in `limits`, at the root"},
                                      {"jwks_uri", R"(keys from a URL are "keys": {"url": "https://…"})"}}) {
    EXPECT_EQ(ErrorOf(std::string(",\"") + member + "\":1"), at + member + ": is not a known member: " + place);
  }
}

TEST(MisplacedMembers, TheUrlOfKeysHasOneName) {
  for (const std::string name : {"jwks_uri", "jwks_url", "URL"}) {
    const std::string error = ErrorOf("", "{\"" + name + "\":\"https://i/jwks\"}");
    EXPECT_NE(error.find("/issuers/0/keys/" + name + ": is not a known member: the URL of a JWK Set is `url`"),
              std::string::npos)
        << error;
  }
}

TEST(MisplacedMembers, MetadataIsNoKeySet) {
  const auto warnings = [](const std::string& issuer, const std::string& url) {
    const auto config = EngineConfig::FromJson(
        R"({"version":1,"issuers":[{"issuer":)" + issuer + R"(,"audiences":["a"],"keys":{"url":")" + url + "\"}}]}",
        "f");
    EXPECT_TRUE(config.ok()) << config.error();
    return config ? config->warnings : std::vector<std::string>();
  };
  const std::string good = R"("https://i")", keys = "https://i/jwks";
  EXPECT_TRUE(warnings(good, keys).empty());
  EXPECT_TRUE(warnings(good, "https://i/.well-known/openid-configuration/jwks").empty());
  const std::vector<std::string> metadata = warnings(good, "https://i/.well-known/openid-configuration");
  ASSERT_EQ(metadata.size(), 1u);
  EXPECT_EQ(metadata[0],
            "f:1: /issuers/0/keys/url: is the address of metadata and not of keys, which `discover` finds by it");
  const std::vector<std::string> plain = warnings(R"({"template":"https://i/t"})", keys);
  ASSERT_EQ(plain.size(), 1u);
  EXPECT_NE(plain[0].find("has no {NAME} in it"), std::string::npos) << plain[0];
}

TEST(MisplacedMembers, NoVariableIsReplacedInAnIssuer) {
  const auto config = EngineConfig::FromJson(
      R"({"version":1,"issuers":[{"issuer":"${ISSUER}","audiences":["a"],"keys":{"file":"k"}}]})", "f");
  ASSERT_FALSE(config.ok());
  EXPECT_NE(config.error().find("no variable is replaced in it"), std::string::npos) << config.error();
}

TEST(MisplacedMembers, AFileOfAnotherKindIsCalledSo) {
  const auto config = EngineConfig::FromJson(R"({"resource":"https://r","authorization_servers":["https://i"]})", "f");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error(), "f:1: /: is an MCP policy, and no configuration of issuers");
  const auto policy = mcp::ScopePolicyConfig::FromJson(R"({"version":1,"issuers":[]})", "f");
  ASSERT_FALSE(policy.ok());
  EXPECT_EQ(policy.error(), "f:1: /: is a configuration of issuers, and no MCP policy");
}

}  // namespace
}  // namespace assay
