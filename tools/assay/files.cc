#include "tools/assay/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/assay/console.h"
#include "tools/assay/text.h"

namespace assay::cli {
namespace {

std::string ShownName(const std::string& path) { return path == "-" ? "standard input" : path; }

[[noreturn]] void Fail(std::string_view doing, const std::string& path, int error) {
  throw InputError{std::string(doing) + ' ' + ShownName(path) + ": " + std::strerror(error)};
}

}  // namespace

int OpenInput(const std::string& path) {
  if (path == "-") return STDIN_FILENO;
  if (path.empty()) throw InputError{"a file name is empty"};
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) Fail("cannot open", path, errno);
  struct stat info;
  if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    ::close(fd);
    Fail("cannot read", path, EISDIR);
  }
  return fd;
}

std::string ReadFile(const std::string& path, std::size_t limit) {
  const int fd = OpenInput(path);
  std::string text;
  int error = 0;
  for (;;) {
    constexpr std::size_t kStep = 64 * 1024;
    const std::size_t used = text.size();
    text.resize(used + kStep);
    const ssize_t got = ::read(fd, text.data() + used, kStep);
    text.resize(used + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = errno;
    if (got <= 0 || text.size() > limit) break;
  }
  if (fd != STDIN_FILENO) ::close(fd);
  if (error != 0) Fail("cannot read", path, error);
  if (text.size() > limit) {
    throw InputError{ShownName(path) + " is larger than " + Count(limit, "byte")};
  }
  return text;
}

void CreateFile(const std::string& path, std::string_view text, unsigned mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    if (errno == EEXIST) throw InputError{path + " exists already, and is not overwritten"};
    Fail("cannot create", path, errno);
  }
  int error = 0;
  while (!text.empty() && error == 0) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error != 0) {
    ::unlink(path.c_str());
    Fail("cannot write", path, error);
  }
}

}  // namespace assay::cli
