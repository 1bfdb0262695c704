// HttpFetcher, asked once.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ostream>
#include <string>
#include <utility>

#include "engine/remote/fetch_http.h"
#include "tests/engine/remote/loopback_server.h"
#include "tests/testing/eventually.h"

namespace assay::remote {

inline void PrintTo(FetchStatus status, std::ostream* out) { *out << FetchStatusWord(status); }

using std::chrono::milliseconds;
using testing::Certificate;
using testing::LoopbackServer;
using testing::Peer;
using testing::Serve;
using testing::TestCa;

inline FetchReply Fetch(const std::string& url, FetchRequest request = {}) {
  HttpFetcher fetcher;
  request.url = url;
  return fetcher.Fetch(request);
}

inline FetchReply FetchFrom(LoopbackServer::Handler handler, FetchRequest request = {}) {
  LoopbackServer server(std::move(handler));
  return Fetch(server.Url(), std::move(request));
}

// EnvironmentVariable: set for as long as this lives.
class EnvironmentVariable {
 public:
  EnvironmentVariable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~EnvironmentVariable() { ::unsetenv(name_); }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;

 private:
  const char* const name_;
};

// Answers the request with exactly these bytes.
inline LoopbackServer::Handler Say(std::string bytes) {
  return [=](Peer& peer) {
    peer.ReadRequest();
    peer.Send(bytes);
  };
}

// Each dribbles or floods for ever; the fetch ends by its deadline.
inline void ExpectTimeout(LoopbackServer::Handler handler, const Certificate* certificate = nullptr) {
  LoopbackServer server(std::move(handler), certificate);
  FetchRequest request;
  request.timeout = milliseconds(200);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Fetch(server.Url(), request).status, FetchStatus::kTimeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, testing::kGenerousTimeout) << "for ever, otherwise";
}

}  // namespace assay::remote
