// HttpFetcher through a proxy: who is asked what, and what is judged all the same.
#include <gtest/gtest.h>

#include <mutex>
#include <vector>

#include "engine/base/proxy_url.h"
#include "engine/remote/discovery.h"
#include "engine/remote/proxy.h"
#include "tests/engine/remote/fake_fetcher.h"
#include "tests/engine/remote/fetch.h"
#include "tests/testing/temporary_folder.h"

namespace assay::remote {
namespace {

Url UrlOf(const std::string& text) { return Url::Parse(text).value(); }

TEST(Proxy, IsAnHttpUrlWithAPort) {
  const Result<Authority> whole = ParseProxy("http://us%40er:p%3Aw@proxy.example:3128/");
  ASSERT_TRUE(whole.ok()) << whole.error();
  EXPECT_EQ(whole->user, "us@er");
  EXPECT_EQ(whole->password, "p:w");
  EXPECT_EQ(whole->host, "proxy.example");
  EXPECT_EQ(*whole->port, 3128);
  EXPECT_TRUE(ParseProxy("http://[::1]:3128")->is_ipv6);
  for (const char* url :
       {"", "proxy:3128", "https://proxy:3128", "socks5://proxy:1080", "http://proxy", "http://proxy:0",
        "http://proxy:3128/x", "http://u@proxy:3128", "http://127.1:3128", "http://:3128", "http://proxy:3128?x",
        "http://a b:3128", "http://u%3Av:p@proxy:3128", "http://u:p%00@proxy:3128"}) {
    const Result<Authority> refused = ParseProxy(url);
    EXPECT_FALSE(refused.ok()) << url;
  }
}

TEST(Proxy, WhatIsExempt) {
  const auto exempt = [](const std::string& url, const char* list) { return IsExempt(UrlOf(url), list); };
  EXPECT_TRUE(exempt("https://idp.corp.example/", "corp.example"));
  EXPECT_TRUE(exempt("https://idp.corp.example/", "x, .CORP.example "));
  EXPECT_TRUE(exempt("https://corp.example/", ".corp.example"));
  EXPECT_TRUE(exempt("https://corp.example/", "*"));
  EXPECT_TRUE(exempt("https://corp.example/", "a.example corp.example."));
  EXPECT_TRUE(exempt("https://10.1.2.3/", "10.0.0.0/8"));
  EXPECT_TRUE(exempt("https://10.1.2.3/", "10.1.2.3"));
  EXPECT_TRUE(exempt("https://172.31.0.1/", "172.16.0.0/12"));
  EXPECT_TRUE(exempt("https://[fd00::1]/", "fd00::/8"));
  EXPECT_TRUE(exempt("https://8.8.8.8/", "0.0.0.0/0"));
  for (const char* list : {"", ",", ".", "corp.exampl", "p.example", "idp", "10.0.0.0/8", "*.corp.example"}) {
    EXPECT_FALSE(exempt("https://corp.example/", list)) << list;
  }
  for (const char* list :
       {"11.0.0.0/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/x", "0.1.2.3", "3", "::/0"}) {
    EXPECT_FALSE(exempt("https://10.1.2.3/", list)) << list;
  }
  EXPECT_FALSE(exempt("https://172.32.0.1/", "172.16.0.0/12"));
}

// Behind the proxy is one server, by the name idp.example.
class FetchProxyTest : public ::testing::Test {
 protected:
  FetchProxyTest() {
    request_.ca_file = folder_.File("ca.pem", ca_.Pem());
    UseProxy("http://proxy.example:" + std::to_string(proxy_.port()));
  }
  void UseProxy(const std::string& url) { request_.proxy = url; }

  FetchReply Get(const std::string& url) {
    request_.url = url;
    return fetcher_.Fetch(request_);
  }
  // What the proxy was told, and which names were looked up, one after the other.
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::vector<std::string> looked_up() {
    const std::lock_guard lock(mutex_);
    return looked_up_;
  }

  const TestCa ca_;
  const testing::TemporaryFolder folder_;
  const Certificate certificate_ = ca_.Issue({.dns_names = {"idp.example"}, .ip_addresses = {}});
  std::mutex mutex_;
  std::vector<std::string> asked_, looked_up_, served_;
  LoopbackServer server_{[this](Peer& peer) {
                           const std::string request = peer.ReadRequest();
                           if (request.empty()) return;
                           {
                             const std::lock_guard lock(mutex_);
                             served_.push_back(request);
                           }
                           peer.Reply("{}");
                         },
                         &certificate_};
  LoopbackServer proxy_{[this](Peer& peer) {
    const std::string request = peer.ReadRequest();
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(request);
    }
    peer.Send("HTTP/1.1 200 Connection established\r\n\r\n");
    peer.Relay(server_.port());
  }};
  HttpFetcher fetcher_{[this](const std::string& host) -> Result<std::vector<std::string>> {
    const std::lock_guard lock(mutex_);
    looked_up_.push_back(host);
    return std::vector<std::string>{"127.0.0.1"};
  }};
  FetchRequest request_;
};

TEST_F(FetchProxyTest, TheProxyConnectsToTheName) {
  const FetchReply reply = Get("https://idp.example/jwks");
  EXPECT_EQ(reply.body, "{}") << reply.error;
  EXPECT_EQ(looked_up(), std::vector<std::string>{"proxy.example"}) << "the other name is the proxy's to look up";
  ASSERT_EQ(asked().size(), 1u);
  EXPECT_TRUE(asked()[0].starts_with("CONNECT idp.example:443 HTTP/1.1\r\n")) << asked()[0];
  EXPECT_EQ(asked()[0].find("Proxy-Authorization"), std::string::npos);
  EXPECT_TRUE(served_[0].starts_with("GET /jwks HTTP/1.1\r\n")) << served_[0];
}

TEST_F(FetchProxyTest, CredentialsAreForTheProxyAlone) {
  UseProxy("http://user:p%40s%2541@proxy.example:" + std::to_string(proxy_.port()));
  EXPECT_EQ(Get("https://idp.example/jwks").body, "{}");
  EXPECT_NE(asked()[0].find("Proxy-Authorization: Basic dXNlcjpwQHMlNDE=\r\n"), std::string::npos) << asked()[0];
  EXPECT_EQ(served_[0].find("uthorization"), std::string::npos) << served_[0];
}

TEST_F(FetchProxyTest, ABearerTokenIsForTheServerAlone) {
  request_.bearer_token = "secret";
  EXPECT_EQ(Get("https://idp.example/jwks").body, "{}");
  ASSERT_EQ(asked().size(), 1u);
  EXPECT_EQ(asked()[0].find("secret"), std::string::npos) << asked()[0];
  EXPECT_NE(served_[0].find("\r\nAuthorization: Bearer secret\r\n"), std::string::npos) << served_[0];
}

TEST_F(FetchProxyTest, AFailureSaysWhereTheProxyWasSet) {
  request_.proxy_setting = "HTTPS_PROXY";
  for (const char* const proxy : {"socks5://proxy.example:1080", "http://224.0.0.1:3128", "http://127.0.0.1:1"}) {
    UseProxy(proxy);
    const FetchReply reply = Get("https://idp.example/jwks");
    EXPECT_EQ(reply.error.find("the proxy of HTTPS_PROXY: "), 0u) << reply.error;
  }
}

TEST_F(FetchProxyTest, TheServerIsJudgedAsWithoutIt) {
  EXPECT_EQ(Get("https://other.example/jwks").status, FetchStatus::kTls) << "a certificate for another name";
  request_.ca_file = folder_.File("other.pem", TestCa().Pem());
  EXPECT_EQ(Get("https://idp.example/jwks").status, FetchStatus::kTls);
  EXPECT_TRUE(served_.empty());
}

// What a host of the network could be made to send to one that it cannot reach by itself.
TEST_F(FetchProxyTest, AddressesInTheUrlAreJudgedAsAlways) {
  for (const char* url :
       {"https://10.0.0.1/jwks", "https://169.254.169.254/latest", "https://[fd00::1]/", "https://0.0.0.0/"}) {
    EXPECT_EQ(Get(url).status, FetchStatus::kForbiddenAddress) << url;
  }
  EXPECT_EQ(proxy_.connections(), 0);
}

TEST_F(FetchProxyTest, ThisMachineAndWhatIsExemptAreAskedWithoutIt) {
  const Certificate local = ca_.Issue();
  LoopbackServer server(Serve("[]"), &local);
  EXPECT_EQ(Get(server.Url("/jwks", "localhost")).body, "[]");
  LoopbackServer plain(Serve("[]"));
  EXPECT_EQ(Get(plain.Url()).body, "[]");
  request_.no_proxy = "example";
  EXPECT_EQ(Get("https://idp.example/jwks").status, FetchStatus::kForbiddenAddress) << "its own address is judged";
  EXPECT_EQ(looked_up().back(), "idp.example");
  EXPECT_EQ(proxy_.connections(), 0);
}

TEST_F(FetchProxyTest, AProxyThatRefusesIsNamed) {
  for (const char* const answer : {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
                                   "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\n{}"}) {
    proxy_.SetHandler(Say(answer));
    const FetchReply reply = Get("https://idp.example/jwks");
    EXPECT_FALSE(reply.ok());
    EXPECT_EQ(reply.body, "");
    EXPECT_NE(reply.error.find(std::string(answer).substr(9, 3)), std::string::npos) << reply.error;
  }
  UseProxy("http://proxy.example");
  EXPECT_EQ(Get("https://idp.example/jwks").status, FetchStatus::kBadUrl);
  UseProxy("http://224.0.0.1:3128");
  EXPECT_EQ(Get("https://idp.example/jwks").status, FetchStatus::kForbiddenAddress);
}

// The proxy's own answer is none of the issuer's, whatever it says.
TEST_F(FetchProxyTest, AProxyAnswersForNobody) {
  const std::string body = "{\"keys\":[]}";
  proxy_.SetHandler(Say("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
  const FetchReply reply = Get("https://idp.example/jwks");
  EXPECT_FALSE(reply.ok());
  EXPECT_EQ(reply.body, "");
}

TEST_F(FetchProxyTest, ASlowOrEndlessProxyEndsByTheDeadline) {
  request_.timeout = milliseconds(300);
  const auto begun = std::chrono::steady_clock::now();
  proxy_.SetHandler([](Peer& peer) { peer.AwaitClose(); });
  EXPECT_EQ(Get("https://idp.example/jwks").status, FetchStatus::kTimeout);
  proxy_.SetHandler([](Peer& peer) {
    peer.ReadRequest();
    peer.Send("HTTP/1.1 200 OK\r\n");
    while (peer.Send("X: " + std::string(1000, 'x') + "\r\n")) {
    }
  });
  EXPECT_FALSE(Get("https://idp.example/jwks").ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, testing::kGenerousTimeout);
}

// The system's certificates are those of SSL_CERT_FILE.
TEST_F(FetchProxyTest, ACaFileReplacesTheSystemsUnlessToldToAdd) {
  const TestCa other("other root");
  const EnvironmentVariable system("SSL_CERT_FILE", folder_.File("system.pem", ca_.Pem()));
  request_.ca_file = folder_.File("other.pem", other.Pem());
  EXPECT_EQ(Get("https://idp.example/jwks").status, FetchStatus::kTls);
  request_.system_ca = true;
  EXPECT_EQ(Get("https://idp.example/jwks").body, "{}");
  EXPECT_EQ(Get("https://idp.example/jwks").body, "{}") << "by a handle that was used before";
  request_.ca_file.clear();
  EXPECT_EQ(Get("https://idp.example/jwks").body, "{}");
  const EnvironmentVariable swapped("SSL_CERT_FILE", folder_.Path("other.pem"));
  EXPECT_EQ(Get("https://idp.example/jwks").status, FetchStatus::kTls);
  request_.ca_file = folder_.Path("system.pem");
  EXPECT_EQ(Get("https://idp.example/jwks").body, "{}");
  request_.ca_file = folder_.Path("none.pem");
  EXPECT_EQ(Get("https://idp.example/jwks").status, FetchStatus::kTls);
}

TEST(ProxiedDiscovery, TheKeysAreOfTheIssuersOriginOrNamedByTheConfiguration) {
  constexpr char kIssuer[] = "https://idp.example";
  const auto discover = [&](const std::string& jwks_uri, const std::string& proxy, const std::string& no_proxy = "") {
    testing::FakeFetcher fetcher;
    fetcher.SetBody("https://idp.example/.well-known/openid-configuration",
                    R"({"issuer":"https://idp.example","jwks_uri":")" + jwks_uri + "\"}");
    FetchRequest request;
    request.proxy = proxy;
    request.no_proxy = no_proxy;
    return Discover(fetcher, request, kIssuer);
  };
  const std::string proxy = "http://proxy.example:3128";
  EXPECT_TRUE(discover("https://idp.example/keys", proxy).ok());
  EXPECT_TRUE(discover("https://keys.example/keys", "").ok());
  EXPECT_TRUE(discover("https://keys.example/keys", proxy, "keys.example").ok());
  for (const char* uri : {"https://keys.example/keys", "https://idp.example:8443/keys", "https://intranet/keys"}) {
    const Result<std::string> refused = discover(uri, proxy);
    ASSERT_FALSE(refused.ok()) << uri;
    EXPECT_NE(refused.error().find("keys.url"), std::string::npos) << refused.error();
  }
}

}  // namespace
}  // namespace assay::remote
