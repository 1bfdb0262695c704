// Report mode lets a policy's refusals of authentic tokens pass, and nothing else ever.
#include "tests/security/attack.h"
#include "tests/testing/event_log.h"

namespace assay::testing {
namespace {

IssuerConfig Reported() {
  IssuerConfig issuer = IssuerWith({Ours(), OurRsa()});
  issuer.policy.mode = EnforcementMode::kReport;
  issuer.policy.required_claims = {{{"tenant"}, {"t1"}}};
  issuer.policy.required_scopes = {"read"};
  return issuer;
}

std::string Token(std::string_view name, std::string_view replacement) {
  std::string claims = ClaimsWith(name, replacement);
  claims.pop_back();
  return WithPayload(claims + R"(,"tenant":"t1"})");
}

const std::string kOtherAudience = R"("aud":"https://other.example")";

TEST(ReportMode, LetsAuthenticTokensPassThatThePolicyRefuses) {
  Worker worker(MakeEngine(Reported()));
  const std::pair<std::string, Reason> cases[] = {
      {Token("aud", kOtherAudience), Reason::kWrongAudience},
      {Token("aud", ""), Reason::kAudienceMissing},
      {WithPayload(ValidClaims()), Reason::kClaimMissing},
      {WithPayload(ValidClaims(R"("tenant":"t2")")), Reason::kClaimMismatch},
      {Token("scope", R"("scope":"other")"), Reason::kInsufficientScope},
  };
  for (const auto& [token, reason] : cases) {
    const Verdict& verdict = worker.Validate(token, kNow);
    EXPECT_EQ(verdict.reason(), reason);
    EXPECT_TRUE(verdict.report_only()) << ReasonWord(reason);
    EXPECT_FALSE(verdict.accepted()) << ReasonWord(reason);
    EXPECT_EQ(verdict.claims(), nullptr) << ReasonWord(reason);
    EXPECT_TRUE(verdict.Own().report_only);
  }
  EXPECT_FALSE(worker.Validate(WithPayload(ValidClaims(R"("tenant":"t1")")), kNow).report_only());
}

// Row 62: what report mode never lets pass; behind each, a defect that it would.
TEST(Attacks, Row62ReportModeLetsNoOtherTokenPass) {
  Worker worker(MakeEngine(Reported()));
  const auto header = [](std::string_view text) { return Sign(Ours(), text, ClaimsWith("aud", kOtherAudience)); };
  std::string changed = Token("aud", kOtherAudience);
  changed[changed.size() - 20] = changed[changed.size() - 20] == 'A' ? 'B' : 'A';
  const std::string both = kOtherAudience + ",";
  const std::pair<std::string, Reason> cases[] = {
      {changed, Reason::kBadSignature},
      {Sign(Attackers(), HeaderOf(Attackers()), ClaimsWith("aud", kOtherAudience)), Reason::kBadSignature},
      {header(R"({"alg":"none"})"), Reason::kAlgorithmNone},
      {header(R"({"alg":"HS256","kid":"k"})"), Reason::kAlgorithmUnknown},
      {header(R"({"alg":"ES256","kid":"unknown"})"), Reason::kKeyNotFound},
      {header(R"({"alg":"ES256","kid":"k","crit":["x"]})"), Reason::kCriticalHeader},
      {Token("iss", R"("iss":"https://evil.example")"), Reason::kIssuerUnknown},
      {Token("iss", ""), Reason::kIssuerMissing},
      {Token("exp", R"("exp":1)"), Reason::kExpired},
      {Token("exp", ""), Reason::kExpiryMissing},
      {Token("aud", both + R"("nbf":99999999999)"), Reason::kNotYetValid},
      {Token("aud", both + R"("cnf":{"jkt":"x"})"), Reason::kWrongAudience},
      {Sign(Ours(), R"({"alg":"ES256","kid":"k","typ":"logout+jwt"})", ClaimsWith("aud", R"("aud":"x")")),
       Reason::kWrongAudience},
      {"", Reason::kEmpty},
      {"a.b", Reason::kNotThreeSegments},
  };
  for (const auto& [token, reason] : cases) {
    const Verdict& verdict = worker.Validate(token, kNow);
    EXPECT_EQ(verdict.reason(), reason) << token;
    EXPECT_FALSE(verdict.report_only()) << ReasonWord(reason) << ": " << token;
  }
  EXPECT_FALSE(Verdict().report_only());
}

TEST(Attacks, Row62ARevokedTokenDoesNotPassInReportMode) {
  const auto engine = MakeEngine(Reported());
  Worker worker(engine);
  const std::string token = Token("aud", kOtherAudience);
  EXPECT_TRUE(worker.Validate(token, kNow).report_only());
  Revocation revocation;
  revocation.issuer = kIssuer;
  revocation.value = "j-1";
  revocation.expires_at = kNow + 3600;
  ASSERT_TRUE(engine->Revoke({&revocation, 1}, kNow));
  EXPECT_EQ(worker.Validate(token, kNow).reason(), Reason::kWrongAudience);
  EXPECT_FALSE(worker.Validate(token, kNow).report_only());
}

TEST(ReportMode, IsNeverTheDefaultAndEndsWithAReload) {
  EngineConfig config;
  config.issuers = {Reported()};
  EventLog log;
  config.log = log.Callback();
  const auto engine = MakeEngine(config);
  EXPECT_EQ(log.Count("report_mode"), 1);
  Worker worker(engine);
  const std::string token = Token("aud", kOtherAudience);
  EXPECT_TRUE(worker.Validate(token, kNow).report_only());
  const std::string metrics = engine->MetricsText();
  EXPECT_NE(metrics.find("assay_report_mode{issuer=\"" + std::string(kIssuer) + "\"} 1"), std::string::npos) << metrics;
  EXPECT_NE(
      metrics.find("assay_report_only_total{issuer=\"" + std::string(kIssuer) + "\",reason=\"wrong_audience\"} 1"),
      std::string::npos)
      << metrics;

  config.issuers[0].policy.mode = PolicyConfig().mode;
  ASSERT_TRUE(engine->Reload(config));
  EXPECT_EQ(log.Count("report_mode"), 1);
  EXPECT_EQ(worker.Validate(token, kNow).reason(), Reason::kWrongAudience);
  EXPECT_FALSE(worker.Validate(token, kNow).report_only());
  EXPECT_EQ(engine->MetricsText().find("assay_report_mode{"), std::string::npos);
}

}  // namespace
}  // namespace assay::testing
