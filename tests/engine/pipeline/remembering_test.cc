// What workers remember between batches (headers, keys, accepted tokens) changes no verdict.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "tests/security/attack.h"
#include "tests/testing/hostile_tokens.h"

namespace assay::testing {
namespace {

// How many tokens the engine's workers knew from before.
long CacheHits(const Engine& engine) {
  const std::string metrics = engine.MetricsText();
  constexpr std::string_view kName = "\nassay_verdict_cache_hits_total ";
  const std::size_t at = metrics.find(kName);
  return at == std::string::npos ? -1 : std::atol(metrics.c_str() + at + kName.size());
}

// Validates until the token is known.
void Warm(Worker& worker, std::string_view token, std::int64_t now = kNow) {
  for (int i = 0; i < 3; ++i) ASSERT_EQ(worker.Validate(token, now).reason(), Reason::kAccepted);
}

TEST(Remembering, AKnownTokenGivesTheSameVerdict) {
  const auto engine = OurEngine();
  Worker worker(engine);
  const std::string token = ValidToken(Ours(), R"("note":"a\/b","deep":{"x":[1,2]})");
  const OwnedVerdict first = worker.Validate(token, kNow).Own();
  Warm(worker, token);
  const long before = CacheHits(*engine);
  const Verdict& verdict = worker.Validate(token, kNow);
  EXPECT_EQ(CacheHits(*engine), before + 1);
  const OwnedVerdict known = verdict.Own();
  EXPECT_EQ(known.reason, first.reason);
  EXPECT_EQ(known.algorithm, first.algorithm);
  EXPECT_EQ(known.kid, first.kid);
  EXPECT_EQ(known.key_thumbprint, first.key_thumbprint);
  EXPECT_EQ(known.issuer_index, first.issuer_index);
  EXPECT_EQ(known.claims_json, first.claims_json);
  EXPECT_TRUE(verdict.has_kid());
  EXPECT_EQ(verdict.claims()->Find("note")->text, "a/b");
}

TEST(Remembering, WithoutACacheNothingIsKnown) {
  EngineConfig config;
  config.issuers = {IssuerWith({Ours()})};
  config.limits.verdict_cache_kib = 0;
  const auto engine = MakeEngine(std::move(config));
  Worker worker(engine);
  Warm(worker, ValidToken(Ours()));
  EXPECT_EQ(CacheHits(*engine), 0);
}

TEST(Remembering, Row45AKnownTokenExpires) {
  Worker worker(OurEngine());
  const std::string token =
      WithPayload(ClaimsWith("exp", "\"exp\":" + std::to_string(kNow + 10) + ",\"nbf\":" + std::to_string(kNow - 10)));
  Warm(worker, token);
  EXPECT_EQ(worker.Validate(token, kNow + 9).reason(), Reason::kAccepted);
  EXPECT_EQ(worker.Validate(token, kNow + 10).reason(), Reason::kExpired);
  EXPECT_EQ(worker.Validate(token, kNow - 11).reason(), Reason::kNotYetValid);
  EXPECT_EQ(worker.Validate(token, kNow).reason(), Reason::kAccepted);
}

TEST(Remembering, AKnownTokenGrowsTooOld) {
  IssuerConfig issuer = IssuerWith({Ours()});
  issuer.policy.max_age_seconds = 60;
  Worker worker(MakeEngine(issuer));
  const std::string token = WithPayload(ClaimsWith("iat", "\"iat\":" + std::to_string(kNow)));
  Warm(worker, token);
  EXPECT_EQ(worker.Validate(token, kNow + 60).reason(), Reason::kAccepted);
  EXPECT_EQ(worker.Validate(token, kNow + 61).reason(), Reason::kTooOld);
  EXPECT_EQ(worker.Validate(token, kNow - 1).reason(), Reason::kIssuedInFuture);
}

TEST(Remembering, Row46RejectionsAreNotKept) {
  const auto engine = OurEngine();
  Worker worker(engine);
  const std::string early = WithPayload(ClaimsWith("nbf", "\"nbf\":" + std::to_string(kNow + 5)));
  const std::string forged = Sign(Attackers(), HeaderOf(Attackers()), ValidClaims());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(worker.Validate(early, kNow).reason(), Reason::kNotYetValid);
    EXPECT_EQ(worker.Validate(forged, kNow).reason(), Reason::kBadSignature);
  }
  EXPECT_EQ(worker.Validate(early, kNow + 5).reason(), Reason::kAccepted);
  EXPECT_EQ(CacheHits(*engine), 0);
}

TEST(Remembering, Row44NoChangedCharacterPassesForAKnownToken) {
  Worker worker(OurEngine());
  const std::string token = ValidToken(Ours());
  Warm(worker, token);
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(worker.Validate(changed, kNow).accepted()) << at;
  }
  EXPECT_TRUE(worker.Validate(token, kNow).accepted());
}

// The attacker's key takes the kid of ours, so that the headers are the same to the byte.
TEST(Remembering, Row44ARotationEndsWhatWasKnown) {
  const auto engine = MakeEngine(IssuerWith({Ours()}));
  Worker worker(engine);
  const std::string before = ValidToken(Ours());
  const std::string after = Sign(Attackers(), HeaderOf(Ours()), ValidClaims());
  Warm(worker, before);
  EXPECT_EQ(worker.Validate(after, kNow).reason(), Reason::kBadSignature);
  ASSERT_TRUE(testing::InstallKeys(engine, 0, Attackers().PublicJwk()).ok());
  EXPECT_EQ(worker.Validate(before, kNow).reason(), Reason::kBadSignature);
  Warm(worker, after);
  KeyFeed::Of(engine, kIssuer)->Withdraw();
  EXPECT_EQ(worker.Validate(after, kNow).reason(), Reason::kKeysUnavailable);
  ASSERT_TRUE(testing::InstallKeys(engine, 0, Ours().PublicJwk()).ok());
  EXPECT_EQ(worker.Validate(after, kNow).reason(), Reason::kBadSignature);
  EXPECT_EQ(worker.Validate(before, kNow).reason(), Reason::kAccepted);
}

TEST(Remembering, AnUnchangedKeySetEndsNothing) {
  const auto engine = MakeEngine(IssuerWith({Ours()}));
  Worker worker(engine);
  const std::string token = ValidToken(Ours());
  Warm(worker, token);
  ASSERT_TRUE(testing::InstallKeys(engine, 0, Ours().PublicJwk()).ok());
  const long before = CacheHits(*engine);
  EXPECT_TRUE(worker.Validate(token, kNow).accepted());
  EXPECT_EQ(CacheHits(*engine), before + 1);
}

TEST(Remembering, AnotherPolicyIsAskedAnew) {
  EngineConfig config;
  config.issuers = {IssuerWith({Ours()})};
  const auto engine = MakeEngine(config);
  Worker worker(engine);
  const std::string token = ValidToken(Ours());
  Warm(worker, token);
  config.issuers[0].policy.audiences = {"https://elsewhere.example"};
  ASSERT_TRUE(engine->Reload(config).ok());
  EXPECT_EQ(worker.Validate(token, kNow).reason(), Reason::kWrongAudience);
  config.issuers[0] = IssuerWith({Ours(), OurRsa()});
  config.issuers[0].policy.algorithms = {Algorithm::kRS256};
  ASSERT_TRUE(engine->Reload(config).ok());
  EXPECT_EQ(worker.Validate(token, kNow).reason(), Reason::kAlgorithmNotAllowed);
}

// The same keys in another order are the same to every token; what a worker knows of positions is not.
TEST(Remembering, AReloadWithKeysInAnotherOrderLeadsToNoOtherKey) {
  const std::string unusable = "{\"kty\":\"EC\",\"use\":\"enc\",\"kid\":\"enc\",\"crv\":\"P-256\"}";
  EngineConfig config;
  config.issuers = {IssuerWith(JwkSet(std::vector<std::string>{OurRsa().PublicJwk(), Ours().PublicJwk(), unusable}))};
  const auto engine = MakeEngine(config);
  Worker worker(engine);
  const std::string ours = ValidToken(Ours()), rsa = ValidToken(OurRsa());
  const std::string mixed = Sign(Ours(), HeaderOf(OurRsa()), ValidClaims());  // the one's header, the other's key
  Warm(worker, ours);
  Warm(worker, rsa);
  const std::vector<std::string> orders[] = {{Ours().PublicJwk(), OurRsa().PublicJwk(), unusable},
                                             {unusable, OurRsa().PublicJwk(), Ours().PublicJwk()},
                                             {OurRsa().PublicJwk(), unusable, Ours().PublicJwk()}};
  for (const std::vector<std::string>& order : orders) {
    config.issuers = {IssuerWith(JwkSet(order))};
    ASSERT_TRUE(engine->Reload(config).ok());
    EXPECT_EQ(worker.Validate(mixed, kNow).reason(), Reason::kSignatureLength);
    for (int i = 0; i < 2; ++i) {  // not known by their bytes, but by their headers
      const std::string number = "\"n\":1" + std::to_string(&order - orders) + std::to_string(i);
      EXPECT_EQ(worker.Validate(ValidToken(Ours(), number), kNow).reason(), Reason::kAccepted);
      EXPECT_EQ(worker.Validate(ValidToken(OurRsa(), number), kNow).reason(), Reason::kAccepted);
    }
  }
}

// Two issuers with one kid each, the same; each one's tokens have the headers of the other's.
TEST(Remembering, Row37IdenticalHeadersLeadToEachIssuersOwnKey) {
  constexpr std::string_view kOther = "https://other.example";
  EngineConfig config;
  config.issuers = {IssuerWith({Ours()}), IssuerWith({Attackers()}, kOther)};
  Worker worker(MakeEngine(std::move(config)));
  const std::string other_claims = ClaimsWith("iss", "\"iss\":\"" + std::string(kOther) + "\"");
  const std::string ours = Sign(Ours(), HeaderOf(Ours()), ValidClaims());
  const std::string theirs = Sign(Attackers(), HeaderOf(Ours()), other_claims);
  const std::string swapped = Sign(Attackers(), HeaderOf(Ours()), ValidClaims());
  const std::string swapped_too = Sign(Ours(), HeaderOf(Ours()), other_claims);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(worker.Validate(ours, kNow).reason(), Reason::kAccepted);
    EXPECT_EQ(worker.Validate(theirs, kNow).reason(), Reason::kAccepted);
    EXPECT_EQ(worker.Validate(swapped, kNow).reason(), Reason::kBadSignature);
    EXPECT_EQ(worker.Validate(swapped_too, kNow).reason(), Reason::kBadSignature);
  }
}

// A worker that remembers much, one that has room for a few tokens, and one that keeps none agree on every
// token, however often it comes, while keys and time change.
TEST(Remembering, WorkersThatRememberAgreeWithOneThatDoesNot) {
  EngineConfig configs[3] = {HostileTokens::Config(), HostileTokens::Config(), HostileTokens::Config()};
  configs[1].limits.verdict_cache_kib = 8;
  configs[2].limits.verdict_cache_kib = 0;
  std::shared_ptr<Engine> engines[3];
  for (int i = 0; i < 3; ++i) engines[i] = MakeEngine(configs[i]);
  Worker workers[3] = {Worker(engines[0]), Worker(engines[1]), Worker(engines[2])};
  HostileTokens source(20261124, /*slow_keys=*/false);
  std::vector<std::string> pool;
  for (int i = 0; i < 300; ++i) pool.push_back(source.Next());
  std::mt19937 random(1);
  std::size_t accepted = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string_view> tokens;
    for (std::size_t i = 0, n = 1 + random() % 64; i < n; ++i) tokens.push_back(pool[random() % pool.size()]);
    const std::int64_t now = kNow + static_cast<std::int64_t>(random() % 3) * 300;
    std::vector<Verdict> verdicts[3];
    for (int i = 0; i < 3; ++i) {
      verdicts[i].resize(tokens.size());
      workers[i].ValidateBatch(tokens, now, verdicts[i]);
    }
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      const OwnedVerdict expected = verdicts[2][t].Own();
      accepted += IsAccepted(expected.reason);
      for (int i = 0; i < 2; ++i) {
        const OwnedVerdict got = verdicts[i][t].Own();
        ASSERT_EQ(got.reason, expected.reason) << tokens[t];
        ASSERT_EQ(got.algorithm, expected.algorithm) << tokens[t];
        ASSERT_EQ(got.kid, expected.kid) << tokens[t];
        ASSERT_EQ(got.key_thumbprint, expected.key_thumbprint) << tokens[t];
        ASSERT_EQ(got.issuer_index, expected.issuer_index) << tokens[t];
        ASSERT_EQ(got.claims_json, expected.claims_json) << tokens[t];
        ASSERT_EQ(verdicts[i][t].Detail(), verdicts[2][t].Detail()) << tokens[t];
      }
    }
    if (round % 50 == 49) {  // keys go and come back
      const std::size_t issuer = random() % configs[0].issuers.size();
      const IssuerConfig& of = configs[0].issuers[issuer];
      for (auto& engine : engines) {
        KeyFeed::Of(engine, of.policy.issuer)->Withdraw();
        if (of.keys.kind == KeySource::Kind::kInline) {
          ASSERT_TRUE(testing::InstallKeys(engine, issuer, of.keys.value).ok());
        }
      }
    }
  }
  EXPECT_GT(accepted, 500u);
  EXPECT_GT(CacheHits(*engines[0]), 200);
  EXPECT_GT(CacheHits(*engines[1]), 0);
  EXPECT_EQ(CacheHits(*engines[2]), 0);
}

}  // namespace
}  // namespace assay::testing
