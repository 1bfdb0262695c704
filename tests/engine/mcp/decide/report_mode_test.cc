// A policy in report mode: what it denies for lack of rights may pass; nothing else.
#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

constexpr char kTools[] = R"("tools":{"read":{"scopes":["files:read"]}})";

std::string Reported() { return PolicyWith(std::string(R"("mode":"report",)") + kTools); }

TEST(ReportMode, LetsDenialsForLackOfRightsPass) {
  Gateway gateway(Reported());
  EXPECT_TRUE(gateway.policy().in_report_mode());
  const Decision scope = gateway.DecideFor("other", CallTool("read"));
  EXPECT_EQ(scope.reason, Reason::kInsufficientScope);
  EXPECT_EQ(scope.status, 403);
  EXPECT_FALSE(scope.allowed());
  EXPECT_TRUE(scope.report_only());
  const Decision tool = gateway.DecideFor("files:read", CallTool("unknown"));
  EXPECT_EQ(tool.reason, Reason::kToolDenied);
  EXPECT_TRUE(tool.report_only());
  const Decision allowed = gateway.DecideFor("files:read", CallTool("read"));
  EXPECT_TRUE(allowed.allowed());
  EXPECT_FALSE(allowed.report_only());
}

TEST(ReportMode, LetsNothingElsePass) {
  Gateway gateway(Reported());
  const auto refused = [&](const Decision& decision, Reason reason) {
    EXPECT_EQ(decision.reason, reason);
    EXPECT_FALSE(decision.allowed());
    EXPECT_FALSE(decision.report_only()) << ReasonWord(reason);
  };
  refused(gateway.Decide({}, CallTool("read")), Reason::kCredentialMissing);
  refused(gateway.DecideWith("a.b.c", CallTool("read")), Reason::kBadBase64url);
  std::string forged = gateway.TokenFor("other");
  forged[forged.size() - 20] = forged[forged.size() - 20] == 'A' ? 'B' : 'A';
  refused(gateway.DecideWith(forged, CallTool("read")), Reason::kBadSignature);
  refused(gateway.DecideFor("other", "{"), Reason::kRequestMalformed);
  refused(gateway.DecideWith(gateway.TokenFor("other"), CallTool("read"), {{"Origin", "https://evil.example"}}),
          Reason::kOriginDenied);
  refused(gateway.DecideWith(gateway.Token(R"("scope":"other","cnf":{"jkt":"x"})"), CallTool("read")),
          Reason::kConfirmationUnsupported);
}

// The engine's refusal passes only where the issuer is in report mode, too.
TEST(ReportMode, OfATokenThatTheEngineRefusedNeedsBoth) {
  const auto adjust = [](EnforcementMode mode) {
    return [mode](PolicyConfig& policy) {
      policy.required_claims = {{{"tenant"}}};
      policy.mode = mode;
    };
  };
  const auto decide = [&](const std::string& policy, EnforcementMode mode) {
    Gateway gateway(policy, adjust(mode));
    const Decision decision = gateway.DecideFor("files:read", CallTool("read"));
    EXPECT_EQ(decision.reason, Reason::kClaimMissing);
    return decision.report_only();
  };
  EXPECT_TRUE(decide(Reported(), EnforcementMode::kReport));
  EXPECT_FALSE(decide(Reported(), EnforcementMode::kEnforce));
  EXPECT_FALSE(decide(PolicyWith(kTools), EnforcementMode::kReport));
}

// A request that nobody could judge, or whose proof of possession nobody has seen used, is never reported only.
TEST(ReportMode, OfATokenThatTheEngineRefusedNeedsARequestOfItsOwn) {
  Gateway gateway(Reported(), [](PolicyConfig& policy) {
    policy.required_claims = {{{"tenant"}}};
    policy.accept_confirmation = {"jkt"};
    policy.mode = EnforcementMode::kReport;
  });
  const auto decide = [&](const std::string& scheme, const std::string& body) {
    const std::string credential = scheme + ' ' + gateway.TokenFor("files:read");
    const Decision decision = gateway.Decide({{"Authorization", credential}}, body);
    EXPECT_EQ(decision.reason, Reason::kClaimMissing);
    return decision.report_only();
  };
  EXPECT_TRUE(decide("Bearer", CallTool("read")));
  EXPECT_FALSE(decide("Bearer", "{"));
  EXPECT_FALSE(decide("Bearer", "[" + CallTool("read") + "]"));
  EXPECT_FALSE(decide("DPoP", CallTool("read")));
}

TEST(ReportMode, IsNamedLoudlyAndNeverMeantByAnotherWord) {
  const auto policy = Compiled(Reported());
  ASSERT_EQ(policy->warnings().size(), 1u);
  EXPECT_NE(policy->warnings().front().find("REPORT ONLY"), std::string::npos) << policy->warnings().front();
  EXPECT_FALSE(Compiled(PolicyWith(kTools))->in_report_mode());
  EXPECT_FALSE(Compiled(PolicyWith(R"("mode":"enforce")"))->in_report_mode());
  for (const char* mode : {"\"Report\"", "\"\"", "null", "true", "\"audit\""}) {
    EXPECT_FALSE(ScopePolicy::FromJson(PolicyWith("\"mode\":" + std::string(mode)), "p")) << mode;
  }
}

}  // namespace
}  // namespace assay::mcp
