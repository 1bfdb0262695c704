#include "tools/assay/io/append_atomically.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "engine/base/descriptor.h"
#include "engine/base/file.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/files.h"
#include "tools/assay/io/text.h"

namespace assay::cli {
namespace {

[[noreturn]] void Fail(std::string_view doing, const std::string& path) {
  throw InputError{std::string(doing) + ' ' + path + ": " + std::strerror(errno)};
}

// Resolve: the file that `named` leads to: where it is a symbolic link, that link stays. Creates a file that is not
// there.
std::string Resolve(const std::string& named) {
  const Descriptor there(::open(named.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0644));
  if (there.get() < 0) Fail("cannot open", named);
  char* const resolved = ::realpath(named.c_str(), nullptr);
  if (resolved == nullptr) Fail("cannot resolve", named);
  const std::string path = resolved;
  std::free(resolved);
  return path;
}

// OpenLocked: takes the lock of the file that `path` names when the lock is held: who waited for one that has been
// replaced meanwhile tries again with its successor.
Descriptor OpenLocked(const std::string& path, struct stat* status) {
  for (;;) {
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) Fail("cannot open", path);
    struct stat named = {};
    if (::flock(fd.get(), LOCK_EX) == 0 && ::fstat(fd.get(), status) == 0 && ::stat(path.c_str(), &named) == 0 &&
        named.st_ino == status->st_ino && named.st_dev == status->st_dev) {
      return fd;
    }
    const bool again = errno == EINTR || errno == ENOENT || named.st_ino != status->st_ino;
    if (!again) Fail("cannot lock", path);
  }
}

// SyncFolderOf: the new name must survive a crash too.
void SyncFolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) Fail("cannot sync the folder of", path);
}

}  // namespace

void AppendAtomically(const std::string& named, std::string_view lines, std::size_t limit,
                      void (*check)(const std::string& path, const std::string& text)) {
  const std::string path = Resolve(named);
  struct stat status = {};
  const Descriptor locked = OpenLocked(path, &status);
  if (!S_ISREG(status.st_mode)) throw InputError{path + " is no regular file"};
  std::string text = ReadFile(path, limit);
  check(path, text);
  if (!text.empty() && text.back() != '\n') text += '\n';
  text += lines;
  if (text.size() > limit) throw InputError{path + " would be larger than " + Count(limit, "byte")};
  const std::string next = path + ".new";  // one at a time, by the lock
  ::unlink(next.c_str());
  const Descriptor out(::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (out.get() < 0) Fail("cannot create", next);
  try {
    if (!WriteAll(out.get(), text)) Fail("cannot write", next);
    if (::fchown(out.get(), status.st_uid, status.st_gid) != 0) Fail("cannot set the owner of", next);
    if (::fchmod(out.get(), status.st_mode & 07777) != 0) Fail("cannot set the mode of", next);
    if (::fsync(out.get()) != 0) Fail("cannot sync", next);
    if (std::rename(next.c_str(), path.c_str()) != 0) Fail("cannot replace", path);
  } catch (...) {
    ::unlink(next.c_str());
    throw;
  }
  SyncFolderOf(path);
}

}  // namespace assay::cli
