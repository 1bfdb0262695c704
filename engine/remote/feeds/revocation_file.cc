#include "engine/remote/feeds/revocation_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/base/descriptor.h"
#include "engine/base/limits.h"

namespace assay::feeds {
namespace {

constexpr std::int64_t kSettledSeconds = 2;

Error Failed(const std::string& path) { return Error{path + ": " + std::strerror(errno)}; }

Result<std::string> ReadAll(int fd, const std::string& path) {
  std::string text;
  char block[64 * 1024];
  for (;;) {
    const ssize_t got = ::read(fd, block, sizeof(block));
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed(path);
    text.append(block, static_cast<std::size_t>(got));
    if (text.size() > kMaxRevocationFileBytes) return Error{path + ": larger than 1 GiB"};
  }
}

}  // namespace

Result<RevocationFile::State> RevocationFile::StateOf(int fd, const std::string& path) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return Failed(path);
  State state;
  state.device = status.st_dev;
  state.inode = status.st_ino;
  state.size = static_cast<std::uint64_t>(status.st_size);
  state.modified_s = status.st_mtim.tv_sec;
  state.modified_ns = status.st_mtim.tv_nsec;
  state.changed_s = status.st_ctim.tv_sec;
  state.changed_ns = status.st_ctim.tv_nsec;
  return state;
}

Result<std::optional<std::string>> RevocationFile::ReadIfChanged(std::int64_t now) {
  const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return Failed(path_);
  const Result<State> before = StateOf(file.get(), path_);
  if (!before) return Error{before.error()};
  if (known_ == *before) return std::optional<std::string>();
  Result<std::string> text = ReadAll(file.get(), path_);
  if (!text) return Error{text.error()};
  const Result<State> after = StateOf(file.get(), path_);
  if (!after) return Error{after.error()};
  if (*after != *before) return Error{path_ + ": changed while it was read; replace it by rename"};
  const bool settled = before->changed_s < now - kSettledSeconds;
  read_ = settled ? std::optional<State>(*before) : std::nullopt;
  return std::optional<std::string>(std::move(*text));
}

}  // namespace assay::feeds
