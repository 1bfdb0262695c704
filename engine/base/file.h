// File: reads a whole file, and notices when it changes meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/descriptor.h"
#include "engine/base/result.h"

struct stat;

namespace assay {

// FileState: the stat fields by which a change of a file is noticed.
struct FileState {
  bool is_regular = false;
  bool is_pipe = false;  // or a socket
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified_s = 0, modified_ns = 0, changed_s = 0, changed_ns = 0;
  bool operator==(const FileState&) const = default;
};

FileState FileStateOf(const struct stat& status);

class File {
 public:
  static Result<File> Open(const std::string& path);

  // OpenLasting: the same for a file that is read again later: a pipe or a socket is none, and is not waited for.
  static Result<File> OpenLasting(const std::string& path);

  // state: as it was at Open().
  const FileState& state() const { return state_; }

  // Read: the contents; call it once. Fails when they are longer than `max_bytes`, or when a regular file has been
  // written to since Open(), as the read may be torn. Replacing the file by rename is no write to it.
  Result<std::string> Read(std::size_t max_bytes);

 private:
  static Result<File> Open(const std::string& path, int flags);
  File(std::string path, Descriptor descriptor) : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  std::string path_;
  Descriptor descriptor_;
  FileState state_;
};

// ReadToEnd: appends to `text` what `fd` gives until its end. False with errno set when it cannot be read, EFBIG when
// it gives more than `max_bytes`.
bool ReadToEnd(int fd, std::size_t max_bytes, std::string* text);

// WriteAll: writes all of `text` to the blocking descriptor `fd`. False with errno set when it cannot be written; a
// part of it may have been.
bool WriteAll(int fd, std::string_view text);

Result<std::string> ReadWholeFile(const std::string& path, std::size_t max_bytes);

// ReadLastingFile: the same of what File::OpenLasting() takes.
Result<std::string> ReadLastingFile(const std::string& path, std::size_t max_bytes);

}  // namespace assay
