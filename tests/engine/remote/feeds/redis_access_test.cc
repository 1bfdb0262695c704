// What a restricted user of the Redis server must be allowed: README, "Revocation", has these lists.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/remote/feeds/redis_feed.h"
#include "engine/remote/feeds/redis_follower.h"
#include "tests/engine/remote/feeds/redis_server.h"
#include "tests/testing/engines.h"

namespace assay {
namespace {

using testing::kIssuer;
using testing::kNow;

using Words = std::vector<std::string>;

const Words kGateway = {
    "%R~assay:revoked", "%R~assay:revocations", "+role", "+xinfo|stream", "+zscan", "+xrange", "+xread", "+exists"};
const Words kRevoker = {"~assay:revoked", "~assay:revocations", "+eval", "+time", "+zremrangebyscore", "+zadd",
                        "+xadd"};

Words Without(const Words& words, std::size_t index) {
  Words rest = words;
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(index));
  return rest;
}

class RedisAccessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::HasRedisServer()) GTEST_SKIP() << "no redis-server on this machine";
    server_.emplace();
  }
  // The server's URL for a user who may do this and nothing else.
  std::string UrlFor(const Words& rights) {
    Words words = {"ACL", "SETUSER", "restricted", "reset", "on", ">secret"};
    words.insert(words.end(), rights.begin(), rights.end());
    server_->Do(words);
    return "redis://restricted:secret@" + server_->url().substr(sizeof("redis://") - 1);
  }
  Result<void> Publish(const std::string& url) const {
    const Revocation revocation{RevokedBy::kSubject, std::string(kIssuer), "alice", {}, kNow};
    RedisConfig config;
    config.url = url;
    return PublishToRedis(config, {&revocation, 1});
  }
  // Reads everything, of a stream that was trimmed, and then follows.
  Result<void> Follow(const std::string& url) const {
    EngineConfig config;
    config.issuers = {testing::IssuerWith({testing::SigningKey::Make(Algorithm::kES256)})};
    config.revocation.redis.emplace().url = url;
    const auto engine = testing::MakeEngine(std::move(config));
    feeds::RedisFollower follower(engine, [] { return kNow; });
    for (int step = 0; step < 2; ++step) {
      if (const Result<void> stepped = follower.Step(std::chrono::milliseconds(0)); !stepped) return stepped;
    }
    EXPECT_NE(engine->MetricsText().find("\nassay_revocations 1\n"), std::string::npos);
    return {};
  }

  std::optional<testing::RedisServer> server_;
};

TEST_F(RedisAccessTest, AGatewayNeedsToReadAndToAskForTheRole) {
  ASSERT_TRUE(Publish(server_->url()).ok());
  server_->Do({"XTRIM", "assay:revocations", "MAXLEN", "0"});
  const Result<void> followed = Follow(UrlFor(kGateway));
  EXPECT_TRUE(followed.ok()) << followed.error();
  for (std::size_t i = 0; i < kGateway.size(); ++i) {
    EXPECT_FALSE(Follow(UrlFor(Without(kGateway, i))).ok()) << kGateway[i] << " is not needed";
  }
  EXPECT_FALSE(Publish(UrlFor(kGateway)).ok()) << "a gateway cannot revoke, nor take back";
}

TEST_F(RedisAccessTest, WhoRevokesNeedsAScriptThatAddsAndDropsWhatHasExpired) {
  const Result<void> published = Publish(UrlFor(kRevoker));
  EXPECT_TRUE(published.ok()) << published.error();
  for (std::size_t i = 0; i < kRevoker.size(); ++i) {
    EXPECT_FALSE(Publish(UrlFor(Without(kRevoker, i))).ok()) << kRevoker[i] << " is not needed";
  }
}

TEST_F(RedisAccessTest, AnotherDatabaseNeedsSelect) {
  const std::string url = UrlFor(kRevoker) + "/1";
  EXPECT_FALSE(Publish(url).ok());
  Words rights = kRevoker;
  rights.push_back("+select");
  UrlFor(rights);
  EXPECT_TRUE(Publish(url).ok());
}

}  // namespace
}  // namespace assay
