// SignalsBlocked: while it lives, the calling thread, and each that it starts, takes no signal: those of a process are
// its host's, whose handlers need not expect to run on a thread that is ours.
#pragma once

#include <signal.h>

namespace assay {

class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace assay
