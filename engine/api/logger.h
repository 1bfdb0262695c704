// Logger: hands events to the host's callback, escaped and at a bounded rate.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/config/config.h"

namespace assay {

class Logger {
 public:
  using Fields = std::vector<std::pair<std::string_view, std::string>>;
  using Clock = std::chrono::steady_clock;

  static constexpr int kEventsPerSecond = 10;  // of one event word

  explicit Logger(LogCallback callback) : callback_(std::move(callback)) {}

  // Log: thread-safe; does nothing without a callback. `event` is a constant. The callback runs under no lock.
  void Log(LogLevel level, std::string_view event, Fields fields, Clock::time_point now = Clock::now())
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Window {
    Clock::time_point start;
    int emitted = 0;
    std::uint64_t suppressed = 0;
  };

  const LogCallback callback_;
  absl::Mutex mutex_;
  std::map<std::string_view, Window> windows_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace assay
