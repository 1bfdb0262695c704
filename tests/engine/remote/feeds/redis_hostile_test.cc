// Servers that answer without measure.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "engine/remote/feeds/redis_connection.h"
#include "tests/engine/remote/loopback_server.h"

namespace assay::testing {
namespace {

constexpr std::string_view kTooMuch = "Redis: an answer of too many items, or of arrays too deep in each other";

std::string Times(int count, std::string_view text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

// Ask: what comes of a command that is answered with `answer`.
Result<feeds::RedisReply> Ask(const std::string& answer) {
  LoopbackServer server([&](Peer& peer) {
    if (peer.Send(answer)) peer.AwaitClose();
  });
  auto connection = feeds::RedisConnection::Open({.url = "redis://127.0.0.1:" + std::to_string(server.port())});
  if (!connection) return Error{connection.error()};
  const std::array<std::string, 1> words = {"PING"};
  Result<feeds::RedisReply> reply = connection->Call(words);
  EXPECT_EQ(connection->alive(), reply.ok());
  return reply;
}

TEST(RedisAnswer, RoomIsMadeForSoManyItemsAndNoMore) {
  const Result<feeds::RedisReply> good = Ask("*2\r\n*600000\r\n" + Times(600'000, ":1\r\n") + "*0\r\n");
  ASSERT_TRUE(good.ok()) << good.error();
  EXPECT_EQ(good->items[0].items.size(), 600'000u);
  for (const std::string& answer : {std::string("*2147483647\r\n"), std::string("*1048577\r\n"),
                                    "*2\r\n*600000\r\n" + Times(600'000, ":1\r\n") + "*600000\r\n"}) {
    const Result<feeds::RedisReply> refused = Ask(answer);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error(), kTooMuch) << answer.substr(0, 20);
  }
}

TEST(RedisAnswer, ArraysStandInEachOtherSoDeepAndNoDeeper) {
  EXPECT_TRUE(Ask(Times(7, "*1\r\n") + ":1\r\n").ok());
  for (const int depth : {8, 1'000'000}) {
    const Result<feeds::RedisReply> refused = Ask(Times(depth, "*1\r\n") + ":1\r\n");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error(), kTooMuch) << depth;
  }
}

}  // namespace
}  // namespace assay::testing
