// Tokens that an EventLoopBatcher holds back until their issuer's keys come: BatcherConfig::wait_for_keys.
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "engine/api/batcher.h"
#include "engine/api/feeds.h"
#include "engine/api/parked_tokens.h"
#include "tests/engine/api/request.h"
#include "tests/testing/engines.h"

namespace assay {
namespace {

using testing::kNow;
using testing::pinned_time;
using testing::PinnedClock;
using testing::Request;
using testing::SigningKey;
using namespace std::chrono_literals;

std::int64_t pinned_seconds;

class WaitForKeysTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t kFetched = kNow - 10;

  WaitForKeysTest() {
    pinned_time = {};
    pinned_seconds = kNow;
  }

  static std::string Name(int issuer) { return "https://" + std::to_string(issuer) + ".example"; }

  // Config: `count` issuers, from Name(first), whose keys are fetched.
  static EngineConfig Config(int count, int first = 0) {
    EngineConfig config;
    for (int i = first; i < first + count; ++i) {
      config.issuers.push_back(testing::IssuerWith("", Name(i)));
      config.issuers.back().keys = {KeySource::Kind::kUrl, Name(i) + "/jwks"};
    }
    config.limits.token_bytes = kMaxTokenBytesCeiling;
    return config;
  }

  void Make(int issuers = 1) {
    engine_ = testing::MakeEngine(Config(issuers));
    for (int i = 0; i < issuers; ++i) Install({old_}, kFetched, i);
  }

  // Install: what a fetch that began at `fetched` brings.
  void Install(const std::vector<SigningKey>& keys, std::int64_t fetched, int issuer = 0) {
    const Moment moment{std::chrono::hours(1), fetched};
    ASSERT_TRUE(KeyFeed::Of(engine_, Name(issuer))->Install(testing::JwkSet(keys), moment).ok());
  }

  std::string Token(const SigningKey& key, const std::string& more, int issuer = 0) const {
    std::string claims = testing::ClaimsWith("iat", more);
    claims.replace(claims.find(testing::kIssuer), testing::kIssuer.size(), Name(issuer));
    return testing::Sign(key, testing::HeaderOf(key), claims);
  }
  std::string Pending(int issuer = 0, std::int64_t issued = kNow, const std::string& more = "") const {
    return Token(new_, "\"iat\":" + std::to_string(issued) + more, issuer);
  }

  static BatcherConfig Waits(std::chrono::milliseconds wait) {
    return {
        .batch_size = 7, .clock = PinnedClock, .wait_for_keys = wait, .unix_seconds = [] { return pinned_seconds; }};
  }

  const SigningKey old_ = SigningKey::Make(Algorithm::kES256, "old", 1);
  const SigningKey new_ = SigningKey::Make(Algorithm::kES256, "new", 2);
  std::shared_ptr<Engine> engine_;
};

TEST_F(WaitForKeysTest, ATokenThatIsAheadOfItsKeyIsAcceptedOnceTheKeyIsThere) {
  Make();
  Request first, second;
  const std::string token = Pending(), usual = Token(old_, "\"iat\":" + std::to_string(kNow));
  EventLoopBatcher loop(engine_, Waits(500ms));
  ASSERT_TRUE(loop.Submit(token, kNow, first.completion()));
  ASSERT_TRUE(loop.Submit(usual, kNow, second.completion()));
  loop.Flush();
  EXPECT_TRUE(first.Waits());
  EXPECT_TRUE(second.Has(Reason::kAccepted));
  for (int i = 0; i < 10; ++i) {
    pinned_time += 5ms;
    loop.Poll();
    loop.Flush();
  }
  EXPECT_TRUE(first.Waits());
  Install({old_, new_}, kNow);
  loop.Poll();
  EXPECT_TRUE(first.Has(Reason::kAccepted));
  EXPECT_EQ(first.subject, "user-1");
  EXPECT_EQ(loop.TimeLeft(), std::nullopt);
  pinned_time += 2s;
  loop.Flush();
  EXPECT_EQ(first.verdicts.size(), 1u);
}

TEST_F(WaitForKeysTest, ItIsPendingWhenItsTimeIsUpAndTheLoopLooksEveryFewMilliseconds) {
  Make();
  Request request, queued;
  const std::string token = Pending();
  EventLoopBatcher loop(engine_, Waits(12ms));
  ASSERT_TRUE(loop.Submit(token, kNow, request.completion()));
  loop.Flush();
  EXPECT_EQ(loop.TimeLeft(), 5ms);
  pinned_time += 4ms;
  EXPECT_EQ(loop.TimeLeft(), 1ms);
  ASSERT_TRUE(loop.Submit("", kNow, queued.completion()));
  EXPECT_EQ(loop.TimeLeft(), 50us);
  loop.Flush();
  EXPECT_EQ(loop.TimeLeft(), 5ms);
  pinned_time += 6ms;
  EXPECT_EQ(loop.TimeLeft(), 0ms);
  loop.Poll();
  EXPECT_EQ(loop.TimeLeft(), 2ms) << "its time comes before the next look";
  pinned_time += 2ms - 1ns;
  loop.Poll();
  EXPECT_TRUE(request.Waits());
  pinned_time += 1ns;
  loop.Poll();
  EXPECT_TRUE(request.Has(Reason::kKeyPending));
  EXPECT_EQ(loop.TimeLeft(), std::nullopt);
}

TEST_F(WaitForKeysTest, ATokenWaitsForASecondAtMostAndByDefaultNotAtAll) {
  Make();
  Request longest, off, negative;
  const std::string token = Pending();
  EventLoopBatcher loop(engine_, Waits(1h)), plain(engine_, Waits(0ms)), less(engine_, Waits(-1ms));
  ASSERT_TRUE(loop.Submit(token, kNow, longest.completion()));
  ASSERT_TRUE(plain.Submit(token, kNow, off.completion()));
  ASSERT_TRUE(less.Submit(token, kNow, negative.completion()));
  for (EventLoopBatcher* each : {&loop, &plain, &less}) each->Flush();
  EXPECT_TRUE(off.Has(Reason::kKeyPending));
  EXPECT_TRUE(negative.Has(Reason::kKeyPending));
  EXPECT_EQ(BatcherConfig().wait_for_keys, 0ms);
  pinned_time += 1s - 1ns;
  loop.Flush();
  EXPECT_TRUE(longest.Waits());
  pinned_time += 1ns;
  loop.Flush();
  EXPECT_TRUE(longest.Has(Reason::kKeyPending));
}

TEST_F(WaitForKeysTest, WhatNoKeyCanBeOnItsWayForDoesNotWait) {
  Make();
  Request requests[3];
  const std::string tokens[] = {Pending(0, kFetched), Pending(0, kNow + 61), Token(new_, "\"x\":1")};
  EventLoopBatcher loop(engine_, Waits(500ms));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(loop.Submit(tokens[i], kNow, requests[i].completion()));
  loop.Flush();
  for (const Request& each : requests) EXPECT_TRUE(each.Has(Reason::kKeyNotFound));
  EXPECT_EQ(loop.TimeLeft(), std::nullopt);
}

TEST_F(WaitForKeysTest, AFetchWithoutItsKeyEndsTheWaitIfItBeganAfterTheToken) {
  Make();
  Request by_confirmation, by_keys;
  const std::string tokens[] = {Pending(0, kNow), Pending(0, kNow + 2)};
  EventLoopBatcher loop(engine_, Waits(50ms));
  ASSERT_TRUE(loop.Submit(tokens[0], kNow, by_confirmation.completion()));
  ASSERT_TRUE(loop.Submit(tokens[1], kNow, by_keys.completion()));
  loop.Flush();
  ASSERT_TRUE(KeyFeed::Of(engine_, Name(0))->Confirm({1h, kNow - 1}));
  loop.Poll();
  EXPECT_TRUE(by_confirmation.Waits());
  ASSERT_TRUE(KeyFeed::Of(engine_, Name(0))->Confirm({1h, kNow}));
  loop.Poll();
  EXPECT_TRUE(by_confirmation.Has(Reason::kKeyNotFound));
  pinned_time += 49ms;
  Install({SigningKey::Make(Algorithm::kES256, "third", 3)}, kNow + 1);
  loop.Poll();
  EXPECT_TRUE(by_keys.Waits());
  pinned_time += 1ms;
  loop.Poll();
  EXPECT_TRUE(by_keys.Has(Reason::kKeyPending)) << "the time counts from the beginning";
}

TEST_F(WaitForKeysTest, ItIsValidatedWhollyAnewWithTheTimeOfTheTurn) {
  Make();
  Request expired, revoked, withdrawn;
  const std::string tokens[] = {Pending(), Pending(0, kNow, ",\"sid\":\"gone\""), Pending()};
  EventLoopBatcher loop(engine_, Waits(500ms));
  ASSERT_TRUE(loop.Submit(tokens[1], kNow, revoked.completion()));
  loop.Flush();
  const Revocation gone[] = {{RevokedBy::kSession, Name(0), "gone", {}, kNow + 1}};
  ASSERT_TRUE(engine_->Revoke(gone, kNow).ok());
  Install({old_, new_}, kNow);
  loop.Flush();
  EXPECT_TRUE(revoked.Has(Reason::kRevoked));

  Install({old_}, kFetched);
  ASSERT_TRUE(loop.Submit(tokens[0], kNow + 599, expired.completion()));
  loop.Flush();
  EXPECT_TRUE(expired.Waits());
  Install({old_, new_}, kNow);
  pinned_seconds = kNow + 600;
  loop.Flush();
  EXPECT_TRUE(expired.Has(Reason::kExpired));

  Install({old_}, kFetched);
  pinned_seconds = kNow;
  ASSERT_TRUE(loop.Submit(tokens[2], kNow, withdrawn.completion()));
  loop.Flush();
  KeyFeed::Of(engine_, Name(0))->Withdraw();
  loop.Flush();
  EXPECT_TRUE(withdrawn.Has(Reason::kKeysUnavailable));
}

TEST_F(WaitForKeysTest, AReloadMayGiveItsIssuerAnotherIndexOrNone) {
  Make(2);
  Request moved, dropped;
  const std::string tokens[] = {Pending(1), Pending(0)};
  EventLoopBatcher loop(engine_, Waits(500ms));
  ASSERT_TRUE(loop.Submit(tokens[0], kNow, moved.completion()));
  ASSERT_TRUE(loop.Submit(tokens[1], kNow, dropped.completion()));
  loop.Flush();
  ASSERT_TRUE(engine_->Reload(Config(1, 1)).ok());
  loop.Flush();
  EXPECT_TRUE(dropped.Has(Reason::kIssuerUnknown));
  EXPECT_TRUE(moved.Waits());
  loop.Flush();
  EXPECT_TRUE(moved.Waits());
  Install({new_}, kNow, 1);
  loop.Flush();
  EXPECT_TRUE(moved.Has(Reason::kAccepted));
}

TEST_F(WaitForKeysTest, AnIssuerHoldsAQuarterOfThePlacesAndALoopHasSoManyTokens) {
  constexpr std::size_t kShare = ParkedTokens::kMaxTokensOfIssuer;
  Make(5);
  std::deque<Request> requests;
  const std::vector<std::string> tokens = {Pending(0), Pending(1), Pending(2), Pending(3), Pending(4)};
  EventLoopBatcher loop(engine_, Waits(500ms));
  const auto submit = [&](const std::string& token) {
    Request& request = requests.emplace_back();
    EXPECT_TRUE(loop.Submit(token, kNow, request.completion()));
    loop.Flush();
    return request.Waits();
  };
  for (std::size_t issuer = 0; issuer < 4; ++issuer) {
    for (std::size_t i = 0; i < kShare; ++i) ASSERT_TRUE(submit(tokens[issuer]));
    EXPECT_FALSE(submit(tokens[issuer]));
    EXPECT_TRUE(requests.back().Has(Reason::kKeyPending));
  }
  EXPECT_FALSE(submit(tokens[4]));
  EXPECT_TRUE(requests.back().Has(Reason::kKeyPending));
  Install({new_}, kNow, 0);
  loop.Poll();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (i < kShare) {
      EXPECT_TRUE(requests[i].Has(Reason::kAccepted));
    } else if (i > kShare && i <= 2 * kShare) {
      EXPECT_TRUE(requests[i].Waits());
    }
  }
  Install({old_}, kFetched, 0);
  EXPECT_TRUE(submit(tokens[4])) << "there is a place again";
  EXPECT_TRUE(submit(tokens[0]));
}

TEST_F(WaitForKeysTest, ALoopHoldsSoManyBytes) {
  Make();
  const std::string big = Pending(0, kNow, ",\"x\":\"" + std::string(600'000, 'x') + "\""), small = Pending();
  const std::size_t fit = ParkedTokens::kMaxBytes / big.size();
  ASSERT_LT(fit, ParkedTokens::kMaxTokensOfIssuer);
  std::deque<Request> requests;
  EventLoopBatcher loop(engine_, Waits(500ms));
  for (std::size_t i = 0; i <= fit; ++i) {
    ASSERT_TRUE(loop.Submit(big, kNow, requests.emplace_back().completion()));
    loop.Flush();
    EXPECT_EQ(requests.back().Waits(), i < fit) << i;
  }
  EXPECT_TRUE(requests.back().Has(Reason::kKeyPending));
  ASSERT_TRUE(loop.Submit(small, kNow, requests.emplace_back().completion()));
  loop.Flush();
  EXPECT_TRUE(requests.back().Waits()) << "it fits beside them";

  pinned_time += 500ms;
  loop.Poll();
  for (const Request& each : requests) EXPECT_TRUE(each.Has(Reason::kKeyPending));
  ASSERT_TRUE(loop.Submit(big, kNow, requests.emplace_back().completion()));
  loop.Flush();
  EXPECT_TRUE(requests.back().Waits()) << "there is a place again";
}

TEST_F(WaitForKeysTest, WhatIsCancelledIsTouchedNoMore) {
  Make();
  Request parked, queued, done;
  auto token = std::make_unique<std::string>(Pending()), other = std::make_unique<std::string>(Pending());
  Submission submissions[3];
  EventLoopBatcher loop(engine_, Waits(500ms));
  ASSERT_TRUE(loop.Submit(*token, kNow, parked.completion(), &submissions[0]));
  ASSERT_TRUE(loop.Submit("", kNow, done.completion(), &submissions[1]));
  loop.Flush();
  ASSERT_TRUE(loop.Submit(*other, kNow, queued.completion(), &submissions[2]));
  EXPECT_FALSE(loop.Cancel({}));
  EXPECT_FALSE(loop.Cancel(submissions[1]));
  EXPECT_TRUE(loop.Cancel(submissions[0]));
  EXPECT_TRUE(loop.Cancel(submissions[2]));
  EXPECT_FALSE(loop.Cancel(submissions[0]));
  EXPECT_FALSE(loop.Cancel(submissions[2]));
  EXPECT_FALSE(loop.Cancel({99}));
  token.reset();
  other.reset();
  Install({new_}, kNow);
  loop.Flush();
  EXPECT_EQ(loop.TimeLeft(), std::nullopt);
  EXPECT_TRUE(parked.Waits() && queued.Waits());
}

// Of tokens at one time and of one at a later time, which are two calls of ValidateBatch(), queued and parked.
TEST_F(WaitForKeysTest, ACallMayCancelWhatIsBehindItInItsBatch) {
  for (const bool park : {false, true}) {
    Make();
    if (!park) Install({new_}, kNow);
    const std::string token = Pending();
    Request requests[4];
    Submission submissions[4];
    EventLoopBatcher loop(engine_, Waits(500ms));
    requests[0].then = [&] {
      EXPECT_FALSE(loop.Cancel(submissions[0])) << "its own call has begun";
      EXPECT_TRUE(loop.Cancel(submissions[1]));
      EXPECT_TRUE(loop.Cancel(submissions[3]));
    };
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(loop.Submit(token, i < 3 ? kNow : kNow + 1, requests[i].completion(), &submissions[i]));
    }
    loop.Flush();
    EXPECT_EQ(requests[0].Waits(), park);
    if (park) Install({new_}, kNow);
    loop.Flush();
    EXPECT_TRUE(requests[0].Has(Reason::kAccepted) && requests[2].Has(Reason::kAccepted));
    EXPECT_TRUE(requests[1].Waits() && requests[3].Waits());
  }
}

TEST_F(WaitForKeysTest, WhatACallCancelsDoesNotBeginToWait) {
  Make();
  const std::string token = Pending(), usual = Token(old_, "\"iat\":" + std::to_string(kNow));
  Request first, cancelled;
  Submission submission;
  EventLoopBatcher loop(engine_, Waits(500ms));
  first.then = [&] { EXPECT_TRUE(loop.Cancel(submission)); };
  ASSERT_TRUE(loop.Submit(usual, kNow, first.completion()));
  ASSERT_TRUE(loop.Submit(token, kNow, cancelled.completion(), &submission));
  loop.Flush();
  EXPECT_TRUE(first.Has(Reason::kAccepted));
  EXPECT_EQ(loop.TimeLeft(), std::nullopt);
}

TEST_F(WaitForKeysTest, ACallMaySubmitATokenThatWaitsInItsTurn) {
  Make();
  const std::string token = Pending();
  Request first, again;
  EventLoopBatcher loop(engine_, Waits(20ms));
  first.then = [&] { ASSERT_TRUE(loop.Submit(token, kNow, again.completion())); };
  ASSERT_TRUE(loop.Submit(token, kNow, first.completion()));
  loop.Flush();
  pinned_time += 20ms;
  loop.Flush();
  EXPECT_TRUE(first.Has(Reason::kKeyPending));
  EXPECT_TRUE(again.Waits());
  pinned_time += 20ms;
  loop.Flush();
  EXPECT_TRUE(again.Has(Reason::kKeyPending));
}

TEST_F(WaitForKeysTest, AtTheEndWhatWaitsGetsAnUnsetVerdict) {
  Make();
  const std::string token = Pending();
  Request parked, cancelled, queued, late;
  Submission submission;
  {
    EventLoopBatcher loop(engine_, Waits(500ms));
    parked.then = [&] {
      EXPECT_TRUE(loop.Cancel(submission));
      EXPECT_FALSE(loop.Submit(token, kNow, late.completion()));
      loop.Flush();
    };
    ASSERT_TRUE(loop.Submit(token, kNow, parked.completion()));
    ASSERT_TRUE(loop.Submit(token, kNow, cancelled.completion(), &submission));
    loop.Flush();
    ASSERT_TRUE(loop.Submit(token, kNow, queued.completion()));
  }
  EXPECT_TRUE(parked.Has(Reason::kUnset));
  EXPECT_TRUE(queued.Has(Reason::kKeyPending)) << "nobody would look any more";
  EXPECT_TRUE(cancelled.Waits() && late.Waits());
}

}  // namespace
}  // namespace assay
