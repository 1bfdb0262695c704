// Patience: how long one fetch may wait, and what ends its waiting early.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>

namespace assay::remote {

class Patience {
 public:
  enum class Outcome : std::uint8_t { kReady, kTimeout, kStopped };

  // A stop wakes whoever waits, through a file descriptor of this object.
  Patience(std::chrono::milliseconds timeout, std::stop_token stop);
  ~Patience();
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

  // Waits until `fd` has one of `events` (poll's), `at_most` this long.
  Outcome Wait(int fd, short events, std::chrono::milliseconds at_most = std::chrono::hours(1)) const;

  // kReady while there is time left and nobody has asked to stop.
  Outcome Check() const;

  // What is left, never negative.
  std::chrono::milliseconds Left() const;

  const std::stop_token& stop() const { return stop_; }

 private:
  struct Wake {
    int fd;
    void operator()() const;
  };

  const std::chrono::steady_clock::time_point deadline_;
  const std::stop_token stop_;
  const int wake_fd_;
  std::optional<std::stop_callback<Wake>> callback_;
};

}  // namespace assay::remote
