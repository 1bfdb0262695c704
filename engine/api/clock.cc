#include "engine/api/clock.h"

#include <ctime>

namespace assay {
namespace {

class SystemClock final : public Clock {
 public:
  std::chrono::milliseconds Now() const override {
    timespec now = {};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::milliseconds(now.tv_sec * 1000 + now.tv_nsec / 1'000'000);
  }
  std::int64_t UnixSeconds() const override { return std::time(nullptr); }
};

}  // namespace

Clock::~Clock() = default;

const Clock& Clock::System() {
  static const SystemClock clock;
  return clock;
}

}  // namespace assay
