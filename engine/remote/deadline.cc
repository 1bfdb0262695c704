#include "engine/remote/deadline.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace assay::remote {

void Deadline::Wake::operator()() const {
  const std::uint64_t one = 1;
  (void)!::write(fd, &one, sizeof one);
}

Deadline::Deadline(std::chrono::milliseconds timeout, std::stop_token stop)
    : end_(std::chrono::steady_clock::now() + timeout),
      stop_(std::move(stop)),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  // Without a descriptor (there may be none left) a stop is seen at the end of a wait.
  if (wake_fd_ >= 0) callback_.emplace(stop_, Wake{wake_fd_});
}

Deadline::~Deadline() {
  callback_.reset();  // from here on nobody writes to the descriptor
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

std::chrono::milliseconds Deadline::Left() const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

Deadline::Outcome Deadline::Check() const {
  if (stop_.stop_requested()) return Outcome::kStopped;
  return Left().count() == 0 ? Outcome::kTimeout : Outcome::kReady;
}

Deadline::Outcome Deadline::Wait(int fd, short events, std::chrono::milliseconds at_most) const {
  const auto end = std::chrono::steady_clock::now() + std::min(at_most, Left());
  for (;;) {
    if (stop_.stop_requested()) return Outcome::kStopped;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Outcome::kTimeout;
    pollfd fds[] = {{fd, events, 0}, {wake_fd_, POLLIN, 0}};  // poll ignores a negative descriptor
    const int ready = ::poll(fds, 2, static_cast<int>(std::min<std::int64_t>(left.count(), 1000)));
    if (ready > 0 && fds[0].revents != 0 && !stop_.stop_requested()) return Outcome::kReady;
    if (ready < 0 && errno != EINTR) return Outcome::kTimeout;
  }
}

}  // namespace assay::remote
