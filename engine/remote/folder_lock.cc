#include "engine/remote/folder_lock.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "engine/remote/owned_file.h"

namespace assay::remote {
namespace {

constexpr char kName[] = "lock";
constexpr std::chrono::milliseconds kRetryAfter{5};

}  // namespace

Result<FolderLock> FolderLock::Take(int folder, uid_t owner, std::uint64_t number) {
  constexpr int kTries = 3;  // the file may be replaced between opening and locking, and then by rights no more
  for (int i = 0; i < kTries; ++i) {
    Result<Descriptor> file = OpenOwnedFile(folder, kName, O_RDWR | O_CREAT, owner, S_IRWXG | S_IRWXO);
    if (!file) return Error{file.error()};
    struct flock range = {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = static_cast<off_t>(number);
    range.l_len = 1;
    if (::fcntl(file->get(), F_OFD_SETLK, &range) != 0) {
      if (errno == EAGAIN || errno == EACCES) return FolderLock();
      return Error{std::string(kName) + ": cannot be locked: " + std::strerror(errno)};
    }
    FolderLock lock;
    lock.file_ = std::move(*file);
    if (lock.IsOf(folder)) return lock;
  }
  return Error{std::string(kName) + ": is replaced again and again"};
}

Result<FolderLock> FolderLock::Await(int folder, uid_t owner, std::uint64_t number, std::chrono::milliseconds at_most) {
  const auto end = std::chrono::steady_clock::now() + at_most;
  for (;;) {
    Result<FolderLock> lock = Take(folder, owner, number);
    if (!lock || lock->held() || std::chrono::steady_clock::now() >= end) return lock;
    std::this_thread::sleep_for(kRetryAfter);
  }
}

bool FolderLock::IsOf(int folder) const {
  struct stat mine = {}, there = {};
  return held() && ::fstat(file_.get(), &mine) == 0 && ::fstatat(folder, kName, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
         mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

}  // namespace assay::remote
