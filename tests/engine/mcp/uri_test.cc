#include "engine/mcp/uri.h"

#include <gtest/gtest.h>

namespace assay::mcp {
namespace {

std::string Normal(std::string_view text) {
  Arena arena;
  const auto uri = NormalizeResourceUri(text, arena);
  return uri ? std::string(*uri) : "refused";
}

TEST(NormalizeResourceUri, SchemeAndHostLoseTheirCaseAndNothingElseDoes) {
  EXPECT_EQ(Normal("HTTPS://User@Example.COM:8080/Path?Q#F"), "https://User@example.com:8080/Path?Q#F");
  EXPECT_EQ(Normal("file:///A/b"), "file:///A/b");
  EXPECT_EQ(Normal("URN:Isbn:1"), "urn:Isbn:1");
}

TEST(NormalizeResourceUri, EscapesHaveOneSpelling) {
  EXPECT_EQ(Normal("file:///p%75blic/%7e/%c3%bc%2a"), "file:///public/~/%C3%BC%2A");
  EXPECT_EQ(Normal("https://%45xample.com/"), "https://example.com/");
}

TEST(NormalizeResourceUri, WhatCouldBeReadInTwoWaysIsRefused) {
  for (const char* text :
       {"file:///a/../b", "file:///a/./b", "file:///a/..", "file:///a/..;x/b", "file:///a?/../b", "file:///a\\b",
        "file:///a%2fb", "file:///a%2Fb", "file:///a%5cb", "file:///%2e%2e/b", "file:///a%2Eb", "file:///a%00",
        "file:///a%0ab", "file:///a%", "file:///a%2", "file:///a%zz", "file:///a b", "file:///a\tb", "file:///\x7F",
        "file:///\xC3\xBC", "file:///a//b", "FILE:///a//b", "a/b", "/a", "", "1a:b", "https://[::1/", "https://h:x/",
        "https://a\"b/", "https://../"}) {
    EXPECT_EQ(Normal(text), "refused") << text;
  }
  EXPECT_EQ(Normal(std::string_view("file:///a\0b", 11)), "refused");
  for (const char* text : {"file:///a..b/.c/d.", "https://h//a", "db:x", "file:///{path}", "https://[::1]:8/a;b=..c"}) {
    EXPECT_EQ(Normal(text), text);
  }
}

TEST(NormalizeResourcePrefix, ReachesPastSchemeAndHost) {
  for (const char* text : {"", "file:", "https://", "https://h/", "https://h/a", "urn:a"}) {
    EXPECT_TRUE(NormalizeResourcePrefix(text)) << text;
  }
  for (const char* text : {"f", "file", "https://h", "https://h:80", "https://h?"}) {
    EXPECT_FALSE(NormalizeResourcePrefix(text)) << text;
  }
}

TEST(IsLoopbackHost, IsThisMachineOnly) {
  for (const char* host : {"localhost", "LOCALHOST", "127.0.0.1", "127.9.8.7", "[::1]"}) EXPECT_TRUE(IsLoopbackHost(host));
  for (const char* host : {"localhost.evil", "127.0.0.1.evil", "127.", "127...", "128.0.0.1", "[::2]", ""}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

}  // namespace
}  // namespace assay::mcp
