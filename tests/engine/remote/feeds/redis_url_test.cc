#include "engine/base/redis_url.h"

#include <gtest/gtest.h>

#include "engine/remote/feeds/stream_id.h"

namespace assay::feeds {
namespace {

TEST(RedisUrl, IsTakenApart) {
  const auto whole = RedisUrl::Parse("redis://us%40er:p%3Aw@h.example:6380/3");
  ASSERT_TRUE(whole.ok()) << whole.error();
  EXPECT_EQ(whole->server.user, "us@er");
  EXPECT_EQ(whole->server.password, "p:w");
  EXPECT_EQ(whole->server.host, "h.example");
  EXPECT_EQ(whole->port(), 6380);
  EXPECT_EQ(whole->database, 3);
  const auto plain = RedisUrl::Parse("redis://127.0.0.1");
  ASSERT_TRUE(plain.ok()) << plain.error();
  EXPECT_EQ(plain->port(), 6379);
  EXPECT_EQ(plain->database, 0);
  EXPECT_FALSE(plain->tls);
  EXPECT_TRUE(RedisUrl::Parse("rediss://h")->tls);
  EXPECT_EQ(RedisUrl::Parse("rediss://h")->port(), 6379);
  EXPECT_EQ(plain->server.password, "");
  EXPECT_EQ(RedisUrl::Parse("redis://:secret@h/")->server.password, "secret");
  EXPECT_EQ(RedisUrl::Parse("redis://[::1]:7000")->server.host, "::1");
  EXPECT_EQ(RedisUrl::Parse("redis://[::1]:7000")->port(), 7000);
}

TEST(RedisUrl, EverythingElseIsRefusedWithoutShowingIt) {
  for (const char* const url :
       {"", "redis://", "redisss://h", "http://h", "redis://h:0", "redis://h:65536", "redis://h:x", "redis://h/x",
        "redis://h?a", "redis://h#a", "redis://user@h", "redis://u:@h", "redis://u:p%4@h", "redis://u:p%zz@h",
        "redis://[::1", "redis://[::1]7", "redis://:7", "redis://h/99999"}) {
    const auto parsed = RedisUrl::Parse(url);
    ASSERT_FALSE(parsed.ok()) << url;
    EXPECT_EQ(parsed.error().find("zz"), std::string::npos);
  }
}

// The host is the one of an https: URL, so that no two readers connect to different machines.
TEST(RedisUrl, HostAndPortAreThoseOfAnyUrl) {
  for (const char* const url :
       {"redis://127.1", "redis://0x7f.1", "redis://h.", "redis://-h-", "redis://h:06379", "redis://h:", "redis://a b",
        "redis://h\n", "redis://h,g", "redis://[zz]", "redis://a@b:c@h", "redis://h/x:y@g", "redis://u:p\\@h"}) {
    EXPECT_FALSE(RedisUrl::Parse(url).ok()) << url;
  }
}

TEST(StreamId, IsReadOrderedAndWritten) {
  EXPECT_EQ(StreamId::Parse("12-3")->Text(), "12-3");
  EXPECT_LT(*StreamId::Parse("9-5"), *StreamId::Parse("10-0"));
  EXPECT_LT(*StreamId::Parse("10-9"), *StreamId::Parse("10-10"));
  for (const char* const text : {"", "1", "-", "1-", "-1", "1-2-3", "1-x", "a-1", " 1-1", "18446744073709551616-0"}) {
    EXPECT_FALSE(StreamId::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace assay::feeds
