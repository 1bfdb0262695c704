// RevocationFile: the text of a file, when it is not what it was.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/result.h"

namespace assay::feeds {

class RevocationFile {
 public:
  explicit RevocationFile(std::string path) : path_(std::move(path)) {}

  // The whole text when the file was replaced or changed since the text that was installed last, or none was;
  // nothing when it is as it was. A file that changed within two seconds before `now` is read again next time,
  // since a second change could have left the same times and size. One that changes while it is read, as when
  // it is written in place, is an error: what was read may be any part of it.
  Result<std::optional<std::string>> ReadIfChanged(std::int64_t now);

  // Makes the text read last the known one. Without this call the next one reads again.
  void Installed() { known_ = read_; }

 private:
  // What tells one state of a file from another.
  struct State {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified_s = 0, modified_ns = 0, changed_s = 0, changed_ns = 0;
    bool operator==(const State&) const = default;
  };
  static Result<State> StateOf(int fd, const std::string& path);

  const std::string path_;
  std::optional<State> read_, known_;  // nothing where the file has to be read again anyway
};

}  // namespace assay::feeds
