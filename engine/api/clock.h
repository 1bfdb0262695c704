// Clock: the machine's time, where the engine and its feeds read it; tests inject a fake.
#pragma once

#include <chrono>
#include <cstdint>

#include "engine/base/export.h"

namespace assay {

// Moment: one moment by both clocks.
struct Moment {
  std::chrono::milliseconds monotonic{0};  // Clock::Now()
  std::int64_t unix_seconds = 0;
};

class ASSAY_EXPORT Clock {
 public:
  virtual ~Clock();

  // Now: monotonic, counting suspended time too (CLOCK_BOOTTIME).
  virtual std::chrono::milliseconds Now() const = 0;
  virtual std::int64_t UnixSeconds() const = 0;

  Moment Both() const { return {Now(), UnixSeconds()}; }

  // System: the machine's clocks.
  static const Clock& System();
};

}  // namespace assay
