// KeyFeed: until when keys that were brought are good.
#include "engine/api/feeds.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/testing/engines.h"

namespace assay::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Moment kFetched{hours(100), kNow};
constexpr std::int64_t kDay = 86400;

class KeyFeedTest : public ::testing::Test {
 protected:
  static EngineConfig Config(RefreshConfig refresh = {}) {
    EngineConfig config;
    config.issuers = {IssuerWith("")};
    config.issuers[0].keys = {KeySource::Kind::kUrl, "https://issuer.example/keys"};
    config.issuers[0].refresh = refresh;
    return config;
  }
  void Make(RefreshConfig refresh = {}) {
    engine_ = MakeEngine(Config(refresh));
    feed_ = KeyFeed::Of(engine_, kIssuer);
  }
  void Install(std::optional<Moment> fetched) { ASSERT_TRUE(feed_->Install(key_.PublicJwk(), fetched).ok()); }
  Reason JudgeAt(std::int64_t now) {
    return Judge(engine_, Sign(key_, HeaderOf(key_), ClaimsWith("exp", "\"exp\":99999999999")), now);
  }

  const SigningKey key_ = SigningKey::Make(Algorithm::kES256, "k", 1);
  std::shared_ptr<Engine> engine_;
  std::optional<KeyFeed> feed_;
};

// An entry's name need not be any token's `iss`.
TEST_F(KeyFeedTest, IsFoundByTheNameOfTheEntry) {
  EngineConfig config = Config();
  PolicyConfig& policy = config.issuers[0].policy;
  const auto expect_found = [&](std::string_view name) {
    engine_ = MakeEngine(config);
    feed_ = KeyFeed::Of(engine_, name);
    ASSERT_TRUE(feed_.has_value()) << name;
    EXPECT_FALSE(engine_->Ready(name)) << name;
    Install(kFetched);
    EXPECT_TRUE(engine_->Ready(name)) << name;
    ASSERT_TRUE(engine_->Reload(config).ok());
    EXPECT_TRUE(engine_->Ready(name)) << name << ": a reload of the same loses no keys";
  };
  policy.issuer_aliases = {"https://alias.example"};
  expect_found(kIssuer);
  EXPECT_TRUE(engine_->Ready("https://alias.example"));
  policy.issuer_aliases.clear();
  policy.issuer.clear();
  policy.issuer_template = {"https://issuer.example/{tenant}", {{"tenant", {"a", "b"}}}};
  expect_found("https://issuer.example/{tenant}");
  EXPECT_TRUE(engine_->Ready("https://issuer.example/b"));
  EXPECT_FALSE(engine_->Ready("https://issuer.example/c"));
  policy.issuer_template = {};
  policy.subject_trust_domain = "issuer.example";
  policy.algorithms = {Algorithm::kES256};
  expect_found("spiffe://issuer.example");
  policy.subject_trust_domain.clear();
  policy.issuer_mode = IssuerMode::kUnchecked;
  expect_found("");
}

// Such a set is good, and yet every token that names the kid is refused.
TEST_F(KeyFeedTest, AKidOfSeveralKeysIsReported) {
  Make();
  const SigningKey other = SigningKey::Make(Algorithm::kES256, "k", 2),
                   third = SigningKey::Make(Algorithm::kRS256, "k", 0);
  const auto report = [&](const std::vector<SigningKey>& keys) {
    return feed_->Install(testing::JwkSet(keys))->ambiguous;
  };
  EXPECT_EQ(report({key_, other, third}),
            std::vector<std::string>{
                "several keys of one algorithm have the kid \"k\": its tokens of that algorithm are refused"});
  EXPECT_EQ(JudgeAt(kNow), Reason::kKeyAmbiguous);
  EXPECT_TRUE(report({key_, third}).empty());
  EXPECT_TRUE(report({key_, key_}).empty()) << "equal keys are one";
  EXPECT_EQ(JudgeAt(kNow), Reason::kAccepted);
}

TEST_F(KeyFeedTest, KeysAreGoodUntilMaxStaleAfterTheFetchBegan) {
  Make();
  EXPECT_FALSE(feed_->lease().has_value());
  Install(kFetched);
  const KeyLease lease = feed_->lease().value();
  EXPECT_EQ(lease.usable, 1u);
  EXPECT_EQ(lease.fetched_at, kFetched.monotonic);
  EXPECT_EQ(lease.expires_at, kFetched.monotonic + seconds(kDay));
  EXPECT_EQ(JudgeAt(kNow + kDay - 1), Reason::kAccepted);
  EXPECT_EQ(JudgeAt(kNow + kDay), Reason::kKeysUnavailable) << "without anybody who withdraws them";

  EXPECT_FALSE(feed_->Expire(*lease.expires_at - milliseconds(1)));
  EXPECT_EQ(JudgeAt(kNow), Reason::kAccepted);
  EXPECT_TRUE(feed_->Expire(*lease.expires_at));
  EXPECT_EQ(JudgeAt(kNow), Reason::kKeysUnavailable);
  EXPECT_FALSE(feed_->lease().has_value());
  EXPECT_FALSE(feed_->Expire(*lease.expires_at + hours(1))) << "there are none any more";
  EXPECT_FALSE(feed_->Confirm(kFetched)) << "likewise";
}

TEST_F(KeyFeedTest, AConfirmationCountsAnew) {
  Make();
  Install(kFetched);
  ASSERT_TRUE(feed_->Confirm({kFetched.monotonic + hours(23), kNow + 23 * 3600}));
  EXPECT_FALSE(feed_->Expire(kFetched.monotonic + hours(24)));
  EXPECT_EQ(JudgeAt(kNow + kDay + 23 * 3600 - 1), Reason::kAccepted);
  EXPECT_EQ(JudgeAt(kNow + kDay + 23 * 3600), Reason::kKeysUnavailable);
}

TEST_F(KeyFeedTest, KeysThatAHostBringsWithoutATimeNeverExpire) {
  Make();
  Install(std::nullopt);
  EXPECT_EQ(feed_->lease()->expires_at, std::nullopt);
  EXPECT_FALSE(feed_->Expire(milliseconds::max()));
  EXPECT_EQ(JudgeAt(kNow + 1000 * kDay), Reason::kAccepted);
}

TEST_F(KeyFeedTest, AReloadHoldsTheKeysToTheNewMaxStale) {
  Make();
  Install(kFetched);
  ASSERT_TRUE(engine_->Reload(Config({.max_seconds = 60, .max_stale_seconds = 100})).ok());
  EXPECT_EQ(feed_->lease()->expires_at, kFetched.monotonic + seconds(100));
  EXPECT_EQ(JudgeAt(kNow + 99), Reason::kAccepted);
  EXPECT_EQ(JudgeAt(kNow + 100), Reason::kKeysUnavailable);
  EXPECT_TRUE(feed_->Expire(kFetched.monotonic + seconds(100)));
}

TEST_F(KeyFeedTest, AKeyThatIsListedTwiceIsOneKeyAndReported) {
  std::vector<std::string> events;
  EngineConfig config = Config();
  config.log = [&](const LogEvent& event) {
    if (event.level == LogLevel::kWarning) events.push_back(std::string(event.event) + ": " + event.fields[1].second);
  };
  engine_ = MakeEngine(config);
  feed_ = KeyFeed::Of(engine_, kIssuer);
  const std::string twice = "{\"keys\":[" + key_.PublicJwk() + "," + key_.PublicJwk() + "]}";
  const Result<KeySetReport> report = feed_->Install(twice);
  ASSERT_TRUE(report.ok()) << report.error();
  EXPECT_EQ(report->usable, 1u);
  EXPECT_EQ(report->skipped, std::vector<std::string>());
  ASSERT_EQ(report->repeated.size(), 1u);
  EXPECT_EQ(report->repeated[0], "key 1 (kid \"k\") repeats key 0");
  EXPECT_EQ(JudgeAt(kNow), Reason::kAccepted);
  ASSERT_TRUE(feed_->Install(twice).ok());
  EXPECT_EQ(events.size(), 1u) << "said once, while the set stays as it is";

  const SigningKey other = SigningKey::Make(Algorithm::kES256, "k", 2);
  ASSERT_TRUE(feed_->Install("{\"keys\":[" + key_.PublicJwk() + "," + other.PublicJwk() + "]}").ok());
  EXPECT_EQ(JudgeAt(kNow), Reason::kKeyAmbiguous);
}

TEST_F(KeyFeedTest, ATokenThatIsNewerThanTheKeysMayBeOfAKeyThatIsNotHereYet) {
  const SigningKey other = SigningKey::Make(Algorithm::kES256, "other", 2);
  const auto judge = [&](const std::string& iat, std::int64_t now = kNow + 10) {
    return Judge(engine_, Sign(other, HeaderOf(other), ClaimsWith("iat", iat.empty() ? "" : "\"iat\":" + iat)), now);
  };
  const auto at = [](std::int64_t time) { return std::to_string(time); };
  Make();
  Install(kFetched);
  EXPECT_EQ(judge(at(kNow)), Reason::kKeyNotFound) << "the fetch began no sooner";
  EXPECT_EQ(judge(at(kNow) + ".5"), Reason::kKeyPending);
  EXPECT_EQ(judge(at(kNow + 1)), Reason::kKeyPending);
  EXPECT_TRUE(feed_->TakeUnknownKid()) << "and the keys are asked for";
  EXPECT_EQ(judge(at(kNow + 10 + 60)), Reason::kKeyPending) << "the clocks may differ";
  EXPECT_EQ(judge(at(kNow + 10 + 60) + ".5"), Reason::kKeyNotFound);
  EXPECT_EQ(judge("9223372036854775807"), Reason::kKeyNotFound);
  EXPECT_EQ(judge("9223372036854775807", INT64_MAX), Reason::kKeysUnavailable) << "too old by then";
  EXPECT_EQ(judge(""), Reason::kKeyNotFound) << "it does not say when";
  EXPECT_EQ(Judge(engine_, Sign(other, R"({"alg":"ES384"})", ClaimsWith("iat", "\"iat\":" + at(kNow + 1))), kNow + 10),
            Reason::kKeyNotFound)
      << "it names no key";

  ASSERT_TRUE(feed_->Confirm({kFetched.monotonic + seconds(5), kNow + 5}));
  EXPECT_EQ(judge(at(kNow + 5)), Reason::kKeyNotFound) << "a fetch that began after it has brought no such key";
  EXPECT_EQ(judge(at(kNow + 6)), Reason::kKeyPending);
  EngineConfig wider = Config();
  wider.issuers[0].policy.leeway_seconds = 30;
  ASSERT_TRUE(engine_->Reload(wider).ok());
  EXPECT_EQ(judge(at(kNow + 10 + 90)), Reason::kKeyPending);
  EXPECT_EQ(judge(at(kNow + 5)), Reason::kKeyNotFound) << "a reload leaves the time of the fetch";
  ASSERT_TRUE(feed_->Install(key_.PublicJwk(), Moment{kFetched.monotonic + seconds(8), kNow + 8}).ok());
  EXPECT_EQ(judge(at(kNow + 8)), Reason::kKeyNotFound) << "the same set, fetched anew";
}

TEST_F(KeyFeedTest, WhatWasMissedInKeysThatHaveBeenReplacedIsAskedForNoMore) {
  const SigningKey other = SigningKey::Make(Algorithm::kES256, "other", 2);
  Make();
  Install(kFetched);
  for (const std::string& jwk : {other.PublicJwk(), key_.PublicJwk(), key_.PublicJwk()}) {
    EXPECT_EQ(Judge(engine_, Sign(other, R"({"alg":"ES256","typ":"at+jwt","kid":"third"})", ValidClaims())),
              Reason::kKeyNotFound);
    ASSERT_TRUE(feed_->Install(jwk, kFetched).ok());
    EXPECT_FALSE(feed_->TakeUnknownKid());
  }
  EXPECT_EQ(Judge(engine_, ValidToken(other)), Reason::kKeyNotFound);
  EXPECT_TRUE(feed_->TakeUnknownKid());
}

TEST_F(KeyFeedTest, KeysThatNoFetchBringsAreWaitedForByNobody) {
  const SigningKey other = SigningKey::Make(Algorithm::kES256, "other", 2);
  const std::string token = Sign(other, HeaderOf(other), ClaimsWith("iat", "\"iat\":" + std::to_string(kNow)));
  EXPECT_EQ(Judge(MakeEngine(IssuerWith(std::vector<SigningKey>{key_})), token), Reason::kKeyNotFound);
  Make();
  Install(std::nullopt);
  EXPECT_EQ(Judge(engine_, token), Reason::kKeyNotFound) << "the host did not say when";
}

TEST_F(KeyFeedTest, UnsoundNumbersOfAProgramAreMended) {
  Make({.min_seconds = -5, .max_seconds = -9, .cooldown_seconds = 0, .max_stale_seconds = -1});
  Install(kFetched);
  EXPECT_FALSE(feed_->Expire(kFetched.monotonic));
  EXPECT_EQ(JudgeAt(kNow), Reason::kAccepted);
}

}  // namespace
}  // namespace assay::testing
