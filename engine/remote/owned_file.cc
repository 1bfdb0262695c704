#include "engine/remote/owned_file.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "engine/base/text.h"

namespace assay::remote {
namespace {

constexpr int kAlways = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

// Opened: `opened`, when what it is open on passes.
Result<Descriptor> Opened(Descriptor opened, const std::string& name, mode_t type, uid_t owner, mode_t forbidden) {
  struct stat info = {};
  if (::fstat(opened.get(), &info) != 0) return Error{name + ": " + std::strerror(errno)};
  if ((info.st_mode & S_IFMT) != type) {
    return Error{name + (type == S_IFDIR ? ": is no folder" : ": is no regular file")};
  }
  if (info.st_uid != owner) {
    return Error{name + ": belongs to user " + std::to_string(info.st_uid) + ", not " + std::to_string(owner)};
  }
  if ((info.st_mode & forbidden) != 0) return Error{name + ": its mode lets other users in"};
  return opened;
}

}  // namespace

Result<uid_t> UserNamed(const std::string& name) {
  if (name.empty()) return ::geteuid();
  if (const auto number = ParseNumber<uid_t>(name)) return *number;
  std::vector<char> room(16 * 1024);
  passwd entry = {};
  passwd* found = nullptr;
  const int failure = ::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  if (found != nullptr) return found->pw_uid;
  return Error{name + ": " + (failure == 0 ? "there is no such user" : std::strerror(failure))};
}

Result<Descriptor> OpenOwnedFolder(int at, const std::string& path, uid_t owner) {
  Descriptor opened(::openat(at, path.c_str(), O_RDONLY | O_DIRECTORY | kAlways));
  if (opened.get() < 0) {
    return Error{path + ": " + (errno == ELOOP ? "is a symbolic link" : std::strerror(errno))};
  }
  return Opened(std::move(opened), path, S_IFDIR, owner, S_IWGRP | S_IWOTH);
}

Result<Descriptor> OpenOwnedFile(int folder, const std::string& name, int flags, uid_t owner, mode_t forbidden) {
  Descriptor opened(::openat(folder, name.c_str(), flags | kAlways, S_IRUSR | S_IWUSR));
  if (opened.get() < 0) {
    if (errno == ENOENT) return opened;
    return Error{name + ": " + (errno == ELOOP ? "is a symbolic link" : std::strerror(errno))};
  }
  return Opened(std::move(opened), name, S_IFREG, owner, forbidden);
}

std::optional<FileState> StateIn(int folder, const std::string& name) {
  struct stat info = {};
  if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return FileStateOf(info);
}

}  // namespace assay::remote
