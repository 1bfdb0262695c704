#include "tools/assay/io/signal_pipe.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "engine/base/check.h"

namespace assay::cli {
namespace {

struct Taken {
  volatile std::sig_atomic_t seen = 0;
  volatile std::sig_atomic_t wake_fd = -1;
};
Taken g_taken[NSIG];

void OnSignal(int signal) {
  const int saved = errno;
  g_taken[signal].seen = 1;
  (void)!::write(g_taken[signal].wake_fd, "", 1);  // a full pipe is readable already
  errno = saved;
}

std::array<Descriptor, 2> MakePipe() {
  int fds[2];
  ASSAY_CHECK(::pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
  return {Descriptor(fds[0]), Descriptor(fds[1])};
}

}  // namespace

SignalPipe::SignalPipe(int signal, Repeat repeat) : signal_(signal), ends_(MakePipe()) {
  ASSAY_CHECK(g_taken[signal].wake_fd < 0);
  g_taken[signal].wake_fd = ends_[1].get();
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = static_cast<int>(repeat == Repeat::kTaken ? SA_RESTART : SA_RESTART | SA_RESETHAND);
  ::sigaction(signal, &action, nullptr);
}

SignalPipe::~SignalPipe() {
  std::signal(signal_, SIG_DFL);
  g_taken[signal_].wake_fd = -1;
}

void SignalPipe::Wake() { (void)!::write(ends_[1].get(), "", 1); }

void SignalPipe::WaitAndDrain() {
  pollfd wait = {fd(), POLLIN, 0};
  while (::poll(&wait, 1, -1) < 0 && errno == EINTR) {
  }
  char drained[256];
  while (::read(fd(), drained, sizeof drained) > 0) {
  }
}

bool SignalPipe::Seen(int signal) { return g_taken[signal].seen != 0; }

void EndByInterrupt() {
  std::signal(SIGINT, SIG_DFL);
  std::raise(SIGINT);
  ::_exit(130);
}

}  // namespace assay::cli
