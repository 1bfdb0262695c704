#include "engine/remote/feeds/feed_thread.h"

#include <absl/time/time.h>

#include <exception>
#include <utility>

#include "engine/base/signals_blocked.h"

namespace assay::feeds {
namespace {

constexpr std::chrono::milliseconds kPauseAfterThrow{500};

}  // namespace

std::int64_t SystemClock() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void FeedThread::Start() {
  if (thread_.joinable()) return;
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = false;
  }
  const SignalsBlocked for_it;
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void FeedThread::Stop() {
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void FeedThread::Run(const std::stop_token& stop) {
  for (std::chrono::milliseconds pause{0}; !AwaitStop(pause);) pause = RunStep(stop);
}

bool FeedThread::AwaitStop(std::chrono::milliseconds at_most) {
  const absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&stopping_), absl::FromChrono(at_most));
}

std::chrono::milliseconds FeedThread::RunStep(const std::stop_token& stop) noexcept {
  try {
    try {
      return step_(stop);
    } catch (const std::exception& thrown) {
      log_.Note(Error{thrown.what()});
    } catch (...) {
      log_.Note(Error{"unknown exception"});
    }
  } catch (...) {  // out of memory for the log too
  }
  return kPauseAfterThrow;
}

void FeedLog::Note(const Result<void>& result) {
  const std::string now = result ? std::string() : result.error();
  if (now == last_) return;
  last_ = now;
  Log(result ? LogLevel::kInfo : LogLevel::kError, result ? "revocation_feed_restored" : "revocation_feed_failed", now);
}

void FeedLog::Warn(std::string_view event, const std::string& why) const { Log(LogLevel::kWarning, event, why); }

void FeedLog::Log(LogLevel level, std::string_view event, const std::string& why) const {
  LogFields fields = {{"source", source_}};
  if (!why.empty()) fields.emplace_back("why", why);
  feed_.Log(level, event, std::move(fields));
}

}  // namespace assay::feeds
