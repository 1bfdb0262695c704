// A trace is of the same steps as the verdict: the first step that fails in it is what the verdict names.
#include "engine/api/tracer.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/security/attack.h"
#include "tests/testing/hostile_tokens.h"

namespace assay::testing {
namespace {

// ExpectSame: the trace's cause has the verdict's reason and words.
void ExpectSame(Worker& worker, Tracer& tracer, std::string_view token) {
  const Verdict& verdict = worker.Validate(token, kNow);
  const TokenTrace& trace = tracer.Trace(token, kNow);
  ASSERT_FALSE(trace.steps.empty());
  if (verdict.accepted()) {
    EXPECT_EQ(trace.cause(), nullptr) << ReasonWord(trace.cause()->reason) << ": " << token;
    EXPECT_TRUE(trace.authentic) << token;
    return;
  }
  ASSERT_NE(trace.cause(), nullptr) << ReasonWord(verdict.reason()) << ": " << token;
  EXPECT_EQ(ReasonWord(trace.cause()->reason), ReasonWord(verdict.reason())) << token;
  EXPECT_EQ(trace.cause()->detail, verdict.Detail()) << token;
}

void ExpectSameOfHostileTokens(EngineConfig config, std::uint64_t seed) {
  const auto engine = MakeEngine(std::move(config));
  Worker worker(engine);
  Tracer tracer(engine);
  HostileTokens tokens(seed);
  std::map<Reason, int> seen;
  for (int i = 0; i < 20'000 && !::testing::Test::HasFailure(); ++i) {
    const std::string token = tokens.Next();
    ExpectSame(worker, tracer, token);
    ++seen[worker.Validate(token, kNow).reason()];
  }
  EXPECT_GT(seen[Reason::kAccepted], 1000);
  EXPECT_GT(seen.size(), 25u);
}

TEST(Trace, TheFirstStepThatFailsIsWhatTheVerdictNames) { ExpectSameOfHostileTokens(HostileTokens::Config(), 18); }

TEST(Trace, AlsoWhereTheIssuerIsFixed) { ExpectSameOfHostileTokens(HostileTokens::FixedIssuerConfig(), 19); }

TEST(Trace, AlsoWithRulesOfEachKind) {
  IssuerConfig issuer = IssuerWith({Ours()});
  issuer.policy.required_claims = {{{"tenant"}, {"t1"}}, {{"absent"}}};
  issuer.policy.claim_rules = {{{"kind"}, ClaimOperator::kIn, {"a"}}, {{"empty"}, ClaimOperator::kExists}};
  issuer.policy.header_rules = {{"signer", {"s1"}}, {"level", {"1"}}};
  issuer.policy.required_scopes = {"read"};
  const auto engine = MakeEngine(issuer);
  Worker worker(engine);
  Tracer tracer(engine);
  for (const std::string more :
       {R"("tenant":"t2")", R"("tenant":"t2","absent":1)", R"("tenant":"t2","absent":1,"kind":"b","empty":"")",
        R"("tenant":"t1","absent":1,"kind":"b","empty":"x")", R"("tenant":"t1","absent":1,"kind":"a","empty":"")",
        R"("tenant":"t1","absent":1,"kind":"a","empty":"x")", R"("cnf":{"jkt":"x"})", R"("scope":["read"])"}) {
    ExpectSame(worker, tracer, ValidToken(Ours(), more));
  }
}

TEST(Trace, GoesOnBehindASignatureThatDoesNotHold) {
  const auto engine = OurEngine();
  Tracer tracer(engine);
  std::string token = WithPayload(ClaimsWith("exp", "\"exp\":" + std::to_string(kNow - 10)));
  token[token.rfind('.') + 5] = token[token.rfind('.') + 5] == 'A' ? 'B' : 'A';
  const TokenTrace& trace = tracer.Trace(token, kNow);
  EXPECT_FALSE(trace.authentic);
  ASSERT_NE(trace.cause(), nullptr);
  EXPECT_EQ(trace.cause()->check, TokenCheck::kSignature);
  bool expired = false;
  for (const TraceStep& step : trace.steps) {
    expired = expired || (step.check == TokenCheck::kExpiry && step.reason == Reason::kExpired);
  }
  EXPECT_TRUE(expired);
}

}  // namespace
}  // namespace assay::testing
