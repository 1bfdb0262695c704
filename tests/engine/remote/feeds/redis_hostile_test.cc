// Servers that answer without measure.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "engine/remote/feeds/redis_connection.h"
#include "engine/remote/feeds/redis_follower.h"
#include "tests/engine/remote/loopback_server.h"
#include "tests/testing/engines.h"

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

// EndlessServer: a Redis server that answers all that is asked of it with ever another page.
class EndlessServer : public ::testing::Test {
 protected:
  static constexpr char kMaster[] = "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";
  static constexpr char kEmptyStream[] =
      "*4\r\n$17\r\nlast-generated-id\r\n$3\r\n0-0\r\n$13\r\nentries-added\r\n:0\r\n";
  static constexpr char kOneEntry[] = "*4\r\n$17\r\nlast-generated-id\r\n$3\r\n1-0\r\n$13\r\nentries-added\r\n:1\r\n";
  static constexpr char kNoEntries[] = "*2\r\n$1\r\n0\r\n*0\r\n";

  static std::string Bulk(const std::string& text) {
    return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
  }
  static std::string Line(int page) {
    return FormatRevocation({RevokedBy::kJwtId, std::string(kIssuer), "token-" + std::to_string(page), {}, {}});
  }

  // Read: what one reading of everything gives, of a server that begins with `head`. `page`: of a number.
  Result<void> Read(const std::string& head, const std::function<std::string(int)>& page,
                    const feeds::RedisReadLimits& limits) {
    LoopbackServer server([&](Peer& peer) {
      if (!peer.Send(head)) return;
      for (pages_ = 0; peer.Send(page(pages_));) ++pages_;
    });
    EngineConfig config;
    config.issuers = {IssuerWith({Key()})};
    config.revocation.redis.emplace().url = "redis://127.0.0.1:" + std::to_string(server.port());
    engine_ = MakeEngine(std::move(config));
    feeds::RedisFollower follower(engine_, [] { return kNow; }, limits);
    return follower.Step(std::chrono::milliseconds(0));
  }

  static const SigningKey& Key() {
    static const SigningKey key = SigningKey::Make(Algorithm::kES256);
    return key;
  }
  Reason JudgeToken(int page) const {
    return Judge(engine_,
                 Sign(Key(), HeaderOf(Key()), ClaimsWith("jti", "\"jti\":\"token-" + std::to_string(page) + "\"")));
  }

  std::atomic<int> pages_{0};
  std::shared_ptr<Engine> engine_;
};

// Of what was read, everything counts, and nothing is taken for complete.
TEST_F(EndlessServer, IsReadUpToTheBytesOfAFile) {
  const std::size_t at_most = 100 * Line(10).size();
  const auto in_set = [](int page) { return "*2\r\n$1\r\n7\r\n*2\r\n" + Bulk(Line(page)) + Bulk("1"); };
  const auto in_stream = [](int page) {
    return "*1\r\n*2\r\n" + Bulk("1-0") + "*2\r\n" + Bulk("revocation") + Bulk(Line(page));
  };
  for (const std::size_t at_once : {std::size_t{0}, 10 * Line(10).size(), 2 * at_most}) {
    const feeds::RedisReadLimits limits{.bytes = at_most, .bytes_at_once = at_once};
    for (const bool of_stream : {false, true}) {
      const Result<void> read = of_stream ? Read(std::string(kMaster) + kOneEntry + kNoEntries, in_stream, limits)
                                          : Read(std::string(kMaster) + kEmptyStream, in_set, limits);
      ASSERT_FALSE(read.ok());
      EXPECT_EQ(read.error(), "Redis: more than " + std::to_string(at_most) + " bytes of entries");
      for (const int page : {0, 50, 90}) EXPECT_EQ(JudgeToken(page), Reason::kRevoked) << page;
      EXPECT_EQ(JudgeToken(200), Reason::kRevocationUnavailable);
    }
  }
}

TEST_F(EndlessServer, IsReadUpToATimeWhereItsPagesAreEmpty) {
  const feeds::RedisReadLimits limits{.time = std::chrono::milliseconds(50)};
  const Result<void> read =
      Read(std::string(kMaster) + kEmptyStream, [](int) { return "*2\r\n$1\r\n7\r\n*0\r\n"; }, limits);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error(), "Redis: the entries do not come to an end in time");
  EXPECT_GT(pages_, 10);
  EXPECT_EQ(JudgeToken(0), Reason::kRevocationUnavailable);
}

}  // namespace
}  // namespace assay::testing
