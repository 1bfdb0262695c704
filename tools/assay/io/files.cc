#include "tools/assay/io/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/base/file.h"
#include "tools/assay/io/bearer.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/text.h"

namespace assay::cli {
namespace {

std::string ShownName(const std::string& path) { return path == "-" ? "standard input" : path; }

[[noreturn]] void Fail(std::string_view doing, const std::string& path, int error) {
  throw InputError{std::string(doing) + ' ' + ShownName(path) + ": " + std::strerror(error)};
}

}  // namespace

Descriptor OpenInput(const std::string& path) {
  if (path.empty()) throw InputError{"a file name is empty"};
  if (LooksLikeToken(path))
    throw InputError{"a token stands where the name of a file is expected; `-` is standard input"};
  Descriptor fd(path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) Fail("cannot open", path, errno);
  struct stat info;
  if (::fstat(fd.get(), &info) == 0 && S_ISDIR(info.st_mode)) Fail("cannot read", path, EISDIR);
  return fd;
}

std::string ReadFile(const std::string& path, std::size_t limit) {
  const Descriptor fd = OpenInput(path);
  std::string text;
  if (!ReadToEnd(fd.get(), limit, &text)) {
    if (errno == EFBIG) throw InputError{ShownName(path) + " is larger than " + Count(limit, "byte")};
    Fail("cannot read", path, errno);
  }
  return text;
}

void CreateFile(const std::string& path, std::string_view text, unsigned mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    if (errno == EEXIST) throw InputError{path + " exists already, and is not overwritten"};
    Fail("cannot create", path, errno);
  }
  int error = WriteAll(fd, text) ? 0 : errno;
  if (::close(fd) != 0 && error == 0) error = errno;  // a full disk may be told only here
  if (error != 0) {
    ::unlink(path.c_str());
    Fail("cannot write", path, error);
  }
}

}  // namespace assay::cli
