// Clock: the time, as a Refresher sees it; tests bring their own.
#pragma once

#include <chrono>
#include <cstdint>

#include "engine/base/export.h"

namespace assay::remote {

class ASSAY_EXPORT Clock {
 public:
  virtual ~Clock();

  // Since any fixed moment; goes on while the machine sleeps, and never back.
  virtual std::chrono::milliseconds Now() const = 0;
  virtual std::int64_t UnixSeconds() const = 0;

  // The machine's clocks.
  static const Clock& System();
};

}  // namespace assay::remote
