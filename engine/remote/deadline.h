// Deadline: the timeout of one fetch and its cancellation (a stop token), for waits with poll().
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>

namespace assay::remote {

class Deadline {
 public:
  enum class Outcome : std::uint8_t { kReady, kTimeout, kStopped };

  // Deadline: a stop wakes Wait() through an eventfd of this object.
  Deadline(std::chrono::milliseconds timeout, std::stop_token stop);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // Wait: waits until `fd` has one of `events` (poll's), `at_most` this long.
  Outcome Wait(int fd, short events, std::chrono::milliseconds at_most = std::chrono::hours(1)) const;

  // Check: kReady while neither the time is over nor a stop requested.
  Outcome Check() const;

  // Left: the time left, never negative.
  std::chrono::milliseconds Left() const;

  const std::stop_token& stop() const { return stop_; }

 private:
  struct Wake {
    int fd;
    void operator()() const;
  };

  const std::chrono::steady_clock::time_point end_;
  const std::stop_token stop_;
  const int wake_fd_;
  std::optional<std::stop_callback<Wake>> callback_;
};

}  // namespace assay::remote
