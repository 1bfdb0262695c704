// RevocationFile: the text of a file, when it is not what it was.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/file.h"
#include "engine/base/result.h"

namespace assay::feeds {

class RevocationFile {
 public:
  explicit RevocationFile(std::string path) : path_(std::move(path)) {}

  // ReadIfChanged: the whole text when the file was replaced or changed since the text that was installed last, or none
  // was; nothing when it is as it was. A file that changed within two seconds before `now` is read again next time,
  // since a second change could have left the same times and size.
  //
  // An error for a file that changes while it is read, and for one that is still the installed one but does not begin
  // like it: truncated in place, by accident or to be written anew, it would set free what is not yet written.
  Result<std::optional<std::string>> ReadIfChanged(std::int64_t now);

  // Installed: makes the text read last the known one. Without this call the next one reads again.
  void Installed();

  // ReadAnew: the next look reads, whether the file has changed or not.
  void ReadAnew();

 private:
  struct Known {
    File file;  // held open, so that its inode is not given to another
    bool settled = false;
    std::size_t size = 0, hash = 0;  // of the text: whoever writes the file is trusted, but may be under way

    bool BeginsLike(std::string_view text) const;
  };

  const std::string path_;
  std::optional<Known> read_, known_;
};

}  // namespace assay::feeds
