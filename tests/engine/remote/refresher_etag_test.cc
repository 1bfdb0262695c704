// Conditional fetches, and what "not modified" is worth.
#include "engine/remote/discovery.h"
#include "tests/engine/remote/refresher_fixture.h"

namespace assay::testing {
namespace {

using remote::FetchRequest;
using remote::FetchStatus;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class EtagTest : public RefresherTest {
 protected:
  // Serves `keys` under `etag`, and 304 to whoever has it.
  void ServeWith(const std::string& etag, const std::vector<SigningKey>& keys, const std::string& url = kKeysUrl) {
    fetcher_->Set(url, [etag, body = JwkSet(keys)](const FetchRequest& request) {
      return request.etag == etag ? FakeFetcher::Failed(FetchStatus::kNotModified) : FakeFetcher::Page(body, etag);
    });
  }
  std::string LastEtag() { return fetcher_->requests().back().etag; }
};

TEST_F(EtagTest, NotModifiedConfirmsTheKeys) {
  ServeWith("\"1\"", {Key(0)});
  Make();
  refresher_->RunDue();
  EXPECT_EQ(LastEtag(), "");
  Pass(minutes(5));
  EXPECT_EQ(LastEtag(), "\"1\"");
  EXPECT_EQ(Status().failures, 0u);
  EXPECT_LT(*Status().age, seconds(100));
  Pass(hours(30));  // longer than max-stale
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
}

// A server that says 304 whatever has changed: a token of the new key is evidence against it.
TEST_F(EtagTest, AnUnknownKidAsksWithoutTheETag) {
  ServeWith("\"1\"", {Key(0)});
  Make();
  refresher_->RunDue();
  ServeWith("\"1\"", {Key(0), Key(1)});
  Pass(minutes(6));
  EXPECT_EQ(Judge(Key(1)), Reason::kKeyNotFound);
  Pass(seconds(30));
  EXPECT_EQ(LastEtag(), "");
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
}

// Servers count versions: two documents may have the same ETag.
TEST_F(EtagTest, WhereTheKeysHaveMovedTheETagOfTheFormerPlaceIsNotSent) {
  const std::string former = "https://keys.example/former", next = "https://keys.example/next";
  ServeWith("\"1\"", {Key(0)}, former);
  ServeWith("\"1\"", {Key(1)}, next);
  std::string place = former;
  fetcher_->Set(remote::MetadataUrls(kIssuer).value()[0], [&place](const FetchRequest&) {
    return FakeFetcher::Page("{\"issuer\":\"" + std::string(kIssuer) + "\",\"jwks_uri\":\"" + place + "\"}");
  });
  IssuerConfig issuer = FetchedIssuer();
  issuer.keys = {KeySource::Kind::kDiscover, ""};
  Make(issuer);
  refresher_->RunDue();
  ASSERT_EQ(Judge(Key(0)), Reason::kAccepted);
  place = next;
  Pass(hours(1) + minutes(10));
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Judge(Key(0)), Reason::kKeyNotFound);
}

TEST_F(EtagTest, NotModifiedWithoutKeysIsAFailure) {
  Fail(FetchStatus::kNotModified);
  Make();
  refresher_->RunDue();
  EXPECT_EQ(Status().failures, 1u);
  EXPECT_EQ(Judge(Key(0)), Reason::kKeysUnavailable);
}

// The set was asked for while there were keys, and they became too old before the answer came.
TEST_F(EtagTest, NotModifiedForWithdrawnKeysIsAFailureAndTheNextFetchIsUnconditional) {
  ServeWith("\"1\"", {Key(0)});
  Make();
  refresher_->RunDue();
  fetcher_->Set(kKeysUrl, [this](const FetchRequest& request) {
    EXPECT_EQ(request.etag, "\"1\"");
    clock_.Advance(hours(25));
    refresher_->RunDue();  // withdraws
    return FakeFetcher::Failed(FetchStatus::kNotModified);
  });
  while (fetcher_->count() == 1) Pass(seconds(1));
  EXPECT_EQ(Events("keys_withdrawn"), 1);
  EXPECT_EQ(Status().failures, 1u);
  EXPECT_FALSE(Status().has_keys);
  EXPECT_EQ(Judge(Key(0)), Reason::kKeysUnavailable);
  ServeWith("\"1\"", {Key(0)});
  Pass(seconds(1));
  EXPECT_EQ(LastEtag(), "");
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
}

// Whoever else may withdraw keys does not leave the refresher with "not modified" for ever.
TEST_F(EtagTest, KeysThatTheHostWithdrewAreFetchedAgain) {
  ServeWith("\"1\"", {Key(0)});
  Make();
  refresher_->RunDue();
  KeyFeed::Of(engine_, kIssuer)->Withdraw();
  Pass(minutes(5));
  EXPECT_EQ(LastEtag(), "");
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
}

TEST_F(EtagTest, ARefusedSetDoesNotLeaveItsETagBehind) {
  ServeWith("\"1\"", {Key(0)});
  Make();
  refresher_->RunDue();
  fetcher_->Set(kKeysUrl, [](const FetchRequest&) { return FakeFetcher::Page("{\"keys\":[]}", "\"2\""); });
  Pass(minutes(5));
  EXPECT_GE(Status().failures, 1u);
  Pass(minutes(2));
  EXPECT_EQ(LastEtag(), "\"1\"");
}

// Confirmed keys last longer, and what was remembered under them is remembered still.
TEST_F(EtagTest, AConfirmationMovesTheEndOfTheKeysAndForgetsNoVerdict) {
  ServeWith("\"1\"", {Key(0)});
  IssuerConfig issuer = FetchedIssuer();
  issuer.refresh = {.min_seconds = 60, .max_seconds = 80, .cooldown_seconds = 30, .max_stale_seconds = 100};
  Make(issuer);
  refresher_->RunDue();
  const std::string token = ValidToken(Key(0));
  Worker worker(engine_);
  const auto hits = [this] {
    const std::string text = engine_->MetricsText();
    const std::string name = "\nassay_verdict_cache_hits_total ";
    return std::stoi(text.substr(text.find(name) + name.size()));
  };
  for (int i = 0; i < 5; ++i) worker.Validate(token, kNow);
  const int before = hits();
  ASSERT_GT(before, 0);
  Pass(seconds(80));
  ASSERT_EQ(LastEtag(), "\"1\"");
  EXPECT_EQ(worker.Validate(token, kNow + 100).reason(), Reason::kAccepted);
  EXPECT_EQ(hits(), before + 1);
  EXPECT_EQ(worker.Validate(token, kNow + 180).reason(), Reason::kKeysUnavailable);
  EXPECT_EQ(hits(), before + 1);
}

}  // namespace
}  // namespace assay::testing
