#include "engine/base/url.h"

#include <gtest/gtest.h>

#include <string>

namespace assay {
namespace {

TEST(Url, ReadsItsParts) {
  const auto url = Url::Parse("HTTPS://Auth.Example.com:8443/a/b?x=%20");
  ASSERT_TRUE(url) << url.error();
  EXPECT_TRUE(url->https);
  EXPECT_EQ(url->host, "auth.example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/a/b?x=%20");
  EXPECT_EQ(url->Text(), "https://auth.example.com:8443/a/b?x=%20");
}

TEST(Url, DefaultsArePort443AndTheRoot) {
  const auto url = Url::Parse("https://a.example?q");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->target, "/?q");
  EXPECT_EQ(url->Authority(), "a.example");
}

TEST(Url, Ipv6StandsInBrackets) {
  const auto url = Url::Parse("http://[::1]:80/");
  ASSERT_TRUE(url) << url.error();
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->host_kind, Url::HostKind::kIpv6);
  EXPECT_EQ(url->Text(), "http://[::1]/");
}

TEST(Url, RefusesWhatAFetchMustNotFollow) {
  for (const char* text : {
           "",
           "https",
           "https:/a",
           "https://",
           "https:///x",
           "ftp://a.example/",
           "file:///etc/passwd",
           "https://user@a.example/",
           "https://a.example@b.example/",
           "https://a.example:80@b.example/",
           "https://a.example/#f",
           "https://a.example#@b.example/",
           "https://a.example/ x",
           "https://a.example/\r\nX: y",
           "https://a.example/\x7f",
           "https://a.example/\xc3\xa4",
           "https://a.example\\@b.example/",
           "https://a.example/\\",
           "https://a.example/%",
           "https://a.example/%2",
           "https://a.example/%zz",
           "https://a.example:/",
           "https://a.example:0/",
           "https://a.example:65536/",
           "https://a.example:+1/",
           "https://a.example:1x/",
           "https://a.example:443:443/",
           "https://a.example./",
           "https://.example/",
           "https://a..b/",
           "https://-a.example/",
           "https://a_.-b/",
           "https://2130706433/",
           "https://0x7f.1/",
           "https://127.1/",
           "https://0177.0.0.1/",
           "https://1.2.3.4.5/",
           "https://256.1.1.1/",
           "https://[::1/",
           "https://::1/",
           "https://[fe80::1%25eth0]/",
           "https://[1.2.3.4]/",
           "https://a.example,b.example/",
           "https://a.example%2e/",
           "http://a.example/",
           "http://10.0.0.1/",
           "http://localhost.example/",
           "http://127.0.0.1.example/",
           " https://a.example/",
       }) {
    EXPECT_FALSE(Url::Parse(text)) << text;
  }
  EXPECT_FALSE(Url::Parse("https://" + std::string(64, 'a') + ".example/"));
  EXPECT_FALSE(Url::Parse("https://a.example/" + std::string(Url::kMaxBytes, 'a')));
}

// Wherever it stands: inet_pton ends at a NUL, and what is behind would be written into the Host field.
TEST(Url, OnlyVisibleAsciiIsRead) {
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {"http://[::1\0\r\nX-Evil: y]:18082/jwks"sv, "http://[::1\0]/"sv, "https://1.1.1.1\0.example.1/"sv,
        "http://127.0.0.1\0\r\nX-Evil: y.1/"sv, "https://a.example\0/"sv, "https://a.example:443\0/"sv,
        "https://a.example/\0"sv, "https\0://a.example/"sv}) {
    EXPECT_FALSE(Url::Parse(text)) << text;
  }
  const std::string good = "https://[2606:4700::1111]:8443/a?b";
  ASSERT_TRUE(Url::Parse(good));
  for (int byte = 0; byte < 256; ++byte) {
    if (byte > ' ' && byte < 0x7F) continue;
    for (std::size_t at = 0; at <= good.size(); ++at) {
      std::string bad = good;
      bad.insert(at, 1, static_cast<char>(byte));
      EXPECT_FALSE(Url::Parse(bad)) << byte << " at " << at;
    }
  }
}

TEST(Url, PlainHttpIsForThisMachine) {
  for (const char* text :
       {"http://localhost/x", "http://LOCALHOST:8080/x", "http://127.0.0.1:1/", "http://127.9.9.9/", "http://[::1]/"}) {
    EXPECT_TRUE(Url::Parse(text)) << text;
  }
}

TEST(Url, RedirectsStayWithinTheOrigin) {
  const Url from = *Url::Parse("https://a.example:8443/jwks");
  EXPECT_EQ(from.Redirect("/other?x")->Text(), "https://a.example:8443/other?x");
  EXPECT_EQ(from.Redirect("https://A.EXAMPLE:8443/other")->Text(), "https://a.example:8443/other");
  for (const char* location : {"", "other", "//b.example/", "https://a.example/", "https://b.example:8443/",
                               "http://a.example:8443/", "http://127.0.0.1/", "/a b", "/a#b", "?x"}) {
    EXPECT_FALSE(from.Redirect(location)) << location;
  }
}

TEST(Url, PortsAndAddressesHaveOneSpelling) {
  for (const char* text : {"https://h:0443/", "https://h:00/", "https://h:99999/", "https://127.0.0.999/",
                           "https://127.0.0.01/", "https://[::1%25lo]/", "https://[::1].h/", "https://[]/",
                           "https://[zz]/", "https://-bad-/", "https://0X7F.1/"}) {
    EXPECT_FALSE(Url::Parse(text)) << text;
  }
  const auto url = Url::Parse("https://[2001:0DB8:0::A]:8443/");
  ASSERT_TRUE(url) << url.error();
  EXPECT_EQ(url->Text(), "https://[2001:db8::a]:8443/");
  EXPECT_TRUE(IsUsualHost("[2001:DB8::a]"));
  EXPECT_FALSE(IsUsualHost("[2001:db8:0::a]"));
}

TEST(IsLoopbackHost, AgreesWithUrlsThatPlainHttpMayGoTo) {
  for (const char* host : {"localhost", "LOCALHOST", "127.0.0.1", "127.9.8.7", "[::1]", "[0:0::1]"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
    EXPECT_TRUE(Url::Parse("http://" + std::string(host) + "/")) << host;
  }
  for (const char* host : {"[0:0::2]", "::1", "127.1", "127.0.0.1.", "localhost.", "127.0.0.256", "0x7f.1",
                           "[::ffff:127.0.0.1]", "127.example", "localhost.evil", ""}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
    EXPECT_FALSE(Url::Parse("http://" + std::string(host) + "/")) << host;
  }
}

TEST(ParsePort, IsANumberFrom1To65535InItsOneSpelling) {
  EXPECT_EQ(ParsePort("1"), 1);
  EXPECT_EQ(ParsePort("65535"), 65535);
  for (const char* text : {"", "0", "00", "01", "65536", "99999", "4294967297", "+1", "-1", "1 ", " 1", "1x", "x"}) {
    EXPECT_EQ(ParsePort(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace assay
