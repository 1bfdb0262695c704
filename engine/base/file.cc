#include "engine/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace assay {
namespace {

Error Failed(const std::string& path) { return Error{path + ": " + std::strerror(errno)}; }

Result<FileState> StateOf(int fd, const std::string& path) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return Failed(path);
  return FileStateOf(status);
}

}  // namespace

FileState FileStateOf(const struct stat& status) {
  FileState state;
  state.is_regular = S_ISREG(status.st_mode);
  state.is_pipe = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
  state.device = status.st_dev;
  state.inode = status.st_ino;
  state.size = static_cast<std::uint64_t>(status.st_size);
  state.modified_s = status.st_mtim.tv_sec;
  state.modified_ns = status.st_mtim.tv_nsec;
  state.changed_s = status.st_ctim.tv_sec;
  state.changed_ns = status.st_ctim.tv_nsec;
  return state;
}

Result<File> File::Open(const std::string& path) { return Open(path, 0); }

Result<File> File::OpenLasting(const std::string& path) {
  Result<File> file = Open(path, O_NONBLOCK);
  if (!file || !file->state_.is_pipe) return file;
  return Error{path + ": is a pipe, which cannot be read again when it changes; give a file"};
}

Result<File> File::Open(const std::string& path, int flags) {
  File file(path, Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags)));
  if (file.descriptor_.get() < 0) return Failed(path);
  const Result<FileState> state = StateOf(file.descriptor_.get(), path);
  if (!state) return Error{state.error()};
  file.state_ = *state;
  return file;
}

Result<std::string> File::Read(std::size_t max_bytes) {
  std::string text;
  if (!ReadToEnd(descriptor_.get(), max_bytes, &text)) {
    return errno == EFBIG ? Error{path_ + ": larger than " + std::to_string(max_bytes) + " bytes"} : Failed(path_);
  }
  const Result<FileState> now = StateOf(descriptor_.get(), path_);
  if (!now) return Error{now.error()};
  // The times of the inode itself change when its name is taken away. Those of a pipe say nothing: its end does.
  const bool changed =
      now->size != state_.size || now->modified_s != state_.modified_s || now->modified_ns != state_.modified_ns;
  if (state_.is_regular && changed) return Error{path_ + ": changed while it was read; replace it by rename"};
  return text;
}

bool ReadToEnd(int fd, std::size_t max_bytes, std::string* text) {
  const std::size_t before = text->size();
  char block[64 * 1024];
  for (;;) {
    const ssize_t got = ::read(fd, block, sizeof(block));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    text->append(block, static_cast<std::size_t>(got));
    if (text->size() - before > max_bytes) {
      errno = EFBIG;
      return false;
    }
  }
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<std::string> ReadWholeFile(const std::string& path, std::size_t max_bytes) {
  Result<File> file = File::Open(path);
  if (!file) return Error{file.error()};
  return file->Read(max_bytes);
}

Result<std::string> ReadLastingFile(const std::string& path, std::size_t max_bytes) {
  Result<File> file = File::OpenLasting(path);
  if (!file) return Error{file.error()};
  return file->Read(max_bytes);
}

}  // namespace assay
