#include "engine/mcp/request/uri.h"

#include <gtest/gtest.h>

#include "engine/base/url.h"

namespace assay::mcp {
namespace {

std::string Normal(std::string_view text) {
  Arena arena;
  const auto uri = NormalizeResourceUri(text, arena);
  return uri ? std::string(*uri) : "refused";
}

TEST(NormalizeResourceUri, SchemeAndHostLoseTheirCaseAndNothingElseDoes) {
  EXPECT_EQ(Normal("HTTPS://Example.COM:8080/Path?Q"), "https://example.com:8080/Path?Q");
  EXPECT_EQ(Normal("file:///A/b"), "file:///A/b");
  EXPECT_EQ(Normal("URN:Isbn:1"), "urn:Isbn:1");
}

TEST(NormalizeResourceUri, EscapesHaveOneSpelling) {
  EXPECT_EQ(Normal("file:///p%75blic/%7e/%c3%bc%2a"), "file:///public/~/%C3%BC*");
  EXPECT_EQ(Normal("file:///my%241/%3A%40%21%7bx%7D%20"), "file:///my$1/:@!{x}%20");
  EXPECT_EQ(Normal("https://h/a%3fb?c%3fd%24%26%3D%2b"), "https://h/a%3Fb?c?d$%26%3D%2B");
  EXPECT_EQ(Normal("note://My%2dNote%20/x"), "note://my-note%20/x");
  EXPECT_EQ(Normal("greeting://{name}/x"), "greeting://{name}/x");
  EXPECT_EQ(Normal("greeting://%7BName%7D"), "greeting://{name}");
  EXPECT_EQ(Normal("https://h"), "https://h/");
  EXPECT_EQ(Normal("https://h?x"), "https://h/?x");
  EXPECT_EQ(Normal("https://[2001:DB8::1]/"), "https://[2001:db8::1]/");
}

TEST(NormalizeResourceUri, WhatCouldBeReadInTwoWaysIsRefused) {
  for (const char* text : {"file:///a/../b",
                           "file:///a/./b",
                           "file:///a/..",
                           "file:///a/..;x/b",
                           "file:///a?/../b",
                           "file:///a\\b",
                           "note://A%22b/",
                           "note://A%3cb",
                           "note://a%7C",
                           "https://{host}/",
                           "file:///a%2fb",
                           "file:///a%2Fb",
                           "file:///a%5cb",
                           "file:///%2e%2e/b",
                           "file:///a%2Eb",
                           "file:///a%00",
                           "file:///a%0ab",
                           "file:///a%",
                           "file:///a%2",
                           "file:///a%zz",
                           "file:///a b",
                           "file:///a\tb",
                           "file:///\x7F",
                           "file:///\xC3\xBC",
                           "file:///a//b",
                           "FILE:///a//b",
                           "a/b",
                           "/a",
                           "",
                           "1a:b",
                           "https://[::1/",
                           "https://h:x/",
                           "https://a\"b/",
                           "https://../"}) {
    EXPECT_EQ(Normal(text), "refused") << text;
  }
  EXPECT_EQ(Normal(std::string_view("file:///a\0b", 11)), "refused");
  for (const char* text : {"file:///a..b/.c/d.", "db://h//a", "db:x", "file:///{path}", "https://[::1]:8/a;b=..c"}) {
    EXPECT_EQ(Normal(text), text);
  }
}

// A strict rule must not be missed by another spelling of what it protects.
TEST(NormalizeResourceUri, OtherSpellingsOfOneResourceAreRefused) {
  for (const char* text : {"file:/secret/a",
                           "FILE:/secret/a",
                           "file:secret",
                           "file://localhost/secret",
                           "file://LOCALHOST/secret",
                           "file://h/secret",
                           "file://:80/secret",
                           "file://",
                           "file:///secret?x",
                           "file:///secret?",
                           "file:///secret#x",
                           "https://h/secret#",
                           "urn:a#b",
                           "https://x@h/secret",
                           "https://@h/secret",
                           "db://x@h/a",
                           "https://h:443/secret",
                           "HTTPS://h:443/secret",
                           "http://h:80/secret",
                           "https://h:/secret",
                           "https://h:0/secret",
                           "https://h:0443/secret",
                           "https://h:65536/secret",
                           "db://h:/a",
                           "https://h./secret",
                           "https://h.:8443/secret",
                           "https://h//secret",
                           "https://h/a//",
                           "https://%68/secret",
                           "https://h%2e/secret",
                           "https:/h/secret",
                           "https:h/secret",
                           "https:///secret",
                           "https://127.1/secret",
                           "https://2130706433/secret",
                           "https://0x7f.0.0.1/secret",
                           "https://127.0.0.01/secret",
                           "https://[0::1]/secret",
                           "https://[::127.0.0.1.1]/",
                           "https://h/secret?",
                           "docs://h/secret?",
                           "note:secret?",
                           "ws://h:80/secret",
                           "wss://h:443/secret",
                           "ws:h/secret",
                           "ftp://h:21/secret",
                           "ftp:///h/secret",
                           "ftp://h/a//b",
                           "docs://[::0:1]/secret",
                           "file:///a/..%3Bx/b"}) {
    EXPECT_EQ(Normal(text), "refused") << text;
  }
  EXPECT_EQ(Normal("WS://H"), "ws://h/");
  for (const char* text : {"ws://h:443/a", "ftp://h/a", "docs://[::1]/a", "note:a?b", "http://h:443/", "https://h:80/",
                           "https://h:8443/a?b", "https://127.0.0.1/", "db://h.//a", "https://a1.b2c/"}) {
    EXPECT_EQ(Normal(text), text);
  }
}

TEST(NormalizeResourceUri, OnceIsEnough) {
  for (const char* text : {"https://H?a%3F%26%25", "file:///%25%32%65%25%3B", "NOTE://A%2dB%3A/%7e%5B"}) {
    const std::string once = Normal(text);
    EXPECT_NE(once, "refused") << text;
    EXPECT_EQ(Normal(once), once) << text;
    EXPECT_TRUE(IsNormalResourceUri(once)) << text;
    EXPECT_FALSE(IsNormalResourceUri(text)) << text;
  }
}

TEST(IsNormalResourcePrefix, ReachesPastSchemeAndHost) {
  for (const char* text : {"", "file:", "https://", "https://h/", "https://h/a", "urn:a"}) {
    EXPECT_TRUE(IsNormalResourcePrefix(text)) << text;
  }
  for (const char* text :
       {"f", "file", "https://h", "https://h:80", "https://h?", "FILE:", "FILE:///a", "https://H/", "file:/a",
        "file:///%61", "https://h:443/", "https://h./", "https://h//", "https://u@h/", "file:///a#", "1:", ":"}) {
    EXPECT_FALSE(IsNormalResourcePrefix(text)) << text;
  }
}

TEST(IsLoopbackHost, IsThisMachineOnly) {
  for (const char* host : {"localhost", "LOCALHOST", "127.0.0.1", "127.9.8.7", "[::1]"})
    EXPECT_TRUE(IsLoopbackHost(host));
  for (const char* host : {"localhost.evil", "127.0.0.1.evil", "127.", "127...", "127.0.0.256", "127.0.0.01", "127.1",
                           "127.0.0.0.1", "127.0.0.1.", "128.0.0.1", "[::2]", ""}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

}  // namespace
}  // namespace assay::mcp
