#include "tools/assay/hangup.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "engine/base/check.h"
#include "tools/assay/console.h"
#include "tools/assay/verify_options.h"

namespace assay::cli {
namespace {

constexpr char kReload = 'r', kEnd = 'e';
int g_hangup_fd = -1;

void OnHangup(int) {
  const int saved = errno;
  (void)!::write(g_hangup_fd, &kReload, 1);
  errno = saved;
}

}  // namespace

ReloadOnHangup::ReloadOnHangup(std::shared_ptr<Engine> engine, std::string path)
    : engine_(std::move(engine)), path_(std::move(path)) {
  ASSAY_CHECK(g_hangup_fd < 0 && ::pipe2(fds_, O_CLOEXEC) == 0);
  // A full pipe already asks for a reload, so the handler need not wait.
  ASSAY_CHECK(::fcntl(fds_[1], F_SETFL, O_NONBLOCK) == 0);
  g_hangup_fd = fds_[1];
  struct sigaction action = {};
  action.sa_handler = OnHangup;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGHUP, &action, nullptr);
  thread_ = std::thread([this] { Serve(); });
}

ReloadOnHangup::~ReloadOnHangup() {
  std::signal(SIGHUP, SIG_DFL);
  g_hangup_fd = -1;
  ::fcntl(fds_[1], F_SETFL, 0);  // the last word must get through
  (void)!::write(fds_[1], &kEnd, 1);
  thread_.join();
  ::close(fds_[0]);
  ::close(fds_[1]);
}

void ReloadOnHangup::Serve() {
  char asked[256];
  for (;;) {
    const ssize_t count = ::read(fds_[0], asked, sizeof asked);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    if (asked[count - 1] == kEnd) return;
    Reload();  // once for all that have come until now
  }
}

void ReloadOnHangup::Reload() {
  try {
    const Result<void> done = engine_->Reload(ReadConfig(path_));
    if (done) return WriteStderr("assay: configuration reloaded\n");
    Warn(path_ + ": " + done.error());
  } catch (const ConfigDefects& defects) {
    WriteStderr(defects.lines + "\n");
  } catch (const InputError& error) {
    Warn(error.message);
  }
  WriteStderr("assay: nothing was reloaded; the configuration before stays in force\n");
}

}  // namespace assay::cli
