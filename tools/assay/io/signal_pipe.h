// SignalPipe: a signal as a file descriptor that becomes readable (the self-pipe trick), so that waiting for input can
// also wait for it.
#pragma once

#include <array>

#include "engine/base/descriptor.h"

namespace assay::cli {

class SignalPipe {
 public:
  enum class Repeat { kTaken, kDefaultAction };

  // SignalPipe: takes over `signal` until destroyed, also where it was ignored, as shells do for background jobs. With
  // kDefaultAction only the first one is taken: a second SIGINT ends the process. One pipe for a signal at a time.
  SignalPipe(int signal, Repeat repeat);
  ~SignalPipe();
  SignalPipe(const SignalPipe&) = delete;
  SignalPipe& operator=(const SignalPipe&) = delete;

  // fd: readable from the first signal or Wake() on, until it is drained. Never blocks.
  int fd() const { return ends_[0].get(); }

  // Wake: makes fd() readable without a signal. Thread-safe.
  void Wake();

  // WaitAndDrain: waits until fd() is readable, and reads all that it holds.
  void WaitAndDrain();

  // Seen: whether `signal` ever came to a pipe.
  static bool Seen(int signal);

 private:
  const int signal_;
  std::array<Descriptor, 2> ends_;
};

// EndByInterrupt: ends the process the way SIGINT does, so that a shell or script sees an interruption.
[[noreturn]] void EndByInterrupt();

}  // namespace assay::cli
