// Revocations through the whole engine.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "engine/api/feeds.h"
#include "tests/testing/engines.h"
#include "tests/testing/eventually.h"
#include "tests/testing/temporary_folder.h"

namespace assay {
namespace {

using testing::IssuerWith;
using testing::Judge;
using testing::kIssuer;
using testing::kNow;
using testing::MakeEngine;
using testing::Revoke;
using testing::SigningKey;

const SigningKey& Key() {
  static const SigningKey key = SigningKey::Make(Algorithm::kES256);
  return key;
}

EngineConfig Config() {
  EngineConfig config;
  config.issuers = {IssuerWith({Key()})};
  return config;
}

Revocation ByJti(std::string jti) { return {RevokedBy::kJwtId, std::string(kIssuer), std::move(jti), {}, {}}; }

std::string Token(const std::string& jti) {
  return testing::Sign(Key(), testing::HeaderOf(Key()), testing::ClaimsWith("jti", "\"jti\":\"" + jti + "\""));
}

class RevocationFile : public ::testing::Test {
 protected:
  std::string File(std::string_view text) const { return folder_.File("revoked.jsonl", text); }
  static EngineConfig ConfigWith(std::string file) {
    EngineConfig config = Config();
    config.revocation.file = std::move(file);
    return config;
  }

  const testing::TemporaryFolder folder_;
};

TEST(Revoke, CountsForEachCallThatBeginsAfterIt) {
  const auto engine = MakeEngine(Config());
  Worker worker(engine);
  const std::string token = Token("one");
  const std::string other = Token("two");
  ASSERT_TRUE(worker.Validate(token, kNow).accepted());
  ASSERT_TRUE(Revoke(engine, ByJti("one")).ok());
  const Verdict& verdict = worker.Validate(token, kNow);
  EXPECT_EQ(verdict.reason(), Reason::kRevoked);
  EXPECT_EQ(verdict.Detail(), "by its jti");
  EXPECT_EQ(verdict.claims(), nullptr);
  EXPECT_TRUE(worker.Validate(other, kNow).accepted());
  EXPECT_EQ(Judge(engine, token), Reason::kRevoked);

  const std::string_view tokens[] = {other, token, other};
  Verdict verdicts[3];
  worker.ValidateBatch(tokens, kNow, verdicts);
  EXPECT_TRUE(verdicts[0].accepted());
  EXPECT_EQ(verdicts[1].reason(), Reason::kRevoked);
  EXPECT_TRUE(verdicts[2].accepted());
}

TEST(Revoke, ARememberedVerdictDoesNotOutliveIt) {
  for (const auto& [by, value] : {std::pair{RevokedBy::kJwtId, "one"}, std::pair{RevokedBy::kSubject, "its sub"}}) {
    EngineConfig config = Config();
    config.limits.verdict_cache_kib = 1024;
    const auto engine = MakeEngine(std::move(config));
    Worker worker(engine);
    const std::string token = Token("one");
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(worker.Validate(token, kNow).accepted());
    Revocation revocation{by, std::string(kIssuer), value, {}, {}};
    if (by != RevokedBy::kJwtId) {
      revocation.value = std::string(worker.Validate(token, kNow).claims()->subject().value());
      revocation.issued_before = kNow;
    }
    ASSERT_TRUE(Revoke(engine, revocation).ok());
    for (int i = 0; i < 2; ++i) EXPECT_EQ(worker.Validate(token, kNow).reason(), Reason::kRevoked);
    EXPECT_EQ(worker.Validate(token, kNow).claims(), nullptr);
  }
}

TEST(Revoke, IsAskedAfterTheOtherChecksOfThePolicyAndBeforeScopes) {
  EngineConfig config = Config();
  config.issuers[0].policy.required_scopes = {"admin:nobody"};
  const auto engine = MakeEngine(std::move(config));
  const std::string token = Token("one");
  EXPECT_EQ(Judge(engine, token), Reason::kInsufficientScope);
  ASSERT_TRUE(Revoke(engine, ByJti("one")).ok());
  EXPECT_EQ(Judge(engine, token), Reason::kRevoked);
  EXPECT_EQ(Judge(engine, token, INT64_MAX), Reason::kExpired);
  std::string forged = token;
  forged[forged.size() - 20] = forged[forged.size() - 20] == 'A' ? 'B' : 'A';
  EXPECT_EQ(Judge(engine, forged), Reason::kBadSignature);
}

// RFC-conforming ECDSA signatures come in pairs, (r, s) and (r, n - s): a list of raw tokens would miss one.
TEST(Revoke, GoesByTheTokensNameSoThatASecondSignatureDoesNotHelp) {
  const auto engine = MakeEngine(Config());
  ASSERT_TRUE(Revoke(engine, ByJti("one")).ok());
  const std::string first = Token("one");
  const std::string second = Token("one");  // ECDSA is randomised
  EXPECT_NE(first, second);
  EXPECT_EQ(Judge(engine, first), Reason::kRevoked);
  EXPECT_EQ(Judge(engine, second), Reason::kRevoked);
}

TEST(Revoke, AnotherIssuersJtiIsNotMeant) {
  EngineConfig config = Config();
  config.issuers.push_back(IssuerWith({Key()}, "https://other.example"));
  const auto engine = MakeEngine(std::move(config));
  Revocation revocation = ByJti("one");
  revocation.issuer = "https://other.example";
  ASSERT_TRUE(Revoke(engine, revocation).ok());
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kAccepted);
}

TEST(Revoke, AWholeIssuerUpToATime) {
  const auto engine = MakeEngine(Config());
  const std::string token = Token("one");
  Worker worker(engine);
  const std::int64_t issued_at = worker.Validate(token, kNow).claims()->issued_at()->floor();
  ASSERT_TRUE(Revoke(engine, {RevokedBy::kIssuer, std::string(kIssuer), "", {}, issued_at - 1}).ok());
  EXPECT_TRUE(worker.Validate(token, kNow).accepted());
  ASSERT_TRUE(Revoke(engine, {RevokedBy::kIssuer, std::string(kIssuer), "", {}, issued_at}).ok());
  EXPECT_EQ(worker.Validate(token, kNow).reason(), Reason::kRevoked);
}

TEST(Revoke, ADefectInOneAddsNone) {
  const auto engine = MakeEngine(Config());
  const std::vector<Revocation> revocations = {ByJti("one"), {RevokedBy::kSubject, std::string(kIssuer), "x", {}, {}}};
  const Result<void> result = engine->Revoke(revocations, kNow);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error(), "issued_before is missing");
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kAccepted);
}

TEST(Revoke, WithoutClaimsNothingCanBeRevokedAndThatIsSaid) {
  EngineConfig config;
  config.issuers = {testing::SignatureOnlyIssuer(testing::JwkSet({Key()}))};
  config.revocation.file = "/dev/null";
  EXPECT_FALSE(Engine::Create(config).ok());
  config.revocation.file.clear();
  const auto engine = MakeEngine(std::move(config));
  EXPECT_FALSE(Revoke(engine, ByJti("one")).ok());
}

TEST_F(RevocationFile, IsReadByCreate) {
  const auto engine =
      MakeEngine(ConfigWith(File("{\"iss\":\"" + std::string(kIssuer) + "\",\"jti\":\"one\",\"exp\":1}\n")));
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevoked);
  EXPECT_EQ(Judge(engine, Token("two")), Reason::kAccepted);
  EXPECT_NE(engine->MetricsText().find("\nassay_revocations 1\n"), std::string::npos);
}

TEST_F(RevocationFile, WithADefectThereIsNoEngine) {
  const std::string path = File("{\"iss\":\"a\",\"jti\":\"one\"}\n{\"iss\":\"a\",\"jti\":\"tw");
  const auto engine = Engine::Create(ConfigWith(path));
  ASSERT_FALSE(engine.ok());
  EXPECT_EQ(engine.error(), path + ": line 2 is no JSON object");
  for (const char* const none : {"/nonexistent/revoked.jsonl", "/"}) {
    EXPECT_FALSE(Engine::Create(ConfigWith(none)).ok()) << none;
  }
}

TEST_F(RevocationFile, ThatChangesWhileItIsReadMakesNoEngine) {
  const std::string path = File(std::string(4 << 20, '\n'));
  const testing::RestlessFile restless(path);
  std::string error;
  ASSERT_TRUE(testing::Eventually([&] {
    const auto engine = Engine::Create(ConfigWith(path));
    if (!engine.ok()) error = engine.error();
    return !engine.ok();
  }));
  EXPECT_EQ(error, path + ": changed while it was read; replace it by rename");
}

TEST_F(RevocationFile, ATextWithADefectChangesNothing) {
  const auto engine = MakeEngine(Config());
  const std::string line = FormatRevocation(ByJti("one"));
  ASSERT_TRUE(RevocationFeed(engine, RevocationSource::kFile).Replace(line, kNow).ok());
  EXPECT_FALSE(RevocationFeed(engine, RevocationSource::kFile).Replace("{}", kNow).ok());
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevoked);
  ASSERT_TRUE(RevocationFeed(engine, RevocationSource::kFile).Replace("", kNow).ok());
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kAccepted);
}

TEST(RevocationFreshness, WithMaxStaleAFileMustBeConfirmed) {
  const testing::TemporaryFolder folder;
  EngineConfig config = Config();
  config.revocation.file = folder.File("revoked.jsonl", "");
  config.revocation.max_stale_seconds = 30;
  const auto engine = MakeEngine(std::move(config));
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevocationUnavailable);
  RevocationFeed(engine, RevocationSource::kStream).Confirm(kNow);  // is not waited for
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevocationUnavailable);
  RevocationFeed(engine, RevocationSource::kFile).Confirm(kNow - 30);
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kAccepted);
  RevocationFeed(engine, RevocationSource::kFile).Confirm(kNow - 31);
  Worker worker(engine);
  EXPECT_EQ(worker.Validate(Token("one"), kNow).reason(), Reason::kRevocationUnavailable);
  EXPECT_EQ(worker.Validate(Token("one"), kNow).Detail(), "the revocations are known up to 1699999999, 1 s before now");
}

TEST(RevocationFreshness, WithRedisNothingIsAcceptableBeforeTheFirstConfirmation) {
  EngineConfig config = Config();
  config.revocation.redis = RedisConfig{.url = "redis://127.0.0.1"};
  const auto engine = MakeEngine(std::move(config));
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevocationUnavailable);
  RevocationFeed(engine, RevocationSource::kStream).Confirm(kNow - 60);
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kAccepted);
  RevocationFeed(engine, RevocationSource::kStream).Confirm(kNow - 61);
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevocationUnavailable);
}

TEST(RevocationConfig, ALifetimeMustBeEnforcedByEveryIssuer) {
  EngineConfig config = Config();
  config.revocation.max_token_lifetime_seconds = 3600;
  EXPECT_FALSE(Engine::Create(config).ok());
  config.issuers[0].policy.max_age_seconds = 3601;
  EXPECT_FALSE(Engine::Create(config).ok());
  config.issuers[0].policy.max_age_seconds = 3600;
  EXPECT_TRUE(Engine::Create(config).ok());
  config.revocation.max_token_lifetime_seconds = 0;
  EXPECT_FALSE(Engine::Create(config).ok());
  config.revocation = {.max_stale_seconds = 5};
  EXPECT_FALSE(Engine::Create(config).ok());
}

TEST(RevocationConfig, AReloadKeepsWhatIsRevokedAndChangesNoSource) {
  const auto engine = MakeEngine(Config());
  ASSERT_TRUE(Revoke(engine, ByJti("one")).ok());
  ASSERT_TRUE(engine->Reload(Config()).ok());
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevoked);
  EngineConfig other = Config();
  other.revocation.file = "/dev/null";
  EXPECT_FALSE(engine->Reload(std::move(other)).ok());
}

// Each token is revoked at some moment; whoever begins after that moment must see it.
TEST(Revoke, PublishedWhileTwoThreadsValidate) {
  constexpr int kTokens = 200;
  const auto engine = MakeEngine(Config());
  std::vector<std::string> tokens;
  for (int i = 0; i < kTokens; ++i) tokens.push_back(Token("t" + std::to_string(i)));
  std::atomic<int> revoked{0};  // tokens below this index are
  std::atomic<int> missed{0}, wronged{0}, judged{0};
  const auto validate = [&] {
    Worker worker(engine);
    for (int i = 0; revoked < kTokens; i = (i + 7) % kTokens) {
      const bool must_be = i < revoked;
      const Reason reason = worker.Validate(tokens[static_cast<std::size_t>(i)], kNow).reason();
      const bool may_be = i <= revoked;  // the one on its way may be in force already
      if (must_be && reason != Reason::kRevoked) ++missed;
      if (!may_be && reason != Reason::kAccepted) ++wronged;
      ++judged;
    }
  };
  std::thread first(validate), second(validate);
  for (int i = 0; i < kTokens; ++i) {
    const int seen = judged;
    ASSERT_TRUE(Revoke(engine, ByJti("t" + std::to_string(i))).ok());
    revoked = i + 1;
    while (judged < seen + 4 && revoked < kTokens) std::this_thread::yield();
  }
  first.join();
  second.join();
  EXPECT_EQ(missed, 0);
  EXPECT_EQ(wronged, 0);
}

}  // namespace
}  // namespace assay
