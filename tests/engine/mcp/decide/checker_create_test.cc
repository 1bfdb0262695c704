// Checker::Create: the engine and the policy must agree on whose tokens these are.
#include "engine/mcp/decide/checker.h"

#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

TEST(Checker, AnotherNameOfTheResourceIsAnAudienceWhenEngineAndPolicyBothSaySo) {
  Gateway gateway(PolicyWith(""));
  IssuerConfig issuer = testing::IssuerWith(std::vector<testing::SigningKey>{gateway.key()});
  const auto decide = [&](const std::string& members, std::vector<std::string> engine_audiences,
                          std::string_view audience) {
    issuer.policy.audiences = std::move(engine_audiences);
    auto checker = Checker::Create(Compiled(PolicyWith(members)), std::vector<PolicyConfig>{issuer.policy});
    if (!checker) return checker.error();
    Worker worker(testing::MakeEngine(issuer));
    const std::string claims = R"({"iss":")" + std::string(testing::kIssuer) + R"(","aud":)" + std::string(audience) +
                               R"(,"exp":)" + std::to_string(testing::kNow + 600) + "}";
    const std::string token = testing::Sign(gateway.key(), testing::HeaderOf(gateway.key()), claims);
    return Summary(checker->Decide(worker.Validate(token, testing::kNow), {}, {Call("ping")}));
  };
  const std::string resource(kResource);
  const std::string also = R"("audiences":["6e74172b","https://a.example"])";
  EXPECT_EQ(decide(also, {resource, "6e74172b"}, R"("6e74172b")"), "allow");
  EXPECT_EQ(decide(also, {resource, "6e74172b"}, R"(["x","6e74172b"])"), "allow");
  EXPECT_EQ(decide(also, {resource, "6e74172b"}, '"' + resource + '"'), "allow");
  EXPECT_EQ(decide(also, {resource, "https://a.example"}, R"("https://a.example/")"), "allow");
  EXPECT_EQ(decide(also, {resource, "6e74172b"}, R"("6E74172B")"), "401 wrong_audience");
  EXPECT_EQ(decide(also, {resource}, R"("6e74172b")"), "401 wrong_audience") << "the engine does not";
  EXPECT_EQ(decide("", {resource, "6e74172b"}, R"("6e74172b")"), "401 wrong_audience") << "the policy does not";
  EXPECT_EQ(decide(also, {resource, "other"}, R"("other")"), "401 wrong_audience");
  EXPECT_NE(decide(also, {"6e74172b"}, R"("6e74172b")").find("does not require the policy's resource"),
            std::string::npos);
}

TEST(CheckerCreate, ARootResourcesTokenMayHaveEitherSpelling) {
  Gateway gateway(R"({"resource":"https://mcp.example.com/","authorization_servers":["https://a.example"]})");
  IssuerConfig issuer = testing::IssuerWith(std::vector<testing::SigningKey>{gateway.key()});
  issuer.policy.audiences = {"https://mcp.example.com"};
  Worker worker(testing::MakeEngine(issuer));
  for (const char* audience : {"https://mcp.example.com", "https://mcp.example.com/"}) {
    const std::string claims = R"({"iss":")" + std::string(testing::kIssuer) + R"(","aud":")" + audience +
                               R"(","exp":)" + std::to_string(testing::kNow + 600) + "}";
    const std::string token = testing::Sign(gateway.key(), testing::HeaderOf(gateway.key()), claims);
    EXPECT_TRUE(gateway.checker().Decide(worker.Validate(token, testing::kNow), {}, {Call("ping")}).allowed())
        << audience;
  }
}

TEST(CheckerCreate, RefusesAnEngineThatAcceptsTokensForOthers) {
  const auto policy = Compiled(FileServerPolicy());
  const auto why = [&](const PolicyConfig& issuer) {
    const auto checker = Checker::Create(policy, {&issuer, 1});
    return checker ? std::string("usable") : checker.error();
  };
  PolicyConfig issuer;
  issuer.issuer = "https://auth.example.com";
  issuer.audiences = {std::string(kResource), "api://files"};
  EXPECT_EQ(why(issuer), "usable");
  issuer.audiences = {"https://mcp.example.com/mcp/", "https://MCP.example.com/mcp", "https://mcp.example.com"};
  EXPECT_NE(why(issuer), "usable");
  issuer.audiences.clear();
  issuer.any_audience_is_dangerous = true;
  EXPECT_NE(why(issuer), "usable");
  issuer.any_audience_is_dangerous = false;
  issuer.audiences = {std::string(kResource)};
  issuer.required_scopes = {"a"};
  EXPECT_NE(why(issuer), "usable");
  EXPECT_FALSE(Checker::Create(policy, {}).ok());
}

TEST(CheckerCreate, ARootResourceStandsForBothSpellings) {
  const auto policy =
      Compiled(R"({"resource":"https://MCP.example.com/","authorization_servers":["https://a.example"]})");
  for (const char* audience : {"https://mcp.example.com", "https://mcp.example.com/"}) {
    PolicyConfig issuer;
    issuer.audiences = {audience};
    EXPECT_TRUE(Checker::Create(policy, {&issuer, 1}).ok()) << audience;
  }
}

}  // namespace
}  // namespace assay::mcp
