// HttpFetcher and the names that it resolves.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/engine/remote/fetch.h"

namespace assay::remote {

namespace {

TEST(FetchHttp, ANameIsResolvedOnceAndTheAddressPinned) {
  LoopbackServer server([](Peer& peer) {
    const bool first = peer.ReadRequest().starts_with("GET /jwks ");
    peer.Reply("{}", first ? "Location: /next\r\n" : "", first ? "302 Found" : "200 OK");
  });
  int asked = 0;
  HttpFetcher fetcher([&](const std::string&) -> Result<std::vector<std::string>> {
    return std::vector<std::string>{++asked == 1 ? "127.0.0.1" : "10.0.0.1"};
  });
  FetchRequest request;
  request.url = server.Url("/jwks", "localhost");
  EXPECT_EQ(fetcher.Fetch(request).status, FetchStatus::kOk);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(server.connections(), 2);
}

TEST(FetchHttp, TheNextAddressIsTriedWhenOneRefuses) {
  LoopbackServer server(Serve("{}"));
  HttpFetcher fetcher([](const std::string&) -> Result<std::vector<std::string>> {
    return std::vector<std::string>{"127.0.0.9", "::1", "127.0.0.1"};
  });
  FetchRequest request;
  request.url = server.Url("/jwks", "localhost");
  EXPECT_EQ(fetcher.Fetch(request).status, FetchStatus::kOk);
}

TEST(FetchHttp, ResolutionFailsOrTakesTooLong) {
  HttpFetcher failing([](const std::string&) -> Result<std::vector<std::string>> { return Error{"no such host"}; });
  FetchRequest request;
  request.url = "https://a.example/";
  EXPECT_EQ(failing.Fetch(request).status, FetchStatus::kUnresolved);
  HttpFetcher empty([](const std::string&) -> Result<std::vector<std::string>> { return std::vector<std::string>{}; });
  EXPECT_EQ(empty.Fetch(request).status, FetchStatus::kUnresolved);
  const auto gate = std::make_shared<std::mutex>();
  const std::unique_lock closed(*gate);
  HttpFetcher slow([gate](const std::string&) -> Result<std::vector<std::string>> {
    const std::lock_guard wait(*gate);
    return Error{"too late"};
  });
  request.timeout = milliseconds(50);
  EXPECT_EQ(slow.Fetch(request).status, FetchStatus::kTimeout);
}

// It is called on a thread of its own, where an exception would end the host.
TEST(FetchHttp, AResolverThatThrowsFails) {
  const auto error_of = [](const std::function<void()>& throws) {
    HttpFetcher fetcher([throws](const std::string&) -> Result<std::vector<std::string>> {
      throws();
      return std::vector<std::string>{"127.0.0.1"};
    });
    FetchRequest request;
    request.url = "https://a.example/";
    const FetchReply reply = fetcher.Fetch(request);
    EXPECT_EQ(reply.status, FetchStatus::kUnresolved);
    return reply.error;
  };
  EXPECT_NE(error_of([] { throw std::bad_alloc(); }).find("bad_alloc"), std::string::npos);
  EXPECT_NE(error_of([] { throw std::runtime_error("the resolver is out of order"); }).find("out of order"),
            std::string::npos);
  EXPECT_NE(error_of([] { throw 1; }).find("threw"), std::string::npos);
}

}  // namespace
}  // namespace assay::remote
