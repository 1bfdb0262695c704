// FakeFetcher and FakeClock: a network and a time that do as a test says, for tests that never wait.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/api/clock.h"
#include "engine/remote/fetcher.h"

namespace assay::testing {

class FakeFetcher : public remote::Fetcher {
 public:
  using Handler = std::function<remote::FetchReply(const remote::FetchRequest&)>;

  remote::FetchReply Fetch(const remote::FetchRequest& request) override {
    Handler handler;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      const auto found = pages_.find(request.url);
      if (found != pages_.end()) handler = found->second;
    }
    return handler ? handler(request) : Failed(remote::FetchStatus::kHttpError);
  }

  void Set(const std::string& url, Handler handler) {
    const std::lock_guard lock(mutex_);
    pages_[url] = std::move(handler);
  }
  void SetBody(const std::string& url, std::string body) {
    Set(url, [body = std::move(body)](const auto&) { return Page(body); });
  }

  static remote::FetchReply Page(std::string body, std::string etag = "") {
    remote::FetchReply reply;
    reply.status = remote::FetchStatus::kOk;
    reply.http_status = 200;
    reply.body = std::move(body);
    reply.etag = std::move(etag);
    return reply;
  }
  static remote::FetchReply Failed(remote::FetchStatus status) {
    remote::FetchReply reply;
    reply.status = status;
    reply.error = "as the test wants it";
    return reply;
  }

  std::vector<remote::FetchRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::size_t count() const { return requests().size(); }
  std::vector<std::string> urls() const {
    std::vector<std::string> urls;
    for (const remote::FetchRequest& request : requests()) urls.push_back(request.url);
    return urls;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Handler> pages_;
  std::vector<remote::FetchRequest> requests_;
};

class FakeClock : public Clock {
 public:
  std::chrono::milliseconds Now() const override { return std::chrono::milliseconds(now_.load()); }
  std::int64_t UnixSeconds() const override { return kUnixStart + now_.load() / 1000; }
  void Advance(std::chrono::milliseconds by) { now_ += by.count(); }

  static constexpr std::int64_t kUnixStart = 1'700'000'000;

 private:
  std::atomic<std::int64_t> now_{0};
};

}  // namespace assay::testing
