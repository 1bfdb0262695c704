// What becomes of tokens while keys are fetched, rotate, and cannot be had. No test here waits.
#include "engine/remote/refresh_schedule.h"
#include "tests/engine/remote/refresher_fixture.h"

namespace assay::testing {
namespace {

using remote::FetchReply;
using remote::FetchRequest;
using remote::FetchStatus;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kLongestBackoff = remote::RefreshSchedule::kLongestBackoff;

TEST_F(RefresherTest, KeysArriveWithTheFirstFetch) {
  Serve({Key(0)});
  Make();
  EXPECT_EQ(Judge(Key(0)), Reason::kKeysUnavailable);
  EXPECT_FALSE(Status().has_keys);
  refresher_->RunDue();
  EXPECT_TRUE(engine_->Ready());
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
  const remote::IssuerStatus status = Status();
  EXPECT_EQ(status.issuer, kIssuer);
  EXPECT_EQ(status.url, kKeysUrl);
  EXPECT_EQ(status.usable_keys, 1u);
  EXPECT_EQ(status.age, seconds(0));
  EXPECT_EQ(status.fetches, 1u);
  EXPECT_EQ(status.failures, 0u);
  EXPECT_GT(status.next_fetch, seconds(60));
  EXPECT_EQ(Events("key_set_loaded"), 1);
}

TEST_F(RefresherTest, InlineAndFileKeysAreLeftAlone) {
  Make(IssuerWith({Key(0)}));
  refresher_->RunDue();
  EXPECT_EQ(fetcher_->count(), 0u);
  EXPECT_TRUE(refresher_->Status().empty());
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
}

TEST_F(RefresherTest, ARotationIsFollowedInTheBackgroundAheadOfExpiry) {
  fetcher_->Set(kKeysUrl, [](const FetchRequest&) {
    FetchReply reply = FakeFetcher::Page(JwkSet(std::vector<SigningKey>{Key(0)}));
    reply.max_age = 1000;
    return reply;
  });
  Make();
  refresher_->RunDue();
  Serve({Key(0), Key(1)});
  Pass(seconds(740));
  EXPECT_EQ(fetcher_->count(), 1u);
  Pass(seconds(160));
  EXPECT_EQ(fetcher_->count(), 2u);
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Events("rotation"), 1);
}

TEST_F(RefresherTest, AnUnknownKidBringsTheNewKeyWithinACooldown) {
  Serve({Key(0)});
  Make();
  refresher_->RunDue();
  Serve({Key(0), Key(1)});
  EXPECT_EQ(Judge(Key(1)), Reason::kKeyNotFound);
  Pass(seconds(1));
  EXPECT_EQ(fetcher_->count(), 2u) << "at once: the fetch before was for no unknown kid";
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
  Serve({Key(0), Key(1), Key(2)});
  EXPECT_EQ(Judge(Key(2)), Reason::kKeyNotFound);
  Pass(seconds(29));
  EXPECT_EQ(fetcher_->count(), 2u);
  Pass(seconds(1));
  EXPECT_EQ(fetcher_->count(), 3u);
  EXPECT_EQ(Judge(Key(2)), Reason::kAccepted);
}

TEST_F(RefresherTest, ABadSignatureNeverRefetches) {
  Serve({Key(0)});
  Make();
  refresher_->RunDue();
  std::string token = ValidToken(Key(0));
  token.replace(token.size() - 8, 8, "AAAAAAAA");
  EXPECT_EQ(testing::Judge(engine_, token), Reason::kBadSignature);
  Pass(minutes(3));
  EXPECT_EQ(fetcher_->count(), 1u);
}

TEST_F(RefresherTest, OldKeysGoWithTheSetThatLeavesThemOut) {
  Serve({Key(0), Key(1)});
  Make();
  refresher_->RunDue();
  Serve({Key(1)});
  Pass(minutes(5));
  EXPECT_EQ(Judge(Key(0)), Reason::kKeyNotFound);
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
}

// Outages --------------------------------------------------------------------------------------------

TEST_F(RefresherTest, AnHourWithoutTheIssuerCostsNoToken) {
  Serve({Key(0)});
  Make();
  refresher_->RunDue();
  Fail();
  for (int minute = 0; minute < 60; ++minute) {
    Pass(minutes(1));
    ASSERT_EQ(Judge(Key(0)), Reason::kAccepted) << minute;
  }
  const std::uint64_t failures = Status().failures;
  EXPECT_GE(failures, 50u);   // it keeps trying,
  EXPECT_LE(failures, 130u);  // but not in haste
  EXPECT_EQ(Status().failures_in_a_row, failures);
  EXPECT_EQ(Status().last_error, std::string(kKeysUrl) + ": as the test wants it");
  EXPECT_GE(Events("refresh_failed"), 1);
  Serve({Key(1)});
  Pass(kLongestBackoff);
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Status().last_error, "");
  EXPECT_EQ(Status().failures_in_a_row, 0u);
  EXPECT_NE(engine_->MetricsText().find("assay_refresh_failures_total{issuer=\"" + std::string(kIssuer) + "\"} " +
                                        std::to_string(failures)),
            std::string::npos)
      << engine_->MetricsText();
}

TEST_F(RefresherTest, PastMaxStaleKeysAreUnavailableUntilTheIssuerIsBack) {
  Serve({Key(0)});
  IssuerConfig issuer = FetchedIssuer();
  issuer.refresh = {.min_seconds = 60, .max_seconds = 600, .cooldown_seconds = 30, .max_stale_seconds = 1800};
  Make(issuer);
  refresher_->RunDue();
  Fail();
  for (int second = 1; second < 1800; ++second) {
    Pass(seconds(1));
    ASSERT_EQ(Judge(Key(0)), Reason::kAccepted) << second;
  }
  EXPECT_EQ(Events("max_stale_near"), 1);
  EXPECT_EQ(Events("max_stale_reached"), 0);
  for (int second = 1800; second < 3600; ++second) {
    Pass(seconds(1));
    ASSERT_EQ(Judge(Key(0)), Reason::kKeysUnavailable) << second;
  }
  EXPECT_EQ(Events("max_stale_reached"), 1);
  EXPECT_FALSE(engine_->Ready());
  EXPECT_FALSE(Status().has_keys);
  EXPECT_EQ(Status().usable_keys, 0u);
  Serve({Key(0)});
  int recovery = 0;
  while (Judge(Key(0)) != Reason::kAccepted && recovery < 1000) {
    Pass(seconds(1));
    ++recovery;
  }
  EXPECT_LE(seconds(recovery), kLongestBackoff);
  RecordProperty("recovery_seconds", recovery);
}

// By the workers' time, whether a refresher runs or not; of tokens that are remembered as well.
TEST_F(RefresherTest, KeysEndAtMaxStaleWithoutARefresher) {
  Serve({Key(0)});
  IssuerConfig issuer = FetchedIssuer();
  issuer.refresh = {.min_seconds = 60, .max_seconds = 100, .cooldown_seconds = 30, .max_stale_seconds = 100};
  Make(issuer);
  refresher_->RunDue();
  refresher_.reset();
  const std::string token = ValidToken(Key(0));  // valid for longer
  const std::string unseen = ValidToken(Key(0), R"("nonce":"unseen")");
  Worker worker(engine_);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(worker.Validate(token, kNow + i).reason(), Reason::kAccepted);
  }
  EXPECT_EQ(worker.Validate(token, kNow + 99).reason(), Reason::kAccepted);
  EXPECT_EQ(worker.Validate(token, kNow + 100).reason(), Reason::kKeysUnavailable);
  EXPECT_EQ(worker.Validate(unseen, kNow + 100).reason(), Reason::kKeysUnavailable);
}

// As after the machine has slept: the workers' time went on, the schedule's did not.
TEST_F(RefresherTest, ATokenThatFindsTheKeysTooOldHasThemFetched) {
  Serve({Key(0)});
  IssuerConfig issuer = FetchedIssuer();
  issuer.refresh = {.min_seconds = 60, .max_seconds = 100, .cooldown_seconds = 30, .max_stale_seconds = 100};
  Make(issuer);
  refresher_->RunDue();
  EXPECT_EQ(testing::Judge(engine_, ValidToken(Key(0)), kNow + 100), Reason::kKeysUnavailable);
  Pass(seconds(30));
  EXPECT_EQ(fetcher_->count(), 2u);
  EXPECT_EQ(testing::Judge(engine_, ValidToken(Key(0)), kNow + 100), Reason::kAccepted);
}

// At once, before the refresher has followed the reload.
TEST_F(RefresherTest, AReloadMovesTheEndOfTheKeysWithMaxStale) {
  Serve({Key(0)});
  IssuerConfig issuer = FetchedIssuer();
  issuer.refresh = {.min_seconds = 60, .max_seconds = 100, .cooldown_seconds = 30, .max_stale_seconds = 100};
  Make(issuer);
  refresher_->RunDue();
  Fail();
  EngineConfig next;
  issuer.refresh.max_stale_seconds = 200;
  next.issuers = {issuer};
  EXPECT_EQ(testing::Judge(engine_, ValidToken(Key(0)), kNow + 100), Reason::kKeysUnavailable);
  ASSERT_TRUE(engine_->Reload(next));
  EXPECT_EQ(testing::Judge(engine_, ValidToken(Key(0)), kNow + 199), Reason::kAccepted);
  EXPECT_EQ(testing::Judge(engine_, ValidToken(Key(0)), kNow + 200), Reason::kKeysUnavailable);
  refresher_->RunDue();
  EXPECT_EQ(testing::Judge(engine_, ValidToken(Key(0)), kNow + 199), Reason::kAccepted);
  EXPECT_EQ(testing::Judge(engine_, ValidToken(Key(0)), kNow + 200), Reason::kKeysUnavailable);
}

// What is no key set for the issuer leaves the old keys until max-stale.
TEST_F(RefresherTest, HostileRepliesKeepTheOldKeys) {
  std::string many = "{\"keys\":[" + Key(0).PublicJwk();
  for (int i = 1; i < 10'000; ++i) many += ",{\"kty\":\"EC\"}";
  many += "]}";
  const std::string good = JwkSet(std::vector<SigningKey>{Key(1)});
  const std::string huge =
      R"({"keys":[{"kty":"RSA","kid":"k1","n":")" + std::string(800'000, 'A') + R"(","e":"AQAB"}]})";
  const std::string private_key =
      R"({"keys":[{"kty":"EC","kid":"k1","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}]})";
  for (const std::string& body :
       {std::string(), std::string("<html>Sign in</html>"), std::string("null"), std::string("[]"), std::string("{}"),
        std::string("{\"keys\":[]}"), std::string("{\"keys\":{}}"), good.substr(0, good.size() - 1), good + good, many,
        huge, private_key, std::string("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"),
        std::string("{\"keys\":[],\"keys\":[]}"), std::string(1000, '['), "\xef\xbb\xbf" + good,
        std::string(2'000'000, ' ')}) {
    Serve({Key(0)});
    Make();
    refresher_->RunDue();
    fetcher_->SetBody(kKeysUrl, body);
    Pass(minutes(10));
    EXPECT_GE(Status().failures, 1u) << body.substr(0, 100);
    EXPECT_NE(Status().last_error, "");
    EXPECT_EQ(Judge(Key(0)), Reason::kAccepted) << body.substr(0, 100);
    EXPECT_NE(Judge(Key(1)), Reason::kAccepted) << body.substr(0, 100);
  }
}

TEST_F(RefresherTest, AKeyThatThisEngineDoesNotKnowDoesNotSpoilTheSet) {
  fetcher_->SetBody(kKeysUrl,
                    "{\"keys\":[{\"kty\":\"XYZ\"},{\"kty\":\"oct\",\"k\":\"AAAA\"}," + Key(0).PublicJwk() + "]}");
  Make();
  refresher_->RunDue();
  EXPECT_EQ(Status().usable_keys, 1u);
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
}

// Discovery ------------------------------------------------------------------------------------------

class DiscoveringTest : public RefresherTest {
 protected:
  static IssuerConfig Discovered() {
    IssuerConfig issuer = FetchedIssuer();
    issuer.keys = {KeySource::Kind::kDiscover, ""};
    return issuer;
  }
  void Publish(const std::string& keys_url) {
    fetcher_->SetBody(std::string(kIssuer) + "/.well-known/openid-configuration",
                      "{\"issuer\":\"" + std::string(kIssuer) + "\",\"jwks_uri\":\"" + keys_url + "\"}");
  }
};

TEST_F(DiscoveringTest, TheKeySetIsFoundAndItsPlaceRemembered) {
  Publish(kKeysUrl);
  Serve({Key(0)});
  Make(Discovered());
  refresher_->RunDue();
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
  EXPECT_EQ(Status().url, kKeysUrl);
  EXPECT_EQ(fetcher_->count(), 3u);  // RFC 8414's place, OpenID's, the keys
  Pass(minutes(5));
  EXPECT_EQ(fetcher_->urls().back(), kKeysUrl);
  EXPECT_EQ(fetcher_->count(), 4u);
}

TEST_F(DiscoveringTest, AMoveOfTheKeySetIsFollowed) {
  Publish(kKeysUrl);
  Serve({Key(0)});
  Make(Discovered());
  refresher_->RunDue();
  Publish("https://issuer.example/moved");
  fetcher_->SetBody("https://issuer.example/moved", JwkSet(std::vector<SigningKey>{Key(1)}));
  Fail(FetchStatus::kHttpError);
  Pass(minutes(5));
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Status().url, "https://issuer.example/moved");
  // And where the old place still answers, within an hour or so.
  Publish(kKeysUrl);
  Serve({Key(2)});
  Pass(minutes(70));
  EXPECT_EQ(Judge(Key(2)), Reason::kAccepted);
}

TEST_F(DiscoveringTest, MetadataOfAnotherIssuerIsNoHelp) {
  fetcher_->SetBody(std::string(kIssuer) + "/.well-known/openid-configuration",
                    R"({"issuer":"https://evil.example","jwks_uri":"https://issuer.example/keys"})");
  Serve({Key(0)});
  Make(Discovered());
  refresher_->RunDue();
  EXPECT_EQ(Judge(Key(0)), Reason::kKeysUnavailable);
  EXPECT_NE(Status().last_error.find("another issuer"), std::string::npos) << Status().last_error;
  EXPECT_EQ(Status().failures, 1u);
}

// Several issuers and reload -------------------------------------------------------------------------

TEST_F(RefresherTest, OneIssuersFailureIsItsOwn) {
  Serve({Key(0)});
  fetcher_->SetBody("https://b.example/keys", JwkSet(std::vector<SigningKey>{Key(1)}));
  Make({FetchedIssuer(), FetchedIssuer("https://b.example", "https://b.example/keys")});
  refresher_->RunDue();
  EXPECT_TRUE(engine_->Ready());
  Fail(FetchStatus::kTimeout);
  Pass(hours(1));
  const auto statuses = refresher_->Status();
  EXPECT_GT(statuses[0].failures, 10u);
  EXPECT_EQ(statuses[1].failures, 0u);
  EXPECT_LE(*statuses[1].age, seconds(300));
}

TEST_F(RefresherTest, AReloadIsFollowed) {
  Serve({Key(0)});
  fetcher_->SetBody("https://b.example/keys", JwkSet(std::vector<SigningKey>{Key(1)}));
  Make();
  refresher_->RunDue();
  EngineConfig next;
  next.issuers = {FetchedIssuer("https://b.example", "https://b.example/keys"), FetchedIssuer()};
  ASSERT_TRUE(engine_->Reload(next));
  refresher_->RunDue();
  EXPECT_TRUE(engine_->Ready());
  EXPECT_EQ(refresher_->Status().size(), 2u);
  next.issuers.pop_back();
  ASSERT_TRUE(engine_->Reload(next));
  refresher_->RunDue();
  ASSERT_EQ(refresher_->Status().size(), 1u);
  EXPECT_EQ(Status().issuer, "https://b.example");
  const std::size_t before = fetcher_->count();
  Pass(minutes(10));
  for (std::size_t i = before; i < fetcher_->count(); ++i) EXPECT_EQ(fetcher_->urls()[i], "https://b.example/keys");
}

TEST_F(RefresherTest, AnotherSourceIsFetchedAtOnce) {
  Serve({Key(0)});
  fetcher_->SetBody("https://issuer.example/other", JwkSet(std::vector<SigningKey>{Key(1)}));
  Make();
  refresher_->RunDue();
  EngineConfig next;
  next.issuers = {FetchedIssuer(kIssuer, "https://issuer.example/other")};
  ASSERT_TRUE(engine_->Reload(next));
  refresher_->RunDue();
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Judge(Key(0)), Reason::kKeyNotFound);
}

TEST_F(RefresherTest, AnAlgorithmThatIsAllowedLaterGetsItsKeys) {
  const SigningKey rsa = SigningKey::Make(Algorithm::kRS256, "rsa");
  fetcher_->Set(kKeysUrl, [&](const FetchRequest& request) {
    return request.etag.empty() ? FakeFetcher::Page(JwkSet({Key(0), rsa}), "\"1\"")
                                : FakeFetcher::Failed(FetchStatus::kNotModified);
  });
  IssuerConfig issuer = FetchedIssuer();
  issuer.policy.algorithms = AlgorithmSet{Algorithm::kES256};
  Make(issuer);
  refresher_->RunDue();
  EXPECT_EQ(Status().usable_keys, 1u);
  EngineConfig next;
  next.issuers = {FetchedIssuer()};
  ASSERT_TRUE(engine_->Reload(next));
  refresher_->RunDue();
  EXPECT_EQ(Status().usable_keys, 2u);
  EXPECT_EQ(Judge(rsa), Reason::kAccepted);
}

}  // namespace
}  // namespace assay::testing
