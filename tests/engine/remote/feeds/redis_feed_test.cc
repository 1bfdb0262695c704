// The Redis feed against a real server, which is killed while revocations come in.
#include "engine/remote/feeds/redis_feed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "engine/remote/feeds/redis_follower.h"
#include "tests/engine/remote/feeds/redis_server.h"
#include "tests/testing/engines.h"
#include "tests/testing/event_log.h"
#include "tests/testing/eventually.h"

namespace assay {
namespace {

using testing::EventLog;
using testing::Eventually;
using testing::Judge;
using testing::kIssuer;
using testing::kNow;
using testing::RedisServer;
using testing::SigningKey;
using namespace std::chrono_literals;

const SigningKey& Key() {
  static const SigningKey key = SigningKey::Make(Algorithm::kES256);
  return key;
}

std::string Token(const std::string& jti) {
  return testing::Sign(Key(), testing::HeaderOf(Key()), testing::ClaimsWith("jti", "\"jti\":\"" + jti + "\""));
}

Revocation ByJti(const std::string& jti) { return {RevokedBy::kJwtId, std::string(kIssuer), jti, {}, {}}; }

Result<void> Publish(const RedisServer& server, const std::string& jti) {
  const Revocation revocation = ByJti(jti);
  return PublishToRedis(server.config(), {&revocation, 1});
}

std::shared_ptr<Engine> MakeEngine(const RedisServer& server, LogCallback log = {}) {
  EngineConfig config;
  config.log = std::move(log);
  config.issuers = {testing::IssuerWith({Key()})};
  config.revocation.redis = server.config();
  return testing::MakeEngine(std::move(config));
}

class RedisFollowerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::HasRedisServer()) GTEST_SKIP() << "no redis-server on this machine";
    server_.emplace();
    Follow(*server_);
  }
  void Follow(const RedisServer& server) {
    engine_ = MakeEngine(server, log_.Callback());
    follower_.emplace(engine_, [this] { return time_; });
  }
  Result<void> Step() { return follower_->Step(0ms); }
  void Steps() {
    for (int i = 0; i < 4; ++i) {
      const Result<void> result = Step();
      EXPECT_TRUE(result.ok()) << result.error();
    }
  }
  void AddToStreamOnly(const std::string& text) { server_->Do({"XADD", "assay:revocations", "*", "revocation", text}); }

  std::int64_t time_ = kNow;
  EventLog log_;
  std::optional<RedisServer> server_;
  std::shared_ptr<Engine> engine_;
  std::optional<feeds::RedisFollower> follower_;
};

TEST_F(RedisFollowerTest, AnEmptyServerIsCompleteAndNothingIsAcceptableBefore) {
  EXPECT_EQ(Judge(engine_, Token("a")), Reason::kRevocationUnavailable);
  Steps();
  EXPECT_EQ(Judge(engine_, Token("a")), Reason::kAccepted);
  EXPECT_EQ(follower_->resyncs(), 1u);
}

TEST_F(RedisFollowerTest, WhatIsThereAndWhatComesIsRevoked) {
  ASSERT_TRUE(Publish(*server_, "before").ok());
  Steps();
  ASSERT_TRUE(Publish(*server_, "after").ok());
  Steps();
  EXPECT_EQ(Judge(engine_, Token("before")), Reason::kRevoked);
  EXPECT_EQ(Judge(engine_, Token("after")), Reason::kRevoked);
  EXPECT_EQ(Judge(engine_, Token("other")), Reason::kAccepted);
  EXPECT_EQ(follower_->resyncs(), 1u);
  EXPECT_EQ(follower_->followed(), 1u);
}

TEST_F(RedisFollowerTest, AfterAReconnectItGoesOnWhereItWas) {
  ASSERT_TRUE(Publish(*server_, "before").ok());
  Steps();
  server_->Kill();
  EXPECT_FALSE(Step().ok());
  EXPECT_FALSE(Step().ok());
  EXPECT_EQ(Judge(engine_, Token("before")), Reason::kRevoked);
  server_->Restart();
  ASSERT_TRUE(Publish(*server_, "after").ok());
  Steps();
  EXPECT_EQ(Judge(engine_, Token("after")), Reason::kRevoked);
  EXPECT_EQ(follower_->resyncs(), 1u);
  EXPECT_EQ(follower_->followed(), 1u);
}

TEST_F(RedisFollowerTest, ATrimmedStreamIsNoticedAndEverythingReadAgain) {
  Steps();
  for (const char* const jti : {"a", "b", "c"}) ASSERT_TRUE(Publish(*server_, jti).ok());
  server_->Do({"XTRIM", "assay:revocations", "MAXLEN", "1"});
  Steps();
  for (const char* const jti : {"a", "b", "c"}) EXPECT_EQ(Judge(engine_, Token(jti)), Reason::kRevoked) << jti;
  EXPECT_EQ(follower_->resyncs(), 2u);
  for (const char* const jti : {"d", "e"}) ASSERT_TRUE(Publish(*server_, jti).ok());
  server_->Do({"XTRIM", "assay:revocations", "MAXLEN", "0"});
  Steps();
  for (const char* const jti : {"d", "e"}) EXPECT_EQ(Judge(engine_, Token(jti)), Reason::kRevoked) << jti;
  EXPECT_EQ(follower_->resyncs(), 3u);
}

TEST_F(RedisFollowerTest, ATrimmedStreamWithoutTheSortedSetIsNeverComplete) {
  AddToStreamOnly(FormatRevocation(ByJti("a")));
  AddToStreamOnly(FormatRevocation(ByJti("b")));
  server_->Do({"XTRIM", "assay:revocations", "MAXLEN", "1"});
  EXPECT_FALSE(Step().ok());
  EXPECT_EQ(Judge(engine_, Token("other")), Reason::kRevocationUnavailable);
  EXPECT_EQ(Judge(engine_, Token("b")), Reason::kRevoked);
}

// With a few new entries the set would look whole to whoever starts.
TEST_F(RedisFollowerTest, ASetThatWasLostIsNotBegunAnew) {
  ASSERT_TRUE(Publish(*server_, "one").ok());
  server_->Do({"DEL", "assay:revoked"});
  ASSERT_TRUE(Publish(*server_, "two").ok()) << "the stream still has all";
  server_->Do({"XTRIM", "assay:revocations", "MAXLEN", "0"});
  ASSERT_TRUE(Publish(*server_, "three").ok());
  server_->Do({"DEL", "assay:revoked"});
  const Result<void> published = Publish(*server_, "four");
  ASSERT_FALSE(published.ok());
  EXPECT_NE(published.error().find("the sorted set is gone"), std::string::npos) << published.error();
  server_->Do({"DEL", "assay:revocations"});
  EXPECT_TRUE(Publish(*server_, "five").ok());
}

TEST_F(RedisFollowerTest, WhatWasDroppedByAClockThatWasAheadComesBack) {
  const Revocation revocation = {RevokedBy::kJwtId, std::string(kIssuer), "one", kNow + 600, {}};
  server_->Do({"ZADD", "assay:revoked", "+inf", FormatRevocation(revocation)});
  time_ = kNow + 7200;
  Steps();
  EXPECT_EQ(Judge(engine_, Token("one")), Reason::kAccepted) << "by that clock the token is long over";
  time_ = kNow;
  Steps();
  EXPECT_EQ(Judge(engine_, Token("one")), Reason::kRevoked);
}

TEST_F(RedisFollowerTest, AnUntrimmedStreamAloneIsEnough) {
  AddToStreamOnly(FormatRevocation(ByJti("a")));
  Steps();
  EXPECT_EQ(Judge(engine_, Token("a")), Reason::kRevoked);
  EXPECT_EQ(Judge(engine_, Token("other")), Reason::kAccepted);
}

TEST_F(RedisFollowerTest, AServerThatForgotIsReadAgainAndWhatWasReadStays) {
  for (const char* const jti : {"a", "b"}) ASSERT_TRUE(Publish(*server_, jti).ok());
  Steps();
  server_->Do({"FLUSHALL"});
  ASSERT_TRUE(Publish(*server_, "c").ok());
  Steps();
  for (const char* const jti : {"a", "b", "c"}) EXPECT_EQ(Judge(engine_, Token(jti)), Reason::kRevoked) << jti;
  EXPECT_EQ(follower_->resyncs(), 2u);
}

TEST_F(RedisFollowerTest, AnEntryThatCannotBeReadStopsConfirmationAndNothingElse) {
  Steps();
  RevocationFeed(engine_, RevocationSource::kStream).Confirm(kNow - 1000);
  AddToStreamOnly("{\"iss\":");
  ASSERT_TRUE(Publish(*server_, "a").ok());
  EXPECT_FALSE(Step().ok());
  EXPECT_FALSE(Step().ok());
  EXPECT_EQ(Judge(engine_, Token("a")), Reason::kRevoked);
  EXPECT_EQ(Judge(engine_, Token("other")), Reason::kRevocationUnavailable);
  server_->Do({"XTRIM", "assay:revocations", "MAXLEN", "0"});
  EXPECT_FALSE(Step().ok());
  time_ += 10;
  Steps();
  EXPECT_EQ(Judge(engine_, Token("other")), Reason::kAccepted);
}

TEST_F(RedisFollowerTest, AnEntryThatCannotBeReadIsLookedForLessAndLessOften) {
  server_->Do({"ZADD", "assay:revoked", "+inf", "{\"iss\":"});
  const auto run_for = [&](std::int64_t seconds) {
    for (const std::int64_t end = time_ + seconds; time_ < end;) {
      time_ += 10;
      EXPECT_FALSE(Step().ok());
    }
  };
  EXPECT_FALSE(Step().ok());
  run_for(3600);  // after 10, 30, 70, 150, 310 s, and then each 300 s
  EXPECT_EQ(follower_->resyncs(), 1u + 5u + 10u);
  EXPECT_EQ(Judge(engine_, Token("other")), Reason::kRevocationUnavailable);
  server_->Do({"DEL", "assay:revoked"});
  time_ += 300;
  Steps();
  EXPECT_EQ(Judge(engine_, Token("other")), Reason::kAccepted);
  AddToStreamOnly("{\"iss\":");
  EXPECT_FALSE(Step().ok());
  run_for(10);
  EXPECT_EQ(follower_->resyncs(), 1u + 5u + 10u + 1u + 1u) << "a new one is soon looked for again";
}

// The server came back without b, got c instead, and has the counts that the follower knows.
TEST_F(RedisFollowerTest, AfterAReconnectTheLastEntryMustStillBeThere) {
  for (const char* const jti : {"a", "b"}) ASSERT_TRUE(Publish(*server_, jti).ok());
  Steps();
  const feeds::RedisReply last = server_->Do({"XREVRANGE", "assay:revocations", "+", "-", "COUNT", "1"});
  ASSERT_EQ(last.items.size(), 1u);
  server_->Do({"FLUSHALL"});
  server_->Do({"XADD", "assay:revocations", "1-1", "revocation", FormatRevocation(ByJti("a"))});
  server_->Do({"XADD", "assay:revocations", "1-2", "revocation", FormatRevocation(ByJti("c"))});
  server_->Do({"XSETID", "assay:revocations", last.items[0].items[0].text, "ENTRIESADDED", "2"});
  server_->Kill();
  EXPECT_FALSE(Step().ok());
  server_->Restart();
  Steps();
  for (const char* const jti : {"a", "b", "c"}) EXPECT_EQ(Judge(engine_, Token(jti)), Reason::kRevoked) << jti;
  EXPECT_EQ(follower_->resyncs(), 2u);
}

TEST_F(RedisFollowerTest, AServerWithNeitherKeyIsWarnedOfOnce) {
  const std::string word = "revocation_feed_empty";
  Steps();
  EXPECT_EQ(log_.Count(word), 1);
  server_->Kill();
  EXPECT_FALSE(Step().ok());
  server_->Restart();
  Steps();
  EXPECT_EQ(follower_->resyncs(), 2u);
  EXPECT_EQ(log_.Count(word), 1);
  log_.Clear();
  ASSERT_TRUE(Publish(*server_, "a").ok());
  Follow(*server_);
  Steps();
  EXPECT_EQ(log_.Count(word), 0);
}

TEST_F(RedisFollowerTest, AReplicaThatLostItsMasterConfirmsNothing) {
  ASSERT_TRUE(Publish(*server_, "a").ok());
  RedisServer replica;
  const std::string url = server_->url();
  server_->Do({"CONFIG", "SET", "repl-diskless-sync-delay", "0"});
  replica.Do({"REPLICAOF", "127.0.0.1", url.substr(url.rfind(':') + 1)});
  const auto connected = [&] { return replica.Do({"ROLE"}).items.at(3).text == "connected"; };
  ASSERT_TRUE(Eventually(connected));
  Follow(replica);
  Steps();
  EXPECT_EQ(Judge(engine_, Token("a")), Reason::kRevoked);
  EXPECT_EQ(Judge(engine_, Token("other")), Reason::kAccepted);
  server_->Kill();
  ASSERT_TRUE(Eventually([&] { return !connected(); }));
  RevocationFeed(engine_, RevocationSource::kStream).Confirm(kNow - 1000);
  EXPECT_FALSE(Step().ok());
  EXPECT_EQ(Judge(engine_, Token("other")), Reason::kRevocationUnavailable);
  replica.Do({"REPLICAOF", "NO", "ONE"});
  Steps();
  EXPECT_EQ(Judge(engine_, Token("other")), Reason::kAccepted);
}

TEST_F(RedisFollowerTest, ThousandsAtOnceAreReadInPages) {
  std::vector<Revocation> many;
  for (int i = 0; i < 5000; ++i) many.push_back(ByJti("early" + std::to_string(i)));
  ASSERT_TRUE(PublishToRedis(server_->config(), many).ok());
  Steps();
  for (int i = 0; i < 5000; ++i) many[static_cast<std::size_t>(i)] = ByJti("late" + std::to_string(i));
  ASSERT_TRUE(PublishToRedis(server_->config(), many).ok());
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(Step().ok());
  EXPECT_EQ(follower_->followed(), 5000u);
  EXPECT_EQ(follower_->resyncs(), 1u);
  EXPECT_NE(engine_->MetricsText().find("\nassay_revocations 10000\n"), std::string::npos);
  EXPECT_EQ(Judge(engine_, Token("early4999")), Reason::kRevoked);
  EXPECT_EQ(Judge(engine_, Token("late4999")), Reason::kRevoked);
}

TEST_F(RedisFollowerTest, EntriesOfLongExpiredTokensAreDroppedFromTheServer) {
  const Revocation old{RevokedBy::kJwtId, std::string(kIssuer), "old", 1000, {}};
  const Revocation mark{RevokedBy::kSubject, std::string(kIssuer), "s", {}, 1000};
  ASSERT_TRUE(PublishToRedis(server_->config(), {&old, 1}).ok());
  ASSERT_TRUE(PublishToRedis(server_->config(), {&mark, 1}).ok());
  EXPECT_EQ(server_->Do({"ZCARD", "assay:revoked"}).number, 1);
}

TEST(RedisFeed, NeedsARedisConfiguration) {
  EXPECT_FALSE(RedisFeed::Make(testing::EngineFor(Key())).ok());
  EngineConfig config;
  config.issuers = {testing::IssuerWith({Key()})};
  config.revocation.redis = RedisConfig{.url = "redis://"};
  EXPECT_FALSE(Engine::Create(std::move(config)).ok());
}

TEST(RedisFeed, AFleetSeesARevocationWithinASecond) {
  if (!testing::HasRedisServer()) GTEST_SKIP() << "no redis-server on this machine";
  const RedisServer server;
  std::vector<std::shared_ptr<Engine>> fleet;
  std::vector<std::unique_ptr<RedisFeed>> feeds;
  for (int i = 0; i < 3; ++i) {
    fleet.push_back(MakeEngine(server));
    feeds.push_back(RedisFeed::Make(fleet.back(), [] { return kNow; }).value());
    feeds.back()->Start();
  }
  for (const auto& engine : fleet) {
    ASSERT_TRUE(Eventually([&] { return Judge(engine, Token("other")) == Reason::kAccepted; }));
  }
  std::vector<double> milliseconds;
  for (int i = 0; i < 20; ++i) {
    const std::string jti = "t" + std::to_string(i);
    const std::string token = Token(jti);
    ASSERT_TRUE(Publish(server, jti).ok());
    const auto published = std::chrono::steady_clock::now();
    for (const auto& engine : fleet) {
      ASSERT_TRUE(Eventually([&] { return Judge(engine, token) == Reason::kRevoked; }));
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - published;
    milliseconds.push_back(took.count());
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  std::printf("seen by 3 engines after %.1f ms (median), %.1f ms (longest of 20)\n", milliseconds[10],
              milliseconds.back());
  EXPECT_LT(milliseconds[10], 1000);
}

// 10,000 revocations through a server that is killed twice while they come in, to a reader that is
// started anew once meanwhile.
TEST(RedisFeed, TenThousandRevocationsThroughCrashesAreAllEffective) {
  if (!testing::HasRedisServer()) GTEST_SKIP() << "no redis-server on this machine";
  constexpr int kCount = 10'000;
  RedisServer server;
  std::atomic<int> published{0};
  std::atomic<int> failures{0};
  std::thread writer([&] {
    // One to twenty at a time; what was not acknowledged is written again.
    for (int i = 0; i < kCount;) {
      std::vector<Revocation> some;
      for (int k = 0; k < 1 + i % 20 && i + k < kCount; ++k) some.push_back(ByJti("t" + std::to_string(i + k)));
      if (!PublishToRedis(server.config(), some).ok()) {
        ++failures;
        std::this_thread::sleep_for(5ms);
        continue;
      }
      i += static_cast<int>(some.size());
      published = i;
    }
  });
  std::shared_ptr<Engine> engine = MakeEngine(server);
  std::unique_ptr<RedisFeed> feed = RedisFeed::Make(engine, [] { return kNow; }).value();
  feed->Start();
  int kills = 0;
  for (const int at : {kCount / 4, kCount / 2, 3 * kCount / 4}) {
    ASSERT_TRUE(Eventually([&] { return published >= at; }, 300s));
    if (at == kCount / 2) {
      feed.reset();
      engine = MakeEngine(server);
      EXPECT_EQ(Judge(engine, Token("t0")), Reason::kRevocationUnavailable);
      feed = RedisFeed::Make(engine, [] { return kNow; }).value();
      feed->Start();
    } else {
      server.Kill();
      ++kills;
      server.Restart();
    }
  }
  writer.join();
  EXPECT_EQ(kills, 2);
  EXPECT_TRUE(Eventually([&] {
    return engine->MetricsText().find("\nassay_revocations 10000\n") != std::string::npos;
  })) << engine->MetricsText();
  Worker worker(engine);
  int effective = 0;
  for (int i = 0; i < kCount; ++i) {
    effective += worker.Validate(Token("t" + std::to_string(i)), kNow).reason() == Reason::kRevoked ? 1 : 0;
  }
  EXPECT_EQ(effective, kCount);
  EXPECT_EQ(Judge(engine, Token("other")), Reason::kAccepted);
  std::printf("%d of %d effective; %d writes met a dead server and were repeated\n", effective, kCount,
              failures.load());
}

}  // namespace
}  // namespace assay
