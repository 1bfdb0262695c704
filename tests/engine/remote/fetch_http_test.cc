// HttpFetcher against a server that behaves, and one that does everything but.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/engine/remote/fetch.h"
#include "tests/testing/sanitizers.h"
#include "tests/testing/temporary_folder.h"

namespace assay::remote {

namespace {

TEST(FetchHttp, AnswersAreReadWithTheirFields) {
  const FetchReply reply = FetchFrom(
      Serve("{}", "ETag: W/\"a b\"\r\nCache-Control: max-age=77\r\nAge: 7\r\nContent-Type: application/json\r\n"));
  EXPECT_EQ(reply.status, FetchStatus::kOk) << reply.error;
  EXPECT_EQ(reply.http_status, 200);
  EXPECT_EQ(reply.body, "{}");
  EXPECT_EQ(reply.max_age, 70);
  EXPECT_EQ(reply.content_type, "application/json");
  EXPECT_EQ(reply.etag, "");  // a space is no part of an entity-tag
}

TEST(FetchHttp, TheRequestSaysWhatItShould) {
  std::string seen;
  LoopbackServer server([&](Peer& peer) {
    seen = peer.ReadRequest();
    peer.Reply("", "", "304 Not Modified");
  });
  FetchRequest request;
  request.etag = "W/\"v1\"";
  EXPECT_EQ(Fetch(server.Url("/a?b"), request).status, FetchStatus::kNotModified);
  EXPECT_EQ(seen.rfind("GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n", 0), 0u)
      << seen;
  EXPECT_NE(seen.find("\r\nIf-None-Match: W/\"v1\"\r\n"), std::string::npos);
  EXPECT_NE(seen.find("\r\nConnection: close\r\n"), std::string::npos);
}

TEST(FetchHttp, A304WithoutAnETagIsALie) {
  EXPECT_EQ(FetchFrom(Serve("", "", "304 Not Modified")).status, FetchStatus::kHttpError);
}

TEST(FetchHttp, OtherStatusesAreErrors) {
  for (const char* status : {"201 Created", "204 No Content", "206 Partial Content", "400 Bad", "401 No",
                             "404 Not Found", "429 Slow", "500 Oops", "503 Down"}) {
    const FetchReply reply = FetchFrom(Serve("{}", "", status));
    EXPECT_EQ(reply.status, FetchStatus::kHttpError) << status;
    EXPECT_EQ(reply.body, "");
  }
}

TEST(FetchHttp, AnETagIsSentAsItIsOrNotAtAll) {
  FetchRequest request;
  for (const char* etag : {"v1", "\"", "\"a\r\nX: y\"", "W/", "\"\x01\"", "\"a\"b\""}) {
    request.etag = etag;
    EXPECT_EQ(Fetch("http://127.0.0.1:1/", request).status, FetchStatus::kBadUrl) << etag;
  }
}

TEST(FetchHttp, RedirectsAreFollowedWithinTheOriginOnly) {
  LoopbackServer elsewhere(Serve("{}"));
  std::string location;
  LoopbackServer server([&](Peer& peer) {
    if (peer.ReadRequest().starts_with("GET /end ")) {
      peer.Reply("end");
    } else {
      peer.Reply("", "Location: " + location + "\r\n", "302 Found");
    }
  });
  location = "/end";
  EXPECT_EQ(Fetch(server.Url()).body, "end");
  location = server.Url("/end");
  EXPECT_EQ(Fetch(server.Url()).body, "end");
  for (const std::string& to :
       {elsewhere.Url(), std::string("https://127.0.0.1/"), server.Url("/end", "localhost"),
        std::string("//127.0.0.1/"), std::string("file:///etc/passwd"), std::string("end"), std::string("/jwks")}) {
    location = to;
    EXPECT_EQ(Fetch(server.Url()).status, FetchStatus::kRedirect) << to;
  }
  EXPECT_EQ(elsewhere.connections(), 0);
  EXPECT_EQ(FetchFrom(Serve("", "", "301 Moved")).status, FetchStatus::kRedirect);
}

TEST(FetchHttp, ForbiddenUrlsOpenNoConnection) {
  for (const char* url :
       {"http://a.example/", "ftp://a.example/", "https://u@a.example/", "https://a.example/#f", ""}) {
    EXPECT_EQ(Fetch(url).status, FetchStatus::kBadUrl) << url;
  }
}

TEST(FetchHttp, PrivateAddressesNeedToBeAllowed) {
  LoopbackServer server(Serve("{}"));
  std::vector<std::string> addresses;
  HttpFetcher fetcher([&](const std::string&) -> Result<std::vector<std::string>> { return addresses; });
  FetchRequest request;
  request.timeout = milliseconds(300);
  request.url = "https://a.example:" + std::to_string(server.port()) + "/";
  for (const char* address : {"127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "::ffff:127.0.0.1", "fd00::1",
                              "169.254.169.254", "0.0.0.0", "64:ff9b::7f00:1"}) {
    addresses = {address};
    const FetchReply reply = fetcher.Fetch(request);
    EXPECT_EQ(reply.status, FetchStatus::kForbiddenAddress) << address;
    EXPECT_NE(reply.error.find("a.example"), std::string::npos) << reply.error;
  }
  EXPECT_EQ(server.connections(), 0);
  request.allow_private_addresses = true;
  addresses = {"169.254.169.254"};
  EXPECT_EQ(fetcher.Fetch(request).status, FetchStatus::kForbiddenAddress);
  addresses = {"127.0.0.1"};
  EXPECT_NE(fetcher.Fetch(request).status, FetchStatus::kForbiddenAddress);
  // The kernel accepts for the server, which counts when it gets round to it.
  EXPECT_TRUE(testing::Eventually([&] { return server.connections() > 0; }));
  EXPECT_EQ(server.connections(), 1);
}

TEST(FetchHttp, PlainHttpGoesElsewhereOnlyWhereAllowedAndOnlyToPrivateAddresses) {
  LoopbackServer server(Serve("[]"));
  const std::string url = "http://keycloak:" + std::to_string(server.port()) + "/certs";
  const auto fetch = [](const std::string& from, const std::string& address, bool allowed) {
    HttpFetcher fetcher([=](const std::string&) { return std::vector<std::string>{address}; });
    FetchRequest request;
    request.url = from;
    request.plain_http_is_dangerous = allowed;
    request.timeout = testing::kGenerousTimeout;
    return fetcher.Fetch(request);
  };
  EXPECT_EQ(fetch(url, "127.0.0.1", true).body, "[]");
  EXPECT_EQ(fetch(url, "127.0.0.1", false).status, FetchStatus::kBadUrl);
  const FetchReply refused = fetch(url, "93.184.216.34", true);
  EXPECT_EQ(refused.status, FetchStatus::kForbiddenAddress);
  EXPECT_EQ(refused.error, "keycloak is 93.184.216.34, which may not be connected to by plain http");
  EXPECT_EQ(fetch("http://93.184.216.34/", "", true).status, FetchStatus::kForbiddenAddress);
  EXPECT_EQ(fetch(url, "169.254.169.254", true).status, FetchStatus::kForbiddenAddress)
      << "no host's, whatever is said";
  EXPECT_EQ(fetch("https://keycloak/", "127.0.0.1", true).status, FetchStatus::kForbiddenAddress) << "it is for http";
  EXPECT_EQ(server.connections(), 1);
}

TEST(FetchHttp, PlainHttpIsNotRedirectedElsewhere) {
  LoopbackServer other(Serve("[]"));
  LoopbackServer server(Serve("", "Location: http://other:" + std::to_string(other.port()) + "/\r\n", "302 Found"));
  HttpFetcher fetcher([](const std::string&) { return std::vector<std::string>{"127.0.0.1"}; });
  FetchRequest request;
  request.url = "http://keycloak:" + std::to_string(server.port()) + "/";
  request.plain_http_is_dangerous = true;
  EXPECT_EQ(fetcher.Fetch(request).status, FetchStatus::kRedirect);
  EXPECT_EQ(other.connections(), 0);
}

TEST(FetchHttp, ABearerTokenIsNeverSentInTheClearNorAsAnythingElse) {
  LoopbackServer server(Serve("[]"));
  FetchRequest request;
  request.bearer_token = "secret";
  EXPECT_EQ(Fetch(server.Url(), request).status, FetchStatus::kBadUrl);
  request.bearer_token = "a\r\nX-Evil: 1";
  EXPECT_EQ(Fetch("https://127.0.0.1/", request).status, FetchStatus::kBadUrl);
  EXPECT_EQ(server.connections(), 0);
}

TEST(FetchHttp, ANameOfThisMachineMustMeanThisMachine) {
  HttpFetcher fetcher([](const std::string&) -> Result<std::vector<std::string>> {
    return std::vector<std::string>{"10.0.0.1", "1.1.1.1"};
  });
  FetchRequest request;
  request.url = "http://localhost/";
  request.allow_private_addresses = true;
  EXPECT_EQ(fetcher.Fetch(request).status, FetchStatus::kForbiddenAddress);
}

// The name is looked up once a fetch, also for its redirects; what a second look-up would say, which is
// how DNS rebinding works, is never asked.
TEST(FetchHttp, AnIpv6AddressIsAHostLikeAnyOther) {
  const FetchReply reply = Fetch("http://[::1]:1/jwks");
  EXPECT_EQ(reply.status, FetchStatus::kUnreachable) << reply.error;
}

TEST(FetchHttp, NobodyListening) {
  LoopbackServer server(Serve("{}"));
  const std::string url = server.Url();
  server.Refuse();
  EXPECT_EQ(Fetch(url).status, FetchStatus::kUnreachable);
}

// What libcurl would do of itself ----------------------------------------------------------------------

TEST(FetchHttp, TheEnvironmentNamesNoProxyAndNoCredentials) {
  const testing::TemporaryFolder folder;
  folder.File(".netrc", "machine 127.0.0.1 login user password secret\ndefault login user password secret\n");
  const std::string nobody = "http://127.0.0.1:1";  // whoever asked there would get nothing
  const EnvironmentVariable variables[] = {{"http_proxy", nobody}, {"https_proxy", nobody}, {"HTTPS_PROXY", nobody},
                                           {"all_proxy", nobody},  {"ALL_PROXY", nobody},   {"HOME", folder.Path("")}};
  std::string seen;
  LoopbackServer server([&](Peer& peer) {
    seen = peer.ReadRequest();
    peer.Reply("{}");
  });
  EXPECT_EQ(Fetch(server.Url()).body, "{}");
  EXPECT_EQ(seen.find("uthorization"), std::string::npos) << seen;
}

TEST(FetchHttp, WhatLibcurlForgivesIsRefused) {
  const std::string ok = "HTTP/1.1 200 OK\r\n", end = "\r\n\r\n";
  const std::vector<std::string> refused = {
      ok + "Content-Length: 2\r\nContent-Length: 2" + end + "{}",
      ok + "Content-Length: 2, 2" + end + "{}",
      ok + "Content-Length: +2" + end + "{}",
      ok + "Content-Length: 2\r\nTransfer-Encoding: chunked" + end + "2\r\n{}\r\n0" + end,
      ok + "Transfer-Encoding: gzip, chunked" + end + "2\r\n{}\r\n0" + end,
      ok + "Transfer-Encoding: chunked" + end + "2 \n{}\r\n0" + end,
      ok + "Content-Encoding: gzip\r\nContent-Length: 2" + end + "{}",
      ok + "A: b\r\n folded" + end + "{}",
      ok + "A : b" + end + "{}",
      ok + "A: b\nContent-Length: 2" + end + "{}",
      ok + "no colon" + end + "{}",
      ok + "A: b\r\n" + std::string("B: \0", 4) + end + "{}",
      "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
      std::string("HTTP/2 200") + end + "{}",
      std::string("HTTP/1.2 200 OK") + end + "{}",
      std::string("HTTP/1.1 99 No") + end + "{}",
      std::string("HTTP/1.1 101 Switching\r\nUpgrade: h2c") + end + "{}",
      std::string("{\"keys\":[]}"),
      ok + "X: " + std::string(33 * 1024, 'x') + end + "{}"};
  for (const std::string& reply : refused) {
    EXPECT_EQ(FetchFrom(Say(reply)).status, FetchStatus::kMalformed) << reply.substr(0, 120);
  }
  const std::vector<std::string> taken = {
      ok + "Content-Length: 2" + end + "{}", ok + "Transfer-Encoding: chunked" + end + "2;x=y\r\n{}\r\n0\r\nA: b" + end,
      "HTTP/1.1 103 Early\r\nLink: x" + end + ok + "Content-Length: 2" + end + "{}", ok + "\r\n{}"};
  for (const std::string& reply : taken) {
    EXPECT_EQ(FetchFrom(Say(reply)).body, "{}") << reply;
  }
}

// A server that keeps the connection open after the last chunk.
TEST(FetchHttp, TheLastChunkEndsTheReplyNotTheConnection) {
  const auto start = std::chrono::steady_clock::now();
  FetchRequest request;
  request.timeout = testing::kGenerousTimeout;
  const FetchReply reply = FetchFrom(
      [](Peer& peer) {
        peer.ReadRequest();
        peer.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
        peer.AwaitClose();
      },
      request);
  EXPECT_EQ(reply.body, "{}");
  EXPECT_LT(std::chrono::steady_clock::now() - start, testing::kGenerousTimeout / 2);
}

// Hostile servers ------------------------------------------------------------------------------------

TEST(FetchHttp, SilenceEndsByTheDeadline) {
  ExpectTimeout([](Peer& peer) { peer.AwaitClose(); });
}

TEST(FetchHttp, SlowBytesEndByTheDeadline) {
  ExpectTimeout([](Peer& peer) {
    peer.ReadRequest();
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (peer.Send("x")) std::this_thread::sleep_for(milliseconds(5));
  });
}

TEST(FetchHttp, ASlowHandshakeEndsByTheDeadline) {
  // A plain server dribbles what begins like a TLS record: the client waits for the rest of it.
  LoopbackServer server([](Peer& peer) {
    peer.Send(std::string("\x16\x03\x03\x3f\xff", 5));
    while (peer.Send(std::string(1, '\x02'))) std::this_thread::sleep_for(milliseconds(5));
  });
  const TestCa ca;
  const testing::TemporaryFolder folder;
  FetchRequest request;
  request.timeout = milliseconds(200);
  request.ca_file = folder.File("ca.pem", ca.Pem());
  EXPECT_EQ(Fetch("https://127.0.0.1:" + std::to_string(server.port()), request).status, FetchStatus::kTimeout);
}

TEST(FetchHttp, AStopEndsAFetchAtOnce) {
  std::stop_source stop;
  LoopbackServer server([&](Peer& peer) {
    peer.ReadRequest();
    stop.request_stop();
    peer.AwaitClose();
  });
  FetchRequest request;
  request.stop = stop.get_token();
  request.timeout = std::chrono::minutes(10);
  EXPECT_EQ(Fetch(server.Url(), request).status, FetchStatus::kStopped);
  EXPECT_EQ(Fetch(server.Url(), request).status, FetchStatus::kStopped);
}

long MaxRssKib() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(FetchHttp, EndlessRepliesAreCutAndKeepNoMemory) {
  const std::string block(64 * 1024, 'x');
  std::string fields;
  while (fields.size() < block.size()) fields += "x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n";
  const auto endless = [](std::string start, std::string more) {
    return [=](Peer& peer) {
      peer.ReadRequest();
      peer.Send(start);
      while (peer.Send(more)) {
      }
    };
  };
  const long before = MaxRssKib();
  EXPECT_EQ(FetchFrom(endless("HTTP/1.1 200 OK\r\n\r\n", block)).status, FetchStatus::kTooLarge);
  EXPECT_EQ(
      FetchFrom(endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "10\r\n0123456789abcdef\r\n")).status,
      FetchStatus::kTooLarge);
  EXPECT_EQ(FetchFrom(endless("HTTP/1.1 200 OK\r\n", fields)).status, FetchStatus::kMalformed);
  EXPECT_EQ(FetchFrom(endless("HTTP/1.1 200 ", block)).status, FetchStatus::kMalformed);
  EXPECT_EQ(FetchFrom(endless("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n", block)).status,
            FetchStatus::kTooLarge);
  EXPECT_EQ(FetchFrom(endless("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n")).status,
            FetchStatus::kMalformed);
  if (!testing::kSanitized) {
    EXPECT_LT(MaxRssKib() - before, 32 * 1024);
  }
}

TEST(FetchHttp, TheLimitIsExact) {
  FetchRequest request;
  request.max_bytes = 1000;
  EXPECT_EQ(FetchFrom(Serve(std::string(1000, ' ')), request).status, FetchStatus::kOk);
  EXPECT_EQ(FetchFrom(Serve(std::string(1001, ' ')), request).status, FetchStatus::kTooLarge);
}

TEST(FetchHttp, ResetsAndCutsAreErrors) {
  const FetchReply reset = FetchFrom([](Peer& peer) {
    peer.ReadRequest();
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx");
    peer.Reset();
  });
  EXPECT_TRUE(reset.status == FetchStatus::kUnreachable || reset.status == FetchStatus::kMalformed) << reset.error;
  EXPECT_EQ(FetchFrom([](Peer& peer) { peer.Reset(); }).status, FetchStatus::kUnreachable);
  EXPECT_EQ(FetchFrom(Say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")).status, FetchStatus::kMalformed);
  EXPECT_EQ(FetchFrom(Say("")).status, FetchStatus::kMalformed);
  EXPECT_EQ(FetchFrom(Say("SSH-2.0-OpenSSH_9\r\n\r\n")).status, FetchStatus::kMalformed);
}

}  // namespace
}  // namespace assay::remote
