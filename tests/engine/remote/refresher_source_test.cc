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

  Reason JudgeAt(const SigningKey& key, std::int64_t now) {
    return testing::Judge(engine_, Sign(key, HeaderOf(key), ClaimsWith("exp", "\"exp\":99999999999")), now);
  }
  Reason JudgeInTenDays(const SigningKey& key) { return JudgeAt(key, clock_.UnixSeconds() + 10 * 86400); }
};

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
    ASSERT_TRUE(engine_->InstallKeysFor(kIssuer, JwkSet(std::vector<SigningKey>{Key(2)}), nullptr, end).ok());
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
  const SourceGeneration before = engine_->key_sources().generations.at(0);
  Reload({IssuerWith({Key(1)})});
  const SourceGeneration inline_keys = engine_->key_sources().generations.at(0);
  engine_->WithdrawKeys(kIssuer, before);
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
  EXPECT_FALSE(engine_->ConfirmKeys(kIssuer, seconds(0), 1, before));
  EXPECT_FALSE(engine_->ConfirmKeys(kIssuer, seconds(0), 1)) << "nobody would ever renew them";
  EXPECT_FALSE(engine_->ConfirmKeys(kIssuer, seconds(0), 1, inline_keys));
  EXPECT_EQ(JudgeInTenDays(Key(1)), Reason::kAccepted);
  Reload({FetchedIssuer()});
  const SourceGeneration again = engine_->key_sources().generations.at(0);
  EXPECT_NE(again, before);
  EXPECT_FALSE(engine_->InstallKeysFor(kIssuer, Key(0).Jwk(), nullptr, INT64_MAX, before).ok());
  EXPECT_TRUE(engine_->InstallKeysFor(kIssuer, Key(0).Jwk(), nullptr, INT64_MAX, again).ok());
  engine_->WithdrawKeys(kIssuer, before);
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
}

TEST_F(RefresherSourceTest, AnUnknownKidIsAskedOfTheSourceInForceAlone) {
  StartWithKeys();
  const SourceGeneration before = engine_->key_sources().generations.at(0);
  EXPECT_EQ(Judge(Key(1)), Reason::kKeyNotFound);
  Reload({FetchedIssuer(kIssuer, "https://issuer.example/other")});
  const SourceGeneration now = engine_->key_sources().generations.at(0);
  EXPECT_FALSE(engine_->TakeUnknownKid(kIssuer, now)) << "it was asked of the source before";
  ASSERT_TRUE(engine_->InstallKeysFor(kIssuer, Key(0).Jwk(), nullptr, INT64_MAX, now).ok());
  EXPECT_EQ(Judge(Key(1)), Reason::kKeyNotFound);
  EXPECT_FALSE(engine_->TakeUnknownKid(kIssuer, before));
  EXPECT_TRUE(engine_->TakeUnknownKid(kIssuer, now));
}

TEST_F(RefresherSourceTest, AReloadThatLeavesTheSourceKeepsItsGeneration) {
  StartWithKeys();
  const SourceGeneration before = engine_->key_sources().generations.at(0);
  IssuerConfig stricter = FetchedIssuer();
  stricter.policy.leeway_seconds = 1;
  Reload({IssuerWith({Key(2)}, "https://other.example"), stricter});
  EXPECT_EQ(engine_->key_sources().generations.at(1), before);
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
}

}  // namespace
}  // namespace assay::testing
