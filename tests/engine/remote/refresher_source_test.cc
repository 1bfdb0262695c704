// Whatever a fetch brings counts for the key source that it was made for, or not at all.
#include "tests/engine/remote/refresher_fixture.h"

namespace assay::testing {
namespace {

using remote::FetchReply;
using remote::FetchRequest;
using remote::FetchStatus;
using std::chrono::hours;
using std::chrono::seconds;

class RefresherSourceTest : public RefresherTest {
 protected:
  void Reload(std::vector<IssuerConfig> issuers) {
    EngineConfig config;
    config.issuers = std::move(issuers);
    const Result<void> reloaded = engine_->Reload(std::move(config));
    ASSERT_TRUE(reloaded.ok()) << reloaded.error();
  }

  // What the server says from now on, after `meanwhile` has happened.
  void Answer(FetchReply reply, std::function<void()> meanwhile = [] {}) {
    fetcher_->Set(kKeysUrl, [reply = std::move(reply), meanwhile = std::move(meanwhile)](const auto&) {
      meanwhile();
      return reply;
    });
  }

  static FetchReply NotModified() {
    FetchReply reply;
    reply.status = FetchStatus::kNotModified;
    reply.http_status = 304;
    return reply;
  }

  // With Key(0), fetched with an ETag; then the next fetch is due.
  void StartWithKeys() {
    Answer(FakeFetcher::Page(JwkSet(std::vector<SigningKey>{Key(0)}), "\"v1\""));
    Make();
    refresher_->RunDue();
    ASSERT_EQ(Judge(Key(0)), Reason::kAccepted);
    clock_.Advance(hours(2));
  }

  KeyFeed Feed() { return KeyFeed::Of(engine_, kIssuer).value(); }

  Reason JudgeAt(const SigningKey& key, std::int64_t now) {
    return testing::Judge(engine_, Sign(key, HeaderOf(key), ClaimsWith("exp", "\"exp\":99999999999")), now);
  }
  Reason JudgeInTenDays(const SigningKey& key) { return JudgeAt(key, clock_.UnixSeconds() + 10 * 86400); }
};

TEST_F(RefresherSourceTest, AnEntryThatLosesItsFirstNameStillGetsKeys) {
  IssuerConfig entry = FetchedIssuer("https://old.example");
  entry.policy.issuer_aliases = {std::string(kIssuer)};
  Answer(FakeFetcher::Page(JwkSet(std::vector<SigningKey>{Key(0)}), "\"v1\""));
  Make(entry);
  refresher_->RunDue();
  ASSERT_EQ(Judge(Key(0)), Reason::kAccepted);
  Reload({FetchedIssuer()});
  Answer(FakeFetcher::Page(JwkSet(std::vector<SigningKey>{Key(1)}), "\"v2\""));
  clock_.Advance(hours(2));
  refresher_->RunDue();
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Judge(Key(0)), Reason::kKeyNotFound);
}

TEST_F(RefresherSourceTest, WhatTheFormerNamesFetchBringsIsNotInstalledUnderTheNewOne) {
  IssuerConfig entry = FetchedIssuer("https://old.example");
  entry.policy.issuer_aliases = {std::string(kIssuer)};
  Answer(FakeFetcher::Page(JwkSet(std::vector<SigningKey>{Key(0)}), "\"v1\""), [this] { Reload({FetchedIssuer()}); });
  Make(entry);
  refresher_->RunDue();
  EXPECT_EQ(Judge(Key(0)), Reason::kKeysUnavailable);
  Answer(FakeFetcher::Page(JwkSet(std::vector<SigningKey>{Key(1)}), "\"v2\""));
  clock_.Advance(hours(2));
  refresher_->RunDue();
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
}

TEST_F(RefresherSourceTest, ANotModifiedGivesNoEndToInlineKeysThatCameMeanwhile) {
  StartWithKeys();
  Answer(NotModified(), [this] { Reload({IssuerWith({Key(0)})}); });
  refresher_->RunDue();
  EXPECT_EQ(JudgeInTenDays(Key(0)), Reason::kAccepted);
}

TEST_F(RefresherSourceTest, ANotModifiedOfTheSourceBeforeDoesNotConfirmWhatTheSameSourceBroughtAnew) {
  StartWithKeys();
  std::int64_t end = 0;
  Answer(NotModified(), [this, &end] {
    Reload({IssuerWith({Key(1)})});
    Reload({FetchedIssuer()});
    end = clock_.UnixSeconds() + 100;
    const seconds age(RefreshConfig().max_stale_seconds - 101);
    const Moment fetched{clock_.Now() - age, clock_.UnixSeconds() - age.count()};
    ASSERT_TRUE(Feed().Install(JwkSet(std::vector<SigningKey>{Key(2)}), fetched).ok());
  });
  refresher_->RunDue();
  EXPECT_EQ(JudgeAt(Key(2), end), Reason::kAccepted);
  EXPECT_EQ(JudgeAt(Key(2), end + 1), Reason::kKeysUnavailable);
}

TEST_F(RefresherSourceTest, ASetOfTheSourceBeforeIsNotInstalledForTheSameSourceConfiguredAnew) {
  StartWithKeys();
  Answer(FakeFetcher::Page(JwkSet(std::vector<SigningKey>{Key(1)})), [this] {
    Reload({IssuerWith({Key(2)})});
    Reload({FetchedIssuer()});
  });
  refresher_->RunDue();
  EXPECT_EQ(Judge(Key(1)), Reason::kKeysUnavailable);
}

TEST_F(RefresherSourceTest, AnIssuerThatWasGoneMeanwhileIsAnotherOne) {
  StartWithKeys();
  Answer(FakeFetcher::Page(JwkSet(std::vector<SigningKey>{Key(1)})), [this] {
    Reload({IssuerWith({Key(2)}, "https://other.example")});
    Reload({IssuerWith({Key(2)}, "https://other.example"), FetchedIssuer()});
  });
  refresher_->RunDue();
  EXPECT_EQ(Judge(Key(1)), Reason::kKeysUnavailable);
}

TEST_F(RefresherSourceTest, AFailureCountsForNoOtherSource) {
  StartWithKeys();
  Answer(FakeFetcher::Failed(FetchStatus::kTimeout), [this] { Reload({IssuerWith({Key(0)})}); });
  refresher_->RunDue();
  EXPECT_NE(engine_->MetricsText().find("assay_refresh_failures_total{issuer=\"" + std::string(kIssuer) + "\"} 0\n"),
            std::string::npos);
}

// What a refresher that has not heard of a reload yet may still say.
TEST_F(RefresherSourceTest, NothingOfTheSourceBeforeCountsOnceThereIsAnother) {
  StartWithKeys();
  KeyFeed before = Feed();
  Reload({IssuerWith({Key(1)})});
  KeyFeed inline_keys = Feed();
  before.Withdraw();
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
  EXPECT_FALSE(before.lease().has_value());
  EXPECT_FALSE(before.Expire(clock_.Now() + hours(100)));
  EXPECT_FALSE(before.Confirm({}));
  EXPECT_FALSE(inline_keys.Confirm({})) << "nobody would ever renew them";
  EXPECT_FALSE(inline_keys.Expire(clock_.Now() + hours(100)));
  EXPECT_EQ(JudgeInTenDays(Key(1)), Reason::kAccepted);
  Reload({FetchedIssuer()});
  KeyFeed again = Feed();
  EXPECT_FALSE(again.HasSourceOf(before));
  EXPECT_FALSE(before.Install(Key(0).PublicJwk()).ok());
  EXPECT_TRUE(again.Install(Key(0).PublicJwk()).ok());
  before.Withdraw();
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
}

TEST_F(RefresherSourceTest, AnUnknownKidIsAskedOfTheSourceInForceAlone) {
  StartWithKeys();
  KeyFeed before = Feed();
  EXPECT_EQ(Judge(Key(1)), Reason::kKeyNotFound);
  Reload({FetchedIssuer(kIssuer, "https://issuer.example/other")});
  KeyFeed now = Feed();
  EXPECT_FALSE(now.TakeUnknownKid()) << "it was asked of the source before";
  ASSERT_TRUE(now.Install(Key(0).PublicJwk()).ok());
  EXPECT_EQ(Judge(Key(1)), Reason::kKeyNotFound);
  EXPECT_FALSE(before.TakeUnknownKid());
  EXPECT_TRUE(now.TakeUnknownKid());
}

TEST_F(RefresherSourceTest, AReloadThatLeavesTheSourceKeepsItsFeed) {
  StartWithKeys();
  const KeyFeed before = Feed();
  IssuerConfig stricter = FetchedIssuer();
  stricter.policy.leeway_seconds = 1;
  Reload({IssuerWith({Key(2)}, "https://other.example"), stricter});
  EXPECT_TRUE(KeyFeed::All(engine_).at(1).HasSourceOf(before));
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
}

}  // namespace
}  // namespace assay::testing
