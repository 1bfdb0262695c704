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

// Reloading: an engine of two issuers, one of them in report mode, whose tokens lack a claim; a checker that was made
// for it; and reloads after that.
class ReportModeReload : public ::testing::Test {
 protected:
  static constexpr std::string_view kOther = "https://other.example.com";

  ReportModeReload() {
    engine_ = testing::MakeEngine(Issuers(kReport, kEnforce));
    worker_.emplace(engine_);
    MakeChecker();
  }

  // Issuers: ours and the other, by their modes; in this order unless `swapped`.
  EngineConfig Issuers(EnforcementMode ours, EnforcementMode other, bool swapped = false) const {
    EngineConfig config;
    for (const EnforcementMode mode : {ours, other}) {
      IssuerConfig issuer = testing::IssuerWith(std::vector<testing::SigningKey>{key_});
      if (!config.issuers.empty()) issuer.policy.issuer = kOther;
      issuer.policy.audiences = {policy_->resource()};
      issuer.policy.required_claims = {{{"tenant"}}};
      issuer.policy.mode = mode;
      config.issuers.push_back(std::move(issuer));
    }
    if (swapped) std::swap(config.issuers[0], config.issuers[1]);
    return config;
  }
  void MakeChecker() {
    std::vector<PolicyConfig> policies;
    for (const IssuerConfig& issuer : engine_->config()->issuers) policies.push_back(issuer.policy);
    auto checker = Checker::Create(policy_, policies);
    ASSERT_TRUE(checker.ok()) << checker.error();
    checker_.emplace(std::move(*checker));
  }
  void Reload(const EngineConfig& config) { ASSERT_TRUE(engine_->Reload(config)); }

  const Verdict& Validate(std::string_view issuer) {
    token_ = testing::Sign(key_, testing::HeaderOf(key_),
                           R"({"iss":")" + std::string(issuer) + R"(","sub":"user-1","scope":"files:read","aud":")" +
                               policy_->resource() + R"(","exp":)" + std::to_string(testing::kNow + 600) + "}");
    const Verdict& verdict = worker_->Validate(token_, testing::kNow);
    EXPECT_EQ(verdict.reason(), Reason::kClaimMissing);
    return verdict;
  }
  bool IsReported(const Verdict& verdict) {
    const std::string credential = "Bearer " + token_, body = CallTool("read");
    const Fields fields = {{"Authorization", credential}};
    return checker_->Decide(verdict, ReadHead(fields, "POST"), {body}).report_only();
  }

  static constexpr EnforcementMode kReport = EnforcementMode::kReport, kEnforce = EnforcementMode::kEnforce;
  const std::shared_ptr<const ScopePolicy> policy_ = Compiled(Reported());
  const testing::SigningKey key_ = testing::SigningKey::Make(Algorithm::kES256);
  std::shared_ptr<Engine> engine_;
  std::optional<Worker> worker_;
  std::optional<Checker> checker_;
  std::string token_;
};

// What a verdict says of report mode is of the configuration that it was given under, whatever is in force by the time
// of the decision.
TEST_F(ReportModeReload, EndsWithTheNextVerdict) {
  const Verdict& before = Validate(testing::kIssuer);
  EXPECT_TRUE(before.report_only());
  Reload(Issuers(kEnforce, kEnforce));
  EXPECT_TRUE(IsReported(before));
  EXPECT_FALSE(IsReported(Validate(testing::kIssuer)));
}

TEST_F(ReportModeReload, BeginsWithTheNextChecker) {
  const Verdict& before = Validate(kOther);
  EXPECT_FALSE(before.report_only());
  Reload(Issuers(kReport, kReport));
  EXPECT_FALSE(IsReported(before));
  const Verdict& after = Validate(kOther);
  EXPECT_TRUE(after.report_only());
  EXPECT_FALSE(IsReported(after));
  MakeChecker();
  EXPECT_TRUE(IsReported(after));
  EXPECT_EQ(after.issuer(), kOther);
}

TEST_F(ReportModeReload, IsOfTheIssuerAndNotOfItsPlace) {
  Reload(Issuers(kReport, kReport, true));
  for (const std::string_view issuer : {testing::kIssuer, kOther}) {
    const Verdict& verdict = Validate(issuer);
    EXPECT_TRUE(verdict.report_only());
    EXPECT_FALSE(IsReported(verdict)) << issuer;  // the checker knows it by another index, as for accepted tokens
  }
  MakeChecker();
  EXPECT_TRUE(IsReported(Validate(testing::kIssuer)));
  EXPECT_TRUE(IsReported(Validate(kOther)));
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
