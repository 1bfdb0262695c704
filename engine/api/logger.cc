#include "engine/api/logger.h"

#include "engine/json/text.h"

namespace assay {

void Logger::Log(LogLevel level, std::string_view event, Fields fields, Clock::time_point now) {
  if (!callback_) return;
  LogEvent log_event{level, event, std::move(fields), 0};
  {
    const absl::MutexLock lock(&mutex_);
    Window& window = windows_[event];
    if (window.emitted == 0 || now - window.start >= std::chrono::seconds(1)) {
      log_event.suppressed = window.suppressed;
      window = {now, 0, 0};
    }
    if (window.emitted == kEventsPerSecond) {
      ++window.suppressed;
      return;
    }
    ++window.emitted;
  }
  for (auto& [name, value] : log_event.fields) value = json::Escaped(value);
  callback_(log_event);
}

}  // namespace assay
