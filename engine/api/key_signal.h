// KeySignal: tells a host's event loop, by a descriptor that becomes readable, that an engine has published something:
// keys, maybe. Not installed.
//
// In a forked child it does nothing: the descriptor is one for both processes, and `raised_` each one's own.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "engine/base/descriptor.h"

namespace assay {

class KeySignal {
 public:
  KeySignal() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  // fd: negative where the process had no descriptor left.
  int fd() const { return descriptor_.get(); }

  // Raise: after what it tells of is published; from any thread.
  void Raise() noexcept {
    if (raised_.exchange(true) || !IsOfThisProcess()) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(fd(), &one, sizeof one);  // fails at 2^64 - 1 alone
  }

  // Lower: before whoever was told looks. The read goes first: what is published between the two raises nothing, and is
  // seen by the look. Where there is nothing to read, the write of who raised it is still to come, and tells anew.
  void Lower() noexcept {
    if (!raised_.load() || !IsOfThisProcess()) return;
    std::uint64_t count = 0;
    if (::read(fd(), &count, sizeof count) == sizeof count) raised_.store(false);
  }

 private:
  bool IsOfThisProcess() const { return ::getpid() == process_; }

  const Descriptor descriptor_;
  const pid_t process_ = ::getpid();
  std::atomic<bool> raised_{false};
};

}  // namespace assay
