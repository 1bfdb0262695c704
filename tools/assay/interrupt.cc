#include "tools/assay/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "engine/base/check.h"

namespace assay::cli {
namespace {

volatile std::sig_atomic_t g_seen = 0;
int g_wake_fd = -1;

void OnInterrupt(int) {
  const int saved = errno;
  g_seen = 1;
  (void)!::write(g_wake_fd, "", 1);
  errno = saved;
}

}  // namespace

Interrupt::Interrupt() {
  ASSAY_CHECK(g_wake_fd < 0 && ::pipe2(fds_, O_CLOEXEC | O_NONBLOCK) == 0);
  g_wake_fd = fds_[1];
  struct sigaction action = {};
  action.sa_handler = OnInterrupt;
  action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
  // Also where it was ignored, as shells do for background jobs: `kill -INT` asks for the figures.
  ::sigaction(SIGINT, &action, nullptr);
}

Interrupt::~Interrupt() {
  std::signal(SIGINT, SIG_DFL);
  g_wake_fd = -1;
  ::close(fds_[0]);
  ::close(fds_[1]);
}

void Interrupt::Wake() { (void)!::write(fds_[1], "", 1); }

bool Interrupt::Seen() { return g_seen != 0; }

void Interrupt::EndProcess() {
  std::signal(SIGINT, SIG_DFL);
  std::raise(SIGINT);
  ::_exit(130);
}

}  // namespace assay::cli
