#include "engine/config/claim_members.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "engine/config/config.h"

namespace assay {
namespace {

constexpr std::string_view kSeveral = "is one audience; each of several stands alone";
constexpr std::string_view kVariable = "is compared byte for byte: no variable is replaced in it";

TEST(DoubtfulText, AListInOneStringIsOneAudience) {
  for (const char* list : {"https://a,https://b", "https://a https://b", "a, b"}) {
    EXPECT_EQ(WhyDoubtfulAudience(list), kSeveral) << list;
    EXPECT_EQ(WhyDoubtful(list), "") << list << ": another claim may well have this";
  }
}

TEST(DoubtfulText, AVariableIsNotReplaced) {
  for (const char* text : {"${AUDIENCE}", "https://$(HOST)/mcp", "https://{{ .Values.host }}/mcp"}) {
    EXPECT_EQ(WhyDoubtful(text), kVariable) << text;
    EXPECT_EQ(WhyDoubtfulAudience(text), kVariable) << text;
  }
}

TEST(DoubtfulText, WhatTokensHaveIsNone) {
  for (const char* text : {"https://a.example/mcp", "api://4f1c-22", "urn:a:b", "$a", "a(b)", "{a}", "a>b<c", ""}) {
    EXPECT_EQ(WhyDoubtful(text), "") << text;
    EXPECT_EQ(WhyDoubtfulAudience(text), "") << text;
  }
}

TEST(DoubtfulText, AConfigurationsAudiencesAreLookedAt) {
  const auto config = EngineConfig::FromJson(
      "{\"version\":1,\"issuers\":[{\"issuer\":\"https://"
      "i\",\"keys\":{\"file\":\"k\"},\"audiences\":[\"a\",\n\"b,c\"]}]}",
      "f");
  ASSERT_TRUE(config.ok()) << config.error();
  ASSERT_EQ(config->warnings.size(), 1u);
  EXPECT_EQ(config->warnings[0], "f:2: /issuers/0/audiences/1: " + std::string(kSeveral));
}

// What stands in for an audience needs a rule that ID tokens of the same client do not meet.
TEST(AudienceFromMember, NeedsARuleThatTellsAccessTokens) {
  const auto is_good = [](const std::string& members) {
    const auto config = EngineConfig::FromJson(
        R"({"version":1,"issuers":[{"issuer":"https://i","keys":{"file":"k"},"audience_from":{"claim":"azp","in":["a"]},)" +
            members + "}]}",
        "f");
    return config.ok();
  };
  for (const char* good : {R"("token_type":"at+jwt")", R"("claims":[{"claim":"token_use","in":["access"]}])",
                           R"("claims":[{"claim":"typ","is":"Bearer"}])", R"("claims":[{"claim":"sid","exists":true}])",
                           R"("claims":[{"claim":"scope","words":["api","id"]}])",
                           R"("claims":[{"claim":"gty","in":["authorization_code","refresh_token"]}])"}) {
    EXPECT_TRUE(is_good(good)) << good;
  }
  for (const char* bad :
       {R"("token_type":"JWT")", R"("claims":[{"claim":"token_use","in":["access","id"]}])",
        R"("claims":[{"claim":"typ","is":"ID"}])", R"("claims":[{"claim":"token_use","exists":true}])",
        R"("claims":[{"claim":"token_use","prefix":"id:"}])", R"("claims":[{"claim":"azp","in":["a"]}])",
        R"("required_claims":["token_use"])"}) {
    EXPECT_FALSE(is_good(bad)) << bad;
  }
}

}  // namespace
}  // namespace assay
