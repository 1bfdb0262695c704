// What stands in for the audience of tokens that have none: two servers behind one engine must not share clients.
#include "engine/mcp/decide/checker.h"

#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

class AudienceFromIssuers : public ::testing::Test {
 protected:
  static std::string Policy(const std::string& from) {
    return PolicyWith(R"("tools":{"a":{"scopes":["s"]}},"audience_from_issuers":{")" + std::string(testing::kIssuer) +
                      "\":" + from + "}");
  }
  // An engine whose issuer takes tokens without aud for two clients.
  static void Adjust(PolicyConfig& policy) {
    policy.audiences.clear();
    policy.audience_from = AudienceFrom{{"client_id"}, {"app-1", "app-2"}};
    policy.claim_rules = {{{"token_use"}, ClaimOperator::kIn, {"access"}}};
  }
  static std::string Token(const Gateway& gateway, const std::string& members) {
    const std::string claims = R"({"iss":")" + std::string(testing::kIssuer) +
                               R"(","sub":"u","scope":"s","token_use":"access","exp":)" +
                               std::to_string(testing::kNow + 600) + "," + members + "}";
    return testing::Sign(gateway.key(), testing::HeaderOf(gateway.key()), claims);
  }
  static std::string Judge(Gateway& gateway, const std::string& members) {
    return Summary(gateway.DecideWith(Token(gateway, members), CallTool("a")));
  }
};

TEST_F(AudienceFromIssuers, EachServerTakesItsOwnClientsOnly) {
  Gateway first(Policy(R"({"claim":"client_id","in":["app-1"]})"), Adjust);
  Gateway second(Policy(R"({"claim":["client_id"],"in":["app-2"]})"), Adjust);
  EXPECT_EQ(Judge(first, R"("client_id":"app-1")"), "allow");
  EXPECT_EQ(Judge(second, R"("client_id":"app-2")"), "allow");
  EXPECT_EQ(Judge(first, R"("client_id":"app-2")"), "401 wrong_audience s");
  EXPECT_EQ(Judge(second, R"("client_id":"app-1")"), "401 wrong_audience s");
  EXPECT_EQ(Judge(first, R"("client_id":"app-3")"), "401 wrong_audience s") << "the engine's part";
}

TEST_F(AudienceFromIssuers, AnAudOfAnyKindIsAnAud) {
  Gateway gateway(Policy(R"({"claim":"client_id","in":["app-1"]})"), Adjust);
  for (const char* audience : {"null", "[]", "\"\"", "\"app-1\"", "[\"app-1\"]", "7", "{}"}) {
    EXPECT_EQ(Judge(gateway, R"("client_id":"app-1","aud":)" + std::string(audience)).substr(0, 3), "401") << audience;
  }
}

TEST_F(AudienceFromIssuers, TheClaimIsAStringAndIsThere) {
  // A claim of its own, so that this is the checker's answer and not the engine's.
  Gateway gateway(Policy(R"({"claim":["act","azp"],"in":["app-1"]})"), Adjust);
  EXPECT_EQ(Judge(gateway, R"("client_id":"app-1","act":{"azp":"app-1"})"), "allow");
  EXPECT_EQ(Judge(gateway, R"("client_id":"app-1","act":{"azp":"app-11"})"), "401 wrong_audience s");
  EXPECT_EQ(Judge(gateway, R"("client_id":"app-1","act":{"azp":["app-1"]})"), "401 wrong_audience s");
  EXPECT_EQ(Judge(gateway, R"("client_id":"app-1","act":{})"), "401 audience_missing s");
  EXPECT_EQ(Judge(gateway, R"("client_id":"app-1","act.azp":"app-1")"), "401 audience_missing s");
  const std::string elsewhere = Token(gateway, R"("client_id":"app-1","azp":"app-1")");
  EXPECT_NE(gateway.DecideWith(elsewhere, CallTool("a")).Detail().find("\"act/azp\""), std::string::npos);
  EXPECT_EQ(Judge(gateway, R"("client_id":"app-1","act":[{"azp":"app-1"}])"), "401 audience_missing s");
}

// What was found and what the policy wants, as the engine's own refusals have it.
TEST_F(AudienceFromIssuers, TheDetailSaysWhatIsThereAndWhatIsWanted) {
  const auto detail = [](Gateway& gateway, const std::string& members) {
    return gateway.DecideWith(Token(gateway, members), CallTool("a")).Detail();
  };
  Gateway gateway(Policy(R"({"claim":["act","azp"],"in":["app-1","app-2"]})"), [](PolicyConfig& policy) {
    Adjust(policy);
    policy.audiences = {std::string(kResource), "other"};
  });
  const std::string client = R"("client_id":"app-1",)";
  EXPECT_EQ(detail(gateway, client + R"("act":{"azp":"app-3"})"),
            R"("act/azp", which stands in for aud, is "app-3"; wanted "app-1" or 1 other )"
            "(`audience_from_issuers` of the policy)");
  EXPECT_EQ(detail(gateway, client + R"("azp":"app-1")"),
            R"(the token has no aud, and no "act/azp", which stands in for it; wanted "app-1" or 1 other )"
            "(`audience_from_issuers` of the policy)");
  EXPECT_EQ(detail(gateway, client + R"("aud":"other")"),
            R"("aud" is "other"; wanted "https://mcp.example.com/mcp" (`resource` and `audiences` of the policy))");
  Gateway named(PolicyWith(R"("tools":{"a":{"scopes":["s"]}},"audiences":["app-1","app-2"])"),
                [](PolicyConfig& policy) { policy.audiences.push_back("other"); });
  EXPECT_EQ(detail(named, R"("aud":["other"])"),
            R"("aud" is ["other"]; wanted "https://mcp.example.com/mcp" or 2 others )"
            "(`resource` and `audiences` of the policy)");
}

TEST_F(AudienceFromIssuers, WhoIsNotListedIsToldOfIt) {
  Gateway gateway(PolicyWith(R"("tools":{"a":{"scopes":["s"]}})"), [](PolicyConfig& policy) {
    const std::vector<std::string> audiences = policy.audiences;
    Adjust(policy);
    policy.audiences = audiences;
  });
  const Decision decision = gateway.DecideWith(Token(gateway, R"("client_id":"app-1")"), CallTool("a"));
  EXPECT_EQ(Summary(decision), "401 audience_missing s");
  EXPECT_NE(decision.Detail().find("audience_from_issuers says what stands in for it"), std::string::npos);
}

TEST_F(AudienceFromIssuers, AnIssuerThatIsNotListedNeedsTheResource) {
  PolicyConfig issuer;
  issuer.issuer = testing::kIssuer;
  issuer.audience_from = AudienceFrom{{"client_id"}, {"app-1"}};
  const auto why = [&](const std::string& policy) {
    const auto checker = Checker::Create(Compiled(policy), {&issuer, 1});
    return checker ? std::string("usable") : checker.error();
  };
  const std::string listed = Policy(R"({"claim":"client_id","in":["app-1"]})");
  EXPECT_EQ(why(listed), "usable");
  EXPECT_NE(why(PolicyWith("")).find("audience_from_issuers"), std::string::npos);
  EXPECT_NE(
      why(PolicyWith(R"("audience_from_issuers":{"https://other.example":{"claim":"client_id","in":["app-1"]}})")),
      "usable");
  issuer.issuer_mode = IssuerMode::kUnchecked;
  EXPECT_NE(why(listed), "usable") << "whoever signs could be any issuer";
  issuer.issuer_mode = IssuerMode::kChosenByIss;
  issuer.audience_from.reset();
  EXPECT_NE(why(listed), "usable") << "the engine would demand an audience that no token has";
  issuer.audiences = {std::string(kResource)};
  EXPECT_EQ(why(listed), "usable");
}

// Only the first of two entries would count, for tokens of both names.
TEST_F(AudienceFromIssuers, AnIssuerOfSeveralNamesIsListedOnce) {
  PolicyConfig issuer;
  Adjust(issuer);
  issuer.issuer = "https://a.example";
  issuer.issuer_aliases = {"a.example"};
  const auto why = [&](const std::string& entries) {
    const auto policy = Compiled(PolicyWith(R"("audience_from_issuers":{)" + entries + "}"));
    const auto checker = Checker::Create(policy, {&issuer, 1});
    return checker ? std::string("usable") : checker.error();
  };
  const std::string first = R"("https://a.example":{"claim":"client_id","in":["app-1"]})";
  const std::string second = R"("a.example":{"claim":"client_id","in":["app-2"]})";
  EXPECT_EQ(why(first), "usable");
  EXPECT_EQ(why(second), "usable");
  EXPECT_NE(why(first + "," + second).find("by two of its names"), std::string::npos);
}

TEST_F(AudienceFromIssuers, ATokenWithTheResourceAsAudienceNeedsNoStandIn) {
  Gateway gateway(Policy(R"({"claim":"client_id","in":["app-1"]})"), [](PolicyConfig& policy) {
    Adjust(policy);
    policy.audiences = {std::string(kResource)};
  });
  EXPECT_EQ(Judge(gateway, R"("client_id":"other","aud":")" + std::string(kResource) + '"'), "allow");
  EXPECT_EQ(Judge(gateway, R"("client_id":"app-1","aud":"https://other.example")"), "401 wrong_audience s");
  EXPECT_EQ(Judge(gateway, R"("client_id":"app-1")"), "allow");
}

}  // namespace
}  // namespace assay::mcp
