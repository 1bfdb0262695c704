// Clock: the time source of a Refresher; tests inject a fake.
#pragma once

#include <chrono>
#include <cstdint>

#include "engine/base/export.h"

namespace assay::remote {

class ASSAY_EXPORT Clock {
 public:
  virtual ~Clock();

  // Now: monotonic, counting suspended time too (CLOCK_BOOTTIME).
  virtual std::chrono::milliseconds Now() const = 0;
  virtual std::int64_t UnixSeconds() const = 0;

  // The machine's clocks.
  static const Clock& System();
};

}  // namespace assay::remote
