// Deadline: the timeout of one fetch and its cancellation (a stop token).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <utility>

namespace assay::remote {

class Deadline {
 public:
  enum class Outcome : std::uint8_t { kReady, kTimeout, kStopped };

  Deadline(std::chrono::milliseconds timeout, std::stop_token stop)
      : end_(std::chrono::steady_clock::now() + timeout), stop_(std::move(stop)) {}

  // Check: kReady while neither the time is over nor a stop requested.
  Outcome Check() const {
    if (stop_.stop_requested()) return Outcome::kStopped;
    return Left().count() == 0 ? Outcome::kTimeout : Outcome::kReady;
  }

  // Left: the time left, never negative.
  std::chrono::milliseconds Left() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now());
    return std::max(left, std::chrono::milliseconds(0));
  }

  const std::stop_token& stop() const { return stop_; }

 private:
  const std::chrono::steady_clock::time_point end_;
  const std::stop_token stop_;
};

}  // namespace assay::remote
