// FeedThread: runs one step of a feed again and again, until it is stopped.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "engine/api/feeds.h"

namespace assay::feeds {

// Clock, SystemClock: seconds since the epoch; tests put their own in its place.
using Clock = std::function<std::int64_t()>;
std::int64_t SystemClock();

// ClockWatch: notices that a feed's clock was set back: entries that were over by a clock that was ahead were dropped,
// and everything has to be read anew.
class ClockWatch {
 public:
  // WentBack: whether `now` is some seconds before the last call's.
  bool WentBack(std::int64_t now) { return now < std::exchange(last_, now) - kMayDiffer; }

 private:
  static constexpr std::int64_t kMayDiffer = 5;  // seconds
  std::int64_t last_ = INT64_MIN + kMayDiffer;
};

// FeedLog: tells the engine's log, at its rate and escaped by it, when a feed begins to fail, fails in another way, and
// works again.
class FeedLog {
 public:
  FeedLog(RevocationFeed feed, std::string_view source) : feed_(std::move(feed)), source_(source) {}
  void Note(const Result<void>& result);
  void Warn(std::string_view event, const std::string& why) const;

 private:
  void Log(LogLevel level, std::string_view event, const std::string& why) const;

  const RevocationFeed feed_;
  const std::string source_;
  std::string last_;
};

class FeedThread {
 public:
  // FeedThread: `step` returns how long to wait before the next one; a stop asks the one under way to end. One that
  // throws, as when memory runs out, is told to `log` as a failure and tried again half a second later: the host goes
  // on, and what is not confirmed grows stale.
  FeedThread(FeedLog& log, std::function<std::chrono::milliseconds(const std::stop_token&)> step)
      : log_(log), step_(std::move(step)) {}
  ~FeedThread() { Stop(); }

  void Start();
  bool is_started() const { return thread_.joinable(); }

  // Stop: returns when the step under way has ended.
  void Stop();

 private:
  void Run(const std::stop_token& stop);
  bool AwaitStop(std::chrono::milliseconds at_most);
  std::chrono::milliseconds RunStep(const std::stop_token& stop) noexcept;

  FeedLog& log_;
  const std::function<std::chrono::milliseconds(const std::stop_token&)> step_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace assay::feeds
