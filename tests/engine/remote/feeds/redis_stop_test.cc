// A feed that is stopped while a server has much to say.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "engine/remote/feeds/redis_feed.h"
#include "tests/engine/remote/loopback_server.h"
#include "tests/testing/engines.h"
#include "tests/testing/eventually.h"

namespace assay::testing {
namespace {

// A server whose sorted set has no end: each page names another one.
TEST(RedisStop, EndsAFeedThatReadsEverything) {
  std::atomic<bool> ended{false};
  std::atomic<int> pages{0};
  LoopbackServer server([&](Peer& peer) {
    peer.Send("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n");
    peer.Send("*4\r\n$17\r\nlast-generated-id\r\n$3\r\n0-0\r\n$13\r\nentries-added\r\n:0\r\n");
    while (!ended && peer.Send("*2\r\n$1\r\n1\r\n*0\r\n")) {
      ++pages;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  EngineConfig config;
  config.issuers = {IssuerWith("{\"keys\":[]}")};
  config.issuers[0].keys = {KeySource::Kind::kUrl, "https://issuer.example/jwks"};
  config.revocation.redis.emplace().url = "redis://127.0.0.1:" + std::to_string(server.port());
  auto feed = RedisFeed::Make(MakeEngine(std::move(config)));
  ASSERT_TRUE(feed.ok()) << feed.error();
  (*feed)->Start();
  ASSERT_TRUE(Eventually([&] { return pages > 10; }));
  const auto stopped = std::async(std::launch::async, [&] { (*feed)->Stop(); });
  EXPECT_EQ(stopped.wait_for(kGenerousTimeout), std::future_status::ready);
  ended = true;
}

}  // namespace
}  // namespace assay::testing
