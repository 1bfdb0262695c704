// Waiting for what another thread or process does, without a guess of how long that takes.
#pragma once

#include <chrono>
#include <thread>

namespace assay::testing {

// How long a test waits before it takes a thing for broken: far longer than a loaded machine needs under a sanitizer.
inline constexpr std::chrono::seconds kGenerousTimeout{60};

// Eventually looks every millisecond until `condition` holds, or for `timeout`. Returns whether it held.
template <typename Condition>
bool Eventually(Condition condition, std::chrono::seconds timeout = kGenerousTimeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace assay::testing
