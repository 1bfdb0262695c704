#include "engine/api/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base64url/base64url.h"
#include "tests/testing/engines.h"
#include "tests/testing/event_log.h"

namespace assay {
namespace {

// RFC 7515 appendix A.3: an ES256 token of issuer "joe" that expires at 1300819380, without aud or kid.
constexpr char kToken[] =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
constexpr char kKey[] =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr char kOtherKey[] =
    R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"})";
// RFC 8037 appendix A.2; the issuers here do not allow EdDSA.
constexpr char kNotAllowedKey[] = R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr std::int64_t kNow = 1300819379;

IssuerConfig Joe() {
  IssuerConfig issuer;
  issuer.policy.issuer = "joe";
  issuer.policy.any_audience_is_dangerous = true;
  issuer.keys = {KeySource::Kind::kInline, kKey};
  return issuer;
}

EngineConfig JoesEngine() {
  EngineConfig config;
  config.issuers = {Joe()};
  return config;
}

std::shared_ptr<Engine> Make(EngineConfig config) {
  auto engine = Engine::Create(std::move(config));
  EXPECT_TRUE(engine.ok()) << engine.error();
  return *engine;
}

TEST(Engine, AcceptsTheRfcsTokenAndGivesItsClaims) {
  Worker worker(Make(JoesEngine()));
  const Verdict& verdict = worker.Validate(kToken, kNow);
  ASSERT_TRUE(verdict.accepted()) << ReasonWord(verdict.reason());
  EXPECT_EQ(verdict.algorithm(), Algorithm::kES256);
  EXPECT_EQ(verdict.issuer_index(), 0);
  EXPECT_EQ(verdict.claims()->issuer(), "joe");
  EXPECT_EQ(verdict.key_thumbprint(), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
  const OwnedVerdict owned = verdict.Own();
  EXPECT_EQ(worker.Validate(kToken, kNow + 1).reason(), Reason::kExpired);
  EXPECT_EQ(worker.Validate(kToken, kNow + 1).claims(), nullptr);
  EXPECT_EQ(owned.claims_json, "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
}

TEST(Engine, RefusesUnsafeOrUnreadableConfigurations) {
  const auto refused = [](auto change) {
    EngineConfig config = JoesEngine();
    change(config);
    auto engine = Engine::Create(std::move(config));
    return engine.ok() ? std::string() : engine.error();
  };
  EXPECT_EQ(refused([](EngineConfig&) {}), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.issuers.clear(); }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.issuers.push_back(Joe()); }), "") << "the same name twice";
  EXPECT_NE(refused([](EngineConfig& c) {
              IssuerConfig fixed = Joe();
              fixed.policy.issuer = "ann";
              fixed.policy.issuer_mode = IssuerMode::kFixed;
              c.issuers.push_back(fixed);
            }),
            "");
  EXPECT_NE(refused([](EngineConfig& c) { c.issuers[0].policy.any_audience_is_dangerous = false; }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.limits.token_bytes = 0; }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.limits.token_bytes = std::size_t{1} << 40; }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.kernel = "none-such"; }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.issuers[0].keys.value = "{}"; }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.issuers[0].keys.value = R"({"keys":[]})"; }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.issuers[0].keys.value = R"({"kty":"oct","k":"AAAA"})"; }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.issuers[0].keys = {KeySource::Kind::kFile, "/nonexistent/keys"}; }), "");
  EXPECT_NE(refused([](EngineConfig& c) { c.issuers[0].keys = {KeySource::Kind::kFile, "/"}; }), "");
}

TEST(Engine, ARevocationFileThatWouldNotBeEnforcedIsRefused) {
  EngineConfig config = JoesEngine();
  config.revocation.file = "/nonexistent/revoked.jsonl";
  EXPECT_FALSE(Engine::Create(std::move(config)).ok());
}

TEST(Engine, AHeaderOverItsLimitIsReportedBeforeBase64urlOfAnySegment) {
  Worker worker(Make(JoesEngine()));
  const std::string at_limit(base64url::EncodedSize(kMaxHeaderBytes), 'A');
  const std::string above(base64url::EncodedSize(kMaxHeaderBytes + 1), 'A');
  EXPECT_EQ(worker.Validate(above + ".e30.AA", kNow).reason(), Reason::kTooLarge);
  EXPECT_EQ(worker.Validate(above + ".!.AA", kNow).reason(), Reason::kTooLarge);
  EXPECT_EQ(worker.Validate(above + "!.e30.!", kNow).reason(), Reason::kTooLarge);
  EXPECT_EQ(worker.Validate(at_limit + ".!.AA", kNow).reason(), Reason::kBadBase64url);
  EXPECT_EQ(worker.Validate(at_limit + ".e30.AA", kNow).reason(), Reason::kBadHeaderJson);
}

// With the neutral element for a key, R of 1 and S of 0 would be a signature of whatever anybody writes.
TEST(Engine, AnEd25519KeyUnderWhichEverybodyCanSignIsRefused) {
  std::string neutral(32, '\0');
  neutral[0] = 1;
  EngineConfig config = JoesEngine();
  config.issuers[0].policy.algorithms = {Algorithm::kEdDSA};
  config.issuers[0].keys.value = R"({"kty":"OKP","crv":"Ed25519","x":")" + base64url::Encode(neutral) + "\"}";
  auto engine = Engine::Create(std::move(config));
  EXPECT_FALSE(engine.ok());
  if (!engine) return;
  const std::string token = base64url::Encode(R"({"alg":"EdDSA"})") + "." +
                            base64url::Encode(R"({"iss":"joe","sub":"admin","exp":9999999999})") + "." +
                            base64url::Encode(neutral + std::string(32, '\0'));
  Worker worker(*engine);
  EXPECT_FALSE(worker.Validate(token, kNow).accepted()) << "a token that nobody signed";
}

TEST(Engine, AnIssuerWithoutKeysIsUnavailableUntilTheyAreInstalled) {
  EngineConfig config = JoesEngine();
  config.issuers[0].keys = {KeySource::Kind::kUrl, "https://joe.example/keys"};
  const auto engine = Make(config);
  Worker worker(engine);
  EXPECT_FALSE(engine->Ready());
  EXPECT_EQ(worker.Validate(kToken, kNow).reason(), Reason::kKeysUnavailable);
  ASSERT_TRUE(testing::InstallKeys(engine, 0, kKey).ok());
  EXPECT_TRUE(engine->Ready());
  EXPECT_TRUE(worker.Validate(kToken, kNow).accepted());
}

TEST(Engine, ASetThatIsRefusedChangesNothing) {
  const auto engine = Make(JoesEngine());
  Worker worker(engine);
  for (const char* bad :
       {"", "<html>", "{}", R"({"keys":[]})", R"({"keys":[{"kty":"oct","k":"AA"}]})", kNotAllowedKey}) {
    EXPECT_FALSE(testing::InstallKeys(engine, 0, bad).ok()) << bad;
    EXPECT_TRUE(worker.Validate(kToken, kNow).accepted());
  }
  EngineConfig rsa_only = JoesEngine();
  rsa_only.issuers[0].policy.algorithms = {Algorithm::kRS256};
  EXPECT_FALSE(Engine::Create(std::move(rsa_only)).ok()) << "no token can use an EC key here";
  EXPECT_FALSE(testing::InstallKeys(engine, 1, kKey).ok());
  EXPECT_NE(engine->MetricsText().find("assay_refresh_failures_total{issuer=\"joe\"} 6"), std::string::npos);
}

TEST(Engine, NewKeysReplaceTheOldOnesAtOnce) {
  const auto engine = Make(JoesEngine());
  Worker worker(engine);
  ASSERT_TRUE(testing::InstallKeys(engine, 0, kOtherKey).ok());
  EXPECT_EQ(worker.Validate(kToken, kNow).reason(), Reason::kBadSignature);
  ASSERT_TRUE(testing::InstallKeys(engine, 0, kKey).ok());
  EXPECT_TRUE(worker.Validate(kToken, kNow).accepted());
}

TEST(Engine, EventsReachTheLog) {
  testing::EventLog log;
  EngineConfig config = JoesEngine();
  config.log = log.Callback();
  const auto engine = Make(config);
  EXPECT_EQ(log.Words(), (std::vector<std::string>{"kernel_chosen", "key_set_loaded"}));
  EXPECT_FALSE(testing::InstallKeys(engine, 0, "x").ok());
  EXPECT_EQ(log.Words().back(), "key_set_refused");
  const std::string both = "{\"keys\":[" + std::string(kKey) + ",{\"kty\":\"oct\",\"k\":\"AA\"}]}";
  const auto report = testing::InstallKeys(engine, 0, both);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->usable, 1u);
  EXPECT_EQ(report->skipped.size(), 1u);
  EXPECT_EQ(log.Words().back(), "key_skipped");
}

TEST(Engine, MetricsCountEveryTokenOfEveryWorkerOnce) {
  const auto engine = Make(JoesEngine());
  Worker live(engine);
  {
    Worker gone(engine);
    gone.Validate(kToken, kNow);
  }
  const std::string_view tokens[] = {kToken, "x", kToken};
  Verdict verdicts[3];
  live.ValidateBatch(tokens, kNow, verdicts);
  const std::string text = engine->MetricsText();
  for (const char* line :
       {"assay_tokens_total{issuer=\"joe\",reason=\"accepted\"} 3\n",
        "assay_tokens_total{issuer=\"\",reason=\"not_three_segments\"} 1\n", "assay_batch_size_sum 4\n",
        "assay_batch_size_count 2\n", "assay_batch_size_bucket{le=\"2\"} 1\n", "assay_keys{issuer=\"joe\"} 1\n",
        "# TYPE assay_tokens_total counter\n", "assay_kernel_info{name=\""}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

TEST(Engine, AWorkerMayOutliveEveryOtherHolderOfItsEngine) {
  auto engine = Make(JoesEngine());
  Worker worker(engine);
  engine.reset();
  Worker moved = std::move(worker);
  EXPECT_TRUE(moved.Validate(kToken, kNow).accepted());
}

TEST(Engine, VerdictsStayRightWhileKeysRotate) {
  const auto engine = Make(JoesEngine());
  const std::string both = "{\"keys\":[" + std::string(kKey) + "]}";
  std::atomic<bool> stop{false};
  std::thread rotation([&] {
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(testing::InstallKeys(engine, 0, i % 2 == 0 ? both : kKey).ok());
    stop = true;
  });
  std::vector<std::thread> validators;
  for (int t = 0; t < 2; ++t) {
    validators.emplace_back([&] {
      Worker worker(engine);
      do {
        const Verdict& verdict = worker.Validate(kToken, kNow);
        ASSERT_TRUE(verdict.accepted()) << ReasonWord(verdict.reason());
      } while (!stop);
    });
  }
  rotation.join();
  for (std::thread& validator : validators) validator.join();
}

}  // namespace
}  // namespace assay
