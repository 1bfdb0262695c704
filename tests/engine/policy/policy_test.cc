#include "engine/policy/policy.h"

#include <optional>

#include "tests/engine/policy/token_fixture.h"

namespace assay {
namespace {

PolicyConfig Sound() {
  PolicyConfig config;
  config.issuer = "https://i";
  config.audiences = {"api"};
  return config;
}

TEST(PolicyBuild, TheDefaultsAreStrict) {
  const Result<Policy> policy = Policy::Build(Sound());
  ASSERT_TRUE(policy.ok());
  EXPECT_EQ(policy->algorithms(), (AlgorithmSet{Algorithm::kES256, Algorithm::kRS256}));
  EXPECT_EQ(policy->config().leeway_seconds, 0);
  EXPECT_TRUE(policy->config().expiry_required);
}

TEST(PolicyBuild, UnsafeConfigurationsAreRefused) {
  const auto refused = [](auto change) {
    PolicyConfig config = Sound();
    change(config);
    const Result<Policy> policy = Policy::Build(config);
    return policy.ok() ? "" : policy.error();
  };
  EXPECT_NE(refused([](PolicyConfig& c) { c.audiences.clear(); }), "");
  EXPECT_NE(refused([](PolicyConfig& c) { c.audiences = {""}; }), "");
  EXPECT_NE(refused([](PolicyConfig& c) { c.any_audience_is_dangerous = true; }), "");
  EXPECT_NE(refused([](PolicyConfig& c) { c.issuer = ""; }), "");
  EXPECT_NE(refused([](PolicyConfig& c) { c.algorithms = {}; }), "");
  EXPECT_NE(refused([](PolicyConfig& c) { c.leeway_seconds = -1; }), "");
  EXPECT_NE(refused([](PolicyConfig& c) { c.leeway_seconds = 301; }), "");
  EXPECT_NE(refused([](PolicyConfig& c) { c.leeway_seconds = INT64_MAX; }), "");
  EXPECT_NE(refused([](PolicyConfig& c) { c.max_age_seconds = -1; }), "");
  EXPECT_NE(refused([](PolicyConfig& c) { c.token_type = ""; }), "");
  EXPECT_NE(refused([](PolicyConfig& c) { c.token_type = "at jwt"; }), "");
  EXPECT_NE(refused([](PolicyConfig& c) { c.required_claims = {{{""}}}; }), "");
  EXPECT_NE(refused([](PolicyConfig& c) { c.required_scopes = {"a b"}; }), "");
  EXPECT_NE(refused([](PolicyConfig& c) { c.signature_only = true; }), "");
  EXPECT_EQ(refused([](PolicyConfig& c) { c.leeway_seconds = 300; }), "");
}

// An audience that a claim stands in for needs a rule that ID tokens do not pass as well.
TEST(PolicyBuild, AStandInForTheAudienceNeedsARuleThatTellsAccessTokens) {
  const auto built = [](ClaimRule rule) {
    PolicyConfig config = Sound();
    config.audience_from = AudienceFrom{{"client_id"}, {"app"}};
    config.claim_rules = {std::move(rule)};
    return Policy::Build(config).ok();
  };
  EXPECT_TRUE(built({{"token_use"}, ClaimOperator::kIn, {"access"}}));
  EXPECT_TRUE(built({{"sid"}}));
  EXPECT_FALSE(built({{"token_use"}})) << "an ID token may have it, too, with another value";
  EXPECT_FALSE(built({{"client_id"}, ClaimOperator::kIn, {"app"}})) << "the stand-in itself";
  EXPECT_FALSE(built({{"email"}, ClaimOperator::kIn, {"a@b"}}));
}

class EvaluateTest : public testing::TokenFixture {
 protected:
  Reason Evaluate(const PolicyConfig& config, const std::string& claims, const jws::Header& header = {}) {
    Result<Policy> policy = Policy::Build(config);
    EXPECT_TRUE(policy.ok()) << policy.error();
    policy_ = std::move(*policy);
    NamedClaims named;
    const Reason form = policy_->ReadForm({ClaimsOf(claims), arena_}, &named, &detail_);
    if (form != Reason::kUnset) return form;
    return policy_->Evaluate(header, {claims_, arena_}, named, 100, &detail_);
  }

  std::optional<Policy> policy_;  // the detail may name one of its strings
};

TEST_F(EvaluateTest, TheDefectsComeInTheOrderOfTheContract) {
  PolicyConfig config = Sound();
  config.required_claims = {{{"sub"}}};
  config.required_scopes = {"read"};
  config.max_age_seconds = 50;
  const jws::Header dpop = HeaderOfType("dpop+jwt");
  EXPECT_EQ(Evaluate(config, R"({"iss":"https://i/"})", dpop), Reason::kWrongIssuer);
  EXPECT_EQ(Evaluate(config, R"({"iss":"https://i"})", dpop), Reason::kExpiryMissing);
  EXPECT_EQ(Evaluate(config, R"({"iss":"https://i","exp":200})", dpop), Reason::kAudienceMissing);
  EXPECT_EQ(Evaluate(config, R"({"iss":"https://i","exp":200,"aud":[]})", dpop), Reason::kWrongAudience);
  EXPECT_EQ(Evaluate(config, R"({"iss":"https://i","exp":200,"aud":"api"})", dpop), Reason::kWrongType);
  EXPECT_EQ(Evaluate(config, R"({"iss":"https://i","exp":200,"aud":"api","cnf":{}})"), Reason::kClaimMissing);
  EXPECT_EQ(Evaluate(config, R"({"iss":"https://i","exp":200,"aud":"api","cnf":{},"sub":"s"})"), Reason::kClaimMissing);
  EXPECT_EQ(detail_.subject, "iat") << "a maximum age requires iat";
  EXPECT_EQ(Evaluate(config, R"({"iss":"https://i","exp":200,"aud":"api","cnf":{},"sub":"s","iat":90})"),
            Reason::kConfirmationUnsupported);
  EXPECT_EQ(Evaluate(config, R"({"iss":"https://i","exp":200,"aud":"api","sub":"s","iat":90,"scope":"reader"})"),
            Reason::kInsufficientScope);
  EXPECT_EQ(Evaluate(config, R"({"iss":"https://i","exp":200,"aud":"api","sub":"s","iat":90})"),
            Reason::kInsufficientScope);
  EXPECT_EQ(Evaluate(config, R"({"iss":"https://i","exp":200,"aud":"api","sub":"s","iat":90,"scope":"x read"})"),
            Reason::kUnset);
}

TEST_F(EvaluateTest, IssuersAreComparedByteForByte) {
  for (const char* other : {"https://i/", "https://I", "HTTPS://i", "https://", "https://i ", "https://ii"}) {
    EXPECT_EQ(Evaluate(Sound(), "{\"iss\":\"" + std::string(other) + R"(","exp":200,"aud":"api"})"),
              Reason::kWrongIssuer)
        << other;
  }
  EXPECT_EQ(Evaluate(Sound(), R"({"exp":200,"aud":"api"})"), Reason::kWrongIssuer);
}

TEST_F(EvaluateTest, TheDangerousOptOutAloneAcceptsATokenForAnybody) {
  PolicyConfig config = Sound();
  config.audiences.clear();
  config.any_audience_is_dangerous = true;
  EXPECT_EQ(Evaluate(config, R"({"iss":"https://i","exp":200})"), Reason::kUnset);
  EXPECT_EQ(Evaluate(config, R"({"iss":"https://i","exp":200,"aud":"x"})"), Reason::kUnset);
}

TEST_F(EvaluateTest, AHostThatChecksTheProofItselfOptsIn) {
  PolicyConfig config = Sound();
  const std::string bound = R"({"iss":"https://i","exp":200,"aud":"api","cnf":{"jkt":"x"}})";
  EXPECT_EQ(Evaluate(config, bound), Reason::kConfirmationUnsupported);
  config.accept_confirmation = {"jkt"};
  EXPECT_EQ(Evaluate(config, bound), Reason::kUnset);
}

TEST_F(EvaluateTest, OnlyTheConfiguredScopeClaimIsRead) {
  PolicyConfig config = Sound();
  config.required_scopes = {"read"};
  const std::string start = R"({"iss":"https://i","exp":200,"aud":"api",)";
  EXPECT_EQ(Evaluate(config, start + R"("scp":["read"],"scope":"write"})"), Reason::kInsufficientScope);
  config.scopes = ScpScopes();
  EXPECT_EQ(Evaluate(config, start + R"("scp":["read"],"scope":"write"})"), Reason::kUnset);
  EXPECT_EQ(Evaluate(config, start + R"("scp":"write read"})"), Reason::kUnset);
  EXPECT_EQ(Evaluate(config, start + R"("scope":"read"})"), Reason::kInsufficientScope);
}

TEST_F(EvaluateTest, TheScopeClaimHasItsSpecificationsType) {
  const auto form = [&](const ScopeSource& scopes, const std::string& json) {
    PolicyConfig config = Sound();
    config.scopes = scopes;
    NamedClaims named;
    return Policy::Build(config)->ReadForm({ClaimsOf(json), arena_}, &named, &detail_);
  };
  EXPECT_EQ(form(ScopeSource(), R"({"scope":"a b"})"), Reason::kUnset);
  EXPECT_EQ(form(ScopeSource(), R"({"scope":["a"]})"), Reason::kBadClaimType);
  EXPECT_EQ(form(ScopeSource(), R"({"scope":null})"), Reason::kBadClaimType);
  EXPECT_EQ(form(ScopeSource(), R"({"scp":1})"), Reason::kUnset) << "not the configured one";
  EXPECT_EQ(form(ScpScopes(), R"({"scp":["a"]})"), Reason::kUnset);
  EXPECT_EQ(form(ScpScopes(), R"({"scp":"a"})"), Reason::kUnset);
  EXPECT_EQ(form(ScpScopes(), R"({"scp":["a",1]})"), Reason::kBadClaimType);
}

}  // namespace
}  // namespace assay
