#include "tools/assay/io/console.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "engine/base/file.h"
#include "tools/assay/io/text.h"

namespace assay::cli {
namespace {

void WriteLine(std::string_view prefix, std::string_view message) {
  std::string line(prefix);
  AppendPrintable(&line, message);
  line += '\n';
  WriteStderr(line);
}

}  // namespace

void Complain(std::string_view message) { WriteLine("assay: ", message); }

void Warn(std::string_view message) { WriteLine("assay: warning: ", message); }

void WriteStderr(std::string_view text) { (void)WriteAll(STDERR_FILENO, text); }

void WriteStdout(std::string_view text) {
  if (WriteAll(STDOUT_FILENO, text)) return;
  if (errno == EPIPE) throw OutputClosed{};
  throw InputError{std::string("cannot write to standard output: ") + std::strerror(errno)};
}

bool IsTerminal(int fd) { return ::isatty(fd) == 1; }

bool UseColour(int fd) {
  // https://no-color.org: present and not empty, whatever its value.
  const char* plain = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if (plain != nullptr && *plain != '\0') return false;
  if (terminal != nullptr && std::strcmp(terminal, "dumb") == 0) return false;
  return IsTerminal(fd);
}

void PrepareStandardStreams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // Standard input opened for writing only, and output for reading only: using a stream that the
    // caller closed stays an error. Lowest free number, so it is `fd` itself.
    (void)!::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
  }
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace assay::cli
